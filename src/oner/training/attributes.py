"""What a recogniser can tell of a clip: eight attributes of a description, each with a fixed list of values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..errors import InputError
from ..worlds.description import (
    CAMERA_MOVES,
    COLOURS,
    LOOKS,
    PEOPLE,
    PLACES,
    SHOT_SIZES,
    SUBJECTS,
    TIMES,
    WEATHERS,
    Description,
    SubjectDescription,
)

NOBODY = "none"  # the subject of a place without one
COLOURLESS = ("black and white", "sepia", "pencil", "noir", "infrared")  # looks that do not show a thing's own colour


@dataclass(frozen=True)
class Attribute:
    """Something that a clip shows. `moving` attributes cannot be told from a single picture."""

    name: str
    values: tuple[str, ...]
    moving: bool = False


ATTRIBUTES = (
    Attribute("place", PLACES),
    Attribute("subject", (*SUBJECTS, NOBODY)),
    Attribute("colour", COLOURS),
    Attribute("time", TIMES),
    Attribute("weather", WEATHERS),
    Attribute("look", LOOKS),
    Attribute("size", SHOT_SIZES),
    Attribute("camera", CAMERA_MOVES, moving=True),
)
_BY_NAME = {attribute.name: attribute for attribute in ATTRIBUTES}

Truth = Mapping[str, str | None]  # attribute -> value, None where nothing was said


def filmed(description: Description) -> SubjectDescription | None:
    """The subject that the camera films: people before things, things before scenery, as `worlds.stage` casts them."""
    order = lambda s: (s.kind in ("house", "tree", "lighthouse"), s.kind not in PEOPLE)
    return min(description.subjects, key=order, default=None)


def truth_of(description: Description) -> dict[str, str | None]:
    """Value of every attribute of a description; the colour is None where it was left open or the look hides it."""
    subject = filmed(description)
    colour = subject.colour if subject and description.look not in COLOURLESS else None
    return {
        "place": description.place,
        "subject": subject.kind if subject else NOBODY,
        "colour": colour,
        "time": description.time,
        "weather": description.weather,
        "look": description.look,
        "size": description.size,
        "camera": description.camera,
    }


def checked(truth: Truth) -> dict[str, str | None]:
    """The truth with every attribute present. Raises InputError for unknown attributes or values."""
    for name, value in truth.items():
        if name not in _BY_NAME:
            raise InputError(f"attribute {name!r}: {', '.join(_BY_NAME)} are there")
        if value is not None and value not in _BY_NAME[name].values:
            raise InputError(f"{name} {value!r}: {', '.join(_BY_NAME[name].values)} are there")
    return {attribute.name: truth.get(attribute.name) for attribute in ATTRIBUTES}


def with_truth(description: Description, truth: Truth) -> Description:
    """The description changed so that it shows the truth."""
    said = {name: truth[name] for name in ("place", "time", "weather", "look", "size", "camera") if truth.get(name)}
    subject, kind = filmed(description), truth.get("subject")
    subjects = description.subjects
    if kind == NOBODY:
        subjects = ()
    elif kind and (subject is None or subject.kind != kind):
        subjects = (SubjectDescription(kind),)
    subject = filmed(replace(description, subjects=subjects))
    if subject and truth.get("colour") and subject.colour != truth["colour"]:
        subjects = tuple(replace(s, colour=truth["colour"]) if s is subject else s for s in subjects)
    return replace(description, subjects=subjects, **said)
