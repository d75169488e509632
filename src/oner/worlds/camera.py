"""The twelve camera moves: pure functions of the scene's own time, and of how long a long take is to last.

Travel eases asymptotically (`settle`): it begins at a natural speed and comes to rest far away, however long the shot
turns out to be, so a clip that starts at frame n continues a clip of n frames exactly. In a minute that would be a
camera that stands for most of it: where a take is known to last longer than LONG_TAKE, its move goes on evenly to its
end. Angles are radians; an azimuth of 0 is a camera on the +z side, which looks towards -z; positive is to the right
(+x).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .renderer import View

# share of the picture's height that the subject fills, vertical view angle in degrees
FILL = {"wide": (0.235, 36.0), "medium": (0.50, 31.0), "close": (1.62, 27.0)}
WIDEST = np.radians(82.0)
STILL = ("static", "pan left", "pan right", "tilt up", "tilt down", "handheld")  # moves of a camera that stands
ARRIVAL = {"wide": 5.0, "medium": 4.2, "close": 2.4}  # seconds after which whoever comes has come
PACED = ("push in", "pull back", "pan left", "pan right", "tilt up", "tilt down", "orbit", "crane up")
FAST = 1.8  # metres a second: runs, rides, drives
LONG = 8.0  # metres of radius: trains
PASS = 4.7  # seconds after which a flight passes its subject
LONG_TAKE = 15.0  # seconds up to which a move that comes to rest still seems to last


@dataclass(frozen=True)
class Subject:
    """What is filmed. `path(metres)` is where its feet are (x, y, z) after so much of its way; `speed` in m/s.

    `heading` is where it looks and goes at first: 0 towards +z, positive to +x. `scenery` stands for no subject at all.
    """

    path: Callable[[float], np.ndarray]
    speed: float
    heading: float
    height: float
    eye: float
    radius: float
    scenery: bool = False
    face: Callable[[float], float] | None = None  # height of the eyes at a time, where it comes and goes


@dataclass(frozen=True)
class Room:
    """Where a camera may be: limits of the place in metres (see `scene.Place`)."""

    ground: Callable
    depth: float = 150.0
    back: float = 30.0
    ceiling: float = 60.0
    width: float = 20.0
    water: float | None = None
    indoor: bool = False
    submerged: bool = False

    def side(self, z: float) -> float:
        """How far to the side a camera may stand at this z: the width near the origin, the free lane elsewhere."""
        lane = 1.3 if self.indoor else max(2.6, 0.55 * self.width if self.width >= 15 else 0.0)
        near = float(np.clip((14.0 - abs(z)) / 6.0, 0.0, 1.0))
        return max(min(lane, self.width), near * self.width)

    def clamp(self, eye: np.ndarray) -> np.ndarray:
        """The nearest place where a camera can be."""
        z = float(np.clip(eye[2], -self.depth, self.back))
        side = self.side(z) * 0.94
        x = float(np.clip(eye[0], -side, side))
        floor = float(np.max(self.ground(np.array([x]), np.array([z])))) + 0.4
        if self.water is not None and not self.submerged:
            floor = max(floor, self.water + 0.45)
        return np.array([x, float(np.clip(eye[1], floor, max(self.ceiling - 0.3, floor))), z])


def settle(seconds: float, speed: float, amount: float) -> float:
    """Distance gone after a time: `speed` at first, `amount` in the end."""
    return amount * (1.0 - float(np.exp(-seconds * speed / amount))) if amount > 1e-9 else 0.0


def _bend(metres: float, soft: float) -> float:
    """0 for a long time, then the metres themselves, with a soft bend between."""
    return soft * float(np.logaddexp(0.0, metres / soft)) if metres > -12 * soft else 0.0


def drift(seconds: float, seed: int, channel: int) -> float:
    """Smooth noise about -1..1: a hand that holds a camera."""
    phase = np.random.default_rng([seed, channel]).uniform(0, 2 * np.pi, 4)
    rate = np.array([0.31, 0.73, 1.27, 2.3])
    return float(np.sum(np.array([0.5, 0.3, 0.17, 0.07]) * np.sin(2 * np.pi * rate * seconds + phase)))


class Camera:
    """One take's camera. `seed` chooses side, angle, distance and height within the move's taste; `lasting` is the
    seconds of a take of which it is known that it is begun at its beginning.
    """

    def __init__(
        self, move: str, size: str, subject: Subject, room: Room, aspect: float, seed: int, speed: float = 1.0,
        lasting: float | None = None,
    ) -> None:  # fmt: skip
        self.move, self.size, self.subject, self.room, self.aspect = move, size, subject, room, aspect
        self.seed = abs(int(seed)) % 2**31
        self.lasting = lasting if lasting and lasting > LONG_TAKE else None
        rng = np.random.default_rng([self.seed, 77])
        self.way = 1.0 if rng.random() < 0.5 else -1.0
        self.pace = float(rng.uniform(0.9, 1.15)) * (speed if move in PACED else 1.0)
        self.third = float(rng.uniform(0.03, 0.12)) * self.way  # of the picture's width, off centre
        if subject.radius > LONG and abs(subject.path(0.0)[0]) > 1.0:  # a train passes on the lane's other side
            self.way = -float(np.sign(subject.path(0.0)[0]))
        if not subject.scenery and abs(np.sin(subject.heading)) > 0.3:  # room in front of whoever looks aside
            self.third = -abs(self.third) * float(np.sign(np.sin(subject.heading)))
        fill, degrees = FILL[size]
        self.fov = float(np.radians(degrees))
        if aspect < 1:  # upright pictures see little to the sides: a longer view angle keeps the surroundings
            self.fov = float(2 * np.arctan(np.tan(self.fov / 2) * 1.25))
        self.fill = fill * float(rng.uniform(0.94, 1.06))
        self.azimuth = self._start_azimuth(rng)
        self.distance = self._distance(rng)
        self.eye_height = self._eye_height(rng)
        while move != "orbit" and self._room_behind(self.azimuth, subject.path(0.0)) < 0.8 * self.distance:
            self.azimuth *= 0.8  # rather more from the front than through a very wide lens
            if abs(self.azimuth) < 0.1:
                break

    # ---------------------------------------------------------------------------------------- framing

    def _start_azimuth(self, rng: np.random.Generator) -> float:
        spread = float(np.radians(rng.uniform(8, 26)))
        if self.move == "tracking" and self.subject.speed:
            spread = float(np.radians(rng.uniform(30, 50)))
        if self.subject.scenery or self.move in ("fly-through",):
            spread *= 0.4
        if self.subject.speed > FAST and self.move in STILL:  # the far end of its way is in the picture too
            spread *= 0.5
        return self.way * spread

    def _distance(self, rng: np.random.Generator) -> float:
        s, half = self.subject, np.tan(self.fov / 2)
        if s.scenery:
            return 18.0
        tall = s.height / (self.fill * 2 * half)
        spread = {"wide": 0.40, "medium": 0.78, "close": 1.5}[self.size]
        if s.height > 3 or s.radius > 0.8 * s.height:  # big and long things are seen whole even from close by
            tall = s.height / (min(self.fill, 0.8) * 2 * half)
            spread = min(spread, 0.9)
        broad = min(s.radius, LONG) * 2 / (spread * 2 * half * self.aspect) + min(s.radius, LONG) * 0.5
        return max(tall, broad, 0.9)

    def _eye_height(self, rng: np.random.Generator) -> float:
        s = self.subject
        if s.scenery:
            return float(rng.uniform(1.6, 3.6))
        if s.height > 3:
            return float(rng.uniform(1.3, 2.4))
        low, high = {"wide": (0.7, 1.3), "medium": (0.62, 0.98), "close": (0.84, 1.0)}[self.size]
        return float(rng.uniform(low, high)) * max(s.height, 0.9)

    def _room_behind(self, azimuth: float, anchor: np.ndarray) -> float:
        """How far from the subject the camera can stand in this direction."""
        for distance in np.linspace(self.distance * 1.6, 1.2, 40):
            x, z = anchor[0] + np.sin(azimuth) * distance, anchor[2] + np.cos(azimuth) * distance
            if z <= self.room.back and abs(x) <= self.room.side(z):
                return float(distance)
        return 1.2

    # ------------------------------------------------------------------------------------------- moves

    def _arrival(self) -> float:
        """Seconds until whoever comes is there; the fast would be a dot for too long."""
        return ARRIVAL[self.size] * (0.8 if self.subject.speed > 5.0 else 1.0)

    def _followed(self, seconds: float) -> float:
        """Metres of the subject's way that the camera's stand belongs to.

        A still camera waits where the subject will be: whoever comes arrives there late in the shot, whoever crosses
        does so through the whole picture, whoever leaves gets small. Only then does the camera go along.
        """
        s = self.subject
        gone = s.speed * seconds
        leaves = self.move == "pull back" and np.cos(s.heading - self.azimuth) < -0.3
        if not (s.speed and (leaves or self.move in STILL)):
            return gone
        toward, across = np.cos(s.heading - self.azimuth), abs(np.sin(s.heading - self.azimuth))
        if toward > 0.6:
            stand, room = s.path(0.0), self.room.back - 0.9 * self.distance
            free = max((room - stand[2]) / max(np.cos(s.heading), 0.2), 0.0)
            half = 0.55 * np.tan(self.fov / 2) * self.aspect  # its beginning lies within this slope of the middle
            inside = half * self.distance / max(across - half * toward, 1e-3)
            home = min(s.speed * self._arrival(), free, inside)
            until = home + 0.35 * self.distance
        elif toward < -0.6:
            home, until = 0.0, s.speed * 6.0
        else:
            seen = 2 * self.distance * np.tan(self.fov / 2) * self.aspect
            home = min(0.25 * seen / across, 2.6 * s.speed)
            until = 2 * home
        return home + _bend(gone - until, 0.25 * s.speed)

    def view(self, seconds: float) -> View:
        """Where the camera is at a time of the scene."""
        if self.move == "fly-through":
            return self._flight(seconds)
        s, t = self.subject, seconds * self.pace
        if self.move == "push in" and s.speed and np.cos(s.heading - self.azimuth) > 0.3:
            return self._meeting(seconds)
        anchor = s.path(self._followed(seconds))
        azimuth, scale, rise, turn, nod = self.azimuth, 1.0, 0.0, 0.0, 0.0
        wide = 2 * np.arctan(np.tan(self.fov / 2) * self.aspect)
        shift = np.zeros(3)
        if self.move == "push in":
            scale = self._nearer(1.32, 0.60, t)
        elif self.move == "pull back":
            scale = self._nearer(0.76, 1.62, t)
        elif self.move in ("pan left", "pan right"):
            turn = wide * (-0.24 + 0.56 * self._share(t, 2.8)) * (1 if self.move == "pan left" else -1)
        elif self.move == "tilt up":
            nod = self.fov * (-0.48 + 0.70 * self._share(t, 2.8))
        elif self.move == "tilt down":
            nod = self.fov * (0.55 - 0.68 * self._share(t, 2.8))
        elif self.move == "orbit":
            azimuth = self._orbit(t)
        elif self.move == "crane up":
            big = max(1.0, min(self.distance / 6.0, 3.0))
            top = min(self.room.ceiling - 0.5, 6.5 * big) - self.eye_height
            top = max(min(top, 0.8 * self.distance), 0.4)  # closer up it would look down on heads only
            rise = self._gone(t, 1.25 * big, top) - 0.55 * self.eye_height
        elif self.move == "tracking" and not s.speed:
            shift[0] = self.way * self.distance * (self._gone(t, 0.16, 0.75) - 0.28)
        return self._place(anchor, azimuth, scale, rise, turn, nod, shift, seconds)

    def _share(self, t: float, soon: float) -> float:
        """Of a move: most of it is over after `soon` seconds, or it is evenly spread over a long take."""
        return 1 - float(np.exp(-t / soon)) if self.lasting is None else t / self.lasting

    def _gone(self, t: float, speed: float, amount: float) -> float:
        """`settle`, or an even way over a long take, no faster than at first."""
        if self.lasting is None:
            return settle(t, speed, amount)
        return min(speed * t, amount * t / self.lasting)

    def _nearer(self, first: float, last: float, t: float) -> float:
        """Of the distance to the subject. In a long take the picture grows or shrinks evenly, not the distance."""
        share = self._share(t, 4.0)
        return first + (last - first) * share if self.lasting is None else first * (last / first) ** share

    def _meeting(self, seconds: float) -> View:
        """A push in on somebody who comes: the camera goes to meet them, later it backs before them."""
        s = self.subject
        near = self.distance * (0.66 if s.radius < 1.5 else 0.85)
        pace = float(np.clip(0.2 * self.distance, 0.4, 2.2)) * self.pace
        begin, way = s.path(0.0), np.array([np.sin(s.heading), 0.0, np.cos(s.heading)])
        free = (0.95 * self.room.back - begin[2]) / max(way[2], 0.2) - near
        last = min(0.9 * self._arrival(), max(free / (s.speed + pace), 0.4))
        before = s.speed * seconds + near
        along = before + _bend(near + (s.speed + pace) * last - pace * seconds - before, 0.3 + 0.1 * s.speed)
        # The angle's small: on a large one the picture would pan as they come.
        aside = np.array([way[2], 0.0, -way[0]]) * np.sin(0.3 * (self.azimuth - s.heading)) * near
        here = s.path(s.speed * seconds)
        eye = begin + way * along + aside
        eye[1] = float(np.max(self.room.ground(eye[:1], eye[2:]))) * 0.5 + here[1] * 0.5 + self.eye_height
        return self._aimed(self.room.clamp(eye), here, self.fov, 0.0, 0.0, seconds)

    def _orbit(self, t: float) -> float:
        most = np.radians(58.0)
        reach = self.room.side(0.0) * 0.92
        if reach < self.distance:
            most = min(most, max(float(np.arcsin(np.clip(reach / min(self.distance, 5.0), 0, 1))), np.radians(18)))
        return self.way * (self._gone(t, np.radians(15.0) * min(1.0, most / 0.6), 2.2 * most) - most)

    def _place(self, anchor, azimuth, scale, rise, turn, nod, shift, seconds) -> View:
        s = self.subject
        wanted = self.distance
        most = {"push in": 1.32, "pull back": 1.45}.get(self.move, 1.0)
        room = self._room_behind(azimuth, s.path(0.0))
        distance = min(wanted, room / most)
        fov = min(2 * float(np.arctan(np.tan(self.fov / 2) * wanted / distance)), WIDEST)
        off = np.array([np.sin(azimuth), 0.0, np.cos(azimuth)]) * distance * scale
        eye = anchor + off + shift
        eye[1] = anchor[1] + self.eye_height + rise
        if self.move == "handheld":
            sway = 0.012 * distance + 0.02
            eye = eye + sway * np.array([drift(seconds, self.seed, i) for i in range(3)])
        eye = self.room.clamp(eye)
        seen = s.path(s.speed * seconds) if self.move in ("push in", "pull back") else anchor
        return self._aimed(eye, seen, fov, turn, nod, seconds, scale)

    def _aimed(self, eye, feet, fov, turn, nod, seconds, scale=1.0) -> View:
        """From `eye` to what stands at `feet`, composed for the shot's size."""
        target = feet + np.array([0.0, self._aim_height(seconds, scale), 0.0])
        look = target - eye
        yaw, pitch = np.arctan2(-look[0], -look[2]), np.arctan2(look[1], np.hypot(look[0], look[2]))
        wide = 2 * np.arctan(np.tan(fov / 2) * self.aspect)
        yaw += turn + (
            0.0 if self.move in ("pan left", "pan right") else self.third * wide * (0.4 if self.size == "close" else 1)
        )
        pitch += nod + {"wide": 0.10, "medium": 0.02, "close": -0.03}[self.size] * fov
        roll = 0.0
        if self.move == "handheld":
            yaw += 0.011 * drift(seconds, self.seed, 3)
            pitch += 0.009 * drift(seconds, self.seed, 4)
            roll = 0.008 * drift(seconds, self.seed, 5)
        pitch = float(np.clip(pitch, -1.35, 1.35))
        ahead = np.array([-np.sin(yaw) * np.cos(pitch), np.sin(pitch), -np.cos(yaw) * np.cos(pitch)])
        return View(tuple(eye), tuple(eye + ahead * 10.0), fov, roll)

    def _aim_height(self, seconds: float, scale: float = 1.0) -> float:
        s = self.subject
        if s.scenery:
            return 2.4
        eye = s.face(seconds) if s.face else s.eye
        if self.size == "close" and s.height <= 3 and (s.face or s.radius <= 0.8 * s.height):
            return eye - 0.13 * min(scale, 1.0) ** 2 * s.height
        if s.face:
            return eye - (0.85 - 0.52) * s.height
        return 0.52 * s.height

    def _flight(self, seconds: float) -> View:
        """Through the place along its lane; towards a subject, past it late in the shot, and on."""
        room, s = self.room, self.subject
        length = room.back * 0.8 + room.depth * 0.92
        at = s.path(s.speed * seconds)
        if s.scenery:
            start, speed = min(room.back * 0.8, 5.0 if room.indoor else 15.0), 2.4 if room.indoor else 6.5
            speed *= self.pace
            lane, there = self.way * 0.0, at
        else:
            start, speed, length, there = self._approach(length)
            beside = min(s.radius, 3.0) + (0.55 if room.indoor else 0.8)
            lane = min((there[0] + beside, there[0] - beside), key=lambda x: abs(x - 0.01 * self.way))
        z = start - self._gone(seconds, speed, length)
        near = float(np.exp(-(((z - there[2]) / 9.0) ** 2)))
        x = lane * near
        height = 1.75 if room.indoor else 1.9 + 0.7 * np.sin(z * 0.05 + self.seed % 7) * (1 - near)
        base = float(np.max(room.ground(np.array([x]), np.array([z]))))
        if room.submerged:
            height += 1.0
        if not s.scenery:  # rise or sink to what flies, swims or stands on water
            middle = float(np.clip(0.9 * (s.face(seconds) if s.face else s.eye), 0.8, 9.0))
            height += near * (min(at[1] - base, 12.0) + middle - height)
        eye = room.clamp(np.array([x, max(base, -50.0) + height, z]))
        ahead = start - self._gone(seconds + 1.4, speed, length + 12.0) - 6.0
        further = float(np.max(room.ground(np.array([0.0]), np.array([ahead]))))
        if room.water is not None:
            further = max(further, room.water)
        look = np.array([0.25 * x, max(further, base) * 0.5 + base * 0.5 + height * 0.85, ahead])
        if not s.scenery:
            look = self._glance(eye, look, at + np.array([0.0, self._aim_height(seconds), 0.0]))
        degrees = (52.0 if s.scenery else 47.0) + (0.0 if self.aspect >= 1 else 12.0)
        bank = 0.02 * np.sin(seconds * 0.7 + self.seed % 5)
        return View(tuple(eye), tuple(look), float(np.radians(degrees)), float(bank))

    def _approach(self, length: float) -> tuple[float, float, float, np.ndarray]:
        """Where a flight begins (z), its speed and length, and where it passes the subject."""
        s = self.subject
        there = s.path(s.speed * PASS)
        away = s.speed * float(np.cos(s.heading))  # towards the camera if positive
        far = {"wide": 15.0, "medium": 13.0, "close": 11.0}[self.size] + s.height + min(s.radius, LONG)
        far = max(far - PASS * max(away, 0.0) * 0.6, 0.5 * far) - PASS * min(away, 0.0)
        far = min(far, max(0.97 * self.room.back - there[2], 2.0))
        length = max(length, (5 + 3 * s.speed) * far)
        speed = -length * float(np.log(1 - far / length)) / PASS  # so that `settle` has gone `far` at PASS
        return there[2] + far, speed, length, there

    def _glance(self, eye: np.ndarray, look: np.ndarray, face: np.ndarray) -> np.ndarray:
        """Look at the subject while it comes, back to the way ahead as it slips out at the side."""
        way = look - eye
        to = (face - eye) * (1.0, 0.85, 1.0)
        far = float(np.hypot(to[0], to[2])) if to[2] < 0 else 0.0
        reach = 1.2 + 1.3 * min(self.subject.radius, 3.0)
        share = 0.85 * float(np.clip((far - reach) / (2.0 + reach), 0.0, 1.0))
        way, to = way / np.linalg.norm(way), to / max(np.linalg.norm(to), 1e-6)
        return eye + ((1 - share) * way + share * to) * 20.0
