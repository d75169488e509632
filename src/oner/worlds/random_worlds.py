"""Random but sensible descriptions: the training data of the native model and the property tests draw from here."""

from dataclasses import replace
from random import Random

from .description import (
    BUILDS,
    CAMERA_MOVES,
    COLOURS,
    GARMENTS,
    HAIR,
    HAIRSTYLES,
    LOOKS,
    PEOPLE,
    PLACES,
    SHOT_SIZES,
    TIMES,
    WEATHERS,
    Description,
    SubjectDescription,
)
from .guesses import INDOORS
from .language import person_words

_PEOPLE = ("man", "woman", "child", "couple", "dancer", "guitarist")
_ANIMALS = ("dog", "horse", "bird", "cat")
_OUTDOORS = (*_PEOPLE, "car", "bicycle", "balloon", "house", "tree", *_ANIMALS, "robot", "piano")
SUBJECTS_OF_PLACE = {
    "mountains": (*_PEOPLE, "balloon", "house", "tree", "train", *_ANIMALS, "robot"),
    "desert": (*_PEOPLE, "car", "balloon", "horse", "dog", "bird", "robot", "train", "piano", "astronaut"),
    "ocean": ("boat", "whale", "bird", "lighthouse", "balloon"),
    "beach": (*_PEOPLE, "boat", "lighthouse", *_ANIMALS, "bicycle", "piano", "balloon"),
    "city street": (*_PEOPLE, "car", "bicycle", "dog", "cat", "bird", "robot", "balloon", "tree"),
    "school corridor": (*_PEOPLE, "robot", "dog", "cat", "balloon"),
    "forest": (*_PEOPLE, *_ANIMALS, "house", "robot", "bicycle", "piano", "tree"),
    "snowfield": (*_PEOPLE, *_ANIMALS, "house", "tree", "train", "robot", "balloon"),
    "neon grid": ("man", "woman", "robot", "car", "dancer", "guitarist", "astronaut", "horse", "cat", "bicycle"),
    "tunnel": ("man", "woman", "child", "couple", "car", "bicycle", "train", "robot", "dog", "cat"),
    "road": (*_PEOPLE, "car", "bicycle", "dog", "horse", "tree", "house"),
    "bedroom": ("man", "woman", "child", "couple", "cat", "dog", "guitarist", "dancer", "robot"),
    "train carriage": ("man", "woman", "child", "couple", "cat", "dog", "robot", "guitarist"),
    "rooftop": (*_PEOPLE, "cat", "bird", "robot", "balloon"),
    "flower field": (*_OUTDOORS,),
    "underwater": ("whale", "robot", "astronaut"),
    "space": ("astronaut", "robot", "whale", "balloon"),
    "cave": ("man", "woman", "child", "astronaut", "robot", "dog", "bird", "boat"),
    "lake": (*_PEOPLE, "boat", "house", "tree", *_ANIMALS),
    "fairground": (*_PEOPLE, "balloon", "horse", "dog", "robot"),
    "meadow": (*_OUTDOORS, "train", "lighthouse"),
    "ballroom": (*_PEOPLE, "piano", "robot", "cat"),
    "canyon": (*_PEOPLE, "car", "train", "balloon", "horse", "bird", "robot"),
    "stage": ("man", "woman", "couple", "dancer", "guitarist", "piano", "robot"),
}
ACTIONS_OF_KIND = {
    **dict.fromkeys(("man", "woman", "child"), ("stand", "walk", "run", "dance", "sit", "turn", "wave")),
    "couple": ("stand", "walk", "dance", "sit"), "dancer": ("dance", "turn"), "guitarist": ("play", "stand", "walk"),
    "astronaut": ("stand", "walk", "wave", "float"), "robot": ("walk", "turn", "wave", "dance", "run"),
    "car": ("drive",), "bicycle": ("drive",), "train": ("drive",), "boat": ("float",), "balloon": ("float",),
    "dog": ("walk", "run", "sit"), "horse": ("walk", "run"), "cat": ("walk", "run", "sit"), "bird": ("fly",),
    "whale": ("swim",), "house": (), "tree": (), "lighthouse": (), "piano": (),
}  # fmt: skip
_NATURAL_COLOURS = {
    "dog": ("black", "white", "brown", "grey", "yellow"), "cat": ("black", "white", "grey", "orange"),
    "horse": ("black", "white", "brown", "grey"), "bird": ("white", "black", "grey", "blue", "red"),
    "tree": ("green", "pink", "orange", "yellow"), "whale": ("blue", "grey", "white"),
    "piano": ("black", "white", "brown"),
}  # fmt: skip
_FEATURES = ("old", "young", "tall", "glasses", "scarf", "boots", "backpack", "freckles")


