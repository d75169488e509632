"""Dances: moves of eight beats at 120 beats a minute that run into one another."""

import math

from .body import Attitude, Body, mix
from .gaits import BEAT, TAU, Motion, on_beat, pulse, smooth


def dance(body: Body, sex: str, graceful: bool = False) -> Motion:
    """Moves of eight beats each, one running into the next: a side step, a groove with arms up, a spin, and more."""
    neutral = _bounce(body)
    moves = (_arabesque, _side_step, _spin, _groove) if graceful else (_side_step, _groove, _twist, _spin)
    made = [move(body) for move in moves]
    span = 8 * BEAT

    def motion(t: float) -> Attitude:
        number, within = divmod(t, span)
        a = neutral(t)
        weight = smooth(within / (BEAT * 0.9)) * smooth((span - within) / (BEAT * 0.9))
        return mix(a, made[int(number) % len(made)](within), weight)

    return motion


def _stance(body: Body, wide: float = 1.25) -> dict:
    return {
        "left_foot": (body.hip_half * wide, 0.0, 0.0, 0.0, 0.25),
        "right_foot": (-body.hip_half * wide, 0.0, 0.0, 0.0, -0.25),
    }


def _bounce(body: Body) -> Motion:
    k = body.height / 1.75

    def motion(t: float) -> Attitude:
        dip = on_beat(t)
        sway = math.cos(math.pi * t / BEAT)
        arm = lambda s: (0.35 + 0.15 * dip + 0.15 * s * sway, 0.35, 0.3, 1.25 + 0.25 * dip)
        return Attitude(
            sway=(0.035 * k * sway, (-0.022 - 0.030 * dip) * k, 0.0),
            hips=(0.04, 0.06 * sway, -0.09 * sway),
            spine=(0.05 * dip, -0.12 * sway, 0.11 * sway),
            neck=(0.08 * dip - 0.05, 0.05 * sway, 0.03 * sway),
            left_arm=arm(1.0),
            right_arm=arm(-1.0),
            hair=(0.12 * math.sin(TAU * t / BEAT), 0.0, 0.12 * sway),
            skirt=(0.04 * dip, 0.04 * dip, 0.06 * sway),
            **_stance(body),
        )

    return motion


def _side_step(body: Body) -> Motion:
    """Left, together, right, together; the arms swing across and a clap falls on every second beat."""
    k, base = body.height / 1.75, _bounce(body)
    reach = 0.26 * k

    def motion(t: float) -> Attitude:
        a = base(t)
        beat = t / BEAT % 4.0
        near = body.hip_half * 1.15
        # Beats 0-1: the left foot goes out; 1-2: the right follows; then back again.
        left = pulse(beat, ((0.0, near), (0.75, near + reach), (2.9, near + reach), (3.7, near), (4.0, near)))
        right = pulse(beat, ((0.0, -near), (0.95, -near), (1.75, -near + reach * 0.85), (2.0, -near + reach * 0.85),
            (2.75, -near), (4.0, -near)))  # fmt: skip
        hop_l = (
            0.05
            * k
            * (math.sin(math.pi * min(beat / 0.75, 1.0)) + math.sin(math.pi * min(max((beat - 2.9) / 0.8, 0.0), 1.0)))
        )
        hop_r = 0.05 * k * (math.sin(math.pi * min(max((beat - 0.95) / 0.8, 0), 1.0)) + math.sin(math.pi
            * min(max((beat - 2) / 0.75, 0), 1.0)))  # fmt: skip
        a.left_foot, a.right_foot = (left, hop_l, 0.0, 0.1 * (hop_l > 0.01), 0.25), (right, hop_r, 0.0, 0.0, -0.25)
        middle = (left + right) / 2
        a.sway = (middle, a.sway[1] - 0.015 * k, 0.0)
        drift = math.sin(TAU * beat / 4)
        a.hips = (0.05, 0.12 * drift, 0.10 * drift)
        a.spine = (0.06, -0.22 * drift, -0.14 * drift)
        a.left_arm = (0.75 + 0.35 * drift, 0.35 + 0.45 * max(drift, 0), 0.3, 1.0 - 0.35 * drift)
        a.right_arm = (0.75 - 0.35 * drift, 0.35 + 0.45 * max(-drift, 0), 0.3, 1.0 + 0.35 * drift)
        a.skirt = (0.05, 0.05, 0.10 * math.cos(TAU * beat / 4))
        return a

    return motion


def _groove(body: Body) -> Motion:
    """Feet wide, hips from side to side, both arms in the air."""
    k, base = body.height / 1.75, _bounce(body)

    def motion(t: float) -> Attitude:
        a = base(t)
        sway = math.cos(math.pi * t / BEAT)
        late = math.cos(math.pi * t / BEAT - 0.7)
        a.sway = (0.075 * k * sway, a.sway[1] - 0.03 * k, 0.0)
        a.hips = (0.03, 0.12 * sway, -0.16 * sway)
        a.spine = (-0.06, -0.10 * sway, 0.22 * sway)
        a.neck = (-0.08, 0.0, 0.08 * late)
        a.shrug = (0.02 * k, 0.02 * k)
        a.left_arm = (0.25 + 0.1 * late, 2.35 + 0.30 * late, -0.9, 0.65 + 0.4 * late)
        a.right_arm = (0.25 - 0.1 * late, 2.35 - 0.30 * late, -0.9, 0.65 - 0.4 * late)
        step = smooth(t / BEAT) * smooth((8 * BEAT - t) / BEAT)
        for name, side in (("left_foot", 1.0), ("right_foot", -1.0)):
            free = max(0.0, -side * sway) ** 1.5
            setattr(a, name, (side * body.hip_half * (1.25 + 0.75 * step), 0.0, 0.0, 0.42 * free, side * 0.30))
        return a

    return motion


