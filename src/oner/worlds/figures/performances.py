"""What people do besides walking and dancing: sit, turn, wave, play, float, fly, swim, hop."""

import math

import numpy as np

from .body import Attitude, Body
from .gaits import BEAT, TAU, Motion, on_beat, pulse, smooth, standing


def wave(body: Body, sex: str) -> Motion:
    """Standing, the right arm up, the hand going from side to side; a rest after every few waves."""
    rest, h = standing(body, sex), body.height

    def motion(t: float) -> Attitude:
        a = rest(t)
        side = math.sin(TAU * t / 0.62)
        a.right_reach = (
            -0.235 * h - 0.055 * h * side,
            body.hip + body.waist + body.shoulder + (0.205 - 0.012 * side * side) * h,
            0.075 * h,
            -1.0,
            -0.75,
            0.05,
        )
        a.right_hand = (0.0, 0.0, 1.5)
        a.shrug = (a.shrug[0], a.shrug[1] + 0.012 * h)
        a.spine = (a.spine[0], a.spine[1], a.spine[2] + 0.04)
        a.neck = (a.neck[0] - 0.04, 0.06, 0.05 + 0.02 * side)
        return a

    return motion


def turn(body: Body, sex: str) -> Motion:
    """From looking away round to the front in small steps, head first, within 1.4 s; from then on mostly to the front,
    with one whole turn every 9 s."""
    rest, k = standing(body, sex), body.height / 1.75
    wide = body.hip_half * 1.1

    def phase(t: float) -> tuple[float, float, float, int]:
        """Where the turn under way begins, how far it goes (radians), its share 0..1 in time, and its steps."""
        again, since = divmod(t - 6.0, 9.0)
        if again < 0:
            return -0.85 * math.pi, 0.85 * math.pi, (t - 0.15) / 1.25, 3
        return 2 * math.pi * again, 2 * math.pi, since / 3.0, 8

    def heading(t: float) -> float:
        begin, angle, share, _ = phase(t)
        return begin + angle * smooth(share)

    def foot(t: float, side: float) -> tuple[float, float]:
        """Where the foot points and how high it is: it follows the heading in jumps."""
        begin, angle, share, steps = phase(t)
        at = share * steps + (0.25 if side > 0 else -0.25)
        number = min(max(math.floor(at), 0), steps)
        within = min(max(at - number, 0.0), 1.0) if number < steps else 0.0
        moved = smooth(within / 0.5) if at >= 0 else 0.0
        yaw = begin + angle * min(number + moved, steps) / steps
        return yaw, 0.035 * k * math.sin(math.pi * min(within / 0.5, 1.0)) if at >= 0 and number < steps else 0.0

    def motion(t: float) -> Attitude:
        a = rest(t)
        facing = heading(t)
        ahead = heading(t + 0.22) - facing
        a.turn = facing
        for name, side in (("left_foot", 1.0), ("right_foot", -1.0)):
            yaw, up = foot(t, side)
            own = yaw - facing
            setattr(a, name, (side * wide * math.cos(own), up, -side * wide * math.sin(own), 0.0, own + 0.12 * side))
        a.sway = (0.0, -0.014 * k, 0.0)
        a.hips = (0.02, 0.0, 0.0)
        a.spine = (0.0, 0.35 * ahead, 0.0)
        a.neck = (0.0, 1.1 * ahead, 0.0)
        a.left_arm = (0.05 - 0.3 * ahead, 0.16 + 0.2 * ahead, 0.1, 0.25)
        a.right_arm = (0.05 + 0.3 * ahead, 0.16 + 0.2 * ahead, 0.1, 0.25)
        a.hair = (0.0, -0.25 * ahead, 0.25 * ahead)
        a.skirt = (0.12 * ahead, 0.12 * ahead, 0.0)
        return a

    return motion


def seat_height(body: Body) -> float:
    return 0.245 * body.height


