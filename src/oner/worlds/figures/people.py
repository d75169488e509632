"""People: the meshes of a body, its clothes and hair joined to its movements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, merge, rgb, translation
from ..scene import Figure
from . import dances, gaits, garments, performances, props
from . import head as heads
from .body import PARTS, Attitude, Body, Solver, body_of
from .measure import fitted, height_of
from .spacesuit import spacesuit
from .traits import Traits, draw, first_of, traits_of

LOW_ACTIONS = ("sit", "fly", "float", "swim")
DEFAULT_ACTION = {"dancer": "dance", "guitarist": "play"}


@dataclass(frozen=True)
class Person:
    """A body with its meshes and its solver, still without a movement."""

    traits: Traits
    body: Body
    meshes: list[Mesh]
    solve: Solver

    @property
    def eye(self) -> float:
        return self.body.hip + self.body.waist + self.body.neck + (0.47 - heads.JOINT[1]) * self.body.head

    @property
    def crown(self) -> float:
        """Standing height with hair and hat, in metres."""
        top = self.body.hip + self.body.waist + self.body.neck + heads.neck_length(self.body.head)
        extra = 0.12 if self.traits.hat else 0.10 if self.traits.hairstyle == "curly" else 0.05
        return top + self.body.head * (extra if self.traits.hairstyle != "bald" or self.traits.hat else 0.0)


def assemble(traits: Traits, extras=(), seated: bool = False) -> Person:
    """Meshes of all parts in the solver's order. `extras` are (parent, place, rule, mesh) of what is held or worn."""
    body = body_of(traits)
    hanging = list(garments.lap(traits, body) if seated else garments.skirts(traits, body))
    if traits.kind == "astronaut":
        made = spacesuit(traits, body)
        hanging = []
    else:
        made = {name: list(meshes) for name, meshes in garments.trunk(traits, body).items()}
        made.update(garments.arms(traits, body))
        made.update(garments.legs(traits, body))
        made["head"] = [heads.face(traits, body.head)]
        if heads.hooded(traits):
            made["head"].append(heads.hood_up(traits.colour, body.head, Material.GLOSS))
        fixed, loose = heads.hair(traits, body.head)
        made["head"].append(fixed)
        if loose is not None:
            hanging.append(("head", tuple(heads.loose_joint(body.head)), "hair", loose))
        if traits.hat:
            made["head"].append(heads.hat(traits, body.head))
        if traits.garment == "hoodie":
            lying = heads.hood_down(traits.colour, body.head)
            made["chest"].append(lying.moved(0, body.shoulder + 0.041 * body.height, -0.01 * body.height))
    hanging += extras
    meshes = [merge(made[name]) for name in PARTS] + [mesh for *_, mesh in hanging]
    return Person(traits, body, meshes, Solver(body, [(parent, place, rule) for parent, place, rule, _ in hanging]))


def build_person(subject: SubjectDescription) -> Figure:
    """A man, woman, child, dancer, guitarist or astronaut with an action of its own."""
    traits = traits_of(subject)
    action = subject.action or DEFAULT_ACTION.get(subject.kind, "stand")
    body = body_of(traits)
    motion, speed, medium, extras = _performance(subject, traits, body, action)
    if traits.umbrella:
        extras.append(
            ("right_hand", (0.0, -0.06 * body.height, 0.0), "upright", garments.umbrella(traits, body.height))
        )
        motion = with_umbrella(motion, body)
    person = assemble(traits, extras, seated=action == "sit")
    figure = Figure(
        parts=person.meshes,
        pose=lambda t: person.solve(motion(t)),
        height=person.crown,
        radius=0.45 * body.height / 1.75,
        speed=speed,
        medium=medium,
        eye=person.eye,
    )
    if action in LOW_ACTIONS:
        figure.height, figure.eye = _head_now(figure, person, 2)
    return fitted(figure)


def _head_now(figure: Figure, person: Person, part: int) -> tuple[float, float]:
    """Height of the highest vertex and of the eyes in the first moment, for those who do not stand upright."""
    head = figure.pose(0.0)[part]
    eye = head[1, 3] + head[1, 1] * (0.47 - heads.JOINT[1]) * person.body.head
    return max(height_of(figure), 0.3), float(max(eye, 0.1))


def _performance(subject: SubjectDescription, traits: Traits, body: Body, action: str):
    """Motion, speed, medium and what is held or sat on."""
    sex, h = traits.sex, body.height
    if action in ("walk", "run"):
        gait = gaits.gait_of(body, action == "run", sex)
        return gaits.travel(body, gait, sex), gait.speed, "ground", []
    if action == "play" and subject.kind != "child":
        wood = rgb(draw(subject, "guitar", ("#c98a3c", "#b5602a", "#d9a85a", "#8a2f1f")))
        place = tuple(np.array(performances.GUITAR_AT) * h / 1.75)
        held = (
            "chest",
            place,
            "rigid",
            merge([props.guitar(wood, h / 1.75), props.strap(h).moved(*(-np.array(place)))]),
        )
        return performances.play_guitar(body, sex), 0.0, "ground", [held]
    if action == "sit":
        seat = performances.seat_height(body)
        wood = rgb(draw(subject, "chair", ("#6b4226", "#8a5a33", "#4a2f1e")))
        chair = props.chair(seat, h / 1.75, wood)
        return performances.sit(body, sex), 0.0, "ground", [("pelvis", (0.0, 0.0, -0.075 * h), "ground", chair)]
    if action == "dance":
        return dances.dance(body, sex, subject.kind == "dancer"), 0.0, "ground", []
    if action == "swim":
        return performances.swim(body, sex), 0.9 * h / 1.75, "water", []
    if action == "fly":
        return performances.fly(body, sex), 6.0, "air", []
    plain = {
        "wave": performances.wave,
        "turn": performances.turn,
        "float": performances.float_about,
        "play": performances.hop,
    }
    medium = "air" if action == "float" else "ground"
    return plain.get(action, gaits.standing)(body, sex), 0.0, medium, []


