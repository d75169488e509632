"""The native engine with tiny random weights: what is given comes back, what cannot be made is said so."""

import pickle
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from oner.engines import open_engine
from oner.engines.native import NativeEngine
from oner.errors import InputError, RequestError
from oner.film import ClipRequest, GivenFrame, PromptSpan
from oner.media import media_ref, probe, read_frames, save_png
from oner.timing import Span

QUICK = {"steps": 2, "guidance": 1.0}


@pytest.fixture(scope="module")
def engine(tiny_weights):
    import torch

    torch.set_num_threads(1)
    opened = NativeEngine(tiny_weights)
    yield opened
    opened.close()


def request(frames: int = 13, size: tuple[int, int] = (288, 160), **changes) -> ClipRequest:
    prompts = changes.pop("prompts", (PromptSpan("a woman walks in a forest", Span(0, frames)),))
    options = {**QUICK, **changes.pop("options", {})}
    return ClipRequest(prompts, *size, frames, Fraction(changes.pop("rate", 8)), 1, options=options, **changes)


def made(engine, asked: ClipRequest, out, locate=None) -> np.ndarray:
    out.unlink(missing_ok=True)
    engine.render(asked, locate, out, lambda done, words: None)
    return np.stack(list(read_frames(out)))


@pytest.fixture
def clip(tmp_path):
    """13 frames at 8 a second of bars that move, as a file."""
    from oner.media import FrameWriter

    with FrameWriter(tmp_path / "bars.mp4", 288, 160, Fraction(8)) as writer:
        for frame in range(13):
            writer.write(bars(frame))
    return tmp_path / "bars.mp4"


def bars(frame: int) -> np.ndarray:
    wave = 127 + 100 * np.sin((np.arange(288) + 6 * frame) / 20)
    return np.repeat(np.repeat(wave[None, :, None], 160, 0), 3, 2).astype(np.uint8)


def own(engine, pictures: list[np.ndarray]) -> np.ndarray:
    """What the tokenizer alone makes of pictures: the frames that given ones come back as."""
    import torch

    from oner.model.operations import decode_clip, encode_clip, to_floats

    tokenizer = engine._model().tokenizer
    small = [picture.reshape(80, 2, 144, 2, 3).mean((1, 3)).round() for picture in pictures]
    latents = encode_clip(tokenizer, to_floats(torch.from_numpy(np.stack(small))))
    return np.stack([picture.numpy() for picture in decode_clip(tokenizer, latents)])


