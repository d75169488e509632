"""What a description leaves open about a subject: colours, hair, clothes and build, chosen from its own words."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ..description import PEOPLE, SubjectDescription
from ..mesh import rgb

Colour = tuple[float, float, float]
T = TypeVar("T")

COLOUR_VALUES: dict[str, Colour] = {
    "red": rgb("#c8201f"),
    "orange": rgb("#e8751a"),
    "yellow": rgb("#f2c01e"),
    "green": rgb("#2f8a46"),
    "blue": rgb("#2257b8"),
    "purple": rgb("#6f3aa6"),
    "pink": rgb("#ec7fa9"),
    "white": rgb("#eceae4"),
    "black": rgb("#202126"),
    "grey": rgb("#85888d"),
    "brown": rgb("#7a4a2b"),
    "gold": rgb("#d4a02c"),
    "turquoise": rgb("#22b5b0"),
}
HAIR_VALUES: dict[str, Colour] = {
    "black": rgb("#17140f"),
    "brown": rgb("#4a2c1a"),
    "blonde": rgb("#d9b065"),
    "red": rgb("#a5421b"),
    "grey": rgb("#8f8d8a"),
    "white": rgb("#e4e1da"),
    "pink": rgb("#ea6fb0"),
    "blue": rgb("#2f62c9"),
}
SKINS = tuple(rgb(c) for c in ("#f5d0b8", "#eabb9a", "#dca480", "#c9906a", "#b07a54", "#966342", "#7a4f35"))
SKIN_WORDS = ("light", "clear", "natural", "medium", "gold", "brown", "dark")
TROUSERS = tuple(rgb(c) for c in ("#2b3246", "#23262e", "#4a4038", "#3d4a5c", "#6b5f4e", "#39424a"))
WORN_COLOURS = ("red", "yellow", "green", "blue", "purple", "white", "grey", "brown", "turquoise", "orange")
COLOURS_BY_KIND = {
    "astronaut": ("white",),
    "balloon": ("red", "orange", "yellow", "turquoise", "blue"),
    "bicycle": ("red", "turquoise", "green", "yellow", "blue"),
    "bird": ("white", "black", "blue", "brown", "grey"),
    "boat": ("white", "red", "blue", "turquoise", "yellow"),
    "car": ("red", "blue", "turquoise", "white", "green", "yellow"),
    "cat": ("orange", "grey", "black", "white", "brown"),
    "couple": ("red", "yellow", "white", "turquoise", "purple"),  # hers
    "dog": ("gold", "brown", "black", "white", "grey"),
    "horse": ("brown", "black", "white", "grey", "brown"),
    "house": ("white", "yellow", "red", "blue", "green"),
    "robot": ("grey", "white", "turquoise", "orange"),
    "train": ("red", "blue", "green", "turquoise"),
}
RIDDEN = ("ride", "drive", "run", "walk")  # what a bicycle does that somebody rides
COLOURS_RIDDEN = ("turquoise", "red", "green", "yellow", "blue")
GARMENTS_BY_KIND = {
    "man": ("shirt", "jacket", "hoodie", "coat", "suit"),
    "woman": ("dress", "coat", "jacket", "skirt", "shirt"),
    "child": ("hoodie", "shirt", "jacket"),
    "dancer": ("dress",),
    "guitarist": ("jacket", "shirt"),
}
COLOURS_BY_GARMENT = {
    "suit": ("grey", "blue", "black", "brown"),
    "raincoat": ("yellow", "red", "green", "blue", "orange"),
    "jacket": ("brown", "green", "blue", "red", "black", "grey"),
}
_FAIRER = ("brown", "blonde", "red", "black", "brown")  # hair of those with fairer skin
STYLES_BY_KIND = {
    "man": ("short", "short", "short", "curly"),
    "woman": ("long", "ponytail", "bob", "long", "curly"),
    "child": ("short", "bob", "curly"),
    "dancer": ("ponytail",),
    "guitarist": ("long", "short", "curly"),
}


def draw(subject: SubjectDescription, trait: str, choices: Sequence[T]) -> T:
    """One of `choices` by a stable hash of the subject's kind, its words and the name of the trait."""
    digest = hashlib.blake2b(f"{subject.kind}|{subject.person}|{trait}".encode(), digest_size=8).digest()
    return choices[int.from_bytes(digest, "little") % len(choices)]


def dial(subject: SubjectDescription, trait: str) -> float:
    """A stable number 0..1 for a trait."""
    return draw(subject, trait, range(1 << 16)) / float((1 << 16) - 1)


def colour_of(subject: SubjectDescription, choices: Sequence[str] = ()) -> Colour:
    """The subject's colour, or one of `choices` (names), else of those of its kind, by its words."""
    return COLOUR_VALUES[subject.colour or draw(subject, "colour", choices or _colours_of(subject))]


def _colours_of(subject: SubjectDescription) -> Sequence[str]:
    if subject.kind == "bicycle" and subject.action in RIDDEN:
        return COLOURS_RIDDEN
    return COLOURS_BY_KIND[subject.kind]


