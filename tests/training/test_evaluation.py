"""Evaluation: its figures on films with known answers."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from oner.errors import InputError
from oner.timing import Span
from oner.training.attributes import ATTRIBUTES
from oner.training.evaluation import MINUTE, PART, evaluate, evaluate_minutes, frechet, lab_of, measure
from oner.training.films import Generated, rendered, spans_of
from oner.training.prompts import LISTS, description_of, draw, load_prompts
from oner.training.recogniser import Recognition
from oner.worlds.description import PLACES
from oner.worlds.held_out import held_out_pairs
from oner.worlds.language import read


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def prompts():
    """Twelve prompts of twelve places."""
    return load_prompts("seen", 12)


def painted(prompts, frames, wanted):
    """Clips whose brightness is the number of the place, with a little noise of their own."""
    for prompt in prompts:
        noise = np.random.default_rng(prompt.seed).integers(-1, 2, (len(wanted), 16, 32, 3))
        yield (10 * PLACES.index(prompt.description.place) + 5 + noise).astype(np.uint8)


def grey(prompts, frames, wanted):
    """Clips of nothing."""
    for _ in prompts:
        yield np.full((len(wanted), 16, 32, 3), 5, np.uint8)


class Reader(torch.nn.Module):
    """Reads the place back from the brightness; knows nothing else."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, video):
        level = ((video.mean((1, 2, 3, 4)) + 1) * 127.5 - 5) / 10
        scores = {a.name: torch.zeros(len(video), len(a.values)) for a in ATTRIBUTES}
        scores["place"] = -(torch.arange(len(PLACES)) - level[:, None]).abs()
        features = torch.stack([level, video.std((1, 2, 3, 4)), video[:, :, 0].std((1, 2, 3))], 1)
        return Recognition(scores, features)


def test_renders_judged_against_themselves_have_a_share_of_one(prompts):
    """A film that shows exactly the renders reaches every figure of the renders."""
    found = evaluate(prompts, Reader(), painted, painted)
    assert found["attributes"]["place"] == {
        "asked": 12, "generated": 1.0, "renders": 1.0, "share": 1.0, "error": 0.0,
    }  # fmt: skip
    assert found["frechet"]["generated"] == pytest.approx(found["frechet"]["renders"], rel=0.01)
    assert found["flicker"]["generated"] == found["flicker"]["renders"] > 0


def test_grey_clips_score_chance(prompts):
    """A film that shows nothing is right only by chance, and far away in the features."""
    found = evaluate(prompts, Reader(), grey, painted)
    assert found["attributes"]["place"]["generated"] == pytest.approx(1 / 12, abs=1e-3)  # mountains, the first place
    assert found["attributes"]["place"]["share"] == pytest.approx(1 / 12, abs=1e-3)
    assert found["frechet"]["generated"] > 2 * found["frechet"]["renders"]
    assert found["flicker"]["generated"] == 0
    assert found["confused"]["place"][0][1:] == ("mountains", 1)


def test_only_what_was_asked_is_judged(prompts):
    """An attribute that no prompt names has no figure; one that one prompt names is judged on that prompt."""
    nothing = dict.fromkeys((a.name for a in ATTRIBUTES), None)
    asked = [replace(prompt, truth=nothing) for prompt in prompts[1:]] + [prompts[0]]
    found = evaluate([*asked[:-1], replace(prompts[0], truth={**nothing, "place": "mountains"})], Reader(), grey, grey)
    assert found["attributes"].keys() == {"place"}
    assert found["attributes"]["place"]["asked"] == 1


def test_renders_are_measured_once(prompts, tmp_path):
    """With a file to keep them, the renders' measures are taken from it next time, unless the prompts differ."""
    calls = []

    def counting(*arguments):
        calls.append(arguments)
        return painted(*arguments)

    keep = tmp_path / "renders.npz"
    first = evaluate(prompts, Reader(), painted, counting, keep=keep)
    assert evaluate(prompts, Reader(), painted, counting, keep=keep) == first
    assert len(calls) == 1
    evaluate(prompts[:6], Reader(), painted, counting, keep=keep)
    assert len(calls) == 2
    keep.write_bytes(b"no archive")
    with pytest.raises(InputError, match="name another file"):
        evaluate(prompts, Reader(), painted, counting, keep=keep)


def test_minutes_are_judged_at_both_ends(prompts):
    """A film that fades to black in a minute keeps its first figures, loses its last, and drifts in colour."""

    def fading(prompts, frames, wanted):
        assert frames == MINUTE
        assert list(wanted)[PART] == MINUTE - PART
        for clip in painted(prompts, frames, wanted):
            clip[PART:] //= 4
            yield clip

    found = evaluate_minutes(prompts, Reader(), fading, painted)
    assert found["first"]["place"]["share"] == 1
    assert found["last"]["place"]["share"] < 0.5
    assert found["colour_drift"]["generated"] > 5 * found["colour_drift"]["renders"]