def random_description(rng: Random, place: str | None = None) -> Description:
    """A world that makes sense: whales in water, no rain indoors. Same `rng` state and `place`, same world."""
    place = place or rng.choice(PLACES)
    count = rng.choices((0, 1, 2, 3), (0.15, 0.6, 0.2, 0.05))[0]
    kinds: list[str] = []
    for _ in range(count):
        kinds.append(rng.choice(SUBJECTS_OF_PLACE[place]))
    kinds.sort(key=lambda kind: kind not in PEOPLE)
    indoors = place in INDOORS
    looks = (*LOOKS, *("cinematic",) * 6, *("natural",) * 3)
    size = rng.choice(SHOT_SIZES)
    return Description(
        place=place,
        subjects=tuple(_maybe_cycling(rng, random_subject(rng, kind), place) for kind in kinds),
        time=rng.choice(TIMES),
        weather="clear" if indoors else rng.choice((*WEATHERS, "clear", "clear", "clear")),
        look=rng.choice(looks),
        camera=rng.choice(CAMERA_MOVES),
        size=size if kinds else "wide",
        accent=rng.choice(COLOURS) if rng.random() < 0.3 else None,
    )


def _maybe_cycling(rng: Random, subject: SubjectDescription, place: str) -> SubjectDescription:
    """Some people ride a bicycle where there can be one."""
    if "bicycle" in SUBJECTS_OF_PLACE[place] and subject.kind in ("man", "woman", "child") and rng.random() < 0.12:
        return replace(subject, action="ride", umbrella=False)
    return subject


def random_subject(rng: Random, kind: str) -> SubjectDescription:
    """One subject with some of its traits said and the others left open."""

    def maybe(choices: tuple[str, ...], chance: float) -> str | None:
        return rng.choice(choices) if choices and rng.random() < chance else None

    subject = SubjectDescription(
        kind=kind,
        action=maybe(ACTIONS_OF_KIND[kind], 0.75),
        facing=rng.choice(("side", "side", "camera", "away")) if ACTIONS_OF_KIND[kind] else "side",
        colour=maybe(_NATURAL_COLOURS.get(kind, COLOURS), 0.7),
    )
    features: tuple[str, ...] = ()
    if kind in PEOPLE and kind not in ("couple", "astronaut"):
        style = maybe(tuple(s for s in HAIRSTYLES if s != "bald" or kind == "man"), 0.5)
        garments = tuple(
            g for g in GARMENTS if kind not in ("man", "guitarist", "child") or g not in ("dress", "skirt")
        )
        subject = replace(
            subject,
            garment=maybe(garments, 0.6),
            hairstyle=style,
            hair=None if style == "bald" else maybe(HAIR, 0.5),
            build=maybe(BUILDS, 0.3),
            hat=rng.random() < 0.15,
            umbrella=rng.random() < 0.1 and kind in ("man", "woman", "child"),
        )
        if kind == "child" and rng.random() < 0.6:
            features = (rng.choice(("girl", "boy")),)
        if rng.random() < 0.3:
            word = rng.choice(_FEATURES)
            features += (word,) if kind in ("man", "woman") else ()
    return replace(subject, person=person_words(subject, features))
