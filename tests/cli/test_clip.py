"""`oner clip`: one clip from words, pictures and other clips, and what it refuses."""

import json
from dataclasses import replace

import numpy as np
import pytest

from oner.cli.clip import KINDS, NEEDS, order_of
from oner.engines.recipe import request_in
from oner.engines.testcard import TestcardEngine
from oner.film import Lora
from oner.media import media_ref, probe, read_frames, save_png
from oner.studio.clips import Sources

SMALL = ("--engine", "testcard", "--size", "64x36", "--fps", "8")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Clips without a name of their own go into the folder one is in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def clip(oner, here):
    """Two seconds of the test card."""
    assert oner("clip", "a boat", "--seconds", 2, *SMALL, "-o", "boat.mp4").code == 0
    return here / "boat.mp4"


def pixels(path) -> np.ndarray:
    return np.stack(list(read_frames(path)))


def test_a_prompt_becomes_a_clip(oner, here):
    """Size, rate and length are as asked; the reading of the prompt is told; the recipe is in the file."""
    ran = oner("clip", "a boat on a lake", "--seconds", 1.5, *SMALL, "--seed", 5)
    assert ran.code == 0, ran.err
    assert ran.out == "wrote clip.mp4 (seed 5)\n"
    assert "understood as: a boat on a lake" in ran.err
    info = probe(here / "clip.mp4")
    assert (info.video.width, info.video.height, info.video.frames, info.video.rate) == (64, 36, 12, 8)
    engine, request = request_in(info.metadata)
    assert (engine, request.seed, request.prompts[0].text) == ("testcard@1", 5, "a boat on a lake")


def test_the_worlds_say_what_they_left_out(oner):
    """Words that changed nothing are named."""
    ran = oner(
        "clip", "a boat on a lake flimflam", "--engine", "worlds", "--size", "64x36", "--fps", 8, "--seconds", 0.25
    )
    assert ran.code == 0, ran.err
    assert "understood as: " in ran.err
    assert "left out: " in ran.err
    assert "flimflam" in ran.err


def test_nothing_is_overwritten_without_being_named(oner, here):
    """Without --out each clip gets the next free name; the same command makes the same pictures."""
    for _ in range(2):
        assert oner("clip", "a boat", "--seconds", 0.5, *SMALL).code == 0
    assert np.array_equal(pixels(here / "clip.mp4"), pixels(here / "clip-2.mp4"))


def test_several_takes_have_seeds_of_their_own(oner, here):
    """-n numbers the files; --json tells all of them; --sheet puts a picture beside each."""
    ran = oner("clip", "a boat", "--seconds", 0.5, *SMALL, "-n", 3, "-o", "take.mp4", "--sheet", "--json")
    told = json.loads(ran.out)
    assert [made["clip"] for made in told["clips"]] == ["take-1.mp4", "take-2.mp4", "take-3.mp4"]
    assert len({made["seed"] for made in told["clips"]}) == 3
    assert told["engine"] == "testcard@1"
    assert all((here / made["sheet"]).is_file() for made in told["clips"])
    assert not np.array_equal(pixels(here / "take-1.mp4"), pixels(here / "take-2.mp4"))


def test_pictures_are_shown_first_and_last(oner, here):
    """--image and --last are given frames of the request."""
    for name, level in (("first.png", 40), ("last.png", 200)):
        save_png(here / name, np.full((36, 64, 3), level, np.uint8))
    ran = oner("clip", "a boat", "--seconds", 1, *SMALL, "--image", "first.png", "--last", "last.png")
    assert ran.code == 0, ran.err
    frames = pixels(here / "clip.mp4")
    assert abs(frames[0].mean() - 40) < 3
    assert abs(frames[-1].mean() - 200) < 3


@pytest.mark.parametrize("before", [False, True])
def test_a_clip_is_extended_on_either_side(oner, clip, here, before):
    """The old frames stay, as many as --seconds says are added; the prompt may be left to the clip's own."""
    ran = oner("clip", "--extend", clip, *(["--before"] if before else []), "--seconds", 1, "--engine", "testcard")
    assert ran.code == 0, ran.err
    old, new = pixels(clip), pixels(here / "clip.mp4")
    assert len(new) == 24
    kept = new[8:] if before else new[:16]
    assert np.abs(kept.astype(int) - old).mean() < 4


