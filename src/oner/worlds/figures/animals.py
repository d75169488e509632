"""Animals: four-legged walkers, a bird and a whale."""

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, limb, merge
from ..scene import Figure
from .body import euler, two_bones
from .gaits import TAU, Gait, smooth
from .measure import fitted, height_of
from .shapes import ball, loft, refine, shell, surface, tube
from .traits import Colour, colour_of, draw, shade

F, H, S, G = Material.FUR, Material.HAIR, Material.SKIN, Material.GLOSS


def lengthwise(sections, sides: int, colour, material: Material = F, power: float = 2.1, rows: int = 0) -> Mesh:
    """A body along z through sections (z, bottom, top, half width) listed from the tail to the nose."""
    sections = refine(sections, rows) if rows else np.asarray(sections, float)
    z, bottom, top, half = sections.T
    colour = np.asarray(colour, float)
    # A loft stands along y: lay it down with its front (+z) turned to the sky (+y).
    lying = loft(np.stack([z, half, top, bottom], 1), sides, colour, material, power)
    lying.positions = lying.positions[:, [0, 2, 1]] * np.float32([-1, 1, 1])
    lying.normals = lying.normals[:, [0, 2, 1]] * np.float32([-1, 1, 1])
    return lying


@dataclass(frozen=True)
class Leg:
    """Joint place from the body's centre; lengths of the three bones; radii at the four joints; where the paw stands."""

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
    up = [(a * 0.7, 0.5 * a), (a * 0.35, 0.9 * a), (0, a), (-leg.upper * 0.45, a * 0.45 + b * 0.6), (-leg.upper, b), (-leg.upper - b * 0.7, b * 0.6)]  # fmt: skip
    low = [(b * 0.8, b * 0.5), (0, b), (-leg.lower * 0.3, b * 0.8 + c * 0.25), (-leg.lower * 0.75, c * 1.05), (-leg.lower, c), (-leg.lower - c * 0.6, c * 0.65)]  # fmt: skip
    thin = [(c * 0.8, c * 0.6), (0, c), (-leg.cannon * 0.3, d * 1.02), (-leg.cannon * 0.85, d), (-leg.cannon, d * 1.15), (-leg.cannon - d * 0.4, d * 0.9)]  # fmt: skip
    flat = 0.62 if a > 1.8 * b else 0.8
    upper = loft([(y, r * flat, r * 1.1, -r * 1.1) for y, r in up[::-1]], 9, tone, F)
    parts = [upper, loft([(y, r * 0.85, r, -r * 1.1) for y, r in low[::-1]], 9, tone, F)]
    dark = shade(tone, 0.72) if hooved else tone
    cannon = loft([(y, r, r, -r) for y, r in thin[::-1]], 8, [dark] * 6, F)
    if hooved:
        foot = loft(np.array([(-leg.paw, leg.toe * 0.62, leg.toe * 0.95, -leg.toe * 0.55), (-leg.paw * 0.45, leg.toe * 0.5, leg.toe * 0.6, -leg.toe * 0.5), (-leg.paw * 0.35, d * 1.0, d * 1.0, -d), (d * 0.5, d, d, -d)]), 9, np.array([hoof, hoof, dark, dark]), F)  # fmt: skip
    else:
        foot = merge([ball((0, -leg.paw + leg.toe * 0.38, leg.toe * 0.42), (leg.toe * 0.55, leg.toe * 0.38, leg.toe * 0.62), tone, F, 9, 6), ball((0, -leg.paw * 0.4, 0), (d * 1.1, leg.paw * 0.6, d * 1.15), tone, F, 8, 5)])  # fmt: skip
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


# -------------------------------------------------------------------------------------------------- the species