def near(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference of the means of 16 by 16 pixels: random weights paint noise, which the encoder does not keep."""
    means = [x.reshape(*x.shape[:-3], 10, 16, 18, 16, 3).mean((-4, -2)) for x in (a.astype(float), b.astype(float))]
    return float(np.abs(means[0] - means[1]).mean())


def test_opening_it_loads_no_torch(tiny_weights):
    """Name, limits, checks and the reading of prompts come without torch."""
    script = (
        "import sys; from pathlib import Path; from fractions import Fraction; from oner.engines import open_engine; "
        "from oner.film import ClipRequest, PromptSpan; from oner.timing import Span; "
        f"engine = open_engine('native:{tiny_weights}'); "
        "clip = ClipRequest((PromptSpan('a dog', Span(0, 24)),), 64, 36, 24, Fraction(24), 1); "
        "engine.check(clip); engine.explain(clip); assert 'torch' not in sys.modules; print(engine.name)"
    )
    ran = subprocess.run([sys.executable, "-c", script], check=True, timeout=60, capture_output=True, text=True)
    assert ran.stdout.startswith("native/tiny@")


def test_making_a_clip_imports_no_library_of_other_models(tiny_weights, tmp_path):
    """torch is there by then; diffusers, transformers and what they bring along are not, though they are installed."""
    script = (
        "import sys; from pathlib import Path; from fractions import Fraction; from oner.engines import open_engine; "
        "from oner.film import ClipRequest, PromptSpan; from oner.timing import Span; "
        f"engine = open_engine('native:{tiny_weights}'); "
        "clip = ClipRequest((PromptSpan('a dog', Span(0, 5)),), 64, 36, 5, Fraction(8), 1, options={'steps': 1}); "
        f"engine.render(clip, None, Path({str(tmp_path / 'clip.mp4')!r}), lambda done, words: None); "
        "assert 'torch' in sys.modules; "
        "print(*{'diffusers', 'transformers', 'huggingface_hub', 'accelerate', 'peft', 'llm'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], check=True, timeout=600, capture_output=True, text=True)
    assert ran.stdout.strip() == ""
    assert probe(tmp_path / "clip.mp4").video.frames == 5


def test_a_given_first_picture_comes_back_as_the_tokenizer_paints_it(engine, tmp_path):
    """Frame 0 is what encoder and decoder make of the picture; what follows is the model's."""
    save_png(tmp_path / "first.png", bars(0))
    given = (GivenFrame(0, media_ref(tmp_path / "first.png")),)
    frames = made(engine, request(given=given), tmp_path / "out.mp4", lambda ref: tmp_path / "first.png")
    assert near(frames[0], own(engine, [bars(0)])[0]) < 2
    assert near(frames[8], own(engine, [bars(0)])[0]) > 2.5


def test_a_given_last_picture_stands_at_the_end(engine, tmp_path):
    """The last latent frame is the picture standing still."""
    import torch

    from oner.model.operations import encode_picture, to_floats

    save_png(tmp_path / "last.png", bars(0))
    given = (GivenFrame(12, media_ref(tmp_path / "last.png")),)
    plan = plan_for(engine, request(given=given), tmp_path / "last.png")
    assert plan.given == (False, False, False, True)
    small = bars(0).reshape(80, 2, 144, 2, 3).mean((1, 3)).round()
    still = encode_picture(engine._model().tokenizer, to_floats(torch.from_numpy(small)), 3)
    assert torch.allclose(plan.latents[3], still[0], atol=0.05)


def placed_plan(engine, asked: ClipRequest, file=None):
    from oner.engines.native_canvas import clock_of
    from oner.engines.native_plan import placed
    from oner.engines.rewriting import rewrite

    descriptions = [rewrite(prompt.text).description for prompt in asked.prompts]
    return placed(plan_for(engine, asked, file), asked, descriptions, clock_of(asked))


def test_the_seed_places_camera_and_actors(engine):
    """As the worlds would: their camera at the first and last picture of every latent frame, the actor's words."""
    from oner.engines.rewriting import rewrite
    from oner.worlds.blocking import Blocking

    plan = placed_plan(engine, request(13))
    assert plan.blocking.shape == (4, 2, 74)
    own = Blocking.of(rewrite("a woman walks in a forest").description, 1, 9 / 5)
    for latent, pictures in ((0, (0, 0)), (3, (9, 12))):
        for moment, picture in enumerate(pictures):
            assert np.allclose(plan.blocking[latent, moment], own.numbers(picture, Fraction(8)), atol=1e-3)
    assert [(cast[0][0], cast[1][0]) for cast in plan.casts] == [("forest", "woman")]


def test_scenes_of_a_storyboard_are_placed_one_after_the_other(engine):
    """Each prompt's frames by its own description."""
    board = (PromptSpan("a woman walks in a forest", Span(0, 6)), PromptSpan("a boat on a lake", Span(6, 13)))
    plan = placed_plan(engine, request(13, prompts=board))
    kinds = plan.blocking[:, 0, 8].tolist()
    assert len(set(kinds)) == 2
    assert [cast[1][0] for cast in plan.casts] == ["woman", "boat"]


def test_nobody_is_placed_where_pictures_say_otherwise(engine, clip):
    """Nor where the option is off."""
    given = request(13, given=(GivenFrame(0, media_ref(clip), 0),))
    for asked in (given, request(13, options={"blocking": False})):
        assert placed_plan(engine, asked, clip).blocking is None


def test_in_a_loop_all_go_there_and_back(engine, clip):
    """The step from the last picture to the first is among the smallest, and halfway they are furthest away."""
    prompts = (PromptSpan("a woman walks in a meadow, the camera pushes in", Span(0, 24)),)
    asked = request(24, prompts=prompts, options={"loop": True})
    blocking = placed_plan(engine, asked, clip).blocking
    assert len(blocking) == 6
    eyes = blocking.flatten(0, 1)[:, 1:4]  # first and last picture of each latent frame
    away = (eyes - eyes[0]).norm(dim=1)
    assert away.argmax() in (5, 6)
    assert (eyes[-1] - eyes[0]).norm() < 0.1 * away.max()


def test_blocking_shows_in_the_clip(engine, tmp_path):
    """Pictures with and without are not the same."""
    one = made(engine, request(5), tmp_path / "a.mp4")
    two = made(engine, request(5, options={"blocking": False}), tmp_path / "b.mp4")
    assert not np.array_equal(one, two)


def test_carry_shows_where_the_camera_is_told_and_nowhere_else(engine, tmp_path):
    plain, much = (
        made(engine, request(5, options={"carry": carry}), tmp_path / f"{carry}.mp4") for carry in (0.0, 9.0)
    )
    assert np.array_equal(plain[0], much[0])
    assert not np.array_equal(plain, much)
    untold = {"blocking": False}
    plain, much = (made(engine, request(5, options=untold | {"carry": carry}), tmp_path / f"u{carry}.mp4")
                   for carry in (0.0, 9.0))  # fmt: skip
    assert np.array_equal(plain, much)


def test_lean_shows_once_the_decoder_was_taught_what_is_told(engine, tmp_path):
    """Before, what it guesses of that is noise: it has no words for it."""
    tokenizer = engine._model().tokenizer
    kept, tokenizer.vocabulary = tokenizer.vocabulary, None
    try:
        plain, much = (
            made(engine, request(5, options={"lean": lean}), tmp_path / f"{lean}.mp4") for lean in (0.0, 1.0)
        )
        assert np.array_equal(plain, much)
        tokenizer.vocabulary = engine._model().vocabulary
        plain, much = (
            made(engine, request(5, options={"lean": lean}), tmp_path / f"t{lean}.mp4") for lean in (0.0, 1.0)
        )
        assert not np.array_equal(plain, much)
    finally:
        tokenizer.vocabulary = kept


def plan_for(engine, asked: ClipRequest, file):
    from oner.engines.native_canvas import canvas_of, clock_of
    from oner.engines.native_plan import plan_of

    texts = [prompt.text for prompt in asked.prompts]
    return plan_of(asked, texts, canvas_of(asked), clock_of(asked), engine._model().tokenizer, lambda ref: file)


def test_a_clip_is_extended_from_its_own_frames(engine, clip, tmp_path):
    """Given frames of a clip come back as the tokenizer paints them; the rest is new."""
    given = tuple(GivenFrame(frame, media_ref(clip), frame) for frame in range(13))
    frames = made(engine, request(25, given=given), tmp_path / "out.mp4", lambda ref: clip)
    assert near(frames[:13], own(engine, [bars(frame) for frame in range(13)])) < 2


@pytest.mark.parametrize(
    ("at", "kept"),
    [(range(13), (0, 4)), (range(12, 25), (4, 7)), (range(5, 18), (2, 5)), (range(12), (0, 3)), (range(0, 2), (0, 1))],
)
def test_clips_are_kept_in_whole_latent_frames(engine, clip, at, kept):
    """Latent frame 0 is one picture, each other four; those that a clip fills are given, no others."""
    given = tuple(GivenFrame(frame, media_ref(clip), frame - at[0]) for frame in at)
    plan = plan_for(engine, request(25, given=given), clip)
    assert [number for number, known in enumerate(plan.given) if known] == list(range(*kept))


def test_other_rates_find_their_pictures(engine, clip):
    """At 24 frames a second, 39 given frames are the 13 pictures, and the end of the clip is held for what follows."""
    given = tuple(GivenFrame(frame, media_ref(clip), frame // 3) for frame in range(39))
    assert plan_for(engine, request(39, rate=24, given=given), clip).given == (True,) * 5


def test_remix_at_0_is_the_clip(engine, clip, tmp_path):
    """Strength 0 gives the tokenizer's clip back, 0.5 something else; a clip with gaps cannot be remixed."""
    given = tuple(GivenFrame(frame, media_ref(clip), frame) for frame in range(13))
    same = made(engine, request(given=given, strength=0.0), tmp_path / "same.mp4", lambda ref: clip)
    half = made(engine, request(given=given, strength=0.5), tmp_path / "half.mp4", lambda ref: clip)
    alone = own(engine, [bars(frame) for frame in range(13)])
    assert near(same, alone) < 2
    assert near(half, alone) > 2.5
    with pytest.raises(RequestError, match=r"strength=0.5: a remix begins from a clip as long as itself"):
        made(engine, request(given=given[:6], strength=0.5), tmp_path / "no.mp4", lambda ref: clip)


@pytest.mark.parametrize(("frames", "rate"), [(24, 8), (24, 24), (40, 24)])
def test_a_loop_has_as_many_frames_as_asked(engine, tmp_path, frames, rate):
    """Loops of whole and of broken latent frames; equal requests give equal loops."""
    looped = made(engine, request(frames, rate=rate, options={"loop": 1}), tmp_path / "loop.mp4")
    assert looped.shape == (frames, 160, 288, 3)
    assert np.array_equal(looped, made(engine, request(frames, rate=rate, options={"loop": True}), tmp_path / "b.mp4"))


def test_variations_lean_towards_the_first_take(engine, tmp_path):
    """Closeness 1 is the take of the other seed."""
    first = made(engine, request(5), tmp_path / "a.mp4")
    asked = replace(request(5, options={"variation_of": 1, "closeness": 1.0}), seed=2)
    assert near(made(engine, asked, tmp_path / "b.mp4"), first) < 1
    assert near(made(engine, replace(request(5), seed=2), tmp_path / "c.mp4"), first) > 2


def test_what_was_understood_is_kept_with_the_clip(engine, tmp_path):
    """The reading, what was left out and what the model was told lie in the file; `exact` tells it the prompt."""
    asked = request(2, prompts=(PromptSpan("a woman walks in a forest flimflam", Span(0, 2)),))
    made(engine, asked, tmp_path / "a.mp4")
    metadata = probe(tmp_path / "a.mp4").metadata
    assert "flimflam" in metadata["prompt_ignored"]
    assert "woman" in metadata["prompt_caption"]
    exact = replace(asked, options={**QUICK, "exact": True})
    assert engine.explain(exact)["caption"] == "a woman walks in a forest flimflam"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"frames": 8 * 61}, r"frames=488: a clip has 1 to 480 frames \(60 seconds\).*Nearest: 288x160, 480 frames"),
        ({"frames": 0, "prompts": ()}, r"frames=0.*Nearest: 288x160, 1 frame"),
        ({"size": (2000, 1000)}, r"width=2000.*Nearest: 1920x1000"),
        ({"size": (640, 64)}, r"640x64: the longer side is at most 4 times the other.*Nearest: 640x160"),
        ({"start": 470}, r"start=470: a scene is made from its beginning, and for at most 60 seconds"),
        ({"options": {"steps": 0}}, r"option steps=0: a whole number from 1 to 200"),
        ({"options": {"guidance": "much"}}, r"option guidance='much': a number from 0.0 to 20.0"),
        ({"options": {"upscaling": "big"}}, r"option upscaling='big': one of sharp, lanczos"),
        ({"options": {"exact": "yes"}}, r"option exact='yes': true or false"),
        ({"options": {"step": 3}}, r"option 'step': did you mean 'steps'"),
        ({"strength": 0.5}, r"strength=0.5: a remix needs given frames"),
    ],
    ids=lambda value: None if isinstance(value, str) else next(iter(value)),
)
def test_what_it_cannot_make_is_refused_with_the_nearest(engine, change, fault):
    """Length, size, shape, start and options, each with what would be right."""
    with pytest.raises(RequestError, match=fault):
        engine.check(request(**change))


