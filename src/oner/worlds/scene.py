"""What a place or a figure hands to the renderer.

The stage convention, which every place and every camera move relies on: the subject acts at the origin, on the ground
of the place; the camera stands on the +z side and looks towards -z. Walking or driving "away" goes towards -z. Each
place keeps a lane about 6 m wide (3 m indoors) free along the z axis from z = +40 to z = -150 (indoors +14 to -40 or
as long as the room is, see `Place.depth`), so that push-ins, tracking and fly-throughs never run into anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .mesh import Mesh


@dataclass(frozen=True)
class Lamp:
    """A point light: position in metres, colour linear 0..1, `reach` in metres where it has faded out."""

    position: tuple[float, float, float]
    colour: tuple[float, float, float]
    reach: float
    night_only: bool = False


@dataclass
class MovingPart:
    """A rigid mesh that moves: `motion(seconds)` gives its 4x4 matrix; must not depend on anything else."""

    mesh: Mesh
    motion: Callable[[float], np.ndarray]


def flat_ground(x, z):
    return np.zeros(np.broadcast(np.asarray(x), np.asarray(z)).shape)


@dataclass
class Place:
    """Scenery. `ground(x, z)` gives the height that feet and wheels stand on, vectorised; near the origin it should be
    about 0. `sky` names the backdrop: "open" (sun, clouds, stars by time of day), "synth" (striped sun), "space",
    "underwater", "none" (indoors, cave: fog colour only)."""

    static: Mesh
    ground: Callable = flat_ground
    moving: list[MovingPart] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)  # the renderer uses the 8 that matter most to a frame
    sky: str = "open"
    indoor: bool = False  # no sun, sky light only through `ambient`
    ambient: tuple[float, float, float] | None = None  # linear light from everywhere; None: from the sky
    fog: tuple[float, float, float] | None = None  # linear fog colour; None: horizon colour
    fog_density: float = 0.004  # per metre, before weather
    water: float | None = None  # height of the water surface, where boats and whales swim
    depth: float = 150.0  # how far the camera can travel towards -z from the origin
    back: float = 30.0  # how far the camera can stand towards +z
    ceiling: float = 60.0  # how high the camera can rise
    width: float = 20.0  # how far the camera can stand to each side at the origin


@dataclass
class Figure:
    """A subject. `pose(seconds)` gives one 4x4 matrix for each part in the figure's own space: feet (keel, wheels) on
    y = 0 at the origin, looking towards +z. The stage adds where it goes: `speed` in metres a second along its looking
    direction (0: stays), and its medium decides the height ("ground", "water", "air")."""

    parts: list[Mesh]
    pose: Callable[[float], np.ndarray]  # seconds -> (len(parts), 4, 4)
    height: float  # metres, for framing
    radius: float  # metres, horizontal half extent, for framing
    speed: float = 0.0
    medium: str = "ground"
    eye: float | None = None  # height of the face or the point of interest; None: 0.85 * height
    lamps: list[Lamp] = field(default_factory=list)  # in the figure's own space (headlights, lighthouse)