def _dog(subject: SubjectDescription, cat: bool = False) -> Beast:
    """A dog 0.58 m at the shoulder, or a cat on the same plan."""
    if cat:
        tone = colour_of(subject, ("orange", "grey", "black", "white", "brown"))
        tone = {True: (0.80, 0.45, 0.18)}.get(
            subject.colour in (None, "orange") and tone[0] > 0.85 and tone[2] < 0.3, tone
        )
    else:
        tone = colour_of(subject, ("gold", "brown", "black", "white", "grey"))
        if subject.colour is None and tone[0] > 0.7 and tone[2] < 0.3:
            tone = (0.78, 0.58, 0.32)
    light, dark = shade(tone, 1.5), shade(tone, 0.55)
    k = 0.46 if cat else 1.0
    slim = 0.82 if cat else 1.0
    rows = [(-0.365, 0.455, 0.515, 0.02), (-0.345, 0.42, 0.545, 0.065), (-0.27, 0.385, 0.57, 0.095), (-0.12, 0.365, 0.575, 0.098), (0.06, 0.335, 0.58, 0.108), (0.20, 0.305, 0.60, 0.118), (0.30, 0.33, 0.615, 0.10), (0.365, 0.39, 0.60, 0.065), (0.385, 0.45, 0.56, 0.02)]  # fmt: skip
    rows = np.array(rows) * (1, 1, 1, slim)
    if cat:
        rows[:, 0] *= 1.08
        rows[3:6, 1] += 0.015
    rows[:, 1:3] -= 0.46
    centre = 0.46
    trunk = lengthwise(rows * k, 14, tone, F, 2.2, 15)
    under = np.clip((-trunk.positions[:, 1] / k - 0.02) / 0.08, 0, 1)[:, None] * 0.7
    trunk.colours = (trunk.colours * (1 - under) + np.float32(light) * under).astype(np.float32)
    head = merge([_dog_head(tone, light, dark) if not cat else _cat_head(tone, light, dark)])
    head.positions *= np.float32(k)
    if cat:
        path = [(0, 0, 0), (0, 0.02, -0.12), (0, 0.08, -0.28), (0, 0.22, -0.42), (0, 0.40, -0.46), (0, 0.52, -0.40)]
        tail = tube(refine(path, 12) * k, np.linspace(0.035, 0.022, 12) * k, 7, tone, F)
    else:
        path = [(0, 0, 0), (0, 0.05, -0.09), (0, 0.15, -0.17), (0, 0.28, -0.20), (0, 0.38, -0.17)]
        tail = tube(refine(path, 9) * k, np.interp(np.arange(9), [0, 3, 8], [0.030, 0.034, 0.012]) * k, 7, tone, F)
    fore = Leg(0.078 * k * slim, -0.03 * k, 0.245 * k, 0.165 * k, 0.175 * k, 0.075 * k, 0.035 * k, 0.062 * k, 0.245 * k, -0.05, tuple(np.array((0.075, 0.042, 0.028, 0.024)) * k * slim), False)  # fmt: skip
    hind = Leg(0.070 * k * slim, 0.025 * k, -0.255 * k, 0.215 * k, 0.205 * k, 0.125 * k, 0.035 * k, 0.062 * k, -0.29 * k, 0.22, tuple(np.array((0.105, 0.052, 0.027, 0.024)) * k * slim), True)  # fmt: skip
    return Beast(centre * k, trunk, head, (0.10 * k, 0.30 * k), tail, (0.075 * k, -0.345 * k), fore, hind, tone, dark, 0.9 * k, (0.86 if not cat else 0.80) * k)  # fmt: skip


