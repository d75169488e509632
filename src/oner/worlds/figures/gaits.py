"""How people move: actions as functions of time that give an `Attitude`.

Walking and running follow the gait cycle (phase 0: the left heel strikes). A planted foot moves backwards in figure
space exactly at the figure's speed, so it does not slide once the stage carries the figure forward.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from .body import Attitude, Body, ankle_height

TAU = 2 * math.pi
BEAT = 0.5  # seconds: 120 beats a minute
Motion = Callable[[float], Attitude]


def smooth(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


def pulse(t: float, points: tuple[tuple[float, float], ...]) -> float:
    """A smooth curve through (time, value) points, flat at each of them."""
    for (t0, v0), (t1, v1) in pairwise(points):
        if t <= t1:
            return v0 + (v1 - v0) * smooth((t - t0) / (t1 - t0))
    return points[-1][1]


def on_beat(t: float) -> float:
    """1 on the beat, 0 between."""
    return 0.5 + 0.5 * math.cos(TAU * t / BEAT)


@dataclass(frozen=True)
class Gait:
    speed: float  # m/s
    period: float  # s for two steps
    stance: float  # share of the period that a foot is on the ground
    ahead: float  # where the foot lands, as a share of the way it is carried back
    lift: float  # clearance of the swinging foot, metres
    strike: float  # toe-up angle at landing
    roll: float  # heel-up angle at push-off
    bounce: float  # height of the pelvis' swing, positive: highest over the standing leg
    width: float  # half distance of the feet, metres

    @property
    def carried(self) -> float:
        return self.speed * self.period * self.stance

    def foot(self, phase: float) -> tuple[float, float, float]:
        """(clearance, z of the flat foot, pitch) at a phase 0..1, 0 being the foot's own strike."""
        phase %= 1.0
        front = self.carried * self.ahead
        rear = front - self.carried
        if phase < self.stance:
            t = phase / self.stance
            pitch = -self.strike * (1 - smooth(t / 0.16)) + self.roll * smooth((t - 0.55) / 0.45) ** 1.3
            return 0.0, front - self.carried * t, pitch
        t = (phase - self.stance) / (1 - self.stance)
        # Leaves and lands with the ground's own speed: a cubic Hermite curve.
        slope = -self.carried / self.stance * (1 - self.stance)
        h00, h10 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t
        z = h00 * rear + h10 * slope + (1 - h00) * front + (t**3 - t**2) * slope
        pitch = pulse(t, ((0.0, self.roll), (0.16, self.roll * 1.06), (0.78, -self.strike * 1.15), (1.0, -self.strike)))
        return self.lift * max(math.sin(math.pi * t**0.8), 0.0) ** 1.1, z, pitch


def hip_height(body: Body, gait: Gait) -> tuple[float, float]:
    """Mean height and swing of the pelvis such that both legs always reach: the body rides as tall as it can."""
    limits = []
    for k in range(96):
        phase = k / 96
        for offset in (0.0, 0.5):
            p = (phase + offset) % 1.0
            if p > gait.stance + 0.04 and p < 0.96:
                continue
            clearance, z, pitch = gait.foot(p)
            pivot = body.toe * 0.86 if pitch > 0 else -body.heel
            z += pivot - (pivot * math.cos(pitch) - body.ankle * math.sin(pitch))
            reach = math.sqrt(max((body.leg * 0.997) ** 2 - z * z - (gait.width - body.hip_half) ** 2, 1e-4))
            limits.append((phase, clearance + ankle_height(body, pitch) + reach))
    mean = min(limit - gait.bounce * bob(gait, phase) for phase, limit in limits)
    return mean, gait.bounce


def bob(gait: Gait, phase: float) -> float:
    """-1..1, twice a cycle; a walker is highest when a leg stands straight below, a runner lowest."""
    return math.cos(2 * TAU * (phase - gait.stance * gait.ahead))


def gait_of(body: Body, running: bool, sex: str) -> Gait:
    size = body.leg / 0.855
    if running:
        period = 0.68 * math.sqrt(size)
        speed = 3.3 * size
        return Gait(speed, period, 0.36, 0.40, 0.20 * size, 0.10, 0.62, -0.045 * size, 0.045 * size)
    period = 1.04 * math.sqrt(size) * (0.96 if sex == "woman" else 1.0)
    speed = 1.28 * size
    width = (0.045 if sex == "woman" else 0.065) * size
    return Gait(speed, period, 0.61, 0.47, 0.028 * size, 0.30, 0.66, 0.026 * size, width)


