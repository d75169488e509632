"""Directs every shot of a treatment: size, cast, action, camera move, and how the shot is entered."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..film import SectionLabel, TransitionKind
from .coverage import coverage
from .idea import Being, Idea, motif, nouns_of, thing
from .journey import PLACES
from .sentences import MOVERS, action_sentence, circumstances, view_sentence
from .treatment import Scene
from .vocabulary import PEOPLE


@dataclass(frozen=True)
class Directed:
    """A shot as the director wants it; its prompt still holds `@handles` and no camera words."""

    prompt: str
    camera: str
    transition: TransitionKind
    continues: bool = False


# Camera moves by how much the music drives, best first; * only where the subject moves, + only under the open sky.
_CAMERAS = {
    ("quiet", "wide"): "push in, static, pan right, +crane up, pan left, tilt up",
    ("quiet", "medium"): "push in, static, pan left, *tracking, pan right, pull back",
    ("quiet", "close"): "static, push in, tilt up, orbit",
    ("steady", "wide"): "*tracking, pan left, +crane up, push in, fly-through, pan right",
    ("steady", "medium"): "*tracking, push in, +orbit, pan right, pull back, handheld",
    ("steady", "close"): "push in, orbit, handheld, static",
    ("driving", "wide"): "fly-through, +orbit, +crane up, *tracking, push in",
    ("driving", "medium"): "*tracking, handheld, orbit, push in",
    ("driving", "close"): "handheld, orbit, push in, *tracking",
}
_OTHER_SIZE = {"wide": "medium", "medium": "close", "close": "wide"}
_STILL = ("piano", "house", "tree", "lighthouse", "bicycle")  # stand where they are
# What animals and machines do: in quiet music and in driving music.
_ANIMAL_ACTIONS = {
    "dog": ("sit walk", "run walk"), "cat": ("sit walk", "run walk"), "horse": ("stand walk", "run walk"),
    "bird": ("fly", "fly"), "whale": ("swim", "swim"), "robot": ("walk stand", "dance walk turn"),
}  # fmt: skip
_THING_ACTIONS = {
    "balloon": "float", "bird": "fly", "whale": "float", "boat": "float", "car": "drive", "train": "roll",
    "horse": "run", "dog": "run", "cat": "sit", "robot": "walk", "guitarist": "play", "astronaut": "float",
}  # fmt: skip


@dataclass
class _Director:
    """What has been shown so far, which decides what is shown next."""

    idea: Idea
    rng: random.Random
    motif: Being
    things: dict[str, Being] = field(default_factory=dict)
    shown: Counter = field(default_factory=Counter)
    cameras: Counter = field(default_factory=Counter)
    last_camera: str = ""
    last_action: str = ""
    actions: Counter = field(default_factory=Counter)
    last_size: str = ""
    late: bool = False  # the second half of the scenes plays
    arriving: bool = False  # the last one does
    alone: bool = False  # the last shot showed nobody
    since_motif: int = 9  # shots since the motif was seen
    heroes: int = 0
    scenes: Counter = field(default_factory=Counter)
    prompts: set[str] = field(default_factory=set)


def direct(
    idea: Idea, scenes: Sequence[Scene], lyrics: Sequence[str | None], one_take: bool, seed: int
) -> tuple[list[Directed], tuple[Being, ...]]:
    """Every shot of the film, and the beings that its prompts call by handle."""
    rng = random.Random(f"{seed}/direction")
    sign = motif(idea, rng)
    director = _Director(idea, rng, sign)
    director.things |= {being.kind: being for being in (*idea.things, sign)}
    shots: list[Directed] = []
    for number, scene in enumerate(scenes):
        first, last = number == 0, number == len(scenes) - 1
        label, director.late, director.arriving = scene.part.label, number >= len(scenes) / 2, last
        promised = any(_fits(director, being, scene.place) for being in idea.things)
        again = director.scenes[label] % 2 == 1
        director.scenes[label] += 1
        slots = coverage(label, scene.shots, again, first, last, promised)
        before = scenes[number - 1] if number else None
        for place, slot in enumerate(slots):
            ends = last and place == len(slots) - 1
            if one_take and place % 3 and shots and not ends:
                held = shots[-1]
                shots.append(Directed(held.prompt, held.camera, TransitionKind.CUT, continues=True))
                continue
            shot = _shot(director, scene, slot, lyrics[len(shots)], one_take)
            entering = before if place == 0 else None
            kind = TransitionKind.CUT
            if shots:
                kind = TransitionKind.ZOOM if one_take else _transition(scene, entering, place, shots, scenes, number)
            shots.append(Directed(shot.prompt, shot.camera, kind))
    used = [
        being
        for being in (*idea.people, *idea.things, sign)
        if any(f"@{being.handle}" in shot.prompt for shot in shots)
    ]
    return shots, tuple(dict.fromkeys(used))


def _shot(
    director: _Director, scene: Scene, slot: tuple[str, str], lyric: str | None, one_take: bool, again: int = 0
) -> Directed:
    size, who = _settled(director, slot)
    places, things, weathers = nouns_of(lyric) if lyric else ([], [], [])
    place, name, weather = scene.place, scene.name, scene.weather
    weather = next((found for found in weathers if found in PLACES[place].weathers), weather)
    if places and who in ("view", "thing") and places[0] != place:
        who, place, size = "view", places[0], "wide"  # the line's own place, as a picture of what is sung
        name, weather = PLACES[place].name, weather if weather in PLACES[place].weathers else "clear"
    elif things and who in ("view", "thing", "motif"):
        who = "thing"
    lost = who == "motif" and director.motif.kind == "bird" and place in ("underwater", "space", "cave")
    if lost or (who == "view" and place == "underwater"):
        who = "thing"
    around = circumstances(place, scene.time, weather)
    sung = [_thing_of(director, kind) for kind in things]
    if who == "view":
        prompt, action, kind = view_sentence(place, name, around), "", "place"
    elif who in ("motif", "opening", "thing"):
        being = sung[0] if sung and who == "thing" else director.motif if who != "thing" else _thing_in(director, place)
        prompt = _thing_sentence(director, being, place, name, around, size)
        action, kind = _THING_ACTIONS.get(being.kind, ""), being.kind
    else:
        prompt, action, kind = _people_sentence(director, scene, who, place, name, around, size, sung)
    if prompt in director.prompts and who not in ("opening", "farewell") and again < 3:
        size, who = _OTHER_SIZE[director.last_size or size] if again else size, who if again < 2 else "thing"
        return _shot(director, scene, (size, who), lyric, one_take, again + 1)
    director.prompts.add(prompt)
    director.since_motif = 0 if f"@{director.motif.handle}" in prompt else director.since_motif + 1
    director.alone = not any(f"@{being.handle}" in prompt for being in director.idea.people)
    director.last_size = size
    return Directed(prompt, _camera(director, scene, size, who, action, kind, place, one_take), TransitionKind.CUT)


def _settled(director: _Director, slot: tuple[str, str]) -> tuple[str, str]:
    """Size and cast of a slot after a look at the shot before: no size and no empty picture twice running."""
    size, who = slot
    if who in ("opening", "farewell"):
        return size, who
    people = bool(director.idea.people)
    if not people and who in ("hero", "both"):
        who = "thing" if director.heroes % 3 else "view"
        director.heroes += 1
    if not people and who == "motif" and director.since_motif < 3:
        who = "thing"
    elif people and director.alone and who in ("view", "motif", "thing"):
        who = "hero"
    if who == "view":
        if director.last_size != "wide":
            return "wide", "view"
        size, who = "medium", "thing"
    if size == director.last_size:
        size = _OTHER_SIZE[size]
    return size, who


def _thing_of(director: _Director, kind: str) -> Being:
    if kind not in director.things:
        words = " ".join(being.description for being in (*director.idea.people, director.motif))
        director.things[kind] = thing(kind, director.rng, words.split())  # the motif's colour stays its own
    return director.things[kind]


def _thing_in(director: _Director, place: str) -> Being:
    """A thing for a picture without people: the idea's own where it fits (or at last), else the place's own, least
    shown first."""
    here = PLACES[place].things
    suited = [being.kind for being in director.idea.things if _fits(director, being, place)]
    if not director.arriving:  # what the idea ends with waits for the end
        here = tuple(kind for kind in here if kind != director.idea.goal)
    present = {being.kind for being in director.idea.people}
    kinds = suited or [kind for kind in here if kind not in present] or [director.motif.kind]
    kind = min(kinds, key=lambda kind: (director.shown[kind], kinds.index(kind)))
    return _thing_of(director, kind)


def _fits(director: _Director, being: Being, place: str) -> bool:
    """Whether a thing of the idea that nothing has shown yet may be seen here: where it belongs, from the middle of the
    film on anywhere under the sky, the goal at last."""
    if director.shown[being.kind] or being == director.motif:
        return False
    if being.kind == director.idea.goal:
        return director.arriving
    return being.kind in PLACES[place].things or (director.late and PLACES[place].sky and place != "ocean")


def _subject(director: _Director, being: Being) -> str:
    """`@handle` for those who have one in the film, the plain words for passing things."""
    named = (*director.idea.people, *director.idea.things, director.motif)
    words = f"@{being.handle}" if being in named else being.description
    director.shown[being.kind] += 1
    return words


def _thing_sentence(director: _Director, being: Being, place: str, name: str, around: str, size: str) -> str:
    action = _THING_ACTIONS.get(being.kind, "stand")
    if being.kind == "whale" and place in ("underwater", "ocean"):
        action = "swim"
    if being.kind in ("boat", "bird") and place == "underwater":
        action = "float"
    subject = _subject(director, being)
    subject = subject if subject.startswith("@") else subject[0].upper() + subject[1:]
    return action_sentence(subject, action, being.kind, place, name, around, size)


def _people_sentence(director: _Director, scene: Scene, who: str, place: str, name: str, around: str, size: str, sung):
    people = director.idea.people
    if place == "ocean":
        place, name = "beach", "a beach"  # people go along the water
    if not people:
        being = director.motif
        return _thing_sentence(director, being, place, name, around, size), _THING_ACTIONS[being.kind], being.kind
    hero = people[0] if who in ("both", "farewell") else _hero(people, director.heroes)
    if who == "hero":
        director.heroes += 1
    action = _action(director, scene, hero, place, size, who)
    partner, extra = "", ""
    promised = [being for being in director.idea.things if _fits(director, being, place)]
    if who == "farewell" and promised:
        extra = f"past {_subject(director, promised[-1])}"
    elif who == "farewell":
        extra = f"under {_subject(director, director.motif)}" if PLACES[place].sky else ""
    elif action in _MOUNTS:
        mount = next(being for being in (*director.idea.things, *people) if being.kind in _MOUNTS[action])
        partner = _subject(director, mount)
    elif who == "both" and len(people) > 1:
        partner = f"with {_subject(director, people[1])}"
    elif (sung := sung or promised) and size != "close":
        extra = f"{'past' if action in MOVERS else 'beside'} {_subject(director, sung[0])}"
    prompt = action_sentence(_subject(director, hero), action, hero.kind, place, name, around, size, partner, extra)
    return prompt, action, hero.kind


def _hero(people: tuple[Being, ...], turn: int) -> Being:
    """People take turns; animals and machines come every third time."""
    persons = [being for being in people if being.kind in PEOPLE]
    others = [being for being in people if being.kind not in PEOPLE]
    if not persons or (others and turn % 3 == 2):
        return others[turn // 3 % len(others)] if persons else others[turn % len(others)]
    return persons[turn % len(persons)]


_MOUNTS = {"ride": ("bicycle", "horse"), "drive": ("car",)}


def _action(director: _Director, scene: Scene, hero: Being, place: str, size: str, who: str) -> str:
    row, driving = PLACES[place], scene.part.drive >= 0.6
    if hero.kind not in PEOPLE:
        choices = _ANIMAL_ACTIONS[hero.kind][driving and size != "close"].split()
        if hero.kind == "whale":
            choices = ["swim" if place in ("underwater", "ocean", "lake") else "float"]
        return _fresh_action(director, choices)
    floating = row.calm[0] in ("swim", "float")
    if who == "farewell":
        return row.calm[0] if floating else "leave"
    wanted = [action for action in director.idea.actions if _can(director, action, place)]
    if size == "close":
        choices = ["float"] if floating else ["face", *[word for word in row.calm if word in ("stand", "sit")], "turn"]
    elif driving:
        choices = [*wanted, *row.lively]
    else:
        choices = [*row.calm, *[action for action in wanted if action in ("ride", "drive", "dance")]]
    return _fresh_action(director, choices)


def _fresh_action(director: _Director, choices: list[str]) -> str:
    """The action used least so far, the first ones preferred, not the last one again."""
    fresh = [action for action in choices if action != director.last_action] or choices
    least = min(fresh, key=lambda action: director.actions[action] + 0.7 * fresh.index(action))
    director.actions[least] += 1
    director.last_action = least
    return least


def _can(director: _Director, action: str, place: str) -> bool:
    if action in _MOUNTS:
        kinds = {being.kind for being in (*director.idea.things, *director.idea.people)}
        return bool(kinds & set(_MOUNTS[action])) and PLACES[place].sky and place not in ("ocean", "mountains", "lake")
    return action in ("dance", "run") and PLACES[place].calm[0] not in ("swim", "float")


def _camera(
    director: _Director, scene: Scene, size: str, who: str, action: str, kind: str, place: str, one_take: bool
) -> str:
    """The move that suits size and drive, was used least and is not the last one again."""
    row, drive = PLACES[place], scene.part.drive
    if one_take:
        choices = ["fly-through", "push in"]
    elif who == "opening":
        choices = ["push in"]
    elif who == "farewell":
        choices = ["pull back", "crane up"]
    else:
        mood = "quiet" if drive < 0.35 else "steady" if drive < 0.65 else "driving"
        choices = []
        for choice in _CAMERAS[mood, size].split(", "):
            move = choice.lstrip("*+")
            if (choice[0] == "*" and action not in MOVERS) or (choice[0] == "+" and not row.sky):
                continue
            if row.narrow and move in ("orbit", "crane up"):
                continue
            if (kind == "place" and move in ("handheld", "orbit")) or (kind in _STILL and move == "handheld"):
                continue
            choices.append(move)
        if row.narrow and size == "wide":
            choices = ["fly-through", *[move for move in choices if move != "fly-through"]]
    fresh = [move for move in choices if move != director.last_camera]
    fresh = fresh or (choices if one_take else [move for move in ("tilt up", "static") if move != director.last_camera])
    best = min(fresh, key=lambda move: director.cameras[move] + 0.6 * fresh.index(move) + director.rng.uniform(0, 0.5))
    director.cameras[best] += 1
    director.last_camera = best
    return best


def _transition(
    scene: Scene, entering: Scene | None, place: int, shots: list[Directed], scenes: Sequence[Scene], number: int
) -> TransitionKind:
    """Mostly cuts; a dissolve into quiet, a dip before the last part, a whip or zoom into choruses."""
    part = scene.part
    if entering is None:
        return TransitionKind.DISSOLVE if part.drive < 0.3 and place % 3 == 2 else TransitionKind.CUT
    if entering.part is part:
        return TransitionKind.DISSOLVE if part.drive < 0.45 else TransitionKind.CUT
    if part is scenes[-1].part and part.drive < 0.7:
        return TransitionKind.DIP
    if part.label is SectionLabel.CHORUS and entering.part.label is not SectionLabel.CHORUS:
        count = sum(shot.transition in (TransitionKind.WHIP, TransitionKind.ZOOM) for shot in shots)
        return TransitionKind.ZOOM if count % 2 else TransitionKind.WHIP
    if part.label is SectionLabel.BRIDGE or part.drive < 0.45:
        return TransitionKind.DISSOLVE
    return TransitionKind.CUT
