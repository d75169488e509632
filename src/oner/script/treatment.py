"""The treatment: which part of the song plays where, at what time of day and in what weather.

Choruses return to one place; verses travel on; the bridge is somewhere else; the film begins at the idea's first place
and ends at its last. Time passes from beginning to end, weather rises with the music.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ..film import SectionLabel
from .idea import Idea
from .journey import APART, BEGINNINGS, DREAMS, ELSEWHERE, ENDINGS, HOMES, PLACES, journey, satellites
from .rhythm import Part

_DAY = ("dawn", "morning", "noon", "golden hour", "dusk", "night")
_DEFAULT_TIMES = ("golden hour", "dusk", "night", "dawn")
_MILD = {
    "storm": "rain",
    "rain": "fog",
    "snow": "snow",
    "petals": "petals",
    "fireflies": "fireflies",
    "fog": "fog",
    "clear": "clear",
}
# Where a thing or a trade of the idea is at home, for ideas that name few places.
_PLACE_OF = {
    "lighthouse": "beach", "boat": "ocean", "whale": "underwater", "train": "canyon", "piano": "ballroom",
    "car": "road", "astronaut": "space", "robot": "neon grid", "guitarist": "stage", "dancer": "ballroom",
    "horse": "meadow", "bicycle": "city street", "house": "meadow", "tree": "meadow",
}  # fmt: skip


_FIXED = (SectionLabel.CHORUS, SectionLabel.BRIDGE)  # parts that do not move along the journey


@dataclass(frozen=True)
class Scene:
    """A stretch of one place and time. `shots` is how many shots it lasts, `part` the part of the song it plays in."""

    part: Part
    place: str
    name: str
    time: str
    weather: str
    shots: int


def treatment(idea: Idea, parts: Sequence[Part], counts: Sequence[int], one_take: bool, seed: int) -> list[Scene]:
    """Scenes in the film's order. `counts` gives the number of shots of every part."""
    rng = random.Random(f"{seed}/treatment")
    has_home = any(part.label is SectionLabel.CHORUS for part in parts)
    anchors, home = _anchors(idea, has_home, rng)
    blocks = _blocks(parts, counts, one_take)
    length = sum(block.moves for block in blocks if block.part.label not in _FIXED)
    way = journey(anchors, length, home, rng)
    around = satellites(home, set(anchors), rng) if home else []
    elsewhere = _elsewhere(idea, {*way, *anchors, home}, rng)
    names = {stop.term: stop.name for stop in idea.stops}
    places: list[tuple[Part, str, int]] = []
    looked, wandered, place = -1, -1, anchors[0]
    for block in blocks:
        if not block.moves:
            pass
        elif block.part.label is SectionLabel.CHORUS:
            away = block.turn % 2
            looked += away
            place = around[looked % len(around)] if away else home
        elif block.part.label is SectionLabel.BRIDGE:
            wandered += 1
            place = elsewhere[wandered % len(elsewhere)]
        else:
            place = way.pop(0)
        places.append((block.part, place, block.shots))
    places = _ending(places, anchors[-1])
    times = _times(idea)
    choruses = sum(part.label is SectionLabel.CHORUS for part in parts)
    total, done, scenes = sum(shots for _, _, shots in places), 0, []
    family = _weather_family(idea, [place for _, place, _ in places], rng)
    for number, (part, place, shots) in enumerate(places):
        last = number == len(places) - 1
        progress = 0.0 if number == 0 else 1.0 if last else (done + shots / 2) / total
        finale = part.label is SectionLabel.CHORUS and part.name == f"chorus {choruses}"
        weather = _weather(part, place, family, idea, last, finale)
        time = _time_at(times, progress)
        if weather == "fireflies" and time not in ("dusk", "night"):
            weather = "clear"
        scenes.append(Scene(part, place, names.get(place, PLACES[place].name), time, weather, shots))
        done += shots
    return scenes


def _implied(idea: Idea) -> list[str]:
    """Places that the idea's people and things belong to, for ideas that name few places themselves."""
    named = [stop.term for stop in idea.stops]
    places = [_PLACE_OF[being.kind] for being in (*idea.people, *idea.things) if being.kind in _PLACE_OF]
    return [place for place in dict.fromkeys(places) if place not in named]


def _anchors(idea: Idea, has_home: bool, rng: random.Random) -> tuple[list[str], str | None]:
    """Places that the way leads through, in order, and the place that choruses return to."""
    stops, implied = [stop.term for stop in idea.stops], _implied(idea)
    home = None
    if not stops:
        stops = [rng.choice([place for place in BEGINNINGS if place not in implied])]
        if not has_home:
            stops += implied
        elif implied:
            home = implied[0]
        ending = [place for place in ENDINGS if place not in (*stops, *implied)]
        stops += implied[1:] if home and len(implied) > 1 else [] if len(stops) > 1 else [rng.choice(ending)]
    elif len(stops) == 1:
        stops = stops + implied[:1]
    if not has_home:
        return stops, None
    if home or len(stops) == 1:
        return stops, home or stops[0]
    if len(stops) >= 3:
        middle = sorted(stops[1:-1], key=lambda place: (place not in HOMES, abs(stops.index(place) - len(stops) / 2)))
        return [place for place in stops if place != middle[0]], middle[0]
    near = [place for place in HOMES if place not in stops and place not in APART]
    linked = [place for place in near if any(place in PLACES[stop].near for stop in stops)]
    return stops, rng.choice(linked or near)


