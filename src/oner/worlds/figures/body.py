"""The jointed body of a person: proportions, attitudes and the solver that turns an attitude into part matrices.

An `Attitude` says what an animator would say (hips here, feet there, arms so); the solver finds the joints. Feet are
placed, not angled: two-bone inverse kinematics lets planted feet stay planted. Left is +x, because figures look to +z.
"""

import math
from dataclasses import dataclass, fields, replace

import numpy as np

from .traits import Traits

PARTS = (
    "pelvis", "chest", "head", "left_upper_arm", "left_forearm", "left_hand", "right_upper_arm", "right_forearm",
    "right_hand", "left_thigh", "left_shin", "left_foot", "right_thigh", "right_shin", "right_foot",
)  # fmt: skip
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Body:
    """Lengths in metres and widths as factors. Shares of the height after Winter's anthropometric table."""

    height: float
    head: float
    hip: float  # height of the hip joints above the ground
    hip_half: float
    thigh: float
    shin: float
    ankle: float
    waist: float  # above the hip
    shoulder: float  # above the waist
    shoulder_half: float
    neck: float  # head joint (base of the skull) above the waist
    upper_arm: float
    forearm: float
    girth: float  # 1: average
    toe: float  # foot ahead of the ankle
    heel: float  # foot behind the ankle

    @property
    def leg(self) -> float:
        return self.thigh + self.shin


def body_of(traits: Traits) -> Body:
    h = traits.height
    child = traits.sex == "child"
    girth = {"slim": 0.87, "average": 1.0, "broad": 1.22}[traits.build]
    broad = {"man": 1.0, "woman": 0.88, "child": 0.88}[traits.sex] * (1 + (girth - 1) * 0.5)
    hips = {"man": 1.0, "woman": 1.08, "child": 1.02}[traits.sex]
    hip, knee, ankle = (0.488, 0.262, 0.044) if child else (0.522, 0.278, 0.043)
    waist = 0.085 if not child else 0.08
    shoulder = (0.756 if child else 0.796) - hip - waist
    skull = (0.838 if child else 0.879) - hip - waist
    return Body(
        height=h, head=h / (5.75 if child else 7.3), hip=hip * h, hip_half=0.049 * h * hips, thigh=(hip - knee) * h,
        shin=(knee - ankle) * h, ankle=ankle * h, waist=waist * h, shoulder=shoulder * h,
        shoulder_half=0.104 * h * broad, neck=skull * h, upper_arm=(0.155 if child else 0.172) * h,
        forearm=(0.13 if child else 0.142) * h, girth=girth, toe=0.105 * h, heel=0.042 * h,
    )  # fmt: skip


@dataclass
class Attitude:
    """One moment of a body. Angles in radians, lengths in metres, figure space (feet at y = 0, looking to +z).

    Trunk angles are (pitch: bows forward, yaw: turns to its left, roll: tips to its left-down... about +z).
    Arms are (swing: forward, lift: sideways, twist: palm forwards, elbow bend). Feet are (x, y, z, pitch: heel up,
        yaw):
    y is the clearance of the lowest point of a grounded foot, else the height of the ankle.
    """

    turn: float = 0.0  # of the whole figure
    shift: Vector = (0.0, 0.0, 0.0)  # of the whole figure
    tilt: float = 0.0  # of the whole figure about x at the height of the hips: prone, leaning
    hips: Vector = (0.0, 0.0, 0.0)
    sway: Vector = (0.0, 0.0, 0.0)  # of the pelvis from its standing place
    spine: Vector = (0.0, 0.0, 0.0)
    neck: Vector = (0.0, 0.0, 0.0)
    shrug: tuple[float, float] = (0.0, 0.0)
    left_arm: tuple[float, float, float, float] = (0.05, 0.1, 0.0, 0.2)
    right_arm: tuple[float, float, float, float] = (0.05, 0.1, 0.0, 0.2)
    left_hand: Vector = (0.0, 0.0, 0.0)
    right_hand: Vector = (0.0, 0.0, 0.0)
    left_foot: tuple[float, float, float, float, float] = (0.1, 0.0, 0.0, 0.0, 0.1)
    right_foot: tuple[float, float, float, float, float] = (-0.1, 0.0, 0.0, 0.0, -0.1)
    hair: Vector = (0.0, 0.0, 0.0)  # swing of loose hair
    skirt: Vector = (0.0, 0.0, 0.0)  # extra swing: front out, back out, sideways
    grounded: bool = True
    left_reach: tuple[float, float, float, float, float, float] | None = None  # wrist (x, y, z), elbow points (x, y, z)
    right_reach: tuple[float, float, float, float, float, float] | None = None
    reach_from_chest: bool = False  # reaches are given from the waist joint and turn with the chest

    def but(self, **changes) -> "Attitude":
        return replace(self, **changes)


