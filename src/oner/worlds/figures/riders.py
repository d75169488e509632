"""People on and in things: the cyclist, the rider, the driver."""

import math
from dataclasses import replace

import numpy as np

from ..description import PEOPLE, SubjectDescription
from ..mesh import Material, Mesh, merge
from ..scene import Figure
from . import bicycle, car
from .body import Attitude, Body
from .four_legged import STRIDES, Beast, Carriage, build_beast, travelling
from .gaits import TAU
from .measure import fitted
from .people import Person, assemble
from .shapes import lengthwise
from .traits import COLOURS_RIDDEN, colour_of, draw, traits_of


def person_for(subject: SubjectDescription, seated: bool = False) -> Person:
    """Who rides: the person described, or one drawn from the words about the thing."""
    if subject.kind not in PEOPLE:
        subject = replace(subject, kind=draw(subject, "rider", ("woman", "man")), colour=None)
    return assemble(replace(traits_of(subject), umbrella=False), seated=seated)


def cyclist(subject: SubjectDescription) -> Figure:
    """Somebody pedalling a bicycle; small people get a small bicycle."""
    person = person_for(subject)
    body = person.body
    scale = min(max(body.height / 1.75, 0.6), 1.12)
    tone = subject if subject.kind == "bicycle" else replace(subject, colour=None)
    parts = bicycle.bicycle_parts(colour_of(tone, COLOURS_RIDDEN))
    sized = np.diag([scale, scale, scale, 1.0])
    parts = [part.transformed(sized) for part in parts]
    speed = bicycle.CYCLE_SPEED
    rolling = bicycle.bicycle_pose(speed / scale)
    motion = pedalling(body, scale)

    def pose(t: float) -> np.ndarray:
        machine = rolling(t)
        machine[:, :3, 3] *= scale
        rider = person.solve(motion(t))
        lean = math.sin(TAU * t * bicycle.CADENCE) * 0.018
        tilt = np.eye(4)
        tilt[0, 1], tilt[1, 0] = -math.sin(lean), math.sin(lean)
        tilt[0, 0] = tilt[1, 1] = math.cos(lean)
        return np.concatenate([tilt @ machine, tilt @ rider])

    eye = bicycle.SADDLE[0] * scale + (person.eye - body.hip) * 0.97
    figure = Figure(parts + person.meshes, pose, eye + 0.15, 1.0, speed=speed, eye=eye)
    return fitted(figure)


def pedalling(body: Body, scale: float):
    h = body.height
    seat_y, seat_z = bicycle.SADDLE[0] * scale + 0.045 * h, bicycle.SADDLE[1] * scale - 0.01 * h
    crank_y, crank_z = bicycle.CRANK[0] * scale, bicycle.CRANK[1] * scale
    arm = bicycle.CRANK_LENGTH * scale
    grip = np.array(bicycle.GRIP) * scale

    def motion(t: float) -> Attitude:
        angle = bicycle.crank_angle(t)

        def foot(side: float) -> tuple[float, float, float, float, float]:
            a = angle if side > 0 else angle + math.pi
            y, z = crank_y + arm * math.cos(a), crank_z + arm * math.sin(a)
            pitch = 0.22 - 0.20 * math.cos(a - 0.6)
            # The ball of the foot is on the pedal; the ankle behind and above it.
            ball, up = 0.065 * h, body.ankle + 0.012
            return (
                side * 0.135 * scale,
                y + up * math.cos(pitch) + ball * math.sin(pitch),
                z - ball * math.cos(pitch) + up * math.sin(pitch),
                pitch,
                0.02 * side,
            )

        rock = math.sin(angle)
        hand = lambda side: (side * grip[0], grip[1] + 0.018 * h, grip[2] - 0.105, side * 1.0, -0.55, -0.5)
        return Attitude(
            sway=(0.008 * rock, seat_y - body.hip, seat_z),
            hips=(0.22, 0.0, 0.035 * rock),
            spine=(0.16, 0.0, -0.03 * rock),
            neck=(-0.34, 0.05 * math.sin(TAU * t / 6), 0.0),
            left_reach=hand(1.0),
            right_reach=hand(-1.0),
            left_hand=(0.95, 0.0, -1.3),
            right_hand=(0.95, 0.0, -1.3),
            left_foot=foot(1.0),
            right_foot=foot(-1.0),
            hair=(-0.45 + 0.08 * math.sin(TAU * t / 0.8), 0.0, 0.05 * rock),
            skirt=(-0.25, 0.10 + 0.03 * math.sin(TAU * t / 0.5), 0.0),
            grounded=False,
        )

    return motion


