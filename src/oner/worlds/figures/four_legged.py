"""Four-legged bodies: their bones, their gaits, and how planted paws stay planted."""

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass

import numpy as np

from ..mesh import Material, Mesh, merge
from ..scene import Figure
from .body import euler, two_bones
from .gaits import TAU, Gait
from .measure import fitted, height_of
from .shapes import (
    ball,
    loft,
)
from .traits import Colour, shade

F, H, S, G = Material.FUR, Material.HAIR, Material.SKIN, Material.GLOSS


@dataclass(frozen=True)
class Leg:
    """The joint's place from the body's centre, lengths of the bones, radii at four joints, where the paw stands."""

    x: float
    y: float
    z: float
    upper: float
    lower: float
    cannon: float  # from hock or wrist down to the paw's joint
    paw: float  # height of the paw's joint
    toe: float
    stand: float  # z of the paw at rest
    lean: float  # of the cannon at rest: positive puts the hock behind the paw
    thick: tuple[float, float, float, float]
    hind: bool


@dataclass(frozen=True)
class Beast:
    """A four-legged body: centre height, meshes and how it carries itself."""

    centre: float
    body: Mesh
    head: Mesh  # local to `neck`
    neck: tuple[float, float]  # y, z of the neck's joint from the centre
    tail: Mesh  # local to `tail_at`, lying towards -z
    tail_at: tuple[float, float]
    fore: Leg
    hind: Leg
    tone: Colour
    hoof: Colour
    length: float
    top: float  # height of the head's crown


def _leg_meshes(leg: Leg, tone: Colour, hoof: Colour, hooved: bool) -> list[Mesh]:
    a, b, c, d = leg.thick
    up = [(a * 0.7, 0.5 * a), (a * 0.35, 0.9 * a), (0, a), (-leg.upper * 0.45, a * 0.45 + b * 0.6), (-leg.upper, b),
        (-leg.upper - b * 0.7, b * 0.6)]  # fmt: skip
    low = [(b * 0.8, b * 0.5), (0, b), (-leg.lower * 0.3, b * 0.8 + c * 0.25), (-leg.lower * 0.75, c * 1.05),
        (-leg.lower, c), (-leg.lower - c * 0.6, c * 0.65)]  # fmt: skip
    thin = [(c * 0.8, c * 0.6), (0, c), (-leg.cannon * 0.3, d * 1.02), (-leg.cannon * 0.85, d),
        (-leg.cannon, d * 1.15), (-leg.cannon - d * 0.4, d * 0.9)]  # fmt: skip
    flat = 0.62 if a > 1.8 * b else 0.8
    upper = loft([(y, r * flat, r * 1.1, -r * 1.1) for y, r in up[::-1]], 9, tone, F)
    parts = [upper, loft([(y, r * 0.85, r, -r * 1.1) for y, r in low[::-1]], 9, tone, F)]
    dark = shade(tone, 0.72) if hooved else tone
    cannon = loft([(y, r, r, -r) for y, r in thin[::-1]], 8, [dark] * 6, F)
    if hooved:
        foot = loft(np.array([(-leg.paw, leg.toe * 0.62, leg.toe * 0.95, -leg.toe * 0.55), (-leg.paw * 0.45,
            leg.toe * 0.5, leg.toe * 0.6, -leg.toe * 0.5), (-leg.paw * 0.35, d * 1.0, d * 1.0, -d), (d * 0.5, d, d,
            -d)]), 9, np.array([hoof, hoof, dark, dark]), F)  # fmt: skip
    else:
        foot = merge([ball((0, -leg.paw + leg.toe * 0.38, leg.toe * 0.42), (leg.toe * 0.55, leg.toe * 0.38,
            leg.toe * 0.62), tone, F, 9, 6), ball((0, -leg.paw * 0.4, 0), (d * 1.1, leg.paw * 0.6, d * 1.15), tone,
            F, 8, 5)])  # fmt: skip
    return [*parts, cannon, foot]


