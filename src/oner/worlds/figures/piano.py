"""A grand piano and its player."""

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, box, limb, merge, mesh, quad, translation
from ..scene import Figure
from . import performances, props
from .body import euler
from .measure import fitted
from .people import Person, assemble, together
from .shapes import ball, loft, refine, still
from .traits import COLOUR_VALUES, draw, traits_of

G, M, GL, GW, MT, W = Material.GLOSS, Material.METAL, Material.GLASS, Material.GLOW, Material.MATTE, Material.WOOD


KEYS = 0.735  # height of the keys


def _piano_outline(scale: float = 1.0) -> np.ndarray:
    """The case from above as (x, z), counter-clockwise seen from above; the keyboard at z = 0, bass side at +x."""
    curve = [(-0.74, 0.0), (-0.75, 0.35), (-0.74, 0.62), (-0.66, 0.88), (-0.46, 1.12), (-0.20, 1.36), (0.02, 1.62),
        (0.22, 1.80), (0.46, 1.87), (0.66, 1.80), (0.75, 1.62)]  # fmt: skip
    side = refine(curve, 30)
    return np.concatenate([side, [(0.75, 0.9), (0.75, 0.0)]]) * scale


def _slab_of(outline: np.ndarray, low: float, high: float, colour, material) -> Mesh:
    """An upright plate over an outline (x, z) that is star-shaped about (0.1, 0.75)."""
    n = len(outline)
    centre = np.array([0.1, 0.75])
    parts = []
    corners = np.array([[(x, y, z) for x, z in outline] for y in (low, high)])
    index = [[k, (k + 1) % n, n + (k + 1) % n, n + k] for k in range(n)]
    wall = mesh(corners, [[t[0], t[1], t[2]] for t in index] + [[t[0], t[2], t[3]] for t in index], colour, material)
    reach = wall.positions - np.float32([centre[0], (low + high) / 2, centre[1]])
    if float(np.sum(reach[:, [0, 2]] * wall.normals[:, [0, 2]])) < 0:
        wall.normals, wall.faces = -wall.normals, wall.faces[:, ::-1]
    parts.append(wall)
    for y, up in ((high, 1.0), (low, -1.0)):
        points = [(x, y, z) for x, z in outline] + [(centre[0], y, centre[1])]
        face = mesh(points, [[n, (k + 1) % n, k] for k in range(n)], colour, material)
        if float(face.normals[:, 1].sum()) * up < 0:
            face.normals, face.faces = -face.normals, face.faces[:, ::-1]
        parts.append(face)
    return merge(parts)


