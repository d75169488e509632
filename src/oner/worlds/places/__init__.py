"""The places of the worlds: `build_place` sets the scenery for a description."""

from ..description import Description
from ..scene import Place
from . import city, halls, highways, interiors, nature, stone, strange, waters
from .parts import Site

_BUILDERS = {
    "tunnel": halls.tunnel,
    "ballroom": halls.ballroom,
    "stage": halls.stage,
    "rooftop": highways.rooftop,
    "road": highways.road,
    "canyon": stone.canyon,
    "cave": stone.cave,
    "neon grid": strange.neon_grid,
    "space": strange.space,
    "fairground": strange.fairground,
    "ocean": waters.ocean,
    "beach": waters.beach,
    "lake": waters.lake,
    "underwater": waters.underwater,
    "school corridor": interiors.school_corridor,
    "bedroom": interiors.bedroom,
    "train carriage": interiors.train_carriage,
    "city street": city.city_street,
    "mountains": nature.mountains,
    "desert": nature.desert,
    "forest": nature.forest,
    "snowfield": nature.snowfield,
    "flower field": nature.flower_field,
    "meadow": nature.meadow,
}


def build_place(description: Description, seed: int) -> Place:
    """The scenery of `description.place`: the same place, accent and seed give the same bytes.

    `seed` decides the layout. The accent changes colours only; time and weather change lit windows, snow on roofs and
    the like, never where anything stands.
    """
    return _BUILDERS[description.place](Site(description, seed))