def _dog_head(tone, light, dark) -> Mesh:
    """Neck and head, local to the neck's joint."""
    parts = [tube(refine([(0, -0.10, -0.10), (0, 0.0, 0.0), (0, 0.12, 0.09), (0, 0.20, 0.13)], 8), np.linspace(0.125, 0.085, 8), 10, tone, F)]  # fmt: skip
    skull = [(0.04, 0.17, 0.25, 0.03), (0.06, 0.135, 0.285, 0.070), (0.13, 0.125, 0.305, 0.088), (0.20, 0.13, 0.295, 0.075), (0.25, 0.14, 0.25, 0.050), (0.32, 0.138, 0.228, 0.042), (0.375, 0.145, 0.218, 0.034), (0.39, 0.17, 0.20, 0.015)]  # fmt: skip
    parts.append(lengthwise(skull, 12, tone, F, 2.2, 14))
    parts.append(ball((0, 0.213, 0.388), (0.021, 0.016, 0.016), (0.04, 0.03, 0.03), G, 8, 5))
    parts.append(
        lengthwise(
            [
                (0.19, 0.125, 0.15, 0.02),
                (0.25, 0.118, 0.15, 0.034),
                (0.33, 0.124, 0.15, 0.030),
                (0.36, 0.135, 0.15, 0.015),
            ],
            8,
            light,
            F,
        )
    )
    for s in (-1, 1):
        parts.append(ball((s * 0.050, 0.248, 0.222), (0.015, 0.016, 0.014), (0.05, 0.03, 0.02), G, 7, 5))
        ear = tube(refine([(s * 0.066, 0.285, 0.10), (s * 0.100, 0.262, 0.11), (s * 0.108, 0.20, 0.125), (s * 0.095, 0.15, 0.135)], 7), np.array([0.02, 0.035, 0.046, 0.050, 0.046, 0.034, 0.016]), 7, dark, F, 0.35)  # fmt: skip
        parts.append(ear)
    parts.append(tube([(0.06 * np.cos(a) * 1.75, 0.055 + 0.045 * np.sin(a), 0.055 + 0.10 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 17)], 0.011, 5, (0.62, 0.10, 0.10), Material.CLOTH))  # fmt: skip
    return merge(parts)


def _cat_head(tone, light, dark) -> Mesh:
    parts = [
        tube(refine([(0, -0.08, -0.06), (0, 0.0, 0.02), (0, 0.10, 0.09)], 6), np.linspace(0.105, 0.08, 6), 10, tone, F)
    ]
    parts.append(ball((0, 0.19, 0.14), (0.125, 0.105, 0.115), tone, F, 14, 10))
    for s in (-1, 1):
        parts.append(ball((s * 0.035, 0.150, 0.235), (0.045, 0.034, 0.032), light, F, 8, 6))
        parts.append(ball((s * 0.056, 0.205, 0.232), (0.027, 0.027, 0.020), (0.62, 0.78, 0.25), G, 8, 6))
        parts.append(ball((s * 0.057, 0.205, 0.249), (0.007, 0.021, 0.008), (0.02, 0.02, 0.02), G, 6, 4))
        ear = loft([(0.0, 0.048, 0.020, -0.022), (0.05, 0.033, 0.012, -0.016), (0.105, 0.004, 0.0, -0.006)], 6, tone, F)
        parts.append(ear.moved(s * 0.075, 0.255, 0.125))
        inner = loft([(0.0, 0.030, 0.012, 0.0), (0.07, 0.006, 0.006, 0.0)], 5, (0.85, 0.55, 0.5), S)
        parts.append(inner.moved(s * 0.075, 0.268, 0.135))
        for up in (-0.01, 0.01):
            parts.append(
                limb(
                    (s * 0.05, 0.150 + up, 0.255),
                    (s * 0.18, 0.155 + up * 3, 0.235),
                    0.0025,
                    0.0015,
                    (0.9, 0.9, 0.88),
                    Material.MATTE,
                    3,
                )
            )
    parts.append(ball((0, 0.172, 0.262), (0.014, 0.010, 0.010), (0.75, 0.42, 0.40), S, 6, 4))
    return merge(parts)