@dataclass(frozen=True)
class _Block:
    """Some shots of a part in one place. `moves` says that the place is a new one, `turn` counts places since the last
    part of another kind."""

    part: Part
    shots: int
    moves: bool
    turn: int


def _blocks(parts: Sequence[Part], counts: Sequence[int], one_take: bool) -> list[_Block]:
    """Shots divided over places: about four to a place, two in one-take films. Neighbouring parts of one kind are one
    passage: a short part stays where the one before it was. Long choruses look around and come back."""
    most = 2 if one_take else 5
    blocks: list[_Block] = []
    here, turn = 0, 0  # shots in this place so far, places in this passage
    for number, (part, count) in enumerate(zip(parts, counts)):
        ends = number == len(parts) - 1
        if number == 0 or parts[number - 1].label is not part.label or (ends and part.label not in _FIXED):
            here, turn = 0, -1
        pieces = 1 if count <= most + (not one_take) else round(count / (most - (not one_take)))
        for piece in range(pieces):
            shots = count * (piece + 1) // pieces - count * piece // pieces
            moves = here == 0 or here + shots > most
            turn += moves
            here = shots if moves else here + shots
            blocks.append(_Block(part, shots, moves, turn))
    return blocks


def _elsewhere(idea: Idea, used: set[str | None], rng: random.Random) -> list[str]:
    pool = DREAMS if idea.dreams else ELSEWHERE
    if not idea.people:
        pool = [place for place in ELSEWHERE if place not in APART or place == "cave"]
    free = (
        [place for place in pool if place not in used] or [place for place in PLACES if place not in used] or list(pool)
    )
    return rng.sample(free, len(free))


def _ending(places: list[tuple[Part, str, int]], last: str) -> list[tuple[Part, str, int]]:
    """A film that ends in a chorus or bridge still arrives: its last shot plays at the last place."""
    part, place, shots = places[-1]
    if place == last or shots < 3:
        return places
    return [*places[:-1], (part, place, shots - 1), (part, last, 1)]


def _times(idea: Idea) -> list[str]:
    """Times of day in the film's order, from the idea's or a night that ends in dawn."""
    if not idea.times:
        return list(_DEFAULT_TIMES)
    if len(idea.times) == 1:
        at = _DAY.index(idea.times[0])
        return [_DAY[at - 1], _DAY[at], _DAY[(at + 1) % len(_DAY)]]
    start, end = _DAY.index(idea.times[0]), _DAY.index(idea.times[-1])
    steps = (end - start) % len(_DAY)
    return [_DAY[(start + step) % len(_DAY)] for step in range(steps + 1)]


def _time_at(times: list[str], progress: float) -> str:
    """The first and the last time take a fifth of the film each (the first of two takes four fifths)."""
    if progress >= 0.82 or len(times) == 1:
        return times[-1]
    if progress < 0.2 or len(times) == 2:
        return times[0]
    middle = times[1:-1]
    return middle[min(len(middle) - 1, int((progress - 0.2) / 0.62 * len(middle)))]


def _weather_family(idea: Idea, places: list[str], rng: random.Random) -> str:
    """The weather that the film rises to: the idea's, or what suits most of its places."""
    if idea.weathers:
        return idea.weathers[0]
    wintry = any(place in ("mountains", "snowfield") for place in places)
    suited = [weather for place in places for weather in PLACES[place].weathers if weather]
    kinds = sorted({kind for kind in suited if kind not in ("fog", "storm") and (kind != "snow" or wintry)}) or ["rain"]
    most = max(suited.count(kind) for kind in kinds)
    return rng.choice([kind for kind in kinds if suited.count(kind) >= most * 0.6])


def _weather(part: Part, place: str, family: str, idea: Idea, last: bool, finale: bool) -> str:
    """Calmer than the family where the music is quiet, the whole of it where it drives; the last chorus storms."""
    allowed = PLACES[place].weathers
    said = family in idea.weathers
    if last and not said:
        wanted = "clear"
    elif part.drive >= 0.6 or (said and part.label is not SectionLabel.INTRO):
        wanted = "storm" if family == "rain" and finale else family
    elif part.label is SectionLabel.INTRO and part.drive < 0.5 and family != "clear":
        wanted = "fog"
    elif part.drive >= 0.35:
        wanted = _MILD[family] if said else "clear"
    else:
        wanted = "clear"
    while wanted not in allowed and wanted != "clear":
        wanted = {"storm": "rain", "rain": "fog"}.get(wanted, "clear")
    return wanted