def test_two_clips_are_connected(oner, clip, here):
    """The result begins as the first, ends as the second, and lasts as long as both and the passage."""
    oner("clip", "a car", "--seconds", 1, *SMALL, "-o", "car.mp4")
    ran = oner("clip", "fog", "--connect", clip, "car.mp4", "--seconds", 0.5, "--engine", "testcard", "-o", "both.mp4")
    assert ran.code == 0, ran.err
    both = pixels(here / "both.mp4")
    assert len(both) == 16 + 4 + 8
    assert np.abs(both[:16].astype(int) - pixels(clip)).mean() < 4
    assert np.abs(both[-8:].astype(int) - pixels(here / "car.mp4")).mean() < 4


def test_a_remix_stays_as_near_as_asked(oner, clip, here):
    """At 0 it is the clip; the stronger, the farther from it."""
    distances = []
    for strength in ("0", "mild", "1"):
        ran = oner("clip", "a car", "--remix", clip, "--strength", strength, "--engine", "testcard", "-o", "r.mp4")
        assert ran.code == 0, ran.err
        distances.append(np.abs(pixels(here / "r.mp4").astype(int) - pixels(clip)).mean())
    assert distances == sorted(distances)
    assert distances[0] < 4


def test_a_part_is_fixed_and_the_rest_stays(oner, clip, here):
    """Only the frames between --from and --to are new."""
    ran = oner("clip", "a car", "--fix", clip, "--from", 0.5, "--to", 1, "--engine", "testcard", "-o", "fixed.mp4")
    assert ran.code == 0, ran.err
    change = np.abs(pixels(here / "fixed.mp4").astype(int) - pixels(clip)).mean((1, 2, 3))
    assert len(change) == 16
    assert (change[4:8] > 15).all()
    assert (np.delete(change, slice(4, 8)) < 6).all()


