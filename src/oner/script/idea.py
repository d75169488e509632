"""Reads an idea of a sentence or two, English or French: who it is about, where it goes, when, and what is seen."""

import random
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from . import vocabulary as words
from .journey import PLACES

_SPLIT = re.compile(r"[\w'’-]+")
_GIVEN_NAME = re.compile(r"\b([A-ZÀ-Ý][a-zà-ÿ]+), (?:an?|une?|the|la|le|l['’])\s?")  # "Mia, a young woman ..."
_NAME_FIRST = re.compile(r"^\s*([A-Z][a-z]{2,})\s+(?:and [A-Z][a-z]+ )?(?:[a-z]+s)\b")  # "Mia leaves ..."
_PLURAL = re.compile(r"\b(two|three|deux|trois)\s+$", re.IGNORECASE)


@dataclass(frozen=True)
class Being:
    """Somebody or something that must look the same throughout: `handle` stands for `description` in prompts."""

    handle: str
    kind: str
    description: str


@dataclass(frozen=True)
class Stop:
    """A place of the idea, by its term; `name` holds the idea's own adjective, such as "a dreaming city street"."""

    term: str
    name: str


@dataclass(frozen=True)
class Idea:
    """What was read. Everything is in the order of the idea's words."""

    people: tuple[Being, ...] = ()
    things: tuple[Being, ...] = ()
    stops: tuple[Stop, ...] = ()
    times: tuple[str, ...] = ()
    weathers: tuple[str, ...] = ()
    look: str | None = None
    actions: tuple[str, ...] = ()
    dreams: bool = False
    goal: str | None = None  # kind of the thing that the idea ends with: kept for the film's end


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    term: str


def read_idea(text: str, seed: int) -> Idea:
    """Read an idea. `seed` decides what it leaves open: hair, clothes, colours."""
    taken: list[tuple[int, int]] = []
    looks = _find(text, words.LOOKS, taken)
    weathers = _find(text, words.WEATHERS, [])
    times = _find(text, words.TIMES, [])
    places = _find(text, words.PLACES, taken)
    beings = _find(text, words.PEOPLE | words.THINGS, taken)
    rng = random.Random(f"{seed}/{text}")
    people, things = _beings(text, beings, rng)
    return Idea(
        people=people,
        things=things,
        stops=_stops(text, places),
        times=_distinct(found.term for found in times),
        weathers=_distinct(found.term for found in weathers),
        look=looks[0].term if looks else None,
        actions=_distinct(found.term for found in _find(text, words.ACTIONS, [])),
        goal=_goal(text, beings),
        dreams=bool(re.search(words.DREAM, text, re.IGNORECASE)),
    )


def _goal(text: str, beings: list[_Found]) -> str | None:
    last = beings[-1] if beings else None
    standing = last and last.term in ("lighthouse", "house", "tree", "piano", "boat", "train")
    return last.term if standing and last.start > 0.55 * len(text) else None


def nouns_of(line: str) -> tuple[list[str], list[str], list[str]]:
    """Concrete nouns of a sung line: (places, things, weathers), as terms."""
    taken: list[tuple[int, int]] = []
    places = [found.term for found in _find(line, words.PLACES, taken)]
    things = [found.term for found in _find(line, words.THINGS, taken)]
    return places, things, [found.term for found in _find(line, words.WEATHERS, [])]


def _find(text: str, table: dict[str, str], taken: list[tuple[int, int]]) -> list[_Found]:
    """Terms in the order of the text; `taken` stretches are not read and grow by what is found."""
    found = []
    for term, pattern in table.items():
        for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", text, re.IGNORECASE):
            if all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                found.append(_Found(*match.span(), term))
    return sorted(found, key=lambda item: item.start)


def _distinct(terms) -> tuple[str, ...]:
    return tuple(dict.fromkeys(terms))


def _stops(text: str, places: list[_Found]) -> tuple[Stop, ...]:
    stops: dict[str, Stop] = {}
    for found in places:
        before = _SPLIT.findall(text[: found.start])[-1:]
        adjective = before[0].lower() if before and re.fullmatch(words.ADJECTIVES, before[0], re.I) else ""
        after = text[found.end :].lstrip()
        french = (
            english for said, english in words.FRENCH_ADJECTIVES.items() if re.match(rf"(?:{said})\b", after, re.I)
        )
        adjective = adjective or next(french, "")
        if found.term not in stops or (adjective and adjective not in stops[found.term].name):
            stops[found.term] = Stop(found.term, with_adjective(PLACES[found.term].name, adjective))
    return tuple(stops.values())


def with_adjective(name: str, adjective: str) -> str:
    """`a city street` and `dreaming` make `a dreaming city street`."""
    if not adjective:
        return name
    if name.startswith("the "):
        return f"the {adjective} {name[4:]}"
    if name.startswith("a "):
        return f"{article(adjective)} {adjective} {name[2:]}"
    return name


def article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" else "a"