def sit(body: Body, sex: str) -> Motion:
    """On a chair: hands on the thighs, breathing, looking about, a foot that taps now and then."""
    h, k = body.height, body.height / 1.75
    low = seat_height(body) + 0.052 * h * body.girth - body.hip

    def motion(t: float) -> Attitude:
        breath = math.sin(TAU * t / 3.6)
        look = 0.45 * math.sin(TAU * t / 8.0) + 0.12 * math.sin(TAU * t / 3.1 + 1)
        tap = max(0.0, math.sin(TAU * t / 0.9)) * smooth(math.sin(TAU * t / 7.0) * 3)
        knee = body.hip + low + 0.045 * h
        wrist = lambda side: (side * 0.085 * h, knee, 0.085 * h, side * 1.0, -0.2, -1.0)
        return Attitude(
            sway=(0.0, low, -0.11 * h),
            hips=(-0.06, 0.0, 0.0),
            spine=(0.10 + 0.012 * breath, 0.10 * look, 0.0),
            neck=(-0.02 + 0.03 * math.sin(TAU * t / 5.0), 0.8 * look, 0.03 * look),
            shrug=(0.003 * k * breath, 0.003 * k * breath),
            left_reach=wrist(1.0),
            right_reach=wrist(-1.0),
            left_hand=(1.0, 0.0, -1.2),
            right_hand=(1.0, 0.0, -1.2),
            left_foot=(body.hip_half * 1.25, 0.0, 0.15 * h, 0.0, 0.12),
            right_foot=(-body.hip_half * 1.25, 0.0, 0.165 * h, -0.25 * tap, -0.15),
            hair=(0.02 * breath, 0.0, 0.02 * look),
        )

    return motion


def hop(body: Body, sex: str) -> Motion:
    """A child at play: jumping on the spot with arms flung out."""
    k = body.height / 1.75
    wide = body.hip_half * 1.1

    def motion(t: float) -> Attitude:
        phase = t / 0.8 % 1.0
        up = 4 * (phase - 0.30) * (0.80 - phase) / 0.25 if 0.30 < phase < 0.80 else 0.0
        crouch = pulse(phase, ((0.0, 0.45), (0.12, 1.0), (0.30, 0.0), (0.80, 0.0), (0.9, 0.8), (1.0, 0.45)))
        air = max(up, 0.0)
        fling = smooth(air * 1.6)
        heel = 0.75 * smooth(air * 4)
        drop = 0.24 * k * air
        arm = (0.3 - 0.9 * crouch + 0.3 * fling, 0.25 + 1.75 * fling, 0.2, 0.7 - 0.4 * fling)
        foot = lambda side: (
            side * (wide + 0.05 * k * fling),
            drop + 0.05 * k * air,
            -0.02 * k * air,
            heel,
            side * 0.15,
        )
        return Attitude(
            sway=(0.0, drop - 0.085 * k * crouch + 0.045 * k * smooth(air * 4) - 0.003, -0.05 * k * crouch),
            hips=(0.30 * crouch, 0.0, 0.0),
            spine=(0.15 * crouch - 0.08 * fling, 0.0, 0.0),
            neck=(-0.35 * crouch - 0.12 * fling, 0.12 * math.sin(TAU * t / 3.2), 0.0),
            left_arm=arm,
            right_arm=arm,
            left_foot=foot(1.0),
            right_foot=foot(-1.0),
            hair=(-0.35 * math.sin(TAU * phase), 0.0, 0.0),
            skirt=(0.14 * fling, 0.14 * fling, 0.0),
        )

    return motion


def float_about(body: Body, sex: str) -> Motion:
    """Weightless: limbs half bent, everything drifting slowly."""
    h = body.height

    def motion(t: float) -> Attitude:
        a, b, c = (math.sin(TAU * t / period + shift) for period, shift in ((6.0, 0.0), (7.7, 1.3), (9.1, 2.2)))
        sole = body.ankle
        return Attitude(
            shift=(0.04 * h * c, 0.16 * h + 0.05 * h * a, 0.03 * h * b),
            tilt=0.16 + 0.12 * b,
            turn=0.22 * c,
            hips=(0.0, 0.0, 0.12 * c),
            spine=(0.14 + 0.05 * a, 0.08 * b, 0.05 * c),
            neck=(-0.25 + 0.06 * b, 0.18 * c, 0.0),
            left_arm=(0.55 + 0.20 * a, 0.65 + 0.12 * b, 0.2, 0.75 + 0.15 * c),
            right_arm=(0.40 + 0.20 * c, 0.75 + 0.12 * a, 0.2, 0.65 + 0.15 * b),
            left_hand=(0.2, 0.0, 0.0),
            right_hand=(0.2, 0.0, 0.0),
            left_foot=(0.075 * h, sole + (0.05 + 0.03 * b) * h, (-0.06 + 0.05 * a) * h, 0.55 + 0.1 * a, 0.15),
            right_foot=(-0.075 * h, sole + (0.11 - 0.03 * b) * h, (-0.13 - 0.05 * a) * h, 0.75 - 0.1 * a, -0.15),
            hair=(-0.25 + 0.15 * b, 0.0, 0.15 * a),
            skirt=(0.05, 0.12 + 0.05 * a, 0.05 * b),
            grounded=False,
        )

    return motion