def _horse(subject: SubjectDescription) -> Beast:
    """A horse 1.58 m at the withers."""
    tone = colour_of(subject, ("brown", "black", "white", "grey", "brown"))
    if subject.colour in (None, "brown") and tone[0] > tone[2] * 1.5:
        tone = (0.40, 0.21, 0.11)
    dark = shade(tone, 0.35) if sum(tone) < 2.1 else (0.86, 0.83, 0.76)
    rows = np.array([(-0.93, 1.13, 1.30, 0.04), (-0.90, 1.02, 1.42, 0.15), (-0.78, 0.95, 1.53, 0.25), (-0.58, 0.93, 1.57, 0.285), (-0.25, 0.885, 1.50, 0.285), (0.05, 0.865, 1.475, 0.285), (0.32, 0.87, 1.53, 0.265), (0.52, 0.90, 1.575, 0.235), (0.68, 0.97, 1.53, 0.19), (0.79, 1.08, 1.44, 0.13), (0.83, 1.18, 1.34, 0.05)])  # fmt: skip
    rows[:, 1:3] -= 1.20
    trunk = lengthwise(rows, 18, tone, F, 2.15, 20)
    crest = refine([(0, -0.16, -0.18), (0, 0.02, 0.0), (0, 0.30, 0.20), (0, 0.55, 0.38), (0, 0.66, 0.50)], 11)
    across = np.interp(np.linspace(0, 1, 11), [0, 0.25, 0.6, 1], [0.20, 0.185, 0.125, 0.095])
    neck = tube(crest, across, 12, tone, F)
    deep = neck.positions - np.float32([0, 0, 0])
    neck.positions = (deep * np.float32([0.72, 1, 1])).astype(np.float32)
    skull = [(-0.06, -0.06, 0.06, 0.05), (0.0, -0.15, 0.10, 0.092), (0.10, -0.16, 0.115, 0.105), (0.22, -0.115, 0.10, 0.092), (0.36, -0.075, 0.075, 0.070), (0.48, -0.07, 0.062, 0.062), (0.55, -0.075, 0.05, 0.062), (0.60, -0.055, 0.03, 0.045), (0.615, -0.02, 0.0, 0.015)]  # fmt: skip
    tints = np.repeat(np.array([tone]), 16, 0)
    tints[12:] = shade(tone, 0.6)
    face = [lengthwise(skull, 12, tints, F, 2.2, 16)]
    for s in (-1, 1):
        face.append(ball((s * 0.093, 0.045, 0.14), (0.016, 0.024, 0.028), (0.03, 0.02, 0.02), G, 7, 5))
        face.append(ball((s * 0.048, -0.01, 0.585), (0.016, 0.020, 0.016), (0.05, 0.03, 0.03), Material.MATTE, 6, 4))
        ear = loft([(0.0, 0.032, 0.026, -0.02), (0.07, 0.034, 0.022, -0.018), (0.17, 0.004, 0.004, -0.004)], 6, tone, F)
        face.append(ear.moved(s * 0.058, 0.09, 0.005))
    forelock = tube(
        refine([(0, 0.13, -0.02), (0, 0.14, 0.07), (0, 0.09, 0.20)], 5),
        [0.04, 0.05, 0.045, 0.035, 0.01],
        6,
        dark,
        H,
        0.6,
    )
    tilt = np.eye(4)
    tilt[:3, :3] = euler(0.82)
    tilt[:3, 3] = 0, 0.66, 0.53
    mane = tube(crest[1:] + np.array([[0.0, 0.085 + 0.02 * np.sin(k), -0.085] for k in range(10)]), np.array([0.05, 0.085, 0.10, 0.105, 0.105, 0.10, 0.095, 0.085, 0.07, 0.05]), 7, dark, H, 1.0)  # fmt: skip
    mane.positions *= np.float32([0.62, 1, 1])
    head = merge([neck, mane, merge([*face, forelock]).transformed(tilt)])
    path = refine(
        [(0, 0, 0.03), (0, 0.03, -0.08), (0, -0.10, -0.20), (0, -0.40, -0.25), (0, -0.75, -0.24), (0, -0.95, -0.22)], 12
    )
    tail = tube(
        path, np.interp(np.linspace(0, 1, 12), [0, 0.2, 0.6, 0.9, 1], [0.045, 0.075, 0.12, 0.09, 0.03]), 9, dark, H
    )
    fore = Leg(0.155, -0.16, 0.50, 0.32, 0.40, 0.32, 0.10, 0.085, 0.53, 0.02, (0.16, 0.092, 0.062, 0.045), False)
    hind = Leg(0.165, 0.0, -0.66, 0.44, 0.46, 0.42, 0.10, 0.085, -0.76, 0.12, (0.26, 0.125, 0.066, 0.048), True)
    return Beast(1.20, trunk, head, (0.20, 0.62), tail, (0.24, -0.88), fore, hind, tone, (0.12, 0.10, 0.09), 2.6, 2.08)