def _beings(text: str, found: list[_Found], rng: random.Random) -> tuple[tuple[Being, ...], tuple[Being, ...]]:
    people, things, handles = [], [], set()
    names = _names(text)
    for number, item in enumerate(found):
        person = item.term in words.PEOPLE
        after = found[number + 1].start if number + 1 < len(found) else len(text)
        phrase = text[item.end : min(after, item.end + 90)]
        phrase = re.split(r"[.;]", phrase)[0]
        before = text[max(0, item.start - 30) : item.start]
        if any(being.kind == item.term for being in people + things):
            continue  # named again, not another one
        if person:
            noun = _noun(item.term, text[item.start : item.end], before)
            handle = names.get(item.start, noun.split()[-1])
            description = _person(item.term, noun, before, phrase, rng, [being.description for being in people])
        else:
            handle = _term(text[item.start : item.end], words.NOUNS) or item.term
            description = _thing(item.term, handle, before, phrase, rng, people)
        if handle in handles:
            continue
        handles.add(handle)
        being = Being(handle, item.term, description)
        if person or (item.term in words.ANIMATE):
            people.append(being)
        else:
            things.append(being)
    people.sort(key=lambda being: being.kind not in words.PEOPLE)  # people before animals
    if not people and (name := _NAME_FIRST.match(text)) and name[1].lower() not in _ORDINARY:
        male = re.fullmatch(words.MALE_NAMES, name[1], re.I) or re.search(r"\b(?:he|his|him)\b", text)
        kind = "man" if male else "woman"
        people.append(Being(name[1].lower(), kind, _person(kind, kind, "", text[name.end() :][:90], rng, [])))
    return tuple(people[:3]), tuple(things[:4])


_ORDINARY = {
    "the",
    "this",
    "that",
    "les",
    "des",
    "une",
    "night",
    "rain",
    "snow",
    "somebody",
    "someone",
    "everything",
    "love",
}


def _names(text: str) -> dict[int, str]:
    """Where a person is introduced by name, "Mia, a woman ...": start of the noun to the name as a handle."""
    found = {}
    for match in _GIVEN_NAME.finditer(text):
        rest = text[match.end() : match.end() + 60]
        for pattern in words.PEOPLE.values():
            noun = re.search(rf"\b(?:{pattern})\b", rest, re.IGNORECASE)
            if noun:
                found[match.end() + noun.start()] = match[1].lower()
    return found


def _noun(kind: str, said: str, before: str) -> str:
    if kind == "child":
        noun = (
            "girl"
            if re.fullmatch(words.GIRL, said, re.I)
            else "boy"
            if re.fullmatch(words.BOY, said, re.I)
            else "child"
        )
    else:
        noun = kind
    if re.search(r"\b(?:old|elderly|vieux|vieil|vieille)\s+$", before, re.I) or re.match(
        r"grand|vieillard", said, re.I
    ):
        return f"old {noun}"
    return f"young {noun}" if re.search(r"\b(?:young|jeune)\s+$", before, re.I) and kind != "child" else noun


def _term(text: str, table: dict[str, str]) -> str | None:
    found = _find(text, table, [])
    return found[0].term if found else None


def _worn(phrase: str) -> tuple[str | None, str | None]:
    """(colour, garment) that a person wears: "in a red coat", "in red", "en manteau rouge"."""
    garments = _find(phrase, words.GARMENTS, [])
    if not garments:
        match = re.search(r"\b(?:in|wearing|dressed in|en|v[êe]tue? de)\s+([\w-]+)", phrase, re.IGNORECASE)
        return (_term(match[1], words.COLOURS) if match else None), None
    garment = garments[0]
    near = phrase[max(0, garment.start - 16) : garment.start]
    colour = _find(near, words.COLOURS, [])
    after = _SPLIT.findall(phrase[garment.end :])[:1]
    if colour and not re.search(r"[,]|\bhair\b", near[colour[-1].end :]):
        return colour[-1].term, garment.term
    return (_term(after[0], words.COLOURS) if after else None), garment.term


_HAIR_OF_KIND = {
    "man": (("short", "curly", "bald"), ("brown", "black", "grey", "blonde")),
    "child": (("short", "bob", "curly"), ("brown", "blonde", "black", "red")),
    "dancer": (("ponytail", "bob"), ("black", "brown", "blonde")),
    "guitarist": (("long", "curly", "short"), ("black", "brown", "blonde")),
}
_CLOTHES_OF_KIND = {
    "woman": ("coat", "dress", "jacket"), "man": ("coat", "suit", "jacket"), "child": ("raincoat", "hoodie", "jacket"),
    "dancer": ("dress",), "guitarist": ("jacket", "shirt"), "astronaut": ("suit",),
}  # fmt: skip
_BRIGHT = ("red", "yellow", "blue", "green", "orange", "turquoise", "pink", "white")


