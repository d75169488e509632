from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from oner.errors import InputError
from oner.film import CAMERA_MOVES, from_json, to_json
from oner.judging.measure import Measured, judge

RATE = Fraction(24)


def test_a_pan_of_known_speed_is_measured(made):
    """The trace gives the speed of the picture in half widths a second, with its sign."""
    seen = judge(made.pan(x=0.25), RATE, "pan left").trace
    assert seen.x == pytest.approx(0.25, rel=0.05)
    assert seen.y == pytest.approx(0, abs=0.01)
    assert judge(made.pan(y=-0.2), RATE, "tilt down").trace.y == pytest.approx(-0.2, rel=0.05)


@pytest.mark.parametrize("growth", [0.15, -0.15])
def test_a_zoom_of_known_speed_is_measured(made, growth):
    """The trace gives the growth of the picture a second."""
    assert judge(made.zoom(growth), RATE, "push in").trace.zoom == pytest.approx(growth, rel=0.1)


@pytest.mark.parametrize(
    ("move", "clip"),
    [
        ("pan left", lambda c: c.pan(x=0.2)), ("pan right", lambda c: c.pan(x=-0.2)),
        ("tilt up", lambda c: c.pan(y=0.2)), ("tilt down", lambda c: c.pan(y=-0.2)),
        ("push in", lambda c: c.zoom(0.12)), ("pull back", lambda c: c.zoom(-0.12)),
        ("fly-through", lambda c: c.zoom(0.7)), ("static", lambda c: c.pan()), ("handheld", lambda c: c.handheld()),
    ],
)  # fmt: skip
def test_the_right_move_agrees_best(made, move, clip):
    """Each made camera move is told from the eleven others."""
    found = judge(clip(made), RATE, move).agreements
    assert set(found) == set(CAMERA_MOVES)
    assert max(found, key=found.get) == move


def test_depth_tells_orbit_tracking_and_crane_from_pans(made):
    """Near ground that slides against the far, beside it or down from it is an orbit, a tracking shot, a crane."""

    def clip(shift_of_row, frames=30):
        rows, columns = np.mgrid[0:90, 0:160].astype(np.float32)
        down = (rows - 45) / 80
        return [
            cv2.remap(made.picture, columns + 370 - i * x(down), rows + 405 - i * y(down), cv2.INTER_LINEAR)
            for i in range(frames)
            for x, y in [shift_of_row]
        ]

    zero = lambda down: 0 * down
    orbit = judge(clip((lambda down: 1.6 * down, zero)), RATE, "orbit").agreements
    assert max(orbit, key=orbit.get) == "orbit"
    tracking = judge(clip((lambda down: 0.9 * (down + 0.5), zero)), RATE, "tracking").agreements
    assert max(tracking, key=tracking.get) == "tracking"
    crane = judge(clip((zero, lambda down: 1.2 * (down - 0.2))), RATE, "crane up").agreements
    assert max(crane, key=crane.get) == "crane up"


def test_a_subject_that_moves_is_not_the_camera(made):
    """A big bright box that crosses a still picture leaves the camera static."""
    frames = []
    for i in range(36):
        frame = made.view().copy()
        frame[20:80, 10 + 2 * i : 60 + 2 * i] = made.picture[100:160, 100:150]
        frames.append(frame)
    found = judge(frames, RATE, "static")
    assert max(found.agreements, key=found.agreements.get) == "static"
    assert found.motion > 0.02


def test_a_cut_inside_the_take_is_found_at_its_frame(made, other):
    """The frame after the cut is named; quick pans, flashes and dissolves are no cuts."""
    assert judge(made.pan(x=0.1, frames=20) + other.pan(x=0.1, frames=20), RATE, "pan left").cuts == (20,)
    assert judge(made.pan(x=1.6), RATE, "pan left").cuts == ()
    flash = made.pan(x=0.1)
    flash[15] = np.clip(flash[15].astype(int) + 60, 0, 255).astype(np.uint8)
    assert judge(flash, RATE, "pan left").cuts == ()
    blend = [
        ((36 - i) * a.astype(int) + i * b) // 36 for i, (a, b) in enumerate(zip(made.pan(), other.pan(), strict=True))
    ]
    assert judge([frame.astype(np.uint8) for frame in blend], RATE, "static").cuts == ()