def build_piano(subject: SubjectDescription) -> Figure:
    """A grand piano with its lid open; somebody plays it when the action is to play. The player looks to +z."""
    colour = COLOUR_VALUES[subject.colour] if subject.colour else (0.045, 0.045, 0.05)
    brass, ivory = (0.83, 0.64, 0.26), (0.95, 0.94, 0.90)
    outline = _piano_outline()
    front = 0.26  # where the case begins behind the keys
    case = outline.copy()
    case[:, 1] = np.maximum(case[:, 1], front)
    parts = [_slab_of(case, 0.66, 0.97, colour, G)]
    inner = (case - (0.1, 0.95)) * 0.93 + (0.1, 0.97)
    inner[:, 1] = np.maximum(inner[:, 1], front + 0.10)
    parts.append(_slab_of(inner, 0.96, 0.975, (0.80, 0.58, 0.25), M))
    for k in range(14):  # strings
        x = -0.55 + 0.085 * k
        parts.append(
            box(
                (0.008, 0.008, 0.45 + 0.075 * k),
                (0.90, 0.86, 0.75),
                M,
                (x, 0.982, front + 0.18 + (0.45 + 0.075 * k) / 2),
            )
        )
    parts += [
        box((1.50, 0.10, 0.34), colour, G, (0, 0.655, 0.15)),
        box((1.50, 0.14, 0.05), colour, G, (0, 0.80, front - 0.005)),
    ]
    parts += [box((0.12, 0.20, 0.30), colour, G, (s * 0.69, 0.755, 0.13)) for s in (-1, 1)]
    parts.append(box((1.24, 0.03, 0.165), ivory, G, (0, KEYS - 0.015, 0.115)))
    for k in range(36):
        x = -0.605 + 1.21 * k / 35
        parts.append(box((0.0035, 0.004, 0.165), (0.3, 0.3, 0.3), MT, (x, KEYS, 0.115)))
        if k % 7 not in (2, 6) and k < 35:
            parts.append(box((0.017, 0.024, 0.10), (0.04, 0.04, 0.045), G, (x + 0.0, KEYS + 0.011, 0.145)))
    parts += [box((0.72, 0.24, 0.02), colour, G, (0, 1.10, front + 0.10)), quad((-0.22, 1.0, front + 0.085),
        (-0.22, 1.20, front + 0.088), (0.22, 1.20, front + 0.088), (0.22, 1.0, front + 0.085),
        (0.95, 0.94, 0.90))]  # fmt: skip
    for x, z in ((-0.58, 0.42), (0.60, 0.42), (0.42, 1.60)):
        leg = loft([(0.05, 0.04, 0.04, -0.04), (0.12, 0.032, 0.032, -0.032), (0.35, 0.055, 0.055, -0.055),
            (0.55, 0.075, 0.075, -0.075), (0.67, 0.08, 0.08, -0.08)], 8, colour, G, 3.0)  # fmt: skip
        parts += [leg.moved(x, 0, z), ball((x, 0.032, z), (0.032, 0.032, 0.032), brass, M, 8, 6)]
    for x in (-0.07, 0.0, 0.07):
        parts.append(box((0.035, 0.02, 0.14), brass, M, (x, 0.06, 0.30)))
    parts += [box((0.30, 0.10, 0.10), colour, G, (0, 0.10, 0.40)), limb((-0.09, 0.12, 0.40), (-0.09, 0.62, 0.42),
        0.018, 0.018, colour, G, 6),
        limb((0.09, 0.12, 0.40), (0.09, 0.62, 0.42), 0.018, 0.018, colour, G, 6)]  # fmt: skip
    lid_outline = case.copy()
    lid_outline[:, 1] = np.maximum(lid_outline[:, 1], front + 0.38)
    hinge = np.array([0.76, 0.985, 0.0])
    lid = _slab_of(lid_outline, 0.0, 0.025, colour, G)
    lid.positions -= np.float32([0.76, 0, 0])
    open_lid = np.eye(4)
    open_lid[:3, :3] = euler(0, 0, -0.66)
    open_lid[:3, 3] = hinge
    parts.append(lid.transformed(open_lid))
    parts.append(limb((-0.60, 0.97, 0.75), (-0.20, 1.56, 0.80), 0.014, 0.012, colour, G, 6))
    shift = (0.0, 0.0, -0.55)
    piano = merge(parts).moved(*shift)
    if subject.action not in ("play", "sit"):
        bench = props.bench(0.48, 0.72, colour).moved(0, 0, -0.28 - 0.55)
        return fitted(Figure([merge([piano, bench])], still, 1.94, 1.6, eye=1.0))
    traits = traits_of(SubjectDescription(draw(subject, "player", ("woman", "man")), garment="suit" if draw(subject,
        "dressed", (0, 1)) else None, person=subject.person))  # fmt: skip
    seat = 0.455 * traits.height / 1.75
    person: Person = assemble(traits, seated=True)
    ahead = 0.50
    motion = performances.play_piano(person.body, traits.sex, (KEYS, ahead + 0.10), seat)
    bench = props.bench(seat, 0.72, colour).moved(0, 0, -ahead - 0.55)
    at = translation(0, 0, -ahead - 0.55)
    parts, pose = together(
        (([merge([piano, bench])], still), None), ((person.meshes, lambda t: person.solve(motion(t))), at)
    )
    eye = seat + 0.05 * traits.height + person.eye - person.body.hip
    return fitted(Figure(list(parts), pose, 1.94, 1.6, eye=min(eye, 1.3)))
