"""The map of places: what each is called, how one moves in it, what is seen there and where one comes to from it."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A place of the worlds. `name` carries its article; `at` and `along` are how somebody is there or moves there.

    `sky` places show time and weather; `narrow` ones leave no room for cranes and orbits. `things` live or stand there.
    `calm` and `lively` are what people do there. `view` is how it is named in a shot without anybody.
    """

    name: str
    at: str
    along: str
    things: tuple[str, ...]
    near: tuple[str, ...]
    calm: tuple[str, ...] = ("walk", "stand")
    lively: tuple[str, ...] = ("run", "walk", "dance")
    weathers: tuple[str, ...] = ("fog", "rain", "storm")
    sky: bool = True
    narrow: bool = False
    view: str = "comes into view"


_GOES_ON = "goes on and on"
_GO_ON = "go on and on"


def _row(name, at, along, things, near, **more) -> Place:
    def words(text: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in text.split(","))

    more = {key: words(value) if key in ("calm", "lively", "weathers") else value for key, value in more.items()}
    return Place(name, at, along, words(things), words(near), **more)


_INSIDE = {"sky": False, "weathers": ""}

PLACES: dict[str, Place] = {
    "mountains": _row(
        "the mountains",
        "in",
        "through",
        "bird, train, tree, house",
        "lake, forest, snowfield, canyon, meadow, cave",
        weathers="fog, snow, storm",
        view=_GO_ON,
    ),
    "desert": _row(
        "a desert",
        "in",
        "across",
        "car, horse, bird, tree",
        "canyon, road, mountains, space",
        weathers="fog, storm",
        view=_GOES_ON,
    ),
    "ocean": _row(
        "the ocean",
        "on",
        "across",
        "boat, whale, bird",
        "beach, underwater, lake",
        view=_GOES_ON,
        calm="float",
        lively="float",
    ),
    "beach": _row(
        "a beach",
        "on",
        "along",
        "lighthouse, boat, bird, dog",
        "ocean, road, underwater, fairground, lake",
        calm="walk, stand, sit",
        lively="run, dance, walk",
    ),
    "city street": _row(
        "a city street",
        "on",
        "down",
        "car, cat, bicycle, bird",
        "rooftop, tunnel, train carriage, fairground, road, stage",
        weathers="fog, rain, storm, snow",
    ),
    "school corridor": _row(
        "a school corridor",
        "in",
        "through",
        "bicycle, piano",
        "city street, rooftop, stage, bedroom",
        **_INSIDE,
        narrow=True,
    ),
    "forest": _row(
        "a forest",
        "in",
        "through",
        "tree, bird, horse, house",
        "lake, meadow, mountains, cave, road",
        weathers="fog, fireflies, rain, snow",
    ),
    "snowfield": _row(
        "a snowfield",
        "in",
        "across",
        "house, tree, dog, horse",
        "mountains, forest, lake, ocean",
        weathers="fog, snow",
        view=_GOES_ON,
    ),
    "neon grid": _row(
        "a neon grid",
        "on",
        "across",
        "robot, car",
        "city street, space, tunnel, stage",
        lively="run, dance",
        **_INSIDE,
        view=_GOES_ON,
    ),
    "tunnel": _row(
        "a tunnel",
        "in",
        "through",
        "car, train, bicycle",
        "road, city street, train carriage, cave",
        lively="run, walk",
        **_INSIDE,
        narrow=True,
        view=_GOES_ON,
    ),
    "road": _row(
        "a road",
        "on",
        "along",
        "car, tree, bicycle",
        "desert, mountains, beach, meadow, tunnel, canyon, forest",
        weathers="fog, rain, storm",
        view=_GOES_ON,
    ),
    "bedroom": _row(
        "a bedroom",
        "in",
        "through",
        "piano, cat",
        "city street, school corridor, rooftop, train carriage",
        calm="sit, stand, walk",
        lively="dance, turn",
        **_INSIDE,
        narrow=True,
    ),
    "train carriage": _row(
        "a train carriage",
        "in",
        "through",
        "dog, cat",
        "mountains, meadow, canyon, city street, tunnel, beach",
        calm="sit, stand, walk",
        lively="walk, run",
        **_INSIDE,
        narrow=True,
    ),
    "rooftop": _row(
        "a rooftop",
        "on",
        "across",
        "bird, cat",
        "city street, bedroom, space, neon grid",
        calm="sit, stand, walk",
        weathers="fog, rain, storm, snow",
    ),
    "flower field": _row(
        "a flower field",
        "in",
        "across",
        "tree, horse, house, bird",
        "meadow, road, lake, forest, beach",
        weathers="petals, fog, fireflies",
        view=_GOES_ON,
    ),
    "underwater": _row(
        "the water", "under", "under", "whale", "ocean, cave, lake, beach", calm="swim, float", lively="swim", **_INSIDE
    ),
    "space": _row(
        "space",
        "in",
        "through",
        "astronaut, balloon",
        "neon grid, desert, ocean, rooftop",
        calm="float",
        lively="float, fly",
        **_INSIDE,
        view=_GOES_ON,
    ),
    "cave": _row(
        "a cave",
        "in",
        "through",
        "bird",
        "underwater, mountains, forest, tunnel, canyon",
        calm="walk, stand",
        lively="run, walk",
        **_INSIDE,
        narrow=True,
    ),
    "lake": _row(
        "a lake",
        "by",
        "along",
        "boat, bird, tree, house",
        "forest, meadow, mountains, flower field, ocean",
        calm="walk, stand, sit",
        weathers="fog, fireflies, rain",
    ),
    "fairground": _row(
        "a fairground",
        "at",
        "across",
        "balloon, horse, dog",
        "beach, city street, meadow, stage",
        weathers="fog, rain, petals",
    ),
    "meadow": _row(
        "a meadow",
        "in",
        "across",
        "horse, tree, house, dog",
        "forest, flower field, lake, road, mountains",
        calm="walk, stand, sit",
        weathers="fog, fireflies, petals, rain",
    ),
    "ballroom": _row(
        "a ballroom",
        "in",
        "across",
        "piano, cat",
        "stage, city street, flower field, rooftop",
        calm="walk, stand",
        lively="dance, turn",
        **_INSIDE,
    ),
    "canyon": _row(
        "a canyon",
        "in",
        "through",
        "bird, train, horse",
        "desert, mountains, road, cave",
        weathers="fog, storm",
        view=_GOES_ON,
    ),
    "stage": _row(
        "a stage",
        "on",
        "across",
        "piano, guitarist",
        "ballroom, city street, neon grid, fairground",
        calm="stand, walk",
        lively="dance, turn",
        **_INSIDE,
    ),
}

