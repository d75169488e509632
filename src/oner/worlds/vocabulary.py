"""The words of the worlds: the lexicons as look-up tables, and prompts as matched terms.

`lexicon_en.toml` and `lexicon_fr.toml` say which terms mean what. A prompt is split into words (accents, capitals,
apostrophes and hyphens folded), its language is told by its function words, and the longest known term wins at every
place. Meaning is decided in `language.py`.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

LANGUAGES = ("en", "fr")

# Words that mean something else in the other language, so that they are only read in their own.
FALSE_FRIENDS = frozenset([
    "court", "chat", "place", "type", "or", "pic", "large", "pull", "fin", "carre", "cire", "rond", "gel", "haut",
    "quai",
    "caisse", "figure", "part", "vole", "plane", "passe", "bouc", "cap", "pin", "loin", "star", "planches", "sweat",
])  # fmt: skip
_WORD = re.compile(r"[^\W_]+|&|[,.;:!?()\[\]\n/\u2014\u2013]")
_BREAKS = frozenset(",.;:!?()[]\n/\u2014\u2013")


@dataclass(frozen=True)
class Token:
    """A word of the prompt folded to plain lower-case letters, "" at a clause break, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Term:
    """A known term: what it says as (category, value) pairs, in order."""

    effects: tuple[tuple[str, str], ...]
    categories: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "categories", frozenset(name for name, _ in self.effects))

    def value(self, category: str) -> str | None:
        return next((value for name, value in self.effects if name == category), None)


@dataclass(frozen=True)
class Match:
    """A stretch of the prompt. `term` is None for an unknown word and for a clause break (`words` is then empty)."""

    words: tuple[str, ...]
    written: str
    term: Term | None
    plural: bool = False

    def is_a(self, *categories: str) -> bool:
        return self.term is not None and not self.term.categories.isdisjoint(categories)


@dataclass(frozen=True)
class Lexicon:
    exact: dict[str, Term]
    folded: dict[str, Term]
    function_words: frozenset[str]
    reach: dict[str, int]  # first word, as written or folded -> words in the longest term that it begins


def tokens(text: str) -> list[Token]:
    """Words and clause breaks of any text. Never raises."""
    found: list[Token] = []
    for word in _WORD.finditer(text):
        written = plain = word.group()
        if written in _BREAKS:
            if found and not found[-1].text:
                continue
            plain = ""
        elif written == "&":
            plain = "and"
        elif not plain.isascii():
            plain = plain.replace("\u0153", "oe").replace("\u0152", "oe").replace("\u00e6", "ae")
            plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
        found.append(Token(plain.lower(), word.start(), word.end()))
    return found


@lru_cache(maxsize=4096)
def singular(word: str) -> str:
    """Folds plural and gender endings that English and French share; only for comparing words with each other."""
    if len(word) <= 3:
        return word
    if word.endswith("eaux"):
        word = word[:-1]
    elif word.endswith("aux"):
        word = word[:-3] + "al"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word[-1] in "sx" and word[-2] != "s":
        word = word[:-1]
    if word.endswith("che"):
        word = word[:-1]
    elif word.endswith("y"):
        word = word[:-1] + "ie"
    elif word.endswith("ee"):
        word = word[:-1]
    return word


