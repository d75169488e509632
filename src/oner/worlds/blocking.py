"""Where everybody stands: the camera and the subjects of a stage as plain numbers, without a picture.

Blocking is the theatre's and film's word for where actors and camera are and how they move. A stage draws pictures from
it; the native model is given the same numbers beside the words, and paints. Nothing here needs a graphics card.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..timing import Span
from .camera import Camera
from .description import PEOPLE, SUBJECTS, Description, SubjectDescription
from .figures.traits import settled, skin_of
from .renderer import View
from .stage import Actor, cast, order_on_stage, place_of, room_of

ACTORS = 3  # subjects that are told; descriptions seldom have more
JOINTS = 5  # points of a body: head, left and right hand, left and right foot; of an animal its head and paws
CAMERA = 8  # seconds of the scene, eye x y z, yaw, pitch, roll, vertical view angle
ACTOR = 7 + 3 * JOINTS  # kind, x y z, heading, height, radius, joints x y z from the actor's feet
NUMBERS = CAMERA + ACTORS * ACTOR
_BODY, _BEAST = (2, 5, 8, 11, 14), (1, 6, 10, 14, 18)  # parts of figures: see figures.body and figures.four_legged


@dataclass(frozen=True)
class Blocking:
    """Who is where in one scene, at any time. Equal arguments as a `Stage`'s give what that stage draws."""

    actors: tuple[tuple[SubjectDescription, Actor], ...]
    camera: Camera

    @staticmethod
    def of(
        description: Description, seed: int, aspect: float, camera_speed: float = 1.0, lasting: float | None = None
    ) -> "Blocking":
        """`aspect` is width / height of the pictures; the other arguments are those of `stage.Stage`."""
        place = place_of(description)
        actors, subject = cast(description, place, seed)
        move, size = description.camera, description.size
        camera = Camera(move, size, subject, room_of(place), aspect, seed, camera_speed, lasting)
        return Blocking(tuple(actors_with_words(description, actors)), camera)

    def numbers(self, frame: float, rate: Fraction, view: View | None = None) -> np.ndarray:
        """(NUMBERS,) floats at a frame of scene time: metres, radians, seconds. `view` is another camera than its own.

        The camera first, then ACTORS actors in the order of the stage; a kind of 0 is nobody, k is SUBJECTS[k - 1].
        """
        seconds = float(frame / Fraction(rate))
        view = view or self.camera.view(seconds)
        forward = view.axes()[2]
        told = np.zeros(NUMBERS)
        told[:CAMERA] = (
            seconds, *view.eye, np.arctan2(-forward[0], -forward[2]), np.arcsin(np.clip(forward[1], -1, 1)),
            view.roll, view.fov,
        )  # fmt: skip
        for number, (words, actor) in enumerate(self.actors[:ACTORS]):
            x, y, z, heading = actor.path(actor.speed * seconds)
            joints = _joints(words, actor, seconds)
            values = (1 + SUBJECTS.index(words.kind), x, y, z, heading, actor.figure.height, actor.figure.radius)
            told[CAMERA + number * ACTOR :][:ACTOR] = (*values, *joints.ravel())
        return told


def blocking_of(
    scenes: Sequence[tuple[Description, Span]], seed: int, aspect: float, rate: Fraction = Fraction(8),
    loop: bool = False, whole: bool = True,
) -> np.ndarray:  # fmt: skip
    """(T, NUMBERS): every picture of a clip whose scenes follow one another; spans in pictures, without gaps.

    Scenes share one clock, as stages do: what one and the next have in common goes on. In a `loop` the clock goes half
    the clip's length forwards and back again, and stands at both ends. A clip that is shown `whole` may be a long take.
    """
    rows, pictures = [], scenes[-1][1].end
    lasting = float(pictures / rate) if whole and not loop else None
    for description, span in scenes:
        blocking = Blocking.of(description, seed, aspect, lasting=lasting)
        for picture in range(span.start, span.end):
            time = pictures * (1 - math.cos(2 * math.pi * picture / pictures)) / 4 if loop else picture
            rows.append(blocking.numbers(time, rate))
    return np.stack(rows)


def actors_with_words(description: Description, actors: list[Actor]) -> Iterator[tuple[SubjectDescription, Actor]]:
    """The actors of a stage with the subjects that they play."""
    return zip(sorted(description.subjects, key=order_on_stage), actors, strict=True)


def _joints(words: SubjectDescription, actor: Actor, seconds: float) -> np.ndarray:
    """(JOINTS, 3) metres from the actor's feet, turned as the actor is; zeros for what has no limbs."""
    if words.kind in ("dog", "cat", "horse"):
        parts = _BEAST
    elif words.kind in (*PEOPLE, "robot") and words.action != "drive":
        parts = tuple(part + 4 for part in _BODY) if words.action == "ride" else _BODY  # behind a bicycle's four
    else:
        return np.zeros((JOINTS, 3))
    pose = np.asarray(actor.figure.pose(seconds), float)
    if len(pose) <= max(parts):
        return np.zeros((JOINTS, 3))
    matrix = actor.matrix(seconds)
    return pose[list(parts), :3, 3] @ matrix[:3, :3].T


def cast_of(description: Description) -> list[list[str]]:
    """Words of the scene, then of each actor in the order of the stage, each in its place, "" where open.

    What actors wear is not open: of whom nothing is said, their figures say it (`traits.settled`), and their skin last.
    """
    d = description
    scene = [d.place, d.accent or "", d.time, d.weather, d.look, d.size, d.camera]
    return [scene, *(_words(subject) for subject in sorted(d.subjects, key=order_on_stage)[:ACTORS])]


def _words(subject: SubjectDescription) -> list[str]:
    s = settled(subject)
    said = [
        s.kind, s.colour or "", s.garment or "", s.hair or "", s.hairstyle or "", s.build or "",
        "hat" if s.hat else "", "umbrella" if s.umbrella else "", s.action or "",
    ]  # fmt: skip
    more = [word for word in dict.fromkeys(s.person.replace(",", " ").split()) if word not in said and word != "hair"]
    skin = skin_of(subject)
    return [*said, *more[:2], *[""] * (2 - len(more)), skin] if skin else [*said, *more[:3]]