def test_freezes_are_counted(made):
    """Pictures that stand still in a take that moves are a freeze; a take in which nothing moves is only still."""
    moving = made.pan(x=0.2, frames=40)
    frozen = judge(moving[:20] + [moving[20]] * 12 + moving[20:30], RATE, "pan left")
    assert (frozen.frozen, frozen.longest_freeze, frozen.still) == (12, 12, False)
    calm = judge([made.view()] * 30, RATE, "static")
    assert (calm.frozen, calm.still) == (0, True)


def test_black_pictures_are_counted_and_night_is_not_black(made):
    """Only pictures without any light in them are black."""
    clip = made.pan(x=0.1)
    clip[5:12] = [np.zeros_like(clip[0])] * 7
    assert judge(clip, RATE, "pan left").black == 7
    night = [(frame * 0.05).astype(np.uint8) for frame in made.pan()]
    for frame in night:
        frame[10:20, 100:120] = 220  # a lit window
    assert judge(night, RATE, "static").black == 0


def test_flicker_is_brightness_that_comes_and_goes(made):
    """Pumping brightness is flicker in levels; pans and slow fades are none."""
    pumping = [np.clip(f.astype(int) + 6 * (-1) ** i, 0, 255).astype(np.uint8) for i, f in enumerate(made.pan(x=0.1))]
    assert judge(pumping, RATE, "pan left").flicker == pytest.approx(12, rel=0.15)
    assert judge(made.pan(x=0.3), RATE, "pan left").flicker < 1.5
    fade = [(f * (1 - i / 60)).astype(np.uint8) for i, f in enumerate(made.pan())]
    assert judge(fade, RATE, "static").flicker < 0.6


def test_exposure_and_colour_drift(made):
    """A take that darkens drifts in exposure, one that turns red in colour."""
    dark = judge([(f * (1 - i / 50)).astype(np.uint8) for i, f in enumerate(made.pan())], RATE, "static")
    assert dark.exposure_drift > 50
    red = [
        np.clip(f + np.array([2.0 * i, -1.0 * i, -1.0 * i]), 0, 255).astype(np.uint8) for i, f in enumerate(made.pan())
    ]
    assert judge(red, RATE, "static").colour_drift > 20
    assert judge(made.pan(), RATE, "static").colour_drift < 0.5


def test_sharpness_falls_when_a_take_grows_soft(made):
    """Blur towards the end is seen as sharpness that is not kept."""
    soft = [cv2.GaussianBlur(f, (0, 0), 0.01 + i / 5) for i, f in enumerate(made.pan())]
    assert judge(soft, RATE, "static").sharpness_kept < 0.6
    assert judge(made.pan(x=0.1), RATE, "pan left").sharpness_kept == pytest.approx(1, abs=0.1)


def test_measurements_hold_for_every_size_and_rate(made):
    """The same camera gives the same figures in big pictures and at other rates."""
    big = [cv2.resize(f, (640, 360), interpolation=cv2.INTER_CUBIC) for f in made.pan(x=0.25)]
    assert judge(big, RATE, "pan left").trace.x == pytest.approx(0.25, rel=0.05)
    assert judge(made.pan(x=0.25), Fraction(48), "pan left").trace.x == pytest.approx(0.5, rel=0.05)


def test_measurements_survive_json(made):
    """A measurement is kept as JSON and comes back equal."""
    found = judge(made.pan(x=0.1, frames=12), RATE, "pan left")
    assert from_json(to_json(found), Measured) == found


def test_shortest_takes(made):
    """One picture is enough to be judged, none is not."""
    assert judge([made.view()], RATE, "static").frames == 1
    assert judge([made.view()] * 2, RATE, "static").still
    with pytest.raises(InputError, match="without a picture"):
        judge([], RATE, "static")


def test_an_unknown_move_is_refused(made):
    """A camera move that is none of the film's is named beside those that are."""
    with pytest.raises(InputError, match=r"barrel roll.*push in"):
        judge([made.view()], RATE, "barrel roll")


def test_judging_needs_no_state(made):
    """The same pictures give the same measurements, whatever was judged before."""
    clip = made.handheld()
    first = judge(clip, RATE, "handheld")
    judge(made.pan(x=0.4), RATE, "pan left")
    assert judge(clip, RATE, "handheld") == first
    assert replace(first, camera="static") != first
