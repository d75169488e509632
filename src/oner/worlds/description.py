"""The exact description of a world: what is in the picture, in the vocabulary's own words.

A `Description` plus a seed gives the same pixels on every run. Prompts become descriptions in `language.py`,
descriptions become sentences in `captions.py`, and pictures in `stage.py`.
"""

from dataclasses import dataclass, field

from ..film import CAMERA_MOVES  # noqa: F401  (the camera moves are the film's own)

PLACES = (
    "mountains", "desert", "ocean", "beach", "city street", "school corridor", "forest", "snowfield", "neon grid",
    "tunnel", "road", "bedroom", "train carriage", "rooftop", "flower field", "underwater", "space", "cave", "lake",
    "fairground", "meadow", "ballroom", "canyon", "stage",
)  # fmt: skip
SUBJECTS = (
    "man", "woman", "child", "couple", "car", "bicycle", "train", "boat", "balloon", "house", "tree", "dog", "horse",
    "bird", "whale", "robot", "lighthouse", "piano", "cat", "astronaut", "dancer", "guitarist",
)  # fmt: skip
PEOPLE = ("man", "woman", "child", "couple", "astronaut", "dancer", "guitarist")
COLOURS = (
    "red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "grey", "brown", "gold",
    "turquoise",
)  # fmt: skip
TIMES = ("dawn", "morning", "noon", "golden hour", "dusk", "night")
WEATHERS = ("clear", "rain", "snow", "fog", "fireflies", "petals", "storm")
LOOKS = (
    "cinematic", "black and white", "watercolour", "animation", "synthwave", "sepia", "vhs", "infrared", "pencil",
    "noir", "natural",
)  # fmt: skip
SHOT_SIZES = ("wide", "medium", "close")
ACTIONS = ("stand", "walk", "run", "dance", "sit", "turn", "wave", "play", "ride", "fly", "float", "drive", "swim")
HAIR = ("black", "brown", "blonde", "red", "grey", "white", "pink", "blue")
HAIRSTYLES = ("short", "long", "ponytail", "curly", "bald", "bob")
GARMENTS = ("coat", "dress", "jacket", "hoodie", "suit", "shirt", "raincoat", "skirt")
BUILDS = ("slim", "average", "broad")


@dataclass(frozen=True)
class SubjectDescription:
    """One subject. Whatever is None is chosen from the description itself, never from the take's seed, so that the
    same words always give the same person; `person` holds the words that single the character out."""

    kind: str
    colour: str | None = None  # of the clothes, the coachwork, the walls, the fur
    action: str | None = None
    garment: str | None = None
    hair: str | None = None
    hairstyle: str | None = None
    build: str | None = None
    hat: bool = False
    umbrella: bool = False
    facing: str = "side"  # "camera", "away" or "side": where the subject looks or goes
    person: str = ""


@dataclass(frozen=True)
class Description:
    """A whole world and how it is filmed. `accent` is the colour of the place itself (red lockers, blue doors)."""

    place: str
    subjects: tuple[SubjectDescription, ...] = ()
    time: str = "golden hour"
    weather: str = "clear"
    look: str = "cinematic"
    camera: str = "static"
    size: str = "medium"
    accent: str | None = None


@dataclass(frozen=True)
class Reading:
    """What was understood of a prompt: the description, the phrases that led to it and the words left out."""

    description: Description
    understood: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    guessed: tuple[str, ...] = field(default=())  # what the prompt did not say and was chosen for it