def build_four_legged(subject: SubjectDescription) -> Figure:
    kind, action = subject.kind, subject.action
    beast = _horse(subject) if kind == "horse" else _dog(subject, kind == "cat")
    wag = {"dog": 0.45, "cat": 0.12, "horse": 0.10}[kind]
    hooved = kind == "horse"
    if action == "ride" and hooved:
        from .riders import mounted

        return mounted(subject, beast)
    if action in ("run", "dance"):
        stride = STRIDES[kind, "run"]
    elif action == "walk" or (action is None and kind != "cat"):
        stride = STRIDES[kind, "walk"]
    elif action == "sit" and not hooved:
        return build_beast(beast, sitting_on_four(beast, wag), 0.0, hooved)
    else:
        return build_beast(beast, standing_on_four(beast, wag), 0.0, hooved)
    return build_beast(beast, travelling(beast, stride, wag * 0.6), stride.speed, hooved)


# ------------------------------------------------------------------------------------------------- bird, whale


def build_bird(subject: SubjectDescription) -> Figure:
    """A gull-sized bird, 1.4 m across the wings: flapping and gliding in the air, or perched."""
    tone = colour_of(subject, ("white", "black", "blue", "brown", "grey"))
    tip = shade(tone, 0.3) if sum(tone) > 0.8 else shade(tone, 1.4)
    beak = (0.93, 0.62, 0.15)
    rows = [(-0.30, -0.01, 0.015, 0.025), (-0.20, -0.03, 0.04, 0.05), (-0.06, -0.075, 0.06, 0.085), (0.08, -0.085, 0.07, 0.092), (0.20, -0.05, 0.075, 0.070), (0.27, 0.0, 0.085, 0.048), (0.31, 0.02, 0.088, 0.03)]  # fmt: skip
    body = [lengthwise(rows, 12, tone, F, 2.0, 14), ball((0, 0.065, 0.315), (0.052, 0.052, 0.060), tone, F, 10, 8)]
    body.append(
        loft(
            [(0, 0.020, 0.022, -0.016), (0.05, 0.012, 0.012, -0.014), (0.085, 0.002, -0.006, -0.012)], 6, beak, G
        ).transformed(_forward(0, 0.058, 0.365))
    )
    for s in (-1, 1):
        body.append(ball((s * 0.043, 0.078, 0.340), (0.009, 0.010, 0.010), (0.03, 0.03, 0.03), G, 6, 4))
    flying = subject.action not in ("stand", "sit", "walk", "turn")
    for s in (-1, 1):
        low = (s * 0.035, -0.19, 0.0) if not flying else (s * 0.03, -0.075, -0.17)
        body.append(limb((s * 0.035, -0.06, 0.0), low, 0.016, 0.008, beak, Material.MATTE, 5))
        if not flying:
            body += [
                limb(low, (s * 0.035 + x, -0.197, 0.06), 0.008, 0.005, beak, Material.MATTE, 4)
                for x in (-0.025, 0, 0.025)
            ]
    fan = np.array([[(w * x, 0.012 - 0.02 * x * x, z) for x in np.linspace(1, -1, 7)] for z, w in ((-0.50, 0.115), (-0.36, 0.08), (-0.24, 0.04))])  # fmt: skip
    tail = shell(fan, 0.012, np.array([tip, tone, tone]), tone, F)
    parts = [merge([*body, tail])]
    if not flying:
        for s in (-1, 1):
            folded = [
                (s * 0.085, 0.05, 0.16),
                (s * 0.105, 0.02, 0.02),
                (s * 0.085, 0.0, -0.20),
                (s * 0.03, 0.01, -0.42),
            ]
            parts.append(
                tube(refine(folded, 8), [0.03, 0.055, 0.065, 0.062, 0.055, 0.042, 0.028, 0.01], 7, shade(tone, 0.82), F)
            )

        def perched(t: float) -> np.ndarray:
            out = np.repeat(np.eye(4)[None], 3, 0)
            out[:, :3, :3] = euler(-0.30 + 0.05 * math.sin(TAU * t / 1.7), 0.25 * math.sin(TAU * t / 5.0))
            out[:, 1, 3] = 0.192
            return out

        return fitted(Figure(parts, perched, 0.42, 0.4, eye=0.36))
    parts += _wing(1.0, tone, tip) + _wing(-1.0, tone, tip)
    lift = 0.35

    def pose(t: float) -> np.ndarray:
        cycle = t / 5.2 % 1.0
        beat = smooth(cycle / 0.08) * smooth((0.66 - cycle) / 0.10)  # flaps, then glides
        wave = TAU * t / 0.46
        flap = beat * 0.62 * math.sin(wave) + 0.10 + 0.06 * math.sin(TAU * t / 2.6)
        outer = beat * (0.50 * math.sin(wave - 1.05) - 0.10) - 0.12 * (1 - beat)
        twist = beat * 0.22 * math.cos(wave)
        out = np.zeros((5, 4, 4))
        out[:, 3, 3] = 1
        bank = 0.12 * math.sin(TAU * t / 6.1)
        trunk = euler(-0.06 - 0.03 * beat, 0.0, bank)
        centre = np.array(
            [0.10 * math.sin(TAU * t / 6.1), lift + 0.05 * math.sin(TAU * t / 5.2) - 0.028 * beat * math.sin(wave), 0.0]
        )
        out[0, :3, :3], out[0, :3, 3] = trunk, centre
        for k, s in ((1, 1.0), (3, -1.0)):
            inner = trunk @ euler(0, 0, s * flap) @ euler(-twist)
            joint = centre + trunk @ (s * 0.06, 0.045, 0.06)
            out[k, :3, :3], out[k, :3, 3] = inner, joint
            out[k + 1, :3, :3] = inner @ euler(0, 0, s * outer) @ euler(-twist * 0.8)
            out[k + 1, :3, 3] = joint + inner @ (s * 0.30, 0.0, 0.035)
        return out

    return fitted(Figure(parts, pose, 0.75, 0.8, speed=7.0, medium="air", eye=0.40))