def mounted(subject: SubjectDescription, beast: Beast) -> Figure:
    """A rider on a walking horse."""
    person = person_for(subject)
    stride = STRIDES["horse", "walk"]
    speed, period = stride.speed, stride.period
    carry = travelling(beast, stride, 0.08)
    horse = build_beast(beast, carry, speed, True, extra=[_saddle()])
    body, h = person.body, person.body.height
    motion = _astride(body, period)

    def pose(t: float) -> np.ndarray:
        moved: Carriage = carry(t)
        rider = person.solve(motion(t))
        rider[:, 0, 3] += moved.side
        rider[:, 1, 3] += moved.rise
        return np.concatenate([horse.pose(t), rider])

    eye = 1.56 + 0.05 * h + (person.eye - body.hip)
    return fitted(Figure(horse.parts + person.meshes, pose, eye + 0.16, 1.6, speed=speed, eye=eye))


def _saddle() -> Mesh:
    rows = [
        (-0.35, 0.26, 0.36, 0.20),
        (-0.25, 0.20, 0.335, 0.295),
        (0.0, 0.10, 0.30, 0.305),
        (0.22, 0.20, 0.345, 0.275),
        (0.30, 0.27, 0.40, 0.14),
    ]
    seat = lengthwise(rows, 14, (0.26, 0.14, 0.08), Material.MATTE, 2.2, 10)
    cloth = lengthwise([(-0.42, 0.05, 0.295, 0.25), (-0.40, -0.12, 0.305, 0.300), (0.25, -0.12, 0.305, 0.300),
        (0.30, 0.05, 0.30, 0.25)], 14, (0.80, 0.76, 0.68), Material.CLOTH, 2.2)  # fmt: skip
    return merge([seat, cloth])


def _astride(body: Body, period: float):
    h = body.height
    seat = 1.535 + 0.045 * h

    def motion(t: float) -> Attitude:
        wave = TAU * t / period
        rock = math.sin(2 * wave)
        foot = lambda side: (side * 0.36, seat - 0.80 * body.leg + 0.0 * rock, 0.16, -0.10, 0.25 * side)
        hand = lambda side: (side * 0.075, seat + 0.17 * h, 0.24 * h, side, -0.6, -0.5)
        return Attitude(
            sway=(0.012 * math.sin(wave), seat - body.hip, -0.04),
            hips=(0.05 * rock, 0.0, 0.03 * math.sin(wave)),
            spine=(0.02 - 0.06 * rock, 0.0, -0.03 * math.sin(wave)),
            neck=(0.02 * rock, 0.12 * math.sin(TAU * t / 6.5), 0.0),
            left_reach=hand(1.0),
            right_reach=hand(-1.0),
            left_hand=(0.5, 0.0, -0.4),
            right_hand=(0.5, 0.0, -0.4),
            left_foot=foot(1.0),
            right_foot=foot(-1.0),
            hair=(0.05 * rock - 0.05, 0.0, 0.04 * math.sin(wave)),
            skirt=(-0.25, 0.12, 0.0),
            grounded=False,
        )

    return motion


def driver(subject: SubjectDescription) -> Figure:
    """The person described at the wheel of an open car."""
    person = person_for(subject, seated=True)
    body, h = person.body, person.body.height
    seat = 0.62

    def motion(t: float) -> Attitude:
        steer = 0.05 * math.sin(TAU * t / 4.0)
        hand = lambda side: (side * 0.155, 1.06 + side * steer, 0.31, side, -0.9, -0.2)
        return Attitude(
            sway=(0.0, seat + 0.02 * h - body.hip, -0.24),
            hips=(-0.16, 0.0, 0.0),
            spine=(0.06, 0.05 * steer, 0.0),
            neck=(0.12, 0.10 * math.sin(TAU * t / 7.0), 0.02 * math.sin(TAU * t / 3.0)),
            left_reach=hand(1.0),
            right_reach=hand(-1.0),
            left_hand=(0.4, 0.0, -0.8),
            right_hand=(0.4, 0.0, -0.8),
            left_foot=(0.09, 0.42, 0.50, -0.4, 0.1),
            right_foot=(-0.09, 0.42, 0.52, -0.4, -0.1),
            hair=(-0.55 + 0.10 * math.sin(TAU * t / 0.6), 0.0, 0.08 * math.sin(TAU * t / 1.1)),
            skirt=(-0.2, 0.0, 0.0),
            grounded=False,
        )

    shift = np.eye(4)
    shift[0, 3] = 0.36
    tone = replace(subject, colour=None)
    seen = car.build_car(tone, (person.meshes, lambda t: shift @ person.solve(motion(t))))
    seen.eye = seat + 0.02 * h + (person.eye - body.hip) * 0.96
    seen.height = seen.eye + 0.16
    return seen