def travel(body: Body, gait: Gait, sex: str = "man", arms: float = 1.0) -> Motion:
    """Walking or running."""
    height, bounce = hip_height(body, gait)
    drop = height - body.hip
    running = gait.stance < 0.5
    sway = (0.012 if running else 0.024) * body.height / 1.75 * (1.2 if sex == "woman" else 1.0)
    tilt = 0.09 if sex == "woman" else 0.055
    swing = (0.68 if running else 0.33) * arms

    def motion(t: float) -> Attitude:
        phase = t / gait.period % 1.0
        # The leg's own swing: +1 with the left leg ahead. Arms go against it.
        stride = math.cos(TAU * (phase - 0.03))
        load = math.sin(TAU * (phase - 0.02))  # +1 while the left leg carries
        left, right = gait.foot(phase), gait.foot(phase + 0.5)
        lean = 0.20 if running else 0.035
        pump = 0.06 * math.cos(2 * TAU * phase)
        bend = (1.5, 0.35) if running else (0.30, 0.32)
        forward = lambda s: 0.02 + swing * (s * (0.95 if s < 0 else 1.0)) + (0.10 if running else 0.0)
        elbow = lambda s: bend[0] + bend[1] * (s + 0.4) * 0.8
        late = math.cos(TAU * (phase - 0.15))
        return Attitude(
            sway=(sway * load, drop + bounce * bob(gait, phase), 0.0),
            hips=(lean * 0.4, -0.11 * stride, -tilt * load),
            spine=(lean * 0.6 + pump * 0.2, (0.30 if running else 0.22) * stride, tilt * 0.9 * load),
            neck=(-lean * 0.75 + 0.02 * math.cos(2 * TAU * phase), -0.11 * stride, tilt * 0.3 * load),
            left_arm=(forward(-late), 0.14 if running else 0.10, 0.35 if running else 0.15, max(elbow(-late), 0.1)),
            right_arm=(forward(late), 0.14 if running else 0.10, 0.35 if running else 0.15, max(elbow(late), 0.1)),
            left_hand=(0.1, 0.0, 0.0),
            right_hand=(0.1, 0.0, 0.0),
            left_foot=(gait.width, left[0], left[1], left[2], 0.09),
            right_foot=(-gait.width, right[0], right[1], right[2], -0.09),
            hair=(
                -(0.40 if running else 0.10) - 0.09 * math.cos(2 * TAU * (phase - 0.12)),
                0.0,
                0.10 * math.sin(TAU * (phase - 0.1)),
            ),
            skirt=(
                0.0,
                0.04 + (0.16 if running else 0.02) + 0.03 * math.sin(2 * TAU * phase),
                0.03 * math.sin(TAU * phase),
            ),
        )

    return motion


def standing(body: Body, sex: str = "man") -> Motion:
    """Breathing, weight drifting from leg to leg, a look around."""
    k = body.height / 1.75
    wide = body.hip_half * 1.12

    def motion(t: float) -> Attitude:
        breath = math.sin(TAU * t / 3.6)
        weight = math.sin(TAU * t / 9.0 + 0.7)
        weight = math.copysign(smooth(abs(weight) * 1.3), weight)
        look = 0.28 * math.sin(TAU * t / 11.0) + 0.10 * math.sin(TAU * t / 4.3 + 1)
        side = 0.030 * k * weight
        return Attitude(
            sway=(side, -0.0035 * k - 0.003 * k * abs(weight), 0.0),
            hips=(0.0, 0.03 * weight, -0.050 * weight),
            spine=(0.012 * breath - 0.01, 0.05 * look, 0.055 * weight),
            neck=(0.015 * math.sin(TAU * t / 5.1), look * 0.8, -0.02 * weight),
            shrug=(0.003 * k * breath, 0.003 * k * breath),
            left_arm=(0.03 + 0.015 * breath, 0.10 + 0.012 * breath, 0.15, 0.20 + 0.03 * weight),
            right_arm=(0.05 + 0.015 * breath, 0.10 + 0.012 * breath, 0.15, 0.24 - 0.03 * weight),
            left_hand=(0.12, 0, 0),
            right_hand=(0.12, 0, 0),
            left_foot=(wide, 0.0, 0.010 * k, 0.0, 0.16),
            right_foot=(-wide, 0.0, -0.012 * k, 0.0, -0.20),
            hair=(0.015 * breath, 0.0, 0.03 * math.sin(TAU * t / 2.9)),
            skirt=(0.0, 0.008 * breath, 0.012 * math.sin(TAU * t / 3.1)),
        )

    return motion
