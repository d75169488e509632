"""What every engine promises, tried on every engine that ships."""

import itertools
import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from oner import film
from oner.engines import open_engine, shipped_names
from oner.engines.recipe import request_in
from oner.errors import Cancelled, InputError, OnerError, RequestError
from oner.film import ClipRequest, GivenFrame, MediaRef, PromptSpan
from oner.media import media_ref, probe, read_frames, save_png
from oner.timing import Span

PROMPT = "a woman in a red coat walks through the snow, push in, dusk, flimflam"
CHEAP = {
    "worlds": {"samples": 1},
    "native": {"steps": 2},
}  # options that save time and change nothing of what is promised


def nowhere(ref: MediaRef):
    raise AssertionError("no picture was given")


def silent(progress: float, words: str) -> None:
    pass


TINY = ("tiny-wan", "tiny-vace", "tiny-ltx", "tiny-ltx-2", "tiny-cogvideox", "tiny-hunyuan")  # random weights


@pytest.fixture(scope="class", params=[*dict.fromkeys([*shipped_names(), "native"]), *TINY])
def engine(request):
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "native":  # with tiny random weights in the place of the shipped ones
            patch.setattr("oner.model.weights_file.SHIPPED", request.getfixturevalue("tiny_weights").parent)
        if request.param in TINY:
            patch.setenv("ONER_HOME", str(request.getfixturevalue("tiny_home")))
        opened = open_engine(request.param)
        yield opened
        opened.close()


def name_of(engine) -> str:
    """What `open_engine` knows it by: names of engines with several models go on with a slash."""
    return re.split("[/@]", engine.name)[0]


@pytest.fixture
def clip(engine) -> ClipRequest:
    """A small legal request."""
    options = CHEAP.get(name_of(engine), {})
    return ClipRequest((PromptSpan(PROMPT, Span(0, 4)),), 64, 36, 4, Fraction(24), seed=11, options=options)