BLENDED = tuple(
    f.name for f in fields(Attitude) if f.name not in ("grounded", "left_reach", "right_reach", "reach_from_chest")
)


def mix(a: Attitude, b: Attitude, weight: float) -> Attitude:
    """Between two attitudes; what cannot be mixed is taken from the nearer one."""
    if weight <= 0:
        return a
    if weight >= 1:
        return b
    near = b if weight > 0.5 else a
    made = near.but()
    for name in BLENDED:
        p, q = getattr(a, name), getattr(b, name)
        if isinstance(p, tuple):
            setattr(made, name, tuple(x + (y - x) * weight for x, y in zip(p, q)))
        else:
            setattr(made, name, p + (q - p) * weight)
    return made


STILL = np.eye(3)

# ------------------------------------------------------------------------------------------------ small algebra


def euler(pitch: float, yaw: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """Ry(yaw) Rx(pitch) Rz(roll) as (3, 3)."""
    cx, sx, cy, sy, cz, sz = (
        math.cos(pitch), math.sin(pitch), math.cos(yaw), math.sin(yaw), math.cos(roll), math.sin(roll)
    )  # fmt: skip
    return np.array(
        [
            [cy * cz + sy * sx * sz, -cy * sz + sy * sx * cz, sy * cx],
            [cx * sz, cx * cz, -sx],
            [-sy * cz + cy * sx * sz, sy * sz + cy * sx * cz, cy * cx],
        ]
    )


def two_bones(start, target, upper: float, lower: float, pole, flip: float = 1.0):
    """Rotations (3, 3) of two bones hanging along -y that reach from `start` towards `target`, and the middle joint.

    The middle joint points to `pole`; the bones' +z is `flip` times that way (knees 1, elbows -1).
    """
    dx, dy, dz = target[0] - start[0], target[1] - start[1], target[2] - start[2]
    distance = math.sqrt(dx * dx + dy * dy + dz * dz) or 1e-9
    ux, uy, uz = dx / distance, dy / distance, dz / distance
    reach = min(max(distance, abs(upper - lower) * 1.02 + 1e-4), (upper + lower) * 0.9995)
    along = (upper * upper - lower * lower + reach * reach) / (2 * reach)
    out = math.sqrt(max(upper * upper - along * along, 0.0))
    px, py, pz = pole
    dot = px * ux + py * uy + pz * uz
    px, py, pz = px - dot * ux, py - dot * uy, pz - dot * uz
    length = math.sqrt(px * px + py * py + pz * pz) or 1e-9
    px, py, pz = px / length, py / length, pz / length
    kx, ky, kz = ux * along + px * out, uy * along + py * out, uz * along + pz * out
    # The hinge is square to the plane of the bones: cross(up the bone, its +z).
    hx, hy, hz = -(uy * pz - uz * py) * flip, -(uz * px - ux * pz) * flip, -(ux * py - uy * px) * flip
    rotations = []
    for bx, by, bz in (
        (-kx / upper, -ky / upper, -kz / upper),
        ((kx - ux * reach) / lower, (ky - uy * reach) / lower, (kz - uz * reach) / lower),
    ):
        rotations.append(
            np.array([[hx, bx, hy * bz - hz * by], [hy, by, hz * bx - hx * bz], [hz, bz, hx * by - hy * bx]])
        )
    return rotations[0], rotations[1], (start[0] + kx, start[1] + ky, start[2] + kz)


def ankle_height(body: Body, pitch: float) -> float:
    """Height of the ankle when the foot, turned by `pitch` (heel up positive), just touches the ground."""
    c, s = math.cos(pitch), math.sin(pitch)
    return max(body.ankle * c + body.toe * 0.86 * s, body.ankle * c - body.heel * s)


class Solver:
    """Attitude -> matrices of the body's parts (PARTS) followed by the extra parts hung on them.

    `extras` are (parent part, joint place in the parent, rule): the rule names what moves it (see `_extra`).
    """

    def __init__(self, body: Body, extras=()):
        self.body = body
        self.extras = tuple((PARTS.index(parent), np.asarray(place, float), rule) for parent, place, rule in extras)
        self.count = len(PARTS) + len(self.extras)

    def __call__(self, a: Attitude) -> np.ndarray:
        b = self.body
        out = np.zeros((self.count, 4, 4))
        out[:, 3, 3] = 1
        whole = euler(0, a.turn)
        tilted = whole @ euler(a.tilt) if a.tilt else whole
        centre = np.array([0.0, b.hip, 0.0])
        pelvis = tilted @ euler(*a.hips)
        root = whole @ np.array(a.sway) + centre + a.shift
        chest = pelvis @ euler(*a.spine)
        waist = root + pelvis @ (0.0, b.waist, 0.0)
        head = chest @ euler(*a.neck)
        skull = waist + chest @ (0.0, b.neck, -0.006 * b.height)
        self._put(out, 0, pelvis, root)
        self._put(out, 1, chest, waist)
        self._put(out, 2, head, skull)
        frame, origin = (chest, waist) if a.reach_from_chest else (whole, np.array(a.shift))
        self._arm(out, 3, 1.0, a.left_arm, a.left_hand, a.left_reach, a.shrug[0], chest, waist, frame, origin)
        self._arm(out, 6, -1.0, a.right_arm, a.right_hand, a.right_reach, a.shrug[1], chest, waist, frame, origin)
        self._leg(out, 9, 1.0, a.left_foot, a, pelvis, root, whole)
        self._leg(out, 12, -1.0, a.right_foot, a, pelvis, root, whole)
        for k, (parent, place, rule) in enumerate(self.extras, len(PARTS)):
            if rule == "ground":  # furniture: stays where it stands
                self._put(out, k, STILL, place)
                continue
            turn = out[parent, :3, :3]
            self._put(out, k, self._extra(rule, turn, a, pelvis, out), out[parent, :3, 3] + turn @ place)
        return out

    @staticmethod
    def _put(out, k, turn, place):
        out[k, :3, :3] = turn
        out[k, :3, 3] = place

    def _arm(self, out, k, side, arm, hand, reach, shrug, chest, waist, frame, origin):
        b = self.body
        shoulder = waist + chest @ (side * b.shoulder_half, b.shoulder + shrug, -0.004 * b.height)
        if reach is None:
            swing, lift, twist, bend = arm
            upper = chest @ euler(-swing) @ euler(0, 0, side * lift) @ euler(0, side * -twist)
            elbow = shoulder - upper[:, 1] * b.upper_arm
            lower = upper @ euler(-bend)
        else:
            target = frame @ reach[:3] + origin
            upper, lower, elbow = two_bones(
                shoulder.tolist(), target.tolist(), b.upper_arm, b.forearm, (frame @ reach[3:]).tolist(), -1.0
            )
        self._put(out, k, upper, shoulder)
        self._put(out, k + 1, lower, elbow)
        self._put(out, k + 2, lower @ euler(-hand[0], side * hand[1], side * hand[2]), elbow - lower[:, 1] * b.forearm)

    def _leg(self, out, k, side, foot, a, pelvis, root, whole):
        b = self.body
        x, y, z, pitch, yaw = foot
        hip = root + pelvis @ (side * b.hip_half, 0.0, 0.0)
        lower_end = np.array([x, y, z])
        if a.grounded:
            # Rolling over heel or toe moves the ankle along as well as up.
            pivot = b.toe * 0.86 if pitch > 0 else -b.heel
            slip = pivot - (pivot * math.cos(pitch) - b.ankle * math.sin(pitch))
            lower_end[1] += ankle_height(b, pitch)
            lower_end[0] += slip * math.sin(yaw) * math.cos(0)
            lower_end[2] += slip * math.cos(yaw)
        target = whole @ lower_end + a.shift
        ahead = whole @ (math.sin(yaw), 0.0, math.cos(yaw)) if a.grounded else pelvis[:, 2]
        # Knees point where hips and feet agree.
        pole = pelvis[:, 2] + ahead + 0.15 * side * pelvis[:, 0] * (0 if a.grounded else 1)
        thigh, shin, knee = two_bones(hip.tolist(), target.tolist(), b.thigh, b.shin, pole.tolist())
        self._put(out, k, thigh, hip)
        self._put(out, k + 1, shin, knee)
        ankle = np.array(knee) - shin[:, 1] * b.shin
        self._put(out, k + 2, whole @ euler(pitch, yaw), ankle)

    def _extra(self, rule, turn, a, pelvis, out):
        if rule == "rigid":
            return turn
        if rule == "hair":
            return turn @ euler(*a.hair)
        if rule == "upright":  # umbrellas
            return euler(0, a.turn)
        left, right = (self._swung(pelvis, out[k]) for k in (9, 12))
        front, back, side = a.skirt
        if rule == "skirt_front":
            return turn @ euler(-max(left, right, -0.05) * (0.92 if min(left, right) > 0.5 else 0.62) - front, 0, side)
        if rule == "skirt_back":
            return turn @ euler(-min(left, right, 1.45) * 0.85 + back, 0, side)
        if rule == "coat_back":
            return turn @ euler(-min(left, right, 1.4) * 0.8 + back, 0, side)
        own = left if rule == "coat_left" else right
        return turn @ euler(
            -min(max(own, -0.06) * 0.8, max(0.6, own * 0.95 if min(left, right) > 0.5 else 0.0)) - front, 0, side
        )

    @staticmethod
    def _swung(pelvis, thigh):
        """How far a thigh has swung forward, seen from the pelvis."""
        down = -(pelvis.T @ thigh[:3, 1])
        return math.atan2(down[2], -down[1])