def test_frechet_distance_of_known_distributions():
    """Sets that differ by a shift of their means alone are that shift squared apart, in spreads."""
    random = np.random.default_rng(0)
    real = random.normal(size=(4000, 3))
    made = random.normal((2.0, 0.0, 0.0), size=(4000, 3))
    found = frechet(made, real)
    assert found["generated"] == pytest.approx(4.0, rel=0.1)
    assert found["renders"] < 0.05
    assert frechet(made[:4], real[:4]) is None


def test_colour_is_cielab():
    """White, black and sRGB red have their known coordinates."""
    for colour, lab in (((255, 255, 255), (100, 0, 0)), ((0, 0, 0), (0, 0, 0)), ((255, 0, 0), (53.2, 80.1, 67.2))):
        assert np.allclose(lab_of(np.full((2, 2, 3), colour, np.uint8)), lab, atol=0.3)


def test_still_clips_have_no_camera():
    """A single picture is measured without motion; no clips at all are an error."""
    seen = measure(Reader(), [np.zeros((1, 16, 32, 3), np.uint8)])
    assert seen.motion[0] == seen.flicker[0] == 0
    with pytest.raises(InputError, match="no clip"):
        measure(Reader(), [])


@pytest.mark.parametrize("name", LISTS)
def test_prompt_lists_are_what_they_say(name):
    """Seen prompts hold no held-out pair, held-out ones exactly one; all have a truth that is one of the values."""
    prompts = load_prompts(name)
    assert len(prompts) == {"seen": 300, "held-out": 150, "characters": 48, "free": 114}[name]
    assert len({prompt.text for prompt in prompts}) == len(prompts)
    assert {prompt.language for prompt in prompts} == {"en", "fr"}
    assert all(any(prompt.truth.values()) for prompt in prompts)
    if name != "free":
        assert {len(held_out_pairs(prompt.description)) for prompt in prompts} == {name == "held-out"}


def test_characters_are_the_same_people_in_all_their_shots():
    """Three, with sixteen shots each; what they are filmed in and how differs."""
    prompts = load_prompts("characters")
    assert set(Counter(prompt.description.subjects for prompt in prompts).values()) == {16}
    assert {prompt.truth["colour"] for prompt in prompts} == {"red", "blue", "yellow"}
    assert len({prompt.description.place for prompt in prompts}) > 10


@pytest.mark.parametrize("name", ["seen", "held-out", "characters"])
def test_prompts_say_their_truth(name):
    """The language understands every attribute of the truth in the prompt."""
    for prompt in load_prompts(name, 40):
        assert read(prompt.text).description.place == prompt.truth["place"]


def test_descriptions_come_back():
    """What `draw` writes is the description it drew."""
    for row in draw.held_out()[:20]:
        assert draw.as_values(description_of(row["description"])) == row["description"]
    with pytest.raises(InputError, match="held-out"):
        load_prompts("mine")


def test_free_prompts_are_said_in_the_captions_words():
    """A model is told a caption of what was understood, unless the prompts are to be taken exactly."""
    prompt = load_prompts("free", 1)[0]
    assert "raincoat" in Generated(None).words(prompt)
    assert Generated(None).words(prompt) != prompt.text == Generated(None, exact=True).words(prompt)


def test_renders_have_the_training_size():
    """The worlds' film gives the wanted frames at the size that the model encodes."""
    (clip,) = rendered(load_prompts("seen", 1), 17, [0, 16])
    assert clip.shape == (2, 80, 144, 3)
    assert clip.std() > 5


@pytest.mark.parametrize("blocking", [True, False])
def test_generated_clips_have_the_training_size_too(blocking):
    """As large as renders, so that both are judged alike, and another clip where nobody is placed."""
    from oner.model.checkpoint import tiny_native
    from oner.model.sampler import Settings

    film = Generated(tiny_native(), Settings(steps=2), blocking=blocking)
    clips = list(film(load_prompts("seen", 2), 9, [0, 8]))
    assert [clip.shape for clip in clips] == [(2, 80, 144, 3)] * 2


def test_of_a_minute_only_its_ends_are_decoded():
    """The latent frames that hold the wanted pictures, and what is shown is what the whole clip shows there."""
    from oner.model.checkpoint import tiny_native
    from oner.model.sampler import Settings

    assert spans_of([*range(41), *range(440, 481)]) == [Span(0, 11), Span(110, 121)]
    assert spans_of([0, 8]) == [Span(0, 3)]
    assert spans_of([4, 5]) == [Span(1, 3)]
    film = Generated(tiny_native(), Settings(steps=1))
    prompts, wanted = load_prompts("seen", 1), [0, 1, *range(177, 193)]
    (whole,), (ends,) = film(prompts, 193, range(193)), film(prompts, 193, wanted)
    assert ends.shape == (18, 80, 144, 3)
    assert np.abs(whole[wanted].astype(int) - ends).mean() < 0.02 * np.abs(np.diff(whole.astype(int), axis=0)).mean()