class TestEngine:
    @pytest.fixture
    def out(self, tmp_path):
        return tmp_path / "clip.mp4"

    def pixels(self, engine, clip, out) -> np.ndarray:
        out.unlink(missing_ok=True)
        engine.render(clip, nowhere, out, silent)
        return np.stack(list(read_frames(out)))

    def test_it_is_an_engine_whose_name_carries_a_version(self, engine):
        """It has every member of the interface, and the name decides the pixels."""
        assert isinstance(engine, film.Engine)
        _, version = engine.name.split("@")
        assert name_of(engine) in (*shipped_names(), *TINY)
        assert version

    @pytest.mark.parametrize(
        ("width", "height", "frames", "rate"),
        [
            (64, 36, 5, Fraction(24)),
            (36, 64, 3, Fraction(24000, 1001)),
            (80, 34, 1, Fraction(30)),
            (50, 50, 2, Fraction(25)),
        ],
    )
    def test_size_length_and_rate_are_exact(self, engine, clip, out, width, height, frames, rate):
        """Wide, upright, square; NTSC rates; a single frame: what is asked for is what is delivered."""
        clip = replace(
            clip, width=width, height=height, frames=frames, rate=rate, prompts=(PromptSpan(PROMPT, Span(0, frames)),)
        )
        engine.check(clip)
        assert self.pixels(engine, clip, out).shape == (frames, height, width, 3)
        video = probe(out).video
        assert (video.width, video.height, video.frames, video.rate) == (width, height, frames, rate)

    def test_equal_requests_give_equal_pixels_and_other_seeds_others(self, engine, clip, out):
        """A second engine makes the same pixels from the same request; seed and prompt change them."""
        first = self.pixels(engine, clip, out)
        other = open_engine(name_of(engine))
        assert np.array_equal(first, self.pixels(other, clip, out))
        other.close()
        assert not np.array_equal(first, self.pixels(engine, replace(clip, seed=12), out))
        prompt = PromptSpan("a blue boat on a lake at noon", Span(0, 4))
        assert not np.array_equal(first, self.pixels(engine, replace(clip, prompts=(prompt,)), out))

    def test_a_later_start_carries_the_scene_on(self, engine, clip, out):
        """Frame 0 of a clip that starts at 2 is frame 2 of the clip that starts at 0, but for the encoder's loss."""
        clip = replace(clip, width=128, height=72)  # large enough for numbers drawn in not to matter
        whole = self.pixels(engine, clip, out)
        later = self.pixels(engine, replace(clip, start=2), out)
        same = np.abs(whole[2:].astype(int) - later[:2]).mean()
        other = np.abs(whole[:2].astype(int) - later[2:]).mean()
        assert same < 7
        assert same < other

    def test_several_prompts_are_shown_one_after_the_other(self, engine, clip, out):
        """Each prompt has its own frames; before the change the clip is that of the first prompt alone."""
        both = (PromptSpan(PROMPT, Span(0, 2)), PromptSpan("a blue boat on a lake at noon", Span(2, 4)))
        alone = self.pixels(engine, clip, out)
        mixed = self.pixels(engine, replace(clip, prompts=both), out)
        before, after = (np.abs(alone[half].astype(int) - mixed[half]).mean() for half in (slice(2), slice(2, 4)))
        assert before < 6
        # The native model's frames see each other, and its random weights of a test know few words.
        assert after > (before if name_of(engine) == "native" else 12)

    def test_progress_rises_to_one(self, engine, clip, out):
        """Reports start low, never fall and end at 1, with a word each."""
        reports = []
        engine.render(clip, nowhere, out, lambda progress, words: reports.append((progress, words)))
        values = [progress for progress, _ in reports]
        assert values == sorted(values)
        assert values[0] < 0.5
        assert values[-1] == 1
        assert all(words for _, words in reports)

    @pytest.mark.parametrize("after", [1, 3])
    def test_cancelling_leaves_nothing(self, engine, clip, out, after):
        """Cancelled raised by a report comes out of `render`, and no file stays, not even a hidden one."""
        calls = itertools.count(1)

        def cancel(progress: float, words: str) -> None:
            if next(calls) == after:
                raise Cancelled("enough")

        with pytest.raises(Cancelled, match="enough"):
            engine.render(clip, nowhere, out, cancel)
        assert list(out.parent.iterdir()) == []
        self.pixels(engine, clip, out)  # and the engine goes on working

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"width": 65}, r"width=65.*multiples of 2.*Nearest: 6[46]x36"),
            ({"height": 2}, r"height=2: sides are .*Nearest: 64x(16|32)"),
            ({"width": 100_000}, r"width=100000.*Nearest: (4096x36|1920x480)"),
            ({"frames": 0, "prompts": ()}, r"frames=0: a clip has 1 to .*Nearest: 64x36, 1 frame at 24 fps"),
            (
                {"frames": 10**6, "prompts": (PromptSpan(PROMPT, Span(0, 10**6)),)},
                r"frames=1000000.*Nearest: 64x36, (7200|1440) frames",
            ),
            ({"rate": Fraction(0)}, r"rate=0: more than 0.*Nearest: .* at 24 fps"),
            ({"rate": Fraction(100_000)}, r"rate=100000.*Nearest: .* at 240 fps"),
            ({"start": -1}, r"start=-1"),
            ({"strength": 1.5}, r"strength=1\.5"),
            ({"prompts": (PromptSpan(PROMPT, Span(0, 3)),)}, r"prompts for frames 0 to 3: they cover 0 to 4"),
            (
                {"prompts": (PromptSpan(PROMPT, Span(0, 3)), PromptSpan(PROMPT, Span(2, 4)))},
                r"prompts for frames 0 to 3, 2 to 4.*overlap",
            ),
            ({"prompts": (PromptSpan("  ", Span(0, 4)),)}, r"an empty prompt"),
            ({"given": (GivenFrame(9, MediaRef("0" * 64, 1, ".png")),)}, r"given frames"),
            ({"options": {"sample": "many"}}, r"option 'sample'"),
        ],
        ids=lambda value: None if isinstance(value, str) else next(iter(value)),
    )
    def test_illegal_requests_are_refused_with_the_nearest_legal_one(self, engine, clip, out, change, fault):
        """`check` and `render` refuse alike, saying what is wrong and what would be right; nothing is written."""
        wrong = replace(clip, **change)
        with pytest.raises(RequestError, match=fault):
            engine.check(wrong)
        with pytest.raises(RequestError, match=fault):
            engine.render(wrong, nowhere, out, silent)
        assert list(out.parent.iterdir()) == []

    def test_a_folder_that_cannot_be_written_fails_and_leaves_nothing(self, engine, clip, tmp_path):
        """A file where the folder should be: one of our errors, and the file is as it was."""
        blocked = tmp_path / "blocked"
        blocked.write_text("in the way")
        with pytest.raises(OnerError, match="blocked"):
            engine.render(clip, nowhere, blocked / "clip.mp4", silent)
        assert [path.name for path in tmp_path.iterdir()] == ["blocked"]
        assert blocked.read_text() == "in the way"

    def test_the_file_carries_its_recipe(self, engine, clip, out):
        """From the metadata alone the same request can be made again; they say that the picture is synthetic."""
        engine.render(clip, nowhere, out, silent)
        metadata = probe(out).metadata
        assert request_in(metadata) == (engine.name, clip)
        assert metadata["seed"] == "11"
        assert metadata["prompt"] == PROMPT
        assert "synthetic media" in metadata["comment"]
        assert metadata["comment"].startswith("Generated by Oner")
        assert {"size", "frames", "rate", "start", "given", "created", "engine"} <= metadata.keys()

    def test_it_explains_what_it_made_of_the_prompt(self, engine, clip):
        """Understood, ignored and guessed words, each a string, without drawing anything."""
        notes = engine.explain(clip)
        assert set(notes) >= {"understood", "ignored", "guessed"}
        assert "woman" in notes["understood"]


