"""Limits with steps: the nearest legal request is itself legal."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oner.engines.checks import check_request, nearest_request
from oner.errors import RequestError
from oner.film import ClipRequest, EngineLimits, PromptSpan
from oner.timing import Span

# As of a video model: sides in sixteens, 1 + a multiple of 4 frames.
MODEL = EngineLimits(min_side=64, max_side=512, size_step=16, max_frames=121, first_frames=1, frame_step=4)


def request(width: int, height: int, frames: int) -> ClipRequest:
    return ClipRequest((PromptSpan("a dog", Span(0, frames)),), width, height, frames, Fraction(24), 1)


def test_a_length_between_two_steps_is_refused_with_the_nearer():
    """1 + a multiple of 4 frames: 24 becomes 25."""
    with pytest.raises(RequestError, match=r"frames=24: lengths are 1 \+ a multiple of 4.*Nearest: 64x64, 25 frames"):
        check_request("model@1", MODEL, request(64, 64, 24), {})


def test_every_fault_is_named_at_once():
    """Someone with three mistakes hears of three."""
    with pytest.raises(RequestError, match=r"width=70.*height=9.*frames=400.*Nearest: 64x64, 121 frames"):
        check_request("model@1", MODEL, request(70, 9, 400), {})


def test_options_out_of_range_and_of_the_wrong_kind_are_refused():
    """An option says which whole numbers it takes."""
    for value in (0, 9, "many", True, 2.5):
        wrong = replace(request(64, 64, 25), options={"samples": value})
        with pytest.raises(RequestError, match=r"option samples=.*from 1 to 8"):
            check_request("model@1", MODEL, wrong, {"samples": (1, 8)})
    with pytest.raises(RequestError, match="did you mean 'samples'"):
        check_request("model@1", MODEL, replace(request(64, 64, 25), options={"sampels": 2}), {"samples": (1, 8)})


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 10_000))
def test_the_nearest_request_is_legal_and_legal_ones_stay(width, height, frames):
    """Whatever is asked for, the answer can be made; what can be made is not changed."""
    near = nearest_request(MODEL, request(width, height, frames))
    near = replace(near, prompts=(PromptSpan("a dog", Span(0, near.frames)),))
    check_request("model@1", MODEL, near, {})
    assert nearest_request(MODEL, near) == near