BEGINNINGS = ("bedroom", "city street", "train carriage", "road", "school corridor", "forest", "rooftop")
ENDINGS = ("beach", "mountains", "flower field", "lake", "rooftop", "road", "meadow")
# Places that carry a chorus: wide, full of light or of movement.
HOMES = (
    "city street",
    "rooftop",
    "beach",
    "fairground",
    "neon grid",
    "flower field",
    "road",
    "stage",
    "desert",
    "meadow",
)
# Nobody walks there by the way: these need a reason, such as the idea or a bridge.
APART = ("space", "underwater", "neon grid", "cave", "ballroom", "stage")
ELSEWHERE = (
    "underwater",
    "space",
    "ballroom",
    "cave",
    "neon grid",
    "snowfield",
    "stage",
    "flower field",
    "lake",
    "desert",
)
DREAMS = ("underwater", "space", "ballroom", "snowfield", "flower field", "neon grid")


def _adjoin(here: str, there: str) -> bool:
    """Neighbours by either's list; the sea is reached wherever its beach is."""
    near = {*PLACES[here].near, *(("ocean",) if "beach" in PLACES[here].near else ())}
    return there in near or here in PLACES[there].near


def route(
    start: str, end: str, between: int, avoid: Iterable[str], through: str | None, rng: random.Random
) -> list[str]:
    """`between` places that lead from `start` to `end` by neighbours, none twice, none of `avoid` if that can be.

    Who starts out may leave by the place `through`, which the film shows elsewhere: its neighbours come first. Where
    the map has no such way, the best part of one and then any other places.
    """
    barred = {start, end, *avoid, *APART}
    if "ocean" in (start, end):
        barred.add("beach")  # where people at the ocean are shown
    best: list[str] = []
    budget = 4000

    def walk(path: list[str]) -> list[str] | None:
        nonlocal best, budget
        budget -= 1
        here = path[-1] if path else start
        if len(path) > len(best):
            best = path
        if len(path) == between:
            return path if between == 0 or _adjoin(here, end) else None
        if budget < 0:
            return None
        onward = [place for place in PLACES if _adjoin(here, place) and place not in barred and place not in path]
        onward = rng.sample(onward, len(onward))
        if not path and through:
            near = [place for place in PLACES if _adjoin(through, place) and place not in barred]
            onward = rng.sample(near, len(near)) + onward
        for place in onward:
            if found := walk([*path, place]):
                return found
        return None

    found = walk([]) or best
    spare = [place for place in PLACES if place not in barred and place not in found]
    found = found + rng.sample(spare, max(0, min(between - len(found), len(spare))))
    while len(found) < between:  # a film longer than the map comes by again
        here = found[-1] if found else start
        found = [*found, rng.choice([place for place in PLACES if place not in (here, end) and place not in APART])]
    return found


def journey(anchors: Sequence[str], length: int, home: str | None, rng: random.Random) -> list[str]:
    """A way of `length` places through `anchors` in their order, completed with neighbours; `home` is kept out of it.

    The anchors are spread evenly; where there are fewer steps than anchors, the first and last stay.
    """
    if length <= 0:
        return []
    if length == 1:
        return [anchors[0]]
    anchors = list(anchors)
    if len(anchors) == 1:
        anchors = [anchors[0], anchors[0]]
    if len(anchors) > length:
        anchors = [anchors[round(step * (len(anchors) - 1) / (length - 1))] for step in range(length)]
    at = [round(number * (length - 1) / (len(anchors) - 1)) for number in range(len(anchors))]
    way = [anchors[0]]
    for number in range(1, len(anchors)):
        gap = at[number] - at[number - 1] - 1
        taken = {*anchors, *way, *((home,) if home else ())}
        way += route(anchors[number - 1], anchors[number], gap, taken, home, rng)
        way.append(anchors[number])
    return way


def satellites(home: str, avoid: Iterable[str], rng: random.Random) -> list[str]:
    """Places beside a home, for choruses long enough to look around: neighbours first, in a random order."""
    near = [place for place in PLACES if _adjoin(home, place) and place not in APART and place not in avoid]
    alike = [place for place in near if PLACES[place].sky == PLACES[home].sky] or near
    return rng.sample(alike, len(alike)) or [home]