def test_recipes_of_other_files_are_refused(tmp_path):
    """A file without a recipe says so instead of being guessed."""
    with pytest.raises(InputError, match="carries no recipe"):
        request_in({"title": "holiday"})


class TestEngineThatStartsFromPictures:
    """What is promised of models that make nothing of words alone: every request brings the pictures that they need."""

    @pytest.fixture(params=["tiny-wan-image", "tiny-wan-last"])
    def engine(self, request):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ONER_HOME", str(request.getfixturevalue("tiny_home")))
            opened = open_engine(request.param)
            yield opened
            opened.close()

    @pytest.fixture
    def picture(self, tmp_path):
        path = tmp_path / "given" / "picture.png"
        path.parent.mkdir()
        slope = np.linspace(0, 255, 64).astype(np.uint8)
        save_png(path, np.repeat(np.repeat(slope[None, :, None], 36, 0), 3, 2))
        return path

    @pytest.fixture
    def out(self, tmp_path):
        (tmp_path / "out").mkdir()
        return tmp_path / "out" / "clip.mp4"

    @pytest.fixture
    def clip(self, engine, picture):
        """A request of five frames, with the first picture or the first and the last."""
        frames = (0,) if name_of(engine) == "tiny-wan-image" else (0, 4)
        given = tuple(GivenFrame(frame, media_ref(picture)) for frame in frames)
        return ClipRequest((PromptSpan(PROMPT, Span(0, 5)),), 64, 36, 5, Fraction(24), seed=11, given=given)

    @pytest.mark.parametrize("size", [(64, 36), (36, 64), (50, 50)])
    def test_what_is_delivered_is_exact_repeatable_and_tells_its_recipe(self, engine, clip, picture, out, size):
        """Wide, upright, square; a second engine makes the same, another seed makes another; progress ends at 1."""
        clip = replace(clip, width=size[0], height=size[1])
        reports: list[float] = []

        def pixels(engine, clip) -> np.ndarray:
            out.unlink(missing_ok=True)
            engine.render(clip, lambda ref: picture, out, lambda progress, words: reports.append(progress))
            return np.stack(list(read_frames(out)))

        first = pixels(engine, clip)
        assert first.shape == (5, size[1], size[0], 3)
        assert reports == sorted(reports)
        assert reports[-1] == 1
        assert request_in(probe(out).metadata) == (engine.name, clip)
        other = open_engine(name_of(engine))
        assert np.array_equal(first, pixels(other, clip))
        other.close()
        assert not np.array_equal(first, pixels(engine, replace(clip, seed=12)))

    def test_words_alone_are_refused(self, engine, clip, out):
        """With what it can do, before anything is written."""
        with pytest.raises(RequestError, match="cannot start from words alone"):
            engine.render(replace(clip, given=()), nowhere, out, silent)
        assert list(out.parent.iterdir()) == []

    def test_cancelling_leaves_nothing(self, engine, clip, picture, out):
        """And the engine goes on working."""

        def cancel(progress: float, words: str) -> None:
            raise Cancelled("enough")

        with pytest.raises(Cancelled, match="enough"):
            engine.render(clip, lambda ref: picture, out, cancel)
        assert list(out.parent.iterdir()) == []
        engine.render(clip, lambda ref: picture, out, silent)
        assert probe(out).video.frames == 5