def _wing(side: float, tone, tip) -> list[Mesh]:
    """Inner and outer wing; fingers at the tip."""
    inner, outer = [], []
    for u in np.linspace(0, 1, 6):
        x = side * 0.31 * u
        front, back = 0.09 + 0.035 * u, -0.17 + 0.05 * u
        inner.append(
            [
                (x, 0.018 * math.sin(math.pi * v) * (1 - 0.3 * u), front + (back - front) * v)
                for v in np.linspace(0, 1, 6)
            ]
        )
    for u in np.linspace(0, 1, 8):
        x = side * 0.42 * u
        front, back = 0.09 - 0.16 * u**1.6, -0.155 - 0.035 * u + 0.05 * u * u
        back = max(back, front - 0.24 * (1 - u**3)) if u > 0.8 else back
        outer.append(
            [(x, 0.014 * math.sin(math.pi * v) * (1 - u), front + (back - front) * v) for v in np.linspace(0, 1, 6)]
        )
    tint_inner = np.array([[tone] * 4 + [shade(tone, 0.85)] * 2] * 6)
    tint_outer = np.array(
        [[tuple(np.array(tone) * (1 - w) + np.array(tip) * w)] * 6 for w in np.clip(np.linspace(-0.6, 1.4, 8), 0, 1)]
    )
    made = []
    for grid, tint in ((np.array(inner), tint_inner), (np.array(outer), tint_outer)):
        sheet = shell(grid, 0.008, tint, shade(tone, 0.9), F)
        if sheet.normals[0, 1] < 0:  # the upper side first
            sheet = shell(grid[:, ::-1], 0.008, tint[:, ::-1], shade(tone, 0.9), F)
        made.append(sheet)
    return made