def conjugated(verb: str, language: str) -> list[str]:
    """Forms of a regular verb: `walk` -> walk, walks, walking, walked; `marcher` -> marche, marchent, marchant..."""
    if language == "fr":
        stem = verb.removesuffix("er")
        forms = [stem + end for end in ("e", "es", "ent", "er", "ant", "ait", "aient", "ons", "ez")]
        return [*forms, stem + "eant"] if stem.endswith("g") else forms
    if verb.endswith("e"):
        return [verb, verb + "s", verb[:-1] + "ing", verb + "d"]
    if verb.endswith("y") and verb[-2] not in "aeou":
        return [verb, verb[:-1] + "ies", verb + "ing", verb[:-1] + "ied"]
    doubled = re.fullmatch(r"[^aeiou]*(?:qu)?[aeiou][bdgmnpt]", verb)
    stem = verb + verb[-1] if doubled else verb
    return [verb, verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z")) else "s"), stem + "ing", stem + "ed"]


def _spelled(pattern: str, language: str) -> list[str]:
    """All terms that a lexicon entry stands for: `(a/b/)` alternatives and `~verb` forms written out."""
    terms = [""]
    for part in re.split(r"(\([^)]*\))", pattern):
        choices = part[1:-1].split("/") if part.startswith("(") else [part]
        terms = [f"{term} {choice}" for term in terms for choice in choices]
    whole = []
    for term in terms:
        first, *rest = term.split()
        heads = conjugated(first[1:], language) if first.startswith("~") else [first]
        whole += [" ".join([head, *rest]) for head in heads]
    return [" ".join(token.text for token in tokens(term)) for term in whole]


def _effects(category: str, key: str) -> tuple[tuple[str, str], ...]:
    if category != "also":
        return ((category, key),)
    return tuple(tuple(pair.split("=")) for pair in key.split(";"))  # type: ignore[misc]


@lru_cache(maxsize=2)
def lexicon(language: str) -> Lexicon:
    """The look-up tables of one language. A term listed twice keeps its first meaning, `also` before all."""
    data = tomllib.loads(resources.files(__package__).joinpath(f"lexicon_{language}.toml").read_text("utf-8"))
    exact: dict[str, Term] = {}
    for category in ("also", *(name for name in data if name != "also")):
        for key, value in data[category].items():
            patterns, meaning = (key, value) if category == "also" else (value, key)
            term = Term(_effects(category, meaning))
            for pattern in " ".join(patterns.split()).split(","):
                for spelled in _spelled(pattern, language):
                    exact.setdefault(spelled, term)
    folded: dict[str, Term] = {}
    for spelled, term in exact.items():
        folded.setdefault(" ".join(singular(word) for word in spelled.split()), term)
    function_words = frozenset(text for text, term in exact.items() if term.value("stop") and " " not in text)
    reach: dict[str, int] = {}
    for spelled in (*exact, *folded):
        first, _, rest = spelled.partition(" ")
        reach[first] = max(reach.get(first, 0), 1 + len(rest.split()))
    return Lexicon(exact, folded, function_words, reach)


def language_of(words: list[Token]) -> str:
    """ "fr" or "en" (also when in doubt), from the function words, then the words that only one lexicon knows."""
    english, french = lexicon("en"), lexicon("fr")
    lead = 0.0
    for token in words:
        if not token.text:
            continue
        for side, mine, other in ((1, french, english), (-1, english, french)):
            if token.text in mine.function_words:
                lead += 0 if token.text in other.exact else side  # "car" is a French conjunction too
            elif token.text in mine.exact and token.text not in other.exact:
                lead += side * 0.5
    return "fr" if lead > 0 else "en"


def matches(words: list[Token], language: str, prompt: str) -> list[Match]:
    """The prompt as the longest known terms, unknown words and clause breaks, in order."""
    other = lexicon("en" if language == "fr" else "fr")
    own = lexicon(language)
    found: list[Match] = []
    at, count = 0, len(words)
    folds = [singular(token.text) for token in words]
    while at < count:
        if not words[at].text:
            found.append(Match((), "", None))
            at += 1
            continue
        longest = max(known.reach.get(word, 1) for known in (own, other) for word in (words[at].text, folds[at]))
        reach = 1
        while reach < longest and at + reach < count and words[at + reach].text:
            reach += 1
        for length in range(reach, 0, -1):
            exact = " ".join(token.text for token in words[at : at + length])
            fold = " ".join(folds[at : at + length])
            term = own.exact.get(exact) or own.folded.get(fold)
            if term is None and not (length == 1 and (exact in FALSE_FRIENDS or len(exact) < 3)):
                term = other.exact.get(exact) or other.folded.get(fold)
            if term is not None or length == 1:
                last = words[at + length - 1].text
                plural = (folds[at + length - 1] != last and last[-1] in "sx") or last in IRREGULAR_PLURALS
                written = prompt[words[at].start : words[at + length - 1].end]
                found.append(Match(tuple(token.text for token in words[at : at + length]), written, term, plural))
                at += length
                break
    return found


IRREGULAR_PLURALS = frozenset(["men", "women", "gentlemen", "children", "people", "wolves", "chevaux"])
