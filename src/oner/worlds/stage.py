"""A description becomes pictures: the place is built, the subjects take their places, the camera rolls."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np

from .atmosphere import atmosphere, lightning
from .camera import FAST, LONG, STILL, Camera, Room, Subject
from .description import PEOPLE, Description, SubjectDescription
from .figures import build_figure
from .mesh import rotation, translation
from .particles import particles_for
from .places import build_place
from .renderer import Light, Renderer, View
from .scene import Figure, Place

AFLOAT = ("float", "fly", "swim")
ROLLING = ("car", "train")
HEAD = 2  # a person's part
LOOKERS = ("house", "tree", "lighthouse")  # stand further back and to the side of others
PACE = 1.4  # metres a second of people who are told to walk by a tracking camera


@dataclass(frozen=True)
class Actor:
    """A figure on the stage: `path(metres)` gives (x, y, z, heading)."""

    figure: Figure
    path: Callable[[float], tuple[float, float, float, float]]
    speed: float

    def matrix(self, seconds: float) -> np.ndarray:
        x, y, z, heading = self.path(self.speed * seconds)
        return translation(x, y, z) @ rotation("y", heading)


@lru_cache(maxsize=6)
def _place(description: Description, seed: int) -> Place:
    return build_place(description, seed)


def place_of(description: Description) -> Place:
    """The place, the same for every shot that names the same place, accent, time and weather."""
    seed = zlib.crc32(f"{description.place}|{description.accent}".encode()) % 2**31
    bare = replace(description, subjects=(), camera="static", size="medium", look="natural")
    return _place(bare, seed)


class Stage:
    """Draws the frames of one clip. `start` is the scene's own time, in frames, at which the clip begins.

    `camera_speed` makes the moves of `camera.PACED` slower or faster, and nothing else; `lasting` are the seconds of a
    long take over all of which the camera moves. Equal arguments give equal pixels on one machine. Use it as a context
    manager, or call `close`.
    """

    def __init__(
        self, description: Description, seed: int, width: int, height: int, frames: int, rate: Fraction, start: int = 0,
        samples: int = 4, camera_speed: float = 1.0, lasting: float | None = None,
    ) -> None:  # fmt: skip
        self.description, self.seed, self.frames = description, seed, frames
        self.rate, self.start = Fraction(rate), start
        self.place = place_of(description)
        self.actors, subject = cast(description, self.place, seed)
        self.camera = Camera(
            description.camera, description.size, subject, room_of(self.place), width / height, seed, camera_speed,
            lasting,
        )  # fmt: skip
        self.light = atmosphere(self.place, description.time, description.weather)
        brightness = float(np.mean(np.add(self.light.above, np.multiply(self.light.sun_colour, 0.2))))
        air = particles_for(
            description.weather, self.place.sky, self.place.indoor, min(brightness, 1.0),
            tuple(np.minimum(np.divide(self.light.above, max(self.light.above)), 1.0)),
        )  # fmt: skip
        meshes = [part.mesh for part in self.place.moving] + [m for actor in self.actors for m in actor.figure.parts]
        self.renderer = Renderer(
            self.place.static, meshes, self.place.sky, self.light, air, description.look, (width, height), samples,
            self._any_lamps(),
            None if self.place.sky == "underwater" else self.place.water,
        )  # fmt: skip
        self.subject = subject

    def _any_lamps(self) -> bool:
        every = [*self.place.lamps, *(lamp for actor in self.actors for lamp in actor.figure.lamps)]
        return any(self.light.lamps > 0.02 or not lamp.night_only for lamp in every)

    def view(self, i: int) -> View:
        """Where the camera is in picture `i` of the clip."""
        return self.camera.view(float((self.start + i) / self.rate))

    def frame(self, i: int, view: View | None = None) -> np.ndarray:
        """Picture `i` of the clip: (H, W, 3) uint8 RGB. Frames may be asked for in any order.

        `view` is another camera than the description's.
        """
        clock = self.start + i
        seconds = float(clock / self.rate)
        matrices = [part.motion(seconds) for part in self.place.moving]
        lamps = [Light(lamp.position, lamp.colour, lamp.reach) for lamp in self.place.lamps if not lamp.night_only] + [
            Light(lamp.position, tuple(np.multiply(lamp.colour, self.light.lamps)), lamp.reach)
            for lamp in self.place.lamps
            if lamp.night_only and self.light.lamps > 0.02
        ]
        for actor in self.actors:
            base = actor.matrix(seconds)
            matrices.extend(base @ np.asarray(actor.figure.pose(seconds)))
            for lamp in actor.figure.lamps:
                gain = self.light.lamps if lamp.night_only else 1.0
                where = base @ np.array([*lamp.position, 1.0])
                if gain > 0.02:
                    lamps.append(Light(tuple(where[:3]), tuple(np.multiply(lamp.colour, gain)), lamp.reach))
        flash = lightning(seconds, self.seed) * self.light.storm
        here = self.subject.path(self.subject.speed * seconds)
        size = max(self.subject.height * 0.6, self.subject.radius * 1.1, 1.4)
        focus = (here + np.array([0.0, self.subject.height * 0.45, 0.0]), min(size * 1.25, 40.0))
        stack = np.asarray(matrices, float).reshape(-1, 4, 4)
        view = view or self.camera.view(seconds)
        return self.renderer.frame(view, seconds, stack, focus, lamps, flash, clock)

    def close(self) -> None:
        """Free the clip's buffers."""
        self.renderer.close()

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def room_of(place: Place) -> Room:
    return Room(
        place.ground, place.depth, place.back, place.ceiling, place.width, place.water,
        place.indoor or place.sky == "none",
        place.sky in ("underwater", "space"),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------- casting


def cast(description: Description, place: Place, seed: int) -> tuple[list[Actor], Subject]:
    """Put the subjects in their places; the first of them (people before things) is the one that is filmed."""
    wanted = list(description.subjects)
    if description.camera == "tracking" and wanted and wanted[0].action is None and wanted[0].kind not in LOOKERS:
        wanted[0] = replace(wanted[0], action={"car": "drive", "bird": "fly"}.get(wanted[0].kind, "walk"))
    if not wanted:
        return [], Subject(lambda s: _on_ground(place, 0.0, -8.0), 0.0, 0.0, 2.0, 1.6, 2.0, scenery=True)
    wanted.sort(key=order_on_stage)
    rng = np.random.default_rng([abs(seed) % 2**31, 5])
    way = 1.0 if rng.random() < 0.5 else -1.0
    figures = [_unhurried(build_figure(subject), subject.kind, description.camera) for subject in wanted]
    lead, first = figures[0], wanted[0]
    heading, begin, length = _course(description, first, lead, place, way, rng)
    aside, forward = _stand(description, lead, place, way)
    actors, beside = [], 0.0
    for number, (subject, figure) in enumerate(zip(wanted, figures, strict=True)):
        x, z = aside, forward
        if number and subject.kind in LOOKERS:
            x -= way * (lead.radius + figure.radius + 2.5 + 2.0 * number)
            z -= figure.radius + 5.0 + 3.0 * number
        elif number:
            gap = min(0.35 + 0.25 * max(figure.radius, figures[number - 1].radius), 1.6)
            beside += figures[number - 1].radius + figure.radius + gap
            x, z = x + (beside if number % 2 else -beside) * way, z - 0.25 * number
        goes = figure.speed > 0 and (number == 0 or subject.kind not in LOOKERS)
        speed = (lead.speed or figure.speed) if goes else 0.0
        turned = heading + (float(rng.uniform(-0.25, 0.25)) if number and not speed else 0.0)
        route = _Route(place, figure, x, z, turned, begin if speed else 0.0, length if speed else 0.0)
        actors.append(Actor(figure, route, speed))
    route = actors[0].path
    together = [f.radius for f, s in zip(figures, wanted, strict=True) if s.kind not in LOOKERS]
    radius = lead.radius if len(together) < 2 else lead.radius + 0.7 * sum(together[1:])
    eye = lead.eye if lead.eye is not None else 0.85 * lead.height
    return actors, Subject(
        lambda s: np.array(route(s)[:3]),
        actors[0].speed,
        heading,
        lead.height,
        eye,
        radius,
        face=_face(lead) if first.action in AFLOAT and first.kind in PEOPLE else None,
    )


def order_on_stage(subject: SubjectDescription) -> tuple[bool, bool]:
    """Sorts people first, because they are filmed, and landmarks last."""
    return subject.kind in LOOKERS, subject.kind not in PEOPLE


def _unhurried(figure: Figure, kind: str, move: str) -> Figure:
    """What rolls goes slowly where the camera does not go along: at full speed it is a dot first and gone then."""
    most = 3.6 if move == "push in" else 7.0 if move in STILL else figure.speed
    if kind not in ROLLING or figure.speed <= most:
        return figure
    share, pose = most / figure.speed, figure.pose
    return replace(figure, speed=most, pose=lambda seconds: pose(share * seconds))


def _stand(description: Description, lead: Figure, place: Place, way: float) -> tuple[float, float]:
    """Where the first subject is: x and z. Trains and whatever a flight would go through leave the lane free."""
    long, flown = lead.radius > LONG, description.camera == "fly-through"
    beside = {True: 6.0, False: lead.radius + 1.6 if flown and lead.radius > 1.5 else 0.0}[long]
    behind = -min(0.25 * place.depth, 6.0) if flown and not lead.speed else 0.0
    return -way * beside, behind


def _face(figure: Figure):
    """Height of the eyes of somebody who floats, flies or swims, at any time."""
    first = float(figure.pose(0.0)[HEAD][1, 3])
    return lambda seconds: figure.eye + float(figure.pose(seconds)[HEAD][1, 3]) - first


def _course(
    description: Description, subject: SubjectDescription, figure: Figure, place: Place, way: float,
    rng: np.random.Generator,
) -> tuple[float, float, float]:  # fmt: skip
    """Heading, the z or metres at which the way begins, and its length in metres."""
    three_quarters = way * float(np.radians(rng.uniform(34, 52)))
    move, speed, facing = description.camera, figure.speed, subject.facing
    if not speed:
        facing = "camera" if subject.action == "turn" else facing
        return {"camera": way * float(np.radians(rng.uniform(0, 12))), "away": np.pi - three_quarters * 0.4}.get(
            facing, three_quarters
        ), 0.0, 0.0  # fmt: skip
    if facing == "side" and (move in ("push in", "pull back", "fly-through") or (move in STILL and speed > FAST)):
        # Across the picture they would be gone at once, or the camera would have to go along instead of in or back.
        facing = "away" if speed > FAST and move == "fly-through" else "camera"
    across = 1.4 * min(place.width, 60.0)
    if facing == "side" and place.width >= 10 and across / speed >= 7.0:
        turned = float(np.radians(rng.uniform(62, 74)))
        if move in STILL:  # five seconds of its way fit into the picture
            seen = {"wide": 11.0, "medium": 5.2, "close": 2.6}[description.size] * max(1.0, figure.height / 1.8)
            turned = min(turned, float(np.arcsin(min(0.75 * seen / (5.0 * speed), 1.0))))
        return way * turned, -min(across * 0.35, 2.0 * speed), across
    if facing == "away":
        return np.pi, -min(place.back * 0.15, 3.0), 0.85 * place.depth
    begin = -min(0.6 * place.depth, speed * 6.0 if speed > 2.5 else 4.0 if move != "pull back" else 6.0)
    return 0.0, begin, -begin + max(place.back - 10.0, 2.0)


def _on_ground(place: Place, x: float, z: float) -> np.ndarray:
    y = float(np.max(place.ground(np.array([x]), np.array([z]))))
    if place.water is not None and place.sky != "underwater":
        y = max(y, place.water)
    return np.array([x, y, z])


class _Route:
    """A long narrow loop along the heading: out, round and back, so that a walk of any length never stops or skates."""

    TURN = 1.5  # metres, radius of the turns

    def __init__(self, place: Place, figure: Figure, x: float, z: float, heading: float, begin: float, length: float):
        self.place, self.figure, self.x, self.z = place, figure, x, z
        self.heading, self.begin, self.length = heading, begin, length

    def __call__(self, metres: float) -> tuple[float, float, float, float]:
        along, side, turned = self.begin, 0.0, 0.0
        if metres < 0:
            along = self.begin + metres  # cameras may look a little before the beginning
        elif self.length:
            bend = np.pi * self.TURN
            at = metres % (2 * (self.length + bend))
            if at < self.length:
                along = self.begin + at
            elif at < self.length + bend:
                turned = (at - self.length) / self.TURN
                along, side = self.begin + self.length + self.TURN * np.sin(turned), self.TURN * (1 - np.cos(turned))
            elif at < 2 * self.length + bend:
                along, side, turned = self.begin + 2 * self.length + bend - at, 2 * self.TURN, np.pi
            else:
                turned = np.pi + (at - 2 * self.length - bend) / self.TURN
                along = self.begin + self.TURN * np.sin(turned)
                side = self.TURN * (1 - np.cos(turned))
        c, s = np.cos(self.heading), np.sin(self.heading)
        x, z = self.x + along * s + side * c, self.z + along * c - side * s
        return x, self._height(x, z), z, self.heading + turned

    def _height(self, x: float, z: float) -> float:
        place, figure = self.place, self.figure
        y = _on_ground(place, x, z)[1]
        if figure.medium == "air":
            return min(y + 3.2 + 0.8 * figure.height, place.ceiling - figure.height - 0.3)
        if figure.medium == "water":
            if place.sky == "underwater":
                return y + 1.6 + 0.5 * figure.height
            if place.water is not None:
                return place.water
            return y if figure.height < 2 * figure.radius and figure.speed < 0.1 else y + 0.2
        return y