def with_umbrella(motion: gaits.Motion, body: Body) -> gaits.Motion:
    """Any movement with an umbrella in the right hand."""
    h = body.height

    def held(t: float) -> Attitude:
        a = motion(t)
        if a.reach_from_chest:
            return a
        at = np.array([-0.105 * h, body.hip + body.waist + body.shoulder * 0.55, 0.165 * h]) + a.sway
        return a.but(right_reach=(*at, -0.7, -0.8, -0.3), right_hand=(1.2, 0.0, -0.4))

    return held


# ------------------------------------------------------------------------------------------------- companies

Posed = tuple[Sequence[Mesh], Callable[[float], np.ndarray]]


def together(*members: tuple[Posed, np.ndarray | None]) -> Posed:
    """Several jointed things as one; each ((meshes, pose), placement or None)."""
    meshes = [mesh for (parts, _), _ in members for mesh in parts]

    def pose(t: float) -> np.ndarray:
        return np.concatenate([poser(t) if at is None else at @ poser(t) for (_, poser), at in members])

    return meshes, pose


def build_couple(subject: SubjectDescription) -> Figure:
    """A woman and a man side by side, hand in hand; the described clothes are the first one's."""
    action = subject.action or "stand"
    first = first_of(subject)
    second = SubjectDescription("man", person=f"{subject.person}|second")
    calm = [c for c in ("blue", "grey", "green", "black", "brown") if c != first.colour]
    second = replace(second, colour=draw(second, "colour", calm))
    pair = [replace(traits_of(s), umbrella=False) for s in (first, second)]
    bodies = [body_of(traits) for traits in pair]
    speed, medium = 0.0, "ground"
    motions, extras = [], [[], []]
    if action in ("walk", "run"):
        own = [gaits.gait_of(b, action == "run", t.sex) for b, t in zip(bodies, pair)]
        speed = sum(g.speed for g in own) / 2
        period = sum(g.period for g in own) / 2
        motions = [gaits.travel(b, replace(g, speed=speed, period=period), t.sex) for b, g, t in zip(bodies, own, pair)]
    else:
        for k, who in enumerate((first, second)):
            motion, speed, medium, held = _performance(replace(who, action=action), pair[k], bodies[k], action)
            motions.append(motion)
            extras[k] = held
    apart = 0.27 if action not in ("dance", "play", "swim", "fly", "sit") else 0.52
    if apart < 0.4:
        low = bodies[0].hip * 1.0
        motions = [_hand_in_hand(m, side, apart, low) for m, side in zip(motions, (1.0, -1.0))]
    if subject.umbrella:
        extras[1].append(
            ("right_hand", (0.0, -0.06 * bodies[1].height, 0.0), "upright", garments.umbrella(pair[0], 1.95))
        )
        motions[1] = with_umbrella(motions[1], bodies[1])
        if apart < 0.4:  # the umbrella's hand is the inner one: they walk arm in arm
            motions[0] = _arm_in_arm(motions[0], bodies[0], apart)
    people = [assemble(t, e, seated=action == "sit") for t, e in zip(pair, extras)]
    sides = (-apart, apart)
    members = []
    for person, motion, x in zip(people, motions, sides):
        members.append(((person.meshes, lambda t, p=person, m=motion: p.solve(m(t))), translation(x, 0, 0)))
    meshes, pose = together(*members)
    figure = Figure(
        parts=list(meshes),
        pose=pose,
        height=max(person.crown for person in people),
        radius=apart + 0.45,
        speed=speed,
        medium=medium,
        eye=sum(person.eye for person in people) / 2,
    )
    if action in LOW_ACTIONS:
        figure.height, figure.eye = _head_now(figure, people[0], 2)
    return fitted(figure)


def _hand_in_hand(motion: gaits.Motion, side: float, apart: float, low: float) -> gaits.Motion:
    """The inner hand meets the other's between the two. `side` +1: the inner hand is the left one."""

    def held(t: float) -> Attitude:
        a = motion(t)
        swing = 0.05 * np.sin(t * 2 * np.pi / 1.04)
        at = (side * (apart - 0.018), low + 0.06, 0.035 + swing + 0.02 * side, side * 0.4, -0.2, -1.0)
        return a.but(left_reach=at) if side > 0 else a.but(right_reach=at)

    return held


def _arm_in_arm(motion: gaits.Motion, body: Body, apart: float) -> gaits.Motion:
    def held(t: float) -> Attitude:
        a = motion(t)
        at = (apart + 0.02, body.hip + body.waist + 0.11, 0.20, 0.6, -1.0, -0.4)
        return a.but(left_reach=at, left_hand=(0.6, 0.0, 0.0))

    return held
