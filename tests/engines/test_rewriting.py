"""Free prompts become captions that the native model was taught."""

import pytest

from oner.engines.rewriting import MOST_SUBJECTS, rewrite
from oner.errors import RequestError
from oner.model.text import words_of
from oner.training.vocabulary import build_vocabulary
from oner.worlds.captions import caption

WOMAN = "a slim woman with long black hair in a red coat walks in a city street at night in the rain, tracking shot"


def test_a_prompt_becomes_the_caption_of_its_description():
    """The caption is the long English one, whatever the prompt's language."""
    done = rewrite("Une femme en robe rouge danse sur une plage au coucher du soleil, plan large, travelling avant")
    assert done.caption == caption(done.description)
    assert done.caption.startswith("Wide shot of a woman in a red dress dancing on a beach, at dusk")
    assert "The camera pushes in" in done.caption
    assert done.left_out == ()
    assert done.guessed == ("weather: clear", "look: cinematic")


def test_unknown_things_become_the_nearest_ones_and_are_told():
    """Replacements are listed as word -> thing."""
    done = rewrite("a samurai and a corgi walk through a kindergarten")
    assert [subject.kind for subject in done.description.subjects] == ["man", "dog"]
    assert done.description.place == "school corridor"
    assert {"samurai -> man", "corgi -> dog", "kindergarten -> school corridor"} <= set(done.understood)
    assert "man" not in done.understood


def test_words_keep_their_grammar():
    """What stands around a replaced word still belongs to it."""
    done = rewrite("an old empress in a cerulean gown beside a black chihuahua")
    woman, dog = done.description.subjects
    assert (woman.kind, woman.garment, woman.colour) == ("woman", "dress", "blue")
    assert "old" in woman.person
    assert (dog.kind, dog.colour) == ("dog", "black")


def test_what_nothing_comes_near_to_is_left_out():
    """Abstract words change nothing and are told."""
    done = rewrite("the economics of loneliness on a beach")
    assert done.description.place == "beach"
    assert set(done.left_out) == {"economics", "loneliness"}


def test_contradictions_are_told():
    """Of two times or places the first counts, and the other is left out with the reason."""
    done = rewrite("a beach at dawn at night in a forest")
    assert done.description.time == "dawn"
    assert "at night (time is dawn already)" in done.left_out
    assert "forest (place is beach already)" in done.left_out
    done = rewrite("a kindergarten on a beach")
    assert done.left_out == ("kindergarten (place is beach already)",)


def test_only_so_many_subjects_are_drawn():
    """The model saw three subjects in a picture at most."""
    done = rewrite("a man, a dog, a cat and a horse on a beach")
    assert len(done.description.subjects) == MOST_SUBJECTS
    assert "horse (a picture has 3 subjects at most)" in done.left_out


def test_captions_have_no_words_that_the_model_was_not_taught():
    """Beards and masks are in the worlds' language but not in the training data."""
    done = rewrite("a small man with a beard, a moustache, tattoos, gloves, jeans and a mask, a rusty vintage car")
    assert {"beard", "moustache", "tattoo", "gloves", "jeans", "mask"} <= set(done.left_out)
    vocabulary = build_vocabulary(4000)
    prompts = [WOMAN, "a zebra", "un clown", "an armchair in space", "a tall freckled boy with a backpack", "a unicorn"]
    for text in (done.caption, *(rewrite(prompt).caption for prompt in prompts)):
        assert vocabulary.unknown(text) == []
        assert len(words_of(text)) <= 48


def test_a_prompt_without_a_known_word_is_a_guess_that_is_told():
    """Everything is then guessed; nothing is understood."""
    for prompt in ("🎸🎸", "zorglub blibli", "?!"):
        done = rewrite(prompt)
        assert done.understood == ()
        assert len(done.guessed) == 6
        assert done.left_out
    assert rewrite("🎸🎸").left_out == ("🎸🎸 (no words)",)


@pytest.mark.parametrize("prompt", ["", "   \n"])
def test_an_empty_prompt_is_refused(prompt):
    """There is nothing to draw."""
    with pytest.raises(RequestError, match="prompt is empty"):
        rewrite(prompt)


def test_long_prompts():
    """Ten thousand characters are read; more than 32,000 are refused. The list of words left out stays readable."""
    done = rewrite("a woman on a beach, " + " ".join(f"{'x' * (i % 7 + 2)}{i}" for i in range(1200)))
    assert done.description.place == "beach"
    assert len(done.left_out) <= 41
    assert done.left_out[-1].endswith("words more")
    with pytest.raises(RequestError, match="32001 characters: 32000 at most"):
        rewrite("a" * 32001)


def test_the_same_prompt_is_always_rewritten_alike():
    """Nothing depends on chance or on earlier prompts."""
    first = rewrite("a pirate in a monastery")
    rewrite("une autre chose")
    assert rewrite("a pirate in a monastery") == first


# ----------------------------------------------------------------------------------------------- storyboards


def test_she_is_the_woman_before():
    """A pronoun keeps the person, the place and how it is filmed, and changes what she does."""
    before = rewrite(WOMAN).description
    after = rewrite("she turns", before)
    (woman,) = after.description.subjects
    assert (woman.garment, woman.colour, woman.hairstyle, woman.build, woman.action) == (
        "coat", "red", "long", "slim", "turn",
    )  # fmt: skip
    assert woman.person == before.subjects[0].person
    for name in ("place", "time", "weather", "camera"):
        assert getattr(after.description, name) == getattr(before, name)
    assert "place: city street (as before)" in after.guessed


def test_a_prompt_that_names_nobody_keeps_who_is_there():
    """A new camera, weather or time leaves the subjects alone, and "they dance" is said of all of them."""
    before = rewrite("a woman in a blue dress and a man in a city street").description
    assert rewrite("close-up, it begins to snow", before).description.subjects == before.subjects
    dancing = rewrite("they dance", before).description
    assert [subject.action for subject in dancing.subjects] == ["dance", "dance"]
    assert dancing.subjects[0].colour == "blue"


def test_somebody_new_joins():
    """An indefinite article brings another person; a definite one is the person before."""
    before = rewrite(WOMAN).description
    assert [s.kind for s in rewrite("a dog runs", before).description.subjects] == ["woman", "dog"]
    two = rewrite("a woman waves", before).description.subjects
    assert [s.garment for s in two] == ["coat", None]
    one = rewrite("the woman waves", before).description.subjects
    assert [(s.garment, s.action) for s in one] == [("coat", "wave")]


def test_a_new_place_leaves_the_others_behind():
    """Where the prompt names a place, only those that it names are there; indoors it does not rain."""
    before = rewrite("a woman in a red coat and a dog in a city street in the rain").description
    after = rewrite("the woman sits in a bedroom", before).description
    assert [s.kind for s in after.subjects] == ["woman"]
    assert after.subjects[0].colour == "red"
    assert (after.place, after.weather) == ("bedroom", "clear")
    assert rewrite("a beach at dawn", before).description.subjects == ()