def _twist(body: Body) -> Motion:
    """On the balls of the feet: hips one way, arms the other, lower and up again."""
    k, base = body.height / 1.75, _bounce(body)

    def motion(t: float) -> Attitude:
        a = base(t)
        twist = math.sin(math.pi * t / BEAT)
        low = 0.5 - 0.5 * math.cos(TAU * t / (8 * BEAT))
        a.sway = (0.02 * k * twist, (-0.05 - 0.10 * low) * k, -0.03 * k * low)
        a.hips = (0.10 + 0.1 * low, 0.55 * twist, 0.0)
        a.spine = (0.10, -0.85 * twist, 0.06 * twist)
        a.neck = (-0.10, 0.3 * twist, 0.0)
        a.left_arm = (0.55 + 0.55 * twist, 0.55, 0.3, 1.45)
        a.right_arm = (0.55 - 0.55 * twist, 0.55, 0.3, 1.45)
        for name, side in (("left_foot", 1.0), ("right_foot", -1.0)):
            setattr(
                a, name, (side * body.hip_half * 1.3, 0.0, 0.02 * k * side * twist, 0.30, 0.40 * twist + 0.1 * side)
            )
        a.skirt = (0.05, 0.05, 0.16 * math.cos(math.pi * t / BEAT))
        return a

    return motion


def _spin(body: Body) -> Motion:
    """Two turns on the toes with the arms rounded overhead, then a pose with a hip out and an arm up."""
    k, base = body.height / 1.75, _bounce(body)

    def motion(t: float) -> Attitude:
        a = base(t)
        beat = t / BEAT
        angle = 2 * TAU * pulse(beat, ((0.9, 0.0), (5.0, 1.0))) if beat < 5.0 else 0.0  # two whole turns
        speed = math.sin(math.pi * min(max((beat - 0.9) / 4.1, 0.0), 1.0))
        pose = smooth((beat - 5.0) / 0.8)
        narrow = body.hip_half * (1.25 - 0.75 * speed)
        a.turn = angle
        a.sway = (0.06 * k * pose, (-0.018 + 0.062 * speed - 0.012 * pose) * k, 0.0)
        a.hips = (0.0, 0.0, -0.14 * pose)
        a.spine = (-0.05 * speed, 0.12 * speed - 0.15 * pose, 0.20 * pose)
        a.neck = (-0.10 * speed - 0.12 * pose, 0.35 * math.sin(angle) * speed, 0.06 * pose)
        round_arms = (0.45, 2.45, -0.5, 0.95)
        out = (0.7, 0.9, 0.3, 0.5)
        up = min(speed * 1.3, 1.0)
        blend = lambda p, q, w: tuple(x + (y - x) * w for x, y in zip(p, q))
        a.left_arm = blend(blend(out, round_arms, up), (0.15, 2.75, -0.3, 0.20), pose)
        a.right_arm = blend(blend(out, round_arms, up), (-0.1, 0.75, 0.9, 1.75), pose)
        a.left_foot = (narrow + 0.01 * k * pose, 0.0, 0.0, 0.70 * speed, 0.25)
        a.right_foot = (-narrow - 0.09 * k * pose, 0.0, 0.02 * k * pose, 0.70 * speed + 0.25 * pose, -0.25)
        a.hair = (-0.45 * speed, -0.3 * speed, 0.1 * speed)
        a.skirt = (0.32 * speed, 0.32 * speed, 0.05 * math.sin(angle))
        return a

    return motion


def _arabesque(body: Body) -> Motion:
    """One leg raised long behind, the arms opening into a line."""
    k, base, h = body.height / 1.75, _bounce(body), body.height

    def motion(t: float) -> Attitude:
        a = base(t)
        beat = t / BEAT
        rise = pulse(beat, ((0.4, 0.0), (2.6, 1.0), (4.8, 1.0), (6.4, 0.0)))
        breath = 0.05 * math.sin(TAU * beat / 4)
        over = smooth((beat - 5.0) / 1.0) * smooth((7.6 - beat) / 0.8)
        a.sway = (0.055 * k * rise, (-0.012 - 0.006 * rise) * k, 0.015 * k * rise)
        a.hips = (0.62 * rise, 0.12 * rise, 0.0)
        a.spine = (-0.62 * rise - 0.08, 0.0, 0.05 * breath)
        a.neck = (-0.16 * rise - 0.1 * over, 0.0, 0.0)
        soft = lambda p, q, w: tuple(x + (y - x) * w for x, y in zip(p, q))
        low = (0.40, 0.45, 0.2, 0.55)
        a.left_arm = soft(soft(low, (1.75 + breath, 0.25, 0.2, 0.12), rise), (0.5, 2.3, -0.5, 0.8), over)
        a.right_arm = soft(soft(low, (0.05, 1.42 + breath, 0.2, 0.12), rise), (0.5, 2.3, -0.5, 0.8), over)
        wide = body.hip_half * 1.2
        a.left_foot = (wide - 0.02 * k * rise, 0.0, 0.0, 0.0, 0.3)
        a.right_foot = (
            -wide + 0.03 * k * rise,
            0.40 * h * rise**1.2,
            -0.30 * h * math.sin(rise * math.pi / 2),
            1.45 * rise,
            -0.25,
        )
        a.skirt = (0.0, 0.10 * rise, 0.04 * breath)
        a.hair = (0.10 * rise, 0.0, 0.05)
        return a

    return motion
