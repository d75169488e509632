"""Shapes and time of the native model: what is asked for lies in the middle, frames fall on the right latents."""

from fractions import Fraction

import numpy as np
import pytest

from oner.engines.native_canvas import canvas_of, clock_of, prompt_spans
from oner.film import ClipRequest, PromptSpan
from oner.timing import Span


def request(width: int = 1280, height: int = 720, frames: int = 120, rate: int = 24, **changes) -> ClipRequest:
    prompts = changes.pop("prompts", (PromptSpan("a dog", Span(0, frames)),))
    return ClipRequest(prompts, width, height, frames, Fraction(rate), 1, **changes)


@pytest.mark.parametrize(
    ("size", "native"),
    [((1280, 720), (144, 80)), ((720, 1280), (80, 144)), ((500, 500), (112, 112)), ((1280, 544), (144, 80))],
)
def test_the_nearest_shape_is_chosen(size, native):
    """Wide, upright and square requests are made at the size the model knows for them."""
    canvas = canvas_of(request(*size))
    assert (canvas.width, canvas.height) == native


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (640, 480), (1280, 544), (300, 300)])
def test_a_given_picture_comes_back_in_its_place(size):
    """What the canvas shows of a picture and cuts out again is that picture, small: no shift, no stretch."""
    canvas = canvas_of(request(*size))
    rows, columns = np.mgrid[: size[1], : size[0]]
    picture = np.stack([columns * 255 // size[0], rows * 255 // size[1], 0 * rows], -1).astype(np.uint8)
    shown = canvas.shown(picture)
    assert shown.shape == (canvas.height, canvas.width, 3)
    back = canvas.cut(np.kron(shown, np.ones((2, 2, 1), np.uint8))).astype(float)
    high, wide = back.shape[:2]
    assert abs(wide / high - size[0] / size[1]) < 0.02 * size[0] / size[1]
    assert np.abs(back[..., 0] - (np.arange(wide) + 0.5) / wide * 255).mean() < 2.5
    assert np.abs(back[..., 1] - ((np.arange(high) + 0.5) / high * 255)[:, None]).mean() < 2.5


@pytest.mark.parametrize(
    ("frames", "rate", "latents"), [(1, 24, 1), (120, 24, 11), (1440, 24, 121), (1800, 30, 121), (5, 8, 2), (6, 8, 3)]
)
def test_enough_latent_frames_for_every_frame(frames, rate, latents):
    """A still is one latent frame, a minute 121; the last frame asked for lies within them."""
    clock = clock_of(request(frames=frames, rate=rate))
    assert clock.latents == latents
    assert clock.position(frames - 1) <= clock.pictures - 1
    assert clock.position(0) == 0


def test_a_later_start_is_made_from_the_beginning():
    """The scene's first latent frames are made too, so that its seed tells the same story."""
    clock = clock_of(request(frames=24, start=24))
    assert clock.position(0) == 8
    assert clock.latents == 5


def test_frames_fall_on_their_latents():
    """Frame 0 is the single picture; every further half second is one latent frame."""
    clock = clock_of(request(frames=120))
    assert [clock.latent_at(frame) for frame in (0, 1, 2, 12, 13, 14, 119)] == [0, 0, 1, 1, 1, 2, 10]
    assert clock.pictures_of(0) == Span(0, 1)
    assert clock.pictures_of(10) == Span(37, 41)
    assert clock.latents_within(0, None) == Span(0, 11)
    assert clock.latents_within(0, 59) == Span(0, 6)
    assert clock.latents_within(60, 119) == Span(6, 11)
    assert clock.latents_within(119, None) == Span(0, 0)


def test_a_loop_is_a_whole_number_of_latent_frames():
    """A loop runs a little faster or slower instead of jumping; its end is its beginning."""
    clock = clock_of(request(frames=120, options={"loop": 1}))
    assert (clock.latents, clock.pictures, clock.speed) == (10, 40, Fraction(1, 3))
    clock = clock_of(request(frames=50, options={"loop": 1}))
    assert clock.position(50) == clock.pictures


def test_prompts_are_read_by_the_latents_of_their_time():
    """Each latent frame has the prompt of its middle; one that is too short for any is left out."""
    prompts = (PromptSpan("a", Span(0, 60)), PromptSpan("b", Span(60, 61)), PromptSpan("c", Span(61, 120)))
    asked = request(prompts=prompts)
    assert prompt_spans(asked, clock_of(asked)) == [(0, Span(0, 6)), (2, Span(6, 11))]