def build_beast(beast: Beast, motion: "Callable", speed: float, hooved: bool, extra=()) -> Figure:
    """Parts: body, head with neck, tail, then four bones for each of the legs (left fore, right fore, left hind, right
    hind), then `extra` (mesh) that ride on the body."""
    parts = [beast.body, beast.head, beast.tail]
    for leg in (beast.fore, beast.fore, beast.hind, beast.hind):
        parts += _leg_meshes(leg, beast.tone, beast.hoof, hooved)
    parts += extra

    def pose(t: float) -> np.ndarray:
        m = motion(t)
        out = np.zeros((len(parts), 4, 4))
        out[:, 3, 3] = 1
        trunk = euler(m.pitch, m.yaw, m.roll)
        centre = np.array([m.side, beast.centre + m.rise, m.ahead])
        out[0, :3, :3], out[0, :3, 3] = trunk, centre
        out[1, :3, :3] = trunk @ euler(*m.head)
        out[1, :3, 3] = centre + trunk @ (0.0, beast.neck[0], beast.neck[1])
        out[2, :3, :3] = trunk @ euler(*m.tail)
        out[2, :3, 3] = centre + trunk @ (0.0, beast.tail_at[0], beast.tail_at[1])
        k = 3
        for number, side in enumerate((1.0, -1.0, 1.0, -1.0)):
            leg = beast.fore if number < 2 else beast.hind
            place_leg(out, k, leg, side, m.feet[number], trunk, centre)
            k += 4
        for j in range(len(extra)):
            out[k + j] = out[0]
        return out

    figure = Figure(parts=parts, pose=pose, height=beast.top, radius=1.0, speed=speed, eye=beast.top * 0.86)
    figure = fitted(figure)
    figure.height = height_of(figure)
    return figure


def place_leg(out, k, leg: Leg, side, foot, trunk, centre) -> None:
    """`foot` is (x offset, clearance, z from rest, pitch of the paw, extra lean of the cannon)."""
    x, up, z, pitch, lean = foot
    c, s = math.cos(pitch), math.sin(pitch)
    height = max(leg.paw * c + leg.toe * 0.9 * s, leg.paw * c - leg.toe * 0.35 * s)
    pivot = leg.toe * 0.9 if pitch > 0 else -leg.toe * 0.35
    slip = pivot - (pivot * c - leg.paw * s)
    paw = np.array([side * leg.x + x, up + height, leg.stand + z + slip])
    tilt = leg.lean + lean
    hock = paw + np.array([0.0, math.cos(tilt), -math.sin(tilt)]) * leg.cannon
    joint = centre + trunk @ (side * leg.x, leg.y, leg.z)
    pole, flip = ((0.0, 0.1, 1.0), 1.0) if leg.hind else ((0.0, -0.1, -1.0), -1.0)
    upper, lower, knee = two_bones(joint.tolist(), hock.tolist(), leg.upper, leg.lower, pole, flip)
    end = np.array(knee) - lower[:, 1] * leg.lower
    # The cannon runs from where the leg really ends to the planted paw.
    span = paw - end
    length = float(np.linalg.norm(span)) or 1e-9
    y = -span / length
    if length > leg.cannon * 1.002:  # out of reach: the paw follows rather than coming off
        paw = end - y * leg.cannon
    xaxis = np.cross(y, trunk[:, 2])
    xaxis /= np.linalg.norm(xaxis) or 1.0
    cannon = np.stack([xaxis, y, np.cross(xaxis, y)], 1)
    for j, (turn, at) in enumerate(((upper, joint), (lower, knee), (cannon, end), (euler(pitch), paw))):
        out[k + j, :3, :3], out[k + j, :3, 3] = turn, at


@dataclass
class Carriage:
    """One moment of a four-legged body."""

    feet: tuple
    rise: float = 0.0
    ahead: float = 0.0
    side: float = 0.0
    pitch: float = 0.0
    yaw: float = 0.0
    roll: float = 0.0
    head: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tail: tuple[float, float, float] = (0.0, 0.0, 0.0)


GAITS = {  # phase offsets of left fore, right fore, left hind, right hind
    "walk": (0.25, 0.75, 0.0, 0.5),
    "trot": (0.0, 0.5, 0.5, 0.0),
    "gallop": (0.42, 0.56, 0.0, 0.12),
}


@dataclass(frozen=True)
class Stride:
    """How a beast travels. The stance carries each paw no further than its leg reaches from a body sunk by `drop`."""

    gait: str
    speed: float  # m/s
    period: float  # s
    stance: float  # share of the period that a paw carries
    lift: float  # m
    drop: float  # m


STRIDES = {
    ("dog", "walk"): Stride("trot", 1.6, 0.44, 0.43, 0.07, 0.022),
    ("dog", "run"): Stride("gallop", 4.0, 0.40, 0.21, 0.11, 0.030),
    ("cat", "walk"): Stride("walk", 0.45, 0.50, 0.62, 0.030, 0.012),
    ("cat", "run"): Stride("gallop", 2.2, 0.27, 0.21, 0.05, 0.014),
    ("horse", "walk"): Stride("walk", 1.5, 0.98, 0.61, 0.13, 0.045),
    ("horse", "run"): Stride("gallop", 7.0, 0.50, 0.22, 0.30, 0.055),
}


