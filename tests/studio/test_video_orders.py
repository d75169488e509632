"""From a wish to an engine's request: edges of storyboards, engines with steps, what is refused."""

from dataclasses import replace
from fractions import Fraction

import pytest

from oner.engines.testcard import TestcardEngine
from oner.errors import OrderError
from oner.film import EngineLimits, MediaRef
from oner.store.videos import Part
from oner.studio.video_orders import Card, Footage, Wish, card_edges, create, extend, grown, remix, seconds_text
from oner.timing import Span

CLIP = MediaRef("ab" * 32, 100, ".mp4")


def wish(**changes) -> Wish:
    plain = Wish("m", "a dog", 1, 64, 36, Fraction(24), Fraction(1))
    return replace(plain, **changes)


class Stepping(TestcardEngine):
    """Makes 1, 5, 9, ... frames, up to 49."""

    limits = EngineLimits(first_frames=1, frame_step=4, max_frames=49, takes_given_frames=True)


def test_a_few_frames_more_are_made_and_cut_off_where_lengths_have_steps():
    """Exactly what was asked for is delivered."""
    order = create(Stepping(), wish(), nearest=False)
    assert (order.request.frames, order.frames, order.parts) == (25, 24, (Part(None, Span(0, 24)),))
    assert order.request.prompts[-1].span == Span(0, 25)
    assert create(Stepping(), wish(seconds=Fraction(25, 24)), nearest=False).parts == ()


@pytest.mark.parametrize(("frames", "made"), [(1, 1), (2, 5), (5, 5), (6, 9)])
def test_lengths_grow_to_the_next_step(frames, made):
    """Never down: a frame that was asked for is there."""
    assert grown(Stepping.limits, frames) == made


def test_too_long_is_refused_with_what_is_possible():
    """The field of the API is named."""
    with pytest.raises(OrderError, match=r"up to 2\.04167 seconds at 24 fps") as refusal:
        create(Stepping(), wish(seconds=Fraction(9)), nearest=False)
    assert refusal.value.field == "seconds"


def test_the_nearest_keeps_the_storyboards_shape():
    """A storyboard that is too long is shortened as a whole."""
    cards = (Card("a", Fraction(1)), Card("b", Fraction(3)))
    order = create(Stepping(), wish(seconds=Fraction(4), cards=cards), nearest=True)
    assert order.extra["asked"] == {"size": "64x36", "seconds": "4", "fps": "24"}
    assert order.frames == 49
    assert [prompt.span for prompt in order.request.prompts] == [Span(0, 12), Span(12, 49)]


def test_the_nearest_length_is_one_of_the_engines_steps():
    """An engine of 1, 5, 9, ... up to 50 frames makes 49 at most."""
    engine = Stepping()
    engine.limits = replace(engine.limits, max_frames=50)
    assert create(engine, wish(seconds=Fraction(9)), nearest=True).frames == 49


def test_edges_of_cards_are_placed_and_never_add_up_errors():
    """Seven cards of a third of a second each: the last ends with the video."""
    cards = tuple(Card(str(n)) for n in range(7))
    edges = card_edges(cards, Fraction(7, 3))
    assert edges[-1] == Fraction(7, 3)
    order = create(
        TestcardEngine(), wish(prompt="", cards=cards, seconds=Fraction(7, 3), rate=Fraction(30000, 1001)), False
    )
    spans = [prompt.span for prompt in order.request.prompts]
    assert [span.start for span in spans[1:]] == [span.end for span in spans[:-1]]
    assert spans[-1].end == order.frames == 70
    assert {len(span) for span in spans} == {10}


@pytest.mark.parametrize(
    ("cards", "words"),
    [
        ((Card("a", Fraction(2)), Card("b")), "as long as the video"),
        ((Card("a", Fraction(1, 2)),), "make them equal"),
        ((Card("a", Fraction(-1)), Card("b")), "more than 0"),
        ((Card("a", Fraction(999, 1000)), Card("b")), "shorter than a frame"),
    ],
)
def test_storyboards_that_do_not_fit_are_refused(cards, words):
    """Too long, too short, negative, thinner than a frame."""
    with pytest.raises(OrderError, match=words) as refusal:
        create(TestcardEngine(), wish(cards=cards), nearest=False)
    assert refusal.value.field == "storyboard"


def test_an_extension_shows_the_engine_the_last_second():
    """And the join takes the original whole and what is new alone."""
    footage = Footage(CLIP, 64, 36, Fraction(24), 60)
    order = extend(TestcardEngine(), wish(), footage, backwards=False)
    assert [(given.frame, given.source) for given in order.request.given] == [(n, 36 + n) for n in range(24)]
    assert order.parts == (Part(CLIP, Span(0, 60)), Part(None, Span(24, 48)))
    assert order.frames == 84
    before = extend(TestcardEngine(), wish(), footage, backwards=True)
    assert [(given.frame, given.source) for given in before.request.given] == [(24 + n, n) for n in range(24)]
    assert before.parts == (Part(None, Span(0, 24)), Part(CLIP, Span(0, 60)))
    assert order.files == (("source", CLIP),)


def test_the_nearest_extension_is_as_long_as_the_engine_makes():
    """A second is shown of 49 frames at most, at 24 fps: 25 are new, and the answer has what was asked for."""
    footage = Footage(CLIP, 64, 36, Fraction(24), 60)
    order = extend(Stepping(), wish(seconds=Fraction(9)), footage, backwards=False, nearest=True)
    assert (order.request.frames, order.frames, order.extra["asked"]) == (49, 85, {"seconds": "9"})
    exact = extend(Stepping(), wish(seconds=Fraction(1)), footage, backwards=False, nearest=True)
    assert (exact.frames, "asked" in exact.extra) == (84, False)
    with pytest.raises(OrderError, match="up to 2"):
        extend(Stepping(), wish(seconds=Fraction(9)), footage, backwards=False)


def test_a_remix_is_given_every_frame():
    """With the strength that was asked for, or the usual one."""
    order = remix(TestcardEngine(), wish(strength=0.3), Footage(CLIP, 64, 36, Fraction(12), 6), "remix")
    assert [given.source for given in order.request.given] == list(range(6))
    assert (order.request.strength, order.request.rate, order.frames) == (0.3, 12, 6)


@pytest.mark.parametrize(
    ("frames", "rate", "text"),
    [(96, 24, "4"), (12, 24, "0.5"), (97, 24, "4.042"), (100, Fraction(24000, 1001), "4.171"), (1, 24, "0.042")],
)
def test_seconds_are_written_as_the_api_does(frames, rate, text):
    """Whole seconds without a point, others with up to three places."""
    assert seconds_text(frames, Fraction(rate)) == text