def first_of(couple: SubjectDescription) -> SubjectDescription:
    """The woman of a couple, who has what is said of its clothes."""
    first = replace(couple, kind="woman", person=f"{couple.person}|first")
    return replace(first, colour=couple.colour or draw(first, "colour", COLOURS_BY_KIND["couple"]))


def settled(subject: SubjectDescription) -> SubjectDescription:
    """What is said of a subject and, where that is nothing, the words for what its figure is given instead."""
    if subject.kind == "couple":
        first = _dressed(first_of(subject))
        return replace(first, kind="couple", person=subject.person)
    if subject.kind in PEOPLE and subject.kind != "astronaut":
        return _dressed(subject)
    if subject.kind in COLOURS_BY_KIND and not subject.colour:
        return replace(subject, colour=draw(subject, "colour", _colours_of(subject)))
    return subject


def skin_of(subject: SubjectDescription) -> str:
    """One of SKIN_WORDS for people (of a couple, hers), else "". Prompts cannot ask for it; figures draw it."""
    if subject.kind not in PEOPLE:
        return ""
    return SKIN_WORDS[SKINS.index(_skin(first_of(subject) if subject.kind == "couple" else subject))]


def _dressed(subject: SubjectDescription) -> SubjectDescription:
    """Somebody whose clothes, hair and build are all said."""
    sex = _sex(subject)
    garment = subject.garment or draw(subject, "garment", GARMENTS_BY_KIND.get(subject.kind, GARMENTS_BY_KIND[sex]))
    colours = COLOURS_BY_KIND.get(subject.kind) or COLOURS_BY_GARMENT.get(garment, WORN_COLOURS)
    hair = ("black", "brown", "black") if SKINS.index(_skin(subject)) >= 4 else _FAIRER
    hair += ("grey",) if sex != "child" else ()
    return replace(
        subject,
        garment=garment,
        colour=subject.colour or draw(subject, "colour", colours),
        hair=subject.hair or draw(subject, "hair", hair),
        hairstyle=subject.hairstyle
        or draw(subject, "hairstyle", STYLES_BY_KIND.get(subject.kind, STYLES_BY_KIND[sex])),
        build=subject.build or draw(subject, "build", ("average", "slim", "average")),
    )


def _sex(subject: SubjectDescription) -> str:
    if subject.kind == "dancer":
        return "man" if subject.garment in ("suit", "shirt", "hoodie") else "woman"
    if subject.kind in ("man", "woman", "child"):
        return subject.kind
    return draw(subject, "sex", ("man", "woman"))


def _skin(subject: SubjectDescription) -> Colour:
    return draw(subject, "skin", SKINS)


def shade(colour: Colour, factor: float) -> Colour:
    """Darker below 1; above 1 lighter, towards white."""
    if factor <= 1:
        return tuple(c * factor for c in colour)  # type: ignore[return-value]
    return tuple(1 - (1 - c) / factor for c in colour)  # type: ignore[return-value]


@dataclass(frozen=True)
class Traits:
    """A person with nothing left open. Lengths in metres."""

    kind: str
    sex: str  # "man", "woman" or "child": the shape of the body
    height: float
    build: str
    skin: Colour
    hair: Colour
    hairstyle: str
    eyes: Colour
    garment: str
    colour: Colour
    second: Colour  # trousers, or the blouse above a skirt
    shoes: Colour
    hat: bool
    umbrella: bool


def traits_of(subject: SubjectDescription) -> Traits:
    """Settle everything that the description leaves open, by its own words only."""
    sex, worn = _sex(subject), _dressed(subject)
    size = {"man": 1.79, "woman": 1.69, "child": 1.22}[sex] * (0.97 + 0.06 * dial(subject, "height"))
    garment, colour = worn.garment, COLOUR_VALUES[worn.colour]
    second = draw(subject, "trousers", TROUSERS)
    if garment == "suit":
        second = shade(colour, 0.8)
    elif garment == "skirt":
        second = rgb("#ece7dc") if sum(colour) < 2.2 else rgb("#3a4258")
    elif sum(abs(a - b) for a, b in zip(second, colour, strict=True)) < 0.35:
        second = rgb("#6f6a62") if sum(colour) < 1.2 else rgb("#23262e")
    return Traits(
        kind=subject.kind,
        sex=sex,
        height=size,
        build=worn.build,
        skin=_skin(subject),
        hair=HAIR_VALUES[worn.hair],
        hairstyle=worn.hairstyle,
        eyes=draw(subject, "eyes", (rgb("#3b2414"), rgb("#2e4f72"), rgb("#3d5a35"), rgb("#4a3018"))),
        garment=garment,
        colour=colour,
        second=second,
        shoes=draw(subject, "shoes", (rgb("#2a211c"), rgb("#17181b"), rgb("#5a3a24"), rgb("#d8d5cf"))),
        hat=subject.hat,
        umbrella=subject.umbrella,
    )