def _forward(x, y, z) -> np.ndarray:
    """Lays what stands along y so that it points to +z."""
    m = np.eye(4)
    m[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    m[:3, 3] = x, y, z
    return m


WHALE_CUTS = (-1.6, -3.6, -5.4)  # z of the joints of the tail


def build_whale(subject: SubjectDescription) -> Figure:
    """A humpback 12 m long at the surface (y = 0 is the water line): its back rises and dips, the tail beats."""
    tone = (
        colour_of(subject, ("blue",))
        if subject.colour
        else draw(subject, "hide", ((0.20, 0.27, 0.36), (0.24, 0.29, 0.33)))
    )
    pale = shade(tone, 2.6)
    full = np.array([(-6.0, -0.06, 0.14, 0.10), (-5.4, -0.16, 0.26, 0.20), (-4.4, -0.34, 0.42, 0.36), (-3.2, -0.66, 0.62, 0.62), (-1.8, -1.06, 0.84, 0.98), (0.0, -1.34, 0.98, 1.26), (1.6, -1.42, 0.98, 1.32), (3.0, -1.28, 0.88, 1.20), (4.2, -0.98, 0.66, 0.96), (5.2, -0.66, 0.40, 0.66), (5.8, -0.42, 0.16, 0.36), (6.0, -0.28, -0.02, 0.12)])  # fmt: skip
    smooth_rows = refine(full, 45)

    def segment(low: float, high: float, joint: float) -> Mesh:
        rows = smooth_rows[(smooth_rows[:, 0] > low - 0.5) & (smooth_rows[:, 0] < high + 0.5)].copy()
        made = lengthwise(rows, 18, tone, Material.SKIN, 2.1)
        belly = np.clip((-made.positions[:, 1] - 0.28) / 0.30, 0, 1)[:, None]
        if high > 0:  # the throat's grooves
            stripes = 0.75 + 0.25 * np.sign(np.sin(made.positions[:, :1] * 16))
            belly = belly * np.where(made.positions[:, 2:] > 0.5, stripes, 1)
        made.colours = (np.float32(tone) * (1 - belly) + np.float32(pale) * belly).astype(np.float32)
        made.positions[:, 2] -= joint
        return made

    front = [segment(WHALE_CUTS[0], 6.2, 0.0)]
    for s in (-1, 1):
        front.append(ball((s * 0.94, -0.30, 4.05), (0.06, 0.09, 0.10), (0.03, 0.03, 0.04), G, 8, 6))
        front.append(tube([(s * 0.98, -0.48, 3.7), (s * 0.88, -0.40, 4.6), (s * 0.60, -0.28, 5.4), (s * 0.16, -0.20, 5.98)], 0.035, 5, shade(tone, 0.5), Material.SKIN))  # fmt: skip
    front += [ball((x, 0.62 - 0.12 * abs(x) * 2 + 0.16 * (4.6 - z) * 0.8, z), (0.07, 0.06, 0.07), shade(tone, 0.8), Material.SKIN, 6, 4) for x, z in ((-0.25, 4.9), (0.25, 4.9), (0, 5.2), (-0.3, 4.4), (0.3, 4.4), (0, 4.6))]  # fmt: skip
    fin = loft([(0, 0.07, 0.42, -0.40), (0.18, 0.06, 0.15, -0.42), (0.34, 0.02, -0.22, -0.44)], 8, tone, Material.SKIN)
    front.append(fin.moved(0, 0.82, -1.55))
    middle = [segment(WHALE_CUTS[1], WHALE_CUTS[0], WHALE_CUTS[0])]
    rear = [segment(WHALE_CUTS[2], WHALE_CUTS[1], WHALE_CUTS[1])]
    fluke = []
    for s in (-1, 1):
        grid = []
        for u in np.linspace(0, 1, 8):
            lead, trail = (
                0.55 - 1.05 * u**1.25,
                -0.62 - 0.28 * u + 0.55 * (1 - abs(2 * u - 0.9)) * 0.0 + 0.25 * (1 - u) ** 2,
            )
            trail = min(trail + 0.18 * math.sin(math.pi * u), lead - 0.02)
            grid.append(
                [
                    (s * 1.9 * u, 0.07 * (1 - u) * math.cos(a), (lead + trail) / 2 + (lead - trail) / 2 * math.sin(a))
                    for a in np.arange(8) * np.pi / 4
                ]
            )
        made = surface(np.array(grid), tone, Material.SKIN)
        if float(np.sum((made.positions - made.positions.mean(0)) * made.normals)) < 0:
            made.normals, made.faces = -made.normals, made.faces[:, ::-1]
        fluke.append(made)
    fluke.append(segment(-6.0, WHALE_CUTS[2], WHALE_CUTS[2]))
    parts = [merge(front), merge(middle), merge(rear), merge(fluke)]
    for s in (-1.0, 1.0):
        grid = []
        for u in np.linspace(0, 1, 10):
            wide = 0.40 * (1 - u**2.2) + 0.03
            grid.append([(s * (1.0 + 2.9 * u) - s * 1.0, 0.09 * (1 - 0.7 * u) * math.cos(a), -1.1 * u**1.5 + wide * math.sin(a) + 0.03 * math.sin(u * 40)) for a in np.arange(8) * np.pi / 4])  # fmt: skip
        closed = np.concatenate([np.array(grid), np.array(grid)[-1:].mean(1, keepdims=True).repeat(8, 1)])
        made = surface(closed, np.array([tone] * 6 + [shade(tone, 1.5)] * 5), Material.SKIN)
        if float(np.sum((made.positions - made.positions.mean(0)) * made.normals)) < 0:
            made.normals, made.faces = -made.normals, made.faces[:, ::-1]
        parts.append(made)

    def pose(t: float) -> np.ndarray:
        wave = TAU * t / 4.6
        out = np.zeros((6, 4, 4))
        out[:, 3, 3] = 1
        turn = euler(0.10 * math.sin(wave), 0.03 * math.sin(TAU * t / 11), 0.05 * math.sin(TAU * t / 7.5))
        at = np.array([0.0, -0.62 + 0.30 * math.cos(wave), 0.0])
        out[0, :3, :3], out[0, :3, 3] = turn, at
        before = 0.0
        for k, (cut, size, late) in enumerate(zip(WHALE_CUTS, (0.15, 0.20, 0.34), (0.5, 1.1, 1.9)), 1):
            at = at + turn @ (0.0, 0.0, cut - before)
            turn = turn @ euler(size * math.sin(wave - late))
            out[k, :3, :3], out[k, :3, 3] = turn, at
            before = cut
        for k, s in ((4, -1.0), (5, 1.0)):
            sweep = 0.25 * math.sin(TAU * t / 6.3 + (0.4 if s > 0 else 0.0))
            out[k, :3, :3] = out[0, :3, :3] @ euler(0.10 * math.sin(wave + 1), 0.0, s * (-0.42 + sweep))
            out[k, :3, 3] = out[0, :3, 3] + out[0, :3, :3] @ (s * 1.02, -0.62, 2.5)
        return out

    speed = 0.0 if subject.action in ("stand", "float") else 2.2
    return fitted(Figure(parts, pose, 2.4, 6.0, speed=speed, medium="water", eye=0.2))
