"""Which noun an adjective belongs to and what a negation covers, in English and French prompts."""

from .description import PEOPLE
from .vocabulary import Match


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARTICLES = frozenset(["a", "an", "another", "one", "un", "une", "autre", "des"])
PREPOSITIONS = _words(
    """in on at with by near beside besides next behind between among amongst amid under over above below beneath
    across along alongside around round through towards toward against past inside outside into onto from to
    holding carrying like dans sur sous avec par vers chez entre pres aupres cote devant derriere dessus dessous
    autour travers long parmi contre milieu pour comme loin close front top"""
)
JOINERS = frozenset(["and", "et", "or", "ou", "nor", "ni"])
_ENDS_NEGATION = (PREPOSITIONS | {"but", "mais", "while", "he", "she", "elle", "il"}) - {"like"}
_WEARING = _words("en dressed clad clothed wearing wears vetu vetue vetus habille habillee")  # before a colour: clothes
_PASSED_OVER = _WEARING | _words(
    """in painted coloured colored dyed is are was were all of peint peinte peints peintes est sont de d teint teints
    tout toute tres very and et"""
)
_HEADS = (
    "subject", "garment", "hair_noun", "hairstyle", "hat", "umbrella", "thing", "soft", "place", "implied", "weather",
    "time", "guitar", "feature", "size", "look",
)  # fmt: skip
_FIGURES = frozenset(["build", "corpulence", "carrure", "taille", "epaules"])  # "of average build" is no adjective
_HAIRY = _words(
    """bald curly wavy frizzy hairless chauve boucle bouclee boucles bouclees frise frisee frises frisees ondule
    ondules ondulee crepu crepus degarni"""
)
_ADJECTIVES = ("colour", "hair_colour", "build", "hair_length")
_ADJECTIVE_FEATURES = frozenset(["old", "young", "tall", "small", "rusty", "vintage"])
_BEFORE_THE_NOUN_IN_FRENCH = ("feature", "build", "hair_length")


def is_person(match: Match) -> bool:
    return match.term is not None and any(
        name == "subject" and (value in PEOPLE or value == "person") for name, value in match.term.effects
    )


def is_adjective(match: Match) -> bool:
    """True for words that describe a noun and are none themselves."""
    if match.term is None or match.is_a("subject", "garment", "hair_noun"):
        return False
    if match.is_a("build") and not _FIGURES.isdisjoint(match.words):
        return False
    if match.is_a("hairstyle"):
        return len(match.words) == 1 and match.words[0] in _HAIRY
    return match.is_a(*_ADJECTIVES) or match.term.value("feature") in _ADJECTIVE_FEATURES


def is_noun(match: Match) -> bool:
    return match.is_a(*_HEADS) and not is_adjective(match)


def next_noun(found: list[Match], i: int) -> tuple[int | None, bool]:
    """The noun that follows position `i` in its noun phrase, and whether an unknown noun stands there instead."""
    unknown = 0
    for j in range(i + 1, min(len(found), i + 12)):
        match = found[j]
        if is_noun(match) and match.words[0] not in PREPOSITIONS:  # "in red under water" is no red water
            return j, False
        if match.term is None and match.words:
            unknown += 1
            if unknown > 2:
                return None, True
        elif match.words in (("and",), ("et",)) and j + 1 < len(found) and is_adjective(found[j + 1]):
            continue
        elif not (is_adjective(match) or match.is_a("manner")):
            break
    return None, unknown > 0


def person_before(found: list[Match], i: int) -> int | None:
    return next((j for j in range(i - 1, -1, -1) if is_person(found[j])), None)


def previous_noun(found: list[Match], i: int) -> int | None:
    """The noun that a following adjective speaks of: "lockers painted green", "manteau de laine rouge", "in red"."""
    worn = False
    for j in range(i - 1, max(-1, i - 8), -1):
        match, before = found[j], found[j - 1] if j else None
        if not match.words:
            return None
        word = match.words[-1]
        if is_noun(match):
            if worn and not match.is_a("garment", "subject", "thing", "place"):
                return person_before(found, i)
            return j
        if match.is_a("stop"):
            worn |= word == "in" or word in _WEARING
            if word not in _PASSED_OVER:
                return person_before(found, i) if worn else None
        elif match.term is None:
            linked = before is not None and (
                is_noun(before) or is_adjective(before) or before.words[-1:] in (("de",), ("d",), ("en",), ("a",))
            )
            if not linked:
                return person_before(found, i) if worn else None
        elif not (is_adjective(match) or match.is_a("manner")):
            return person_before(found, i) if worn else None
    return None


def noun_of(found: list[Match], i: int, language: str) -> int | None:
    """Position of the noun that the adjective at `i` belongs to. None if it belongs to no known noun."""
    term = found[i].term
    if language == "fr":
        early = term is not None and any(name in _BEFORE_THE_NOUN_IN_FRENCH for name, _ in term.effects)
        if early and i + 1 < len(found) and is_noun(found[i + 1]):
            return i + 1
        before = previous_noun(found, i)
        return before if before is not None else next_noun(found, i)[0]
    following, unknown = next_noun(found, i)
    return following if following is not None or unknown else previous_noun(found, i)


def denied(found: list[Match]) -> set[int]:
    """Positions that a "no", "without", "sans" or "pas de" speaks of, the negation itself included."""
    covered: set[int] = set()
    at = 0
    while at < len(found):
        at += 1
        if not found[at - 1].is_a("negation"):
            continue
        covered.add(at - 1)
        hit = False
        while at < len(found):
            match = found[at]
            word = match.words[0] if match.words else ""
            if not match.words or match.is_a("negation") or word in _ENDS_NEGATION:
                break
            if hit:
                following = found[at + 1].words[:1] if at + 1 < len(found) else ()
                if word not in JOINERS or (following and following[0] in ARTICLES | {"the", "le", "la", "les"}):
                    break
                hit = False
            elif match.term is None or not (match.is_a("stop", "manner", "number") or is_adjective(match)):
                hit = True
            covered.add(at)
            at += 1
    return covered
