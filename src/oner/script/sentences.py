"""Shots as English sentences in the worlds' words: who does what, where, in which weather and light."""

from .journey import PLACES

_TIME_WORDS = {
    "dawn": "at dawn", "morning": "in the morning", "noon": "at noon", "golden hour": "at golden hour",
    "dusk": "at dusk", "night": "at night",
}  # fmt: skip
_WEATHER_WORDS = {
    "clear": "", "rain": "in the rain", "snow": "in the snow", "fog": "in the fog", "storm": "in a storm",
    "fireflies": "among fireflies", "petals": "among falling petals",
}  # fmt: skip
_LONG = ("school corridor", "tunnel", "train carriage")
_TIMELESS = ("space", "underwater", "cave", "neon grid")
_VERBS = {
    "dance": "dances", "turn": "turns around", "face": "turns to the camera", "wave": "waves goodbye", "fly": "flies",
    "leave": "walks away",
}  # fmt: skip
_MOVING = ("walk", "run", "fly", "float", "drive", "roll", "swim", "ride", "leave")
MOVERS = ("walk", "run", "fly", "drive", "roll", "swim", "ride", "float")  # what a tracking camera can follow
_AIRBORNE = ("balloon", "bird", "whale")


def verb(action: str) -> str:
    return _VERBS.get(action, f"{action}s")


def where(place: str, name: str, action: str, kind: str) -> str:
    """`down a city street`, `in a forest`, `over the ocean`: how the place stands in the sentence."""
    row = PLACES[place]
    if place == "underwater":
        return "underwater"
    if action in ("fly", "float") and kind in _AIRBORNE and row.sky:
        return f"over {name}"
    if action in ("walk", "drive", "fly") and row.along == "through":  # "flies through" would be the camera's
        return f"{'along' if place in _LONG and action != 'fly' else row.at} {name}"
    if kind == "boat":
        return f"on {name}"
    if action == "float":
        return f"{'through' if row.along == 'down' else row.along} {name}"
    return f"{row.along if action in _MOVING else row.at} {name}"


def circumstances(place: str, time: str, weather: str) -> str:
    """` in the rain at night`: weather and time where the place shows them."""
    words = [_WEATHER_WORDS[weather], "" if place in _TIMELESS else _TIME_WORDS[time]]
    return "".join(f" {word}" for word in words if word)


def action_sentence(
    subject: str,
    action: str,
    kind: str,
    place: str,
    name: str,
    around: str,
    size: str,
    partner: str = "",
    extra: str = "",
) -> str:
    """`@woman walks with @dog down a city street in the rain at night, medium shot`.

    `partner` is an object or companion phrase that follows the verb, `extra` one that follows the place.
    """
    words = [subject, verb(action), partner, where(place, name, action, kind), extra]
    return " ".join(word for word in words if word) + f"{around}, {size} shot"


def view_sentence(place: str, name: str, around: str) -> str:
    """`The mountains go on and on in the fog at dawn, wide shot`."""
    return f"{name[0].upper()}{name[1:]} {PLACES[place].view}{around}, wide shot"