def fly(body: Body, sex: str) -> Motion:
    """Through the air, head first, one arm ahead."""
    h = body.height

    def motion(t: float) -> Attitude:
        a, b = math.sin(TAU * t / 2.6), math.sin(TAU * t / 3.7 + 1)
        centre = 0.16 * h
        return Attitude(
            shift=(0.02 * h * b, centre - body.hip + 0.03 * h * a, -0.05 * h),
            tilt=1.30 + 0.05 * a,
            hips=(0.0, 0.0, 0.08 * b),
            spine=(-0.12, 0.05 * b, 0.04 * b),
            neck=(-0.75, 0.0, 0.05 * b),
            left_arm=(2.85 + 0.04 * a, 0.08, 0.2, 0.10),
            right_arm=(0.0, 0.16, 0.1, 0.25),
            left_foot=(0.05 * h, body.hip + (0.03 + 0.02 * a) * h, -0.468 * h, 2.3, 0.05),
            right_foot=(-0.05 * h, body.hip + (-0.01 - 0.02 * a) * h, -0.44 * h, 2.3, -0.05),
            hair=(-0.55 + 0.15 * math.sin(TAU * t / 0.7), 0.0, 0.1 * b),
            skirt=(0.0, 0.10 + 0.05 * math.sin(TAU * t / 0.6), 0.0),
            grounded=False,
        )

    return motion


def swim(body: Body, sex: str) -> Motion:
    """The crawl at the surface; y = 0 is the water line."""
    h = body.height

    def motion(t: float) -> Attitude:
        phase = t / 1.5 % 1.0
        roll = 0.42 * math.sin(TAU * phase)
        kick = math.sin(TAU * t / 0.5)

        def arm(p: float) -> tuple[float, float, float, float]:
            p %= 1.0  # 0: the hand enters ahead; pulled under the body, then over the water
            swing = 3.0 - 2.9 * smooth(p / 0.55) if p < 0.55 else 0.1 - TAU * 0.54 * smooth((p - 0.55) / 0.45)
            bend = 0.15 + (
                0.9 * math.sin(math.pi * p / 0.55) if p < 0.55 else 1.1 * math.sin(math.pi * (p - 0.55) / 0.45)
            )
            return (swing, 0.12 + (0.35 if p > 0.55 else 0.0) * math.sin(math.pi * (p - 0.55) / 0.45), 0.1, bend)

        return Attitude(
            shift=(0.0, -body.hip - 0.055 * h + 0.006 * h * kick, 0.0),
            tilt=1.47,
            hips=(0.0, -roll * 0.7, 0.0),
            spine=(-0.05, -roll * 0.5, 0.0),
            neck=(-0.62, 0.8 * max(0.0, math.sin(TAU * phase)), 0.0),
            left_arm=arm(phase),
            right_arm=arm(phase + 0.5),
            left_foot=(0.045 * h, body.hip + (-0.02 + 0.045 * kick) * h, -0.470 * h, 2.5, 0.0),
            right_foot=(-0.045 * h, body.hip + (-0.02 - 0.045 * kick) * h, -0.470 * h, 2.5, 0.0),
            hair=(-0.5, 0.0, 0.0),
            grounded=False,
        )

    return motion


# ------------------------------------------------------------------------------------------------------- play


