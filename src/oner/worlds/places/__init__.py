"""The places of the worlds: `build_place` sets the scenery for a description."""

from ..description import Description
from ..scene import Place
from . import city, nature, stone, strange, waters
from .ballroom import ballroom
from .bedroom import bedroom
from .concert import stage
from .fairground import fairground
from .parts import Site
from .road import road
from .rooftop import rooftop
from .school import school_corridor
from .train import train_carriage
from .tunnel import tunnel
from .undersea import underwater

BUILDERS = {
    "mountains": nature.mountains,
    "desert": nature.desert,
    "ocean": waters.ocean,
    "beach": waters.beach,
    "city street": city.city_street,
    "school corridor": school_corridor,
    "forest": nature.forest,
    "snowfield": nature.snowfield,
    "neon grid": strange.neon_grid,
    "tunnel": tunnel,
    "road": road,
    "bedroom": bedroom,
    "train carriage": train_carriage,
    "rooftop": rooftop,
    "flower field": nature.flower_field,
    "underwater": underwater,
    "space": strange.space,
    "cave": stone.cave,
    "lake": waters.lake,
    "fairground": fairground,
    "meadow": nature.meadow,
    "ballroom": ballroom,
    "canyon": stone.canyon,
    "stage": stage,
}


def build_place(description: Description, seed: int) -> Place:
    """The scenery of `description.place`: the same place, accent and seed give the same bytes.

    `seed` decides the layout. The accent changes colours only; time and weather change lit windows, snow on roofs and
    the like, never where anything stands.
    """
    return BUILDERS[description.place](Site(description, seed))
