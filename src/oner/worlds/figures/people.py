"""People: the meshes of a body, its clothes and hair joined to its movements."""

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, merge
from ..scene import Figure
from . import gaits, garments
from . import head as heads
from .body import PARTS, Attitude, Body, Solver, body_of
from .traits import Traits, traits_of


def assemble(traits: Traits, body: Body, extras=()) -> tuple[list[Mesh], Solver]:
    """Meshes of all parts in the solver's order. `extras` are (parent, place, rule, mesh) of what is held or worn."""
    made = {name: list(meshes) for name, meshes in garments.trunk(traits, body).items()}
    for more in (garments.arms(traits, body), garments.legs(traits, body)):
        made.update(more)
    made["head"] = [heads.face(traits, body.head)]
    hood = traits.garment == "raincoat" and not traits.hat
    hanging = list(garments.skirts(traits, body))
    if hood:
        made["head"].append(heads.hood_up(traits.colour, body.head, Material.GLOSS))
    else:
        fixed, loose = heads.hair(traits, body.head)
        made["head"].append(fixed)
        if loose is not None:
            hanging.append(("head", tuple(heads.loose_joint(body.head)), "hair", loose))
    if traits.hat:
        made["head"].append(heads.hat(traits, body.head))
    if traits.garment == "hoodie":
        lying = heads.hood_down(traits.colour, body.head)
        made["chest"].append(lying.moved(0, body.shoulder + 0.025 * body.height, -0.01 * body.height))
    hanging += extras
    meshes = [merge(made[name]) for name in PARTS] + [mesh for *_, mesh in hanging]
    return meshes, Solver(body, [(parent, place, rule) for parent, place, rule, _ in hanging])


def crown(traits: Traits, body: Body) -> float:
    """Standing height with hair and hat, in metres."""
    top = body.hip + body.waist + body.neck + heads.neck_length(body.head)
    return top + body.head * (0.12 if traits.hat else 0.03)


def build_person(subject: SubjectDescription) -> Figure:
    traits = traits_of(subject)
    body = body_of(traits)
    action = subject.action or "stand"
    speed = 0.0
    if action in ("walk", "run"):
        gait = gaits.gait_of(body, action == "run", traits.sex)
        motion, speed = gaits.travel(body, gait, traits.sex), gait.speed
    else:
        motion = gaits.standing(body, traits.sex)
    extras = []
    if traits.umbrella:
        extras.append(
            ("right_hand", (0.0, -0.06 * body.height, 0.0), "upright", garments.umbrella(traits, body.height))
        )
        motion = with_umbrella(motion, body)
    meshes, solve = assemble(traits, body, extras)
    height = crown(traits, body)
    return Figure(
        parts=meshes,
        pose=lambda t: solve(motion(t)),
        height=height,
        radius=0.42 * height / 1.75,
        speed=speed,
        eye=body.hip + body.waist + body.neck + (0.47 - heads.JOINT[1]) * body.head,
    )


def with_umbrella(motion: gaits.Motion, body: Body) -> gaits.Motion:
    """Any movement with an umbrella in the right hand."""
    h = body.height

    def held(t: float) -> Attitude:
        a = motion(t)
        at = np.array([-0.10 * h, body.hip + body.waist + body.shoulder * 0.62, 0.17 * h]) + a.sway
        a.right_reach = (*at, -0.8, -0.5, -0.3)
        a.right_hand = (0.9, 0.0, 0.0)
        return a

    return held
