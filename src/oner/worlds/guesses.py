"""What a prompt leaves unsaid: sensible places, times and framings for what it does say."""

from .description import PEOPLE

# Where a subject is when the prompt names no place.
PLACE_OF_SUBJECT = {
    "whale": "ocean", "boat": "lake", "lighthouse": "beach", "astronaut": "space", "train": "meadow", "car": "road",
    "bicycle": "road", "balloon": "mountains", "piano": "ballroom", "guitarist": "stage", "dancer": "ballroom",
    "horse": "meadow", "bird": "beach", "robot": "neon grid", "cat": "rooftop", "dog": "meadow", "house": "meadow",
    "tree": "meadow", "child": "meadow", "couple": "beach", "man": "city street", "woman": "city street",
}  # fmt: skip
AT_HOME_ANYWHERE = frozenset(["man", "woman", "child", "couple", "dog", "cat", "bird", "tree", "house", "robot"])
SEA_BOATS = frozenset(["ship", "yacht", "ferry", "steamer", "vessel", "navire", "paquebot", "chalutier", "schooner"])
PLACE_OF_WEATHER = {"snow": "snowfield", "petals": "flower field", "fireflies": "forest", "storm": "ocean"}
PLACE_OF_LOOK = {"synthwave": "neon grid", "noir": "city street"}

# The hour that suits a place best when the prompt names none.
TIME_OF_PLACE = {
    "city street": "night", "neon grid": "night", "tunnel": "night", "space": "night", "cave": "night",
    "fairground": "dusk", "stage": "night", "ballroom": "night", "road": "dusk", "rooftop": "dusk",
    "underwater": "noon", "snowfield": "morning", "meadow": "morning", "forest": "morning", "school corridor": "noon",
    "bedroom": "morning",
}  # fmt: skip
LOOK_OF_PLACE = {"neon grid": "synthwave"}
INDOORS = frozenset(
    ["school corridor", "tunnel", "bedroom", "train carriage", "cave", "ballroom", "stage", "underwater", "space"]
)
BIG_SUBJECTS = frozenset(["train", "boat", "balloon", "house", "tree", "whale", "lighthouse"])


def place_for(kinds: list[str], weather: str | None, look: str | None, words: frozenset[str]) -> str:
    """A place for these subjects, this weather or this look, in that order; mountains when nothing is known."""
    for kind in kinds:
        if kind == "boat" and words & SEA_BOATS:
            return "ocean"
        if kind not in AT_HOME_ANYWHERE:
            return PLACE_OF_SUBJECT[kind]
    if kinds and weather not in PLACE_OF_WEATHER:
        return PLACE_OF_SUBJECT[kinds[0]]
    if weather in PLACE_OF_WEATHER:
        return PLACE_OF_WEATHER[weather]
    return PLACE_OF_LOOK.get(look or "", "city street" if weather == "rain" else "mountains")


def time_for(place: str) -> str:
    return TIME_OF_PLACE.get(place, "golden hour")


def look_for(place: str) -> str:
    return LOOK_OF_PLACE.get(place, "cinematic")


def size_for(kinds: list[str]) -> str:
    return "wide" if not kinds or kinds[0] in BIG_SUBJECTS else "medium"


_MOVES = ("walk", "run", "ride", "drive")
_ACTION_OF_KIND = {
    **{(kind, action): "drive" for kind in ("car", "train", "bicycle") for action in (*_MOVES, "fly")},
    **{("boat", action): "float" for action in (*_MOVES, "swim", "fly")},
    **{("balloon", action): "float" for action in (*_MOVES, "fly", "swim")},
    **{("whale", action): "swim" for action in (*_MOVES, "float", "fly")},
}
_STILL = frozenset(["house", "tree", "lighthouse", "piano"])


def action_for(kind: str, action: str) -> str | None:
    """What a verb means for a subject: a train that crosses a valley drives. None where it changes nothing."""
    if kind in _STILL or (action == "stand" and kind not in PEOPLE):
        return None
    return _ACTION_OF_KIND.get((kind, action), action)