def _person(kind: str, noun: str, before: str, phrase: str, rng: random.Random, others: list[str]) -> str:
    """Full fixed words for a person: build, hair and clothes, the idea's own first and the rest chosen once."""
    colour, garment = _worn(phrase)
    others_said = " ".join(others)
    free = [shade for shade in _BRIGHT if shade not in others_said]
    if kind == "couple":
        return f"a couple in {colour or rng.choice(free)}"
    colour = colour or ("white" if kind == "astronaut" else rng.choice(free))
    garment = garment or rng.choice(_CLOTHES_OF_KIND.get(kind, ("coat",)))
    clothes = f"in {article(colour)} {colour} {garment}"
    extras = [f"with {article(word)} {word}" for word in ("umbrella", "hat") if re.search(rf"\b{word}", phrase)]
    if kind == "astronaut":
        return " ".join(["an astronaut", clothes, *extras])
    styles, shades = _HAIR_OF_KIND.get(
        kind, (("long", "bob", "ponytail", "curly"), ("black", "brown", "blonde", "red"))
    )
    if noun.startswith("old "):
        shades = ("grey", "white")
    near = _hair_words(before + noun + phrase)
    style = _term(near, words.HAIRSTYLES) or rng.choice([style for style in styles if style != "bald" or not near])
    shade = _term(near, words.HAIR) or rng.choice(shades)
    build = _term(before, words.BUILDS) or (
        "" if kind == "child" else rng.choice(("slim", "slim", "broad" if kind == "man" else "slim"))
    )
    hair = {"ponytail": f"{article(shade)} {shade} ponytail", "bob": f"{article(shade)} {shade} bob"}.get(
        style, f"{style} {shade} hair"
    )
    head = " ".join(word for word in (build, "bald" if style == "bald" else "", noun) if word)
    with_hair = [] if style == "bald" else [f"with {hair}"]
    return " ".join([article(head), head, *with_hair, clothes, *extras])


def _hair_words(text: str) -> str:
    """The words about hair: before it in English ("long black hair"), behind it in French ("cheveux noirs")."""
    found = re.search(
        r"\b(?:hair(?:ed)?|curls|pony ?tail|bob|bald|chauve|cheveux|queue de cheval)\b", text, re.IGNORECASE
    )
    if not found:
        return ""
    before = re.split(r"\b(?:in|en|with|avec|and|et)\b|[,.;]", text[: found.start()])[-1]
    french = found[0].lower() in ("cheveux", "queue de cheval")
    after = " ".join(_SPLIT.findall(text[found.end() :])[:3]) if french else ""
    return f"{before} {found[0]} {after}"


_COLOURS_OF_THING = {
    "robot": ("grey", "white", "turquoise"), "whale": ("blue", "grey"), "bird": ("white", "black"),
    "horse": ("white", "brown", "black"), "dog": ("brown", "white"), "cat": ("black", "orange", "grey"),
    "lighthouse": ("white", "red"), "boat": ("white", "blue", "red"), "car": ("red", "blue", "turquoise", "white"),
    "train": ("blue", "red", "green"), "house": ("white", "red", "yellow"), "tree": ("green",),
    "piano": ("black", "white"), "balloon": ("red", "yellow", "orange"), "bicycle": ("red", "blue", "yellow"),
}  # fmt: skip


def _thing(kind: str, noun: str, before: str, phrase: str, rng: random.Random, people: list[Being]) -> str:
    near = " ".join(_SPLIT.findall(before)[-2:])
    after = " ".join(_SPLIT.findall(phrase)[:1])
    colour = _term(near, words.COLOURS) or _term(after, words.COLOURS)
    if kind == "balloon" and not colour:
        colour = _worn_by(people)  # a film's balloon wears its hero's colour
    return coloured(noun, colour or rng.choice(_COLOURS_OF_THING[kind]))


def _worn_by(people: Sequence[Being]) -> str | None:
    """The colour of the first person's clothes: the last one that the description names."""
    described = [word for being in people[:1] for word in being.description.split()]
    return next((word for word in reversed(described) if word in words.COLOURS), None)


def coloured(kind: str, colour: str) -> str:
    """`a red balloon`."""
    return f"{article(colour)} {colour} {kind}"


def thing(kind: str, rng: random.Random, taken: Collection[str] = ()) -> Being:
    """A thing that the idea does not name, in a colour of its kind, not one of those `taken` if that can be."""
    if kind in ("astronaut", "guitarist"):
        return Being(kind, kind, _person(kind, kind, "", "", rng, []))
    colours = [colour for colour in _COLOURS_OF_THING[kind] if colour not in taken] or list(_COLOURS_OF_THING[kind])
    return Being(kind, kind, coloured(kind, rng.choice(colours)))


def motif(idea: Idea, rng: random.Random) -> Being:
    """The sign that runs through the film: a flying thing of the idea, or a balloon or bird in the hero's colour."""
    for being in (*idea.things, *idea.people):
        if being.kind in ("balloon", "bird"):
            return being
    kind = (
        "bird" if any(being.kind == "balloon" for being in idea.things) else rng.choice(("balloon", "balloon", "bird"))
    )
    if kind == "bird":
        return replace(thing("bird", rng), handle="bird")
    return Being("balloon", "balloon", coloured("balloon", _worn_by(idea.people) or "red"))