@pytest.mark.parametrize("prompt", ["🎈🎈🎈", "x " * 5000, "it is night and day, snow and no snow", "!?"])
def test_odd_prompts_make_a_clip(engine, tmp_path, prompt):
    """Emoji, ten thousand characters, contradictions, no words at all: a clip, and notes of what was left out."""
    asked = request(1, prompts=(PromptSpan(prompt, Span(0, 1)),))
    assert made(engine, asked, tmp_path / "odd.mp4").shape == (1, 160, 288, 3)
    assert engine.explain(asked).keys() >= {"understood", "ignored", "guessed"}


def test_weights_that_are_none_are_refused(tiny_weights, tmp_path):
    """Missing, cut short, foreign, a pickle: one line that says which, when the engine is opened."""
    whole = tiny_weights.read_bytes()
    files = {
        "pickle.safetensors": (pickle.dumps({"weights": [1, 2]}), "a pickle"),
        "short.safetensors": (whole[: len(whole) // 2], "fetch it again"),
        "text.safetensors": (b"these are no weights", "not a safetensors file"),
    }
    for name, (content, words) in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=words):
            open_engine(f"native:{tmp_path / name}")
    with pytest.raises(InputError, match="there is no such file"):
        open_engine(f"native:{tmp_path / 'nowhere.safetensors'}")


def test_damaged_numbers_are_found_before_a_clip_is_made(tiny_weights, tmp_path):
    """Weights whose digest is wrong are not used."""
    content = bytearray(tiny_weights.read_bytes())
    content[-100] ^= 0xFF
    (tmp_path / "base.safetensors").write_bytes(content)
    (tmp_path / "tokenizer.safetensors").write_bytes(tiny_weights.with_name("tokenizer.safetensors").read_bytes())
    engine = NativeEngine(tmp_path / "base.safetensors")
    with pytest.raises(InputError, match="damaged"):
        engine.render(request(1), None, tmp_path / "out.mp4", lambda done, words: None)
    assert not (tmp_path / "out.mp4").exists()