def test_a_storyboard_gives_each_prompt_its_seconds(oner, here):
    """Cards follow one another; their ends are the frames where prompts change."""
    board = "0-1: a boat; 1-2.5: a car; in the rain"
    assert oner("clip", "--storyboard", board, *SMALL).code == 0
    _, request = request_in(probe(here / "clip.mp4").metadata)
    assert [(p.text, p.span.start, p.span.end) for p in request.prompts] == [
        ("a boat", 0, 8), ("a car; in the rain", 8, 20),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([""], "an empty prompt: say what is to be seen"),
        (["a boat", "--seconds", 0], "--seconds 0: a clip lasts more than 0 seconds"),
        (["a boat", "--seconds", -1], "--seconds -1"),
        (["a boat", "--size", "65x36"], "Nearest: 66x36"),
        (["a boat", "--size", "big"], "--size 'big'"),
        (["a boat", "--fps", "none"], "--fps 'none'"),
        (["a boat", "--engine", "testcrad"], "did you mean 'testcard'"),
        (["a boat", "--steps", 4], "option 'steps'"),
        (["a boat", "--set", "samples"], "--set 'samples': write NAME=VALUE"),
        (["a boat", "--before"], "--before goes with --extend"),
        (["a boat", "--strength", "mild"], "--strength goes with --remix"),
        (["a boat", "-o", "boat.avi"], "clips are written as .mp4; try boat.mp4"),
        (["--storyboard", "0-2: a boat; 3-4: a car"], "does not go on from 2"),
        (["--storyboard", "a boat, then a car"], "is not \"A-B: what is to be seen\""),
        (["--storyboard", "0-2: a boat", "--seconds", 5], "the storyboard lasts 2"),
        (["a boat", "--image", "nowhere.png"], "nowhere.png"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_in_one_line(oner, here, arguments, words):
    """Exit code 2, what is wrong, what would be right; no file."""
    ran = oner("clip", *SMALL, *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert not list(here.glob("*.mp4"))


def test_ctrl_c_says_what_is_written(oner, here, monkeypatch):
    """Stopped in the second of three takes: exit code 130, the first stays, nothing half is left."""
    from oner.studio import clips

    whole = clips.make

    def stopped(engine, order, sources, out, report):
        if out.name == "take-2.mp4":
            raise KeyboardInterrupt
        whole(engine, order, sources, out, report)

    monkeypatch.setattr(clips, "make", stopped)
    ran = oner("clip", "a boat", "--seconds", 0.5, *SMALL, "-n", 3, "-o", "take.mp4")
    assert ran.code == 130
    assert ran.err.endswith("oner: stopped; 1 of 3 clips are written\n")
    assert [path.name for path in here.iterdir()] == ["take-1.mp4"]


def test_ways_that_exclude_each_other(oner, clip):
    """One clip is made in one way; what belongs to new clips is refused for others; broken files are named."""
    for arguments, words in [
        (["--extend", clip, "--remix", clip], "--extend and --remix: one clip is made in one of these ways"),
        (["--remix", clip, "--strength", "huge"], "subtle, mild, strong, or a number"),
        (["--remix", clip, "--seconds", 3], "leave it out"),
        (["--extend", clip, "--size", "64x36"], "leave it out"),
        (["--fix", clip], "--fix needs --from and --to"),
        (["--fix", clip, "--from", 1, "--to", 0.5], "the part ends after it begins"),
        (["--fix", clip, "--from", 1, "--to", 9], "in a clip of 16"),
        (["--vary", clip], "option 'closeness'"),
    ]:
        ran = oner("clip", "a car", "--engine", "testcard", *arguments)
        assert ran.code == 2, ran.err
        assert words in ran.err
    clip.write_bytes(b"no clip")
    assert "is not a media file" in oner("clip", "a car", "--engine", "testcard", "--extend", clip).err


@pytest.fixture
def native(tiny_weights):
    """The native engine with tiny random weights, at two quick steps."""
    import torch

    torch.set_num_threads(1)
    return ("--engine", f"native:{tiny_weights}", "--steps", 2, "--guidance", 1)


def test_the_native_engine_makes_loops_and_variations(oner, here, native):
    """A loop, and a take near it: both carry the options that made them."""
    small = ("--size", "64x36", "--fps", 8, "--seconds", 1)
    ran = oner("clip", "a woman walks in a forest", *native, *small, "--loop", "-o", "loop.mp4")
    assert ran.code == 0, ran.err
    assert request_in(probe(here / "loop.mp4").metadata)[1].options["loop"] == 1
    ran = oner("clip", "--vary", "loop.mp4", "--closeness", 1, "--seed", 9, *native[:2], "-o", "near.mp4")
    assert ran.code == 0, ran.err
    options = request_in(probe(here / "near.mp4").metadata)[1].options
    assert options["closeness"] == 1
    assert {"loop", "steps", "variation_of"} <= options.keys()
    assert np.abs(pixels(here / "near.mp4").astype(int) - pixels(here / "loop.mp4")).mean() < 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a boat", "--seconds", 61], "frames=1464: a clip has 1 to 1440 frames (60 seconds)"),
        (["a boat", "--size", "641x360"], "Nearest: 642x360"),
        (["a boat", "--size", "4000x2000"], "Nearest: 1920x1920"),
        (["a boat", "--set", "guidence=3"], "did you mean 'guidance'"),
        (["a boat", "--set", "upscaling=huge"], "one of sharp, lanczos"),
        (["a boat " * 5000], "32000 at most"),
    ],
)
def test_the_native_engine_refuses_in_one_line(oner, here, native, arguments, words):
    """Lengths, sizes, options and prompts beyond its limits: exit code 2 and the nearest that is legal."""
    ran = oner("clip", *native, *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert not list(here.glob("*.mp4"))


def test_weights_that_cannot_be_used(oner, here, tiny_weights):
    """A damaged file, a pickle and a missing file are each named in one line."""
    (here / "cut.safetensors").write_bytes(tiny_weights.read_bytes()[:5000])
    (here / "model.safetensors").write_bytes(b"\x80\x04\x95pickle")
    for name, words in [("cut", "weights cut.safetensors"), ("model", "a pickle"), ("none", "there is no such file")]:
        ran = oner("clip", "a boat", "--engine", f"native:{name}.safetensors")
        assert ran.code == 2
        assert words in ran.err


def test_lora_files_of_a_clip_count_by_their_content(here):
    """They are found from where one is, and the order names what they hold, not where they lie."""
    (here / "style.safetensors").write_bytes(b"weights")
    engine, sources = TestcardEngine(), Sources({})
    engine.limits = replace(engine.limits, takes_loras=True)
    asked = dict.fromkeys([*KINDS, *NEEDS, "storyboard", "image", "last", "size", "fps", "seed", "steps", "guidance"])
    asked |= {"exact": False, "loop": False, "prompt": "a boat", "seconds": 1.0}
    order = order_of(asked | {"settings": ("lora=style.safetensors:0.5",)}, engine, "testcard", sources)
    style = media_ref(here / "style.safetensors")
    assert (order.request.loras, order.request.options) == ((Lora(style, 0.5),), {})
    assert sources.locate(style).read_bytes() == b"weights"


def test_a_lora_file_that_is_not_there_is_refused(oner, here):
    """Before anything is made, with its name."""
    ran = oner("clip", "a boat", *SMALL, "--set", "lora=gone.safetensors:0.8")
    assert (ran.code, list(here.glob("*.mp4"))) == (2, [])
    assert "gone.safetensors" in ran.err