def travelling(beast: Beast, stride: Stride, wag: float):
    name, speed, period, stance, lift, drop = astuple(stride)
    offsets = GAITS[name]
    gait = Gait(speed, period, stance, 0.50, lift, 0.0, 0.55, 0.0, 0.0)
    size = beast.centre

    def motion(t: float) -> Carriage:
        phase = t / period % 1.0
        feet = []
        for number, offset in enumerate(offsets):
            p = (phase + offset) % 1.0
            up, z, pitch = gait.foot(p)
            hind = number > 1
            swing = math.sin(math.pi * (p - stance) / (1 - stance)) if p > stance else 0.0
            carried = -z / max(gait.carried, 1e-6)  # back positive
            # Hocks close and wrists fold as the leg swings through.
            lean = (
                (0.30 * carried + 0.75 * swing) if hind else (0.25 * carried + 1.15 * swing * (1 if p > stance else 0))
            )
            feet.append((0.0, up, z, pitch * (0.75 + 0.6 * swing), lean))
        wave = TAU * phase
        if name == "gallop":
            rise, pitch, nod = 0.055 * math.sin(wave - 2.2), 0.085 * math.sin(wave - 0.6), -0.16 * math.sin(wave - 0.9)
        elif name == "trot":
            rise, pitch, nod = 0.030 * math.cos(2 * wave + 2.6), 0.012 * math.sin(2 * wave), 0.03 * math.cos(2 * wave)
        else:
            rise, pitch, nod = 0.012 * math.cos(2 * wave), 0.014 * math.sin(2 * wave), 0.06 * math.sin(2 * wave + 0.6)
        return Carriage(
            feet=tuple(feet),
            rise=rise * size - drop,
            pitch=pitch,
            roll=0.02 * math.sin(wave) * (name != "gallop"),
            yaw=0.02 * math.cos(wave) * (name != "gallop"),
            head=(nod - pitch * 0.6, 0.04 * math.sin(wave / 2), 0.0),
            tail=(
                -0.08 + 0.10 * math.sin(2 * wave) - (0.35 if name == "gallop" else 0.0),
                wag * math.sin(TAU * t / 0.42),
                0.0,
            ),
        )

    return motion


def standing_on_four(beast: Beast, wag: float):
    def motion(t: float) -> Carriage:
        look = math.sin(TAU * t / 7.0)
        return Carriage(
            feet=((0, 0, 0, 0, 0.0), (0, 0, 0.02, 0, 0.0), (0, 0, -0.02, 0, 0.0), (0, 0, 0.03, 0, 0.0)),
            rise=-0.006 + 0.003 * math.sin(TAU * t / 2.6),
            head=(0.10 * math.sin(TAU * t / 5.2), 0.35 * look, 0.05 * look),
            tail=(
                0.04 * math.sin(TAU * t / 3.0),
                wag * math.sin(TAU * t / 0.36) * (0.6 + 0.4 * math.sin(TAU * t / 4)),
                0.0,
            ),
        )

    return motion


def sitting_on_four(beast: Beast, wag: float):
    """On the haunches, front legs straight."""
    tilt = 0.72
    hind, fore = beast.hind, beast.fore
    half = -hind.z

    def motion(t: float) -> Carriage:
        look = math.sin(TAU * t / 6.0)
        c, s = math.cos(tilt), math.sin(tilt)
        rump = hind.paw + 0.42 * hind.upper  # where the hip comes to rest
        centre = rump - (hind.y * c - half * s) - beast.centre
        hip_z = hind.y * -s - half * c
        fore_z = fore.y * -s + fore.z * c
        return Carriage(
            feet=((0, 0, fore_z - fore.stand + 0.05 * half, 0, 0.0),) * 2
            + ((0.02, 0, hip_z + 0.75 * hind.upper - hind.stand, 0, 0.75),) * 2,
            rise=centre + 0.003 * math.sin(TAU * t / 2.4),
            pitch=-tilt,
            head=(tilt * 0.78 + 0.08 * math.sin(TAU * t / 4.4), 0.4 * look, 0.1 * look),
            tail=(0.62, wag * math.sin(TAU * t / 0.4), 0.0),
        )

    return motion