def play_guitar(body: Body, sex: str, seated: bool = False) -> Motion:
    """Strumming with the right hand, changing chords with the left, nodding to the beat."""
    rest, h = standing(body, sex), body.height
    k = h / 1.75

    def motion(t: float) -> Attitude:
        a = rest(t)
        strum = math.sin(TAU * t / BEAT)
        chord = (0.0, 0.35, 0.15, 0.55)[int(t / (4 * BEAT)) % 4]
        before = (0.55, 0.0, 0.35, 0.15)[int(t / (4 * BEAT)) % 4]
        slide = before + (chord - before) * smooth((t % (4 * BEAT)) / 0.22)
        nod = on_beat(t)
        a.sway = (a.sway[0] * 0.5, a.sway[1] - (0.006 + 0.008 * nod) * k, 0.0)
        a.hips = (0.0, -0.06, 0.03 * math.sin(math.pi * t / BEAT))
        a.spine = (0.07 + 0.02 * nod, 0.10, -0.02)
        a.neck = (0.16 + 0.07 * nod, 0.22, 0.04)
        neck = GUITAR_NECK
        at = np.array(GUITAR_AT) * k + np.array(neck) * (0.36 + 0.11 * slide) * k
        a.left_reach = (at[0], at[1] - 0.01 * k, at[2] - 0.055 * k, 0.8, -1.0, -0.15)
        hole = np.array(GUITAR_AT) * k + np.array((-0.02, 0.045 + 0.05 * strum, 0.085)) * k
        a.right_reach = (hole[0] - 0.03 * k, hole[1] + 0.045 * k, hole[2], -1.0, -0.30, -0.25)
        a.right_hand = (0.15 + 0.25 * strum, 0.0, -0.5)
        a.left_hand = (0.9, 0.0, 1.2)
        a.reach_from_chest = True
        a.right_foot = (*a.right_foot[:3], -0.16 * max(0.0, strum) ** 2, a.right_foot[4])
        return a

    return motion


GUITAR_AT = (-0.06, 0.055, 0.165)  # middle of the guitar's body from the waist joint, for a body of 1.75 m
GUITAR_NECK = (0.885, 0.44, 0.15)  # which way its neck points


def play_piano(body: Body, sex: str, keys: tuple[float, float], seat: float) -> Motion:
    """Seated at a keyboard: `keys` is (height, distance ahead of the seat's middle) in metres."""
    h, k = body.height, body.height / 1.75
    low = seat + 0.052 * h * body.girth - body.hip

    def motion(t: float) -> Attitude:
        phrase = math.sin(TAU * t / 6.0)
        left = 0.20 * math.sin(TAU * t / 4.0) - 0.10
        right = 0.22 * math.sin(TAU * t / 3.0 + 1.0) + 0.12
        strike = lambda shift: max(0.0, math.sin(TAU * (t / BEAT + shift)))
        press_l, press_r = strike(0.0), strike(0.5) + 0.4 * max(0.0, math.sin(TAU * t / (BEAT / 2)))
        hand = lambda side, x, press: (
            side * 0.16 + x,
            keys[0] + 0.075 - 0.022 * press,
            keys[1] - 0.13,
            side,
            -0.55,
            -0.4,
        )
        return Attitude(
            sway=(0.03 * phrase, low, -0.02 * h),
            hips=(0.02, 0.0, 0.02 * phrase),
            spine=(0.16 + 0.07 * math.sin(TAU * t / 4.0), 0.05 * phrase, 0.05 * phrase),
            neck=(0.22 + 0.08 * on_beat(t), 0.12 * phrase, 0.04 * phrase),
            left_reach=hand(1.0, -left, press_l),
            right_reach=hand(-1.0, -right, press_r),
            left_hand=(1.10, 0.0, -1.45),
            right_hand=(1.10, 0.0, -1.45),
            left_foot=(0.10 * k, 0.0, 0.16 * h, 0.0, 0.10),
            right_foot=(-0.09 * k, 0.0, 0.23 * h, -0.18 * smooth(math.sin(TAU * t / 2.0) * 2), -0.05),
            hair=(0.03 * phrase, 0.0, 0.04 * phrase),
        )

    return motion
