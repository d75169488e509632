"""Words for things that the worlds do not draw, and the nearest thing that they do draw: a corgi is a dog.

Tables of words, because sentence embeddings small enough to ship do not know single words. Measured on 314 free words
with an answer and 108 without (tests/engines/free_prompts.json): multilingual-e5-small in 4 bits finds 9 % of the
answers when 70 % of what it says is right, the multilingual universal sentence encoder 14 % at 63 %.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from ..worlds.vocabulary import Token, matches, singular, tokens

LONGEST = 4  # words of an entry
_TABLES = {"en": ("things_en", "things_wordnet"), "fr": ("things_fr",)}

# How an entry is said so that the worlds' reader understands it, where its name alone does not do.
_SAID_EN = {"person": "person", "guitar": "guitar", "hat": "hat"}
_SAID_FR = {
    "person": "personne", "guitar": "guitare", "hat": "chapeau", "man": "homme", "woman": "femme", "child": "enfant",
    "couple": "couple", "car": "voiture", "bicycle": "vélo", "train": "train", "boat": "bateau",
    "balloon": "montgolfière", "house": "maison", "tree": "arbre", "dog": "chien", "horse": "cheval", "bird": "oiseau",
    "whale": "baleine", "robot": "robot", "lighthouse": "phare", "piano": "piano", "cat": "chat",
    "astronaut": "astronaute", "dancer": "danseuse", "guitarist": "guitariste", "mountains": "montagnes",
    "desert": "désert", "ocean": "océan", "beach": "plage", "city street": "rue", "school corridor": "couloir d'école",
    "forest": "forêt", "snowfield": "champ de neige", "neon grid": "cyberespace", "tunnel": "tunnel", "road": "route",
    "bedroom": "chambre", "train carriage": "wagon", "rooftop": "toit", "flower field": "champ de fleurs",
    "underwater": "fond marin", "space": "cosmos", "cave": "grotte", "lake": "lac", "fairground": "fête foraine",
    "meadow": "prairie", "ballroom": "salle de bal", "canyon": "canyon", "stage": "salle de concert", "rain": "pluie",
    "snow": "neige", "fog": "brouillard", "storm": "orage", "fireflies": "lucioles", "petals": "pétales",
    "dawn": "aube", "morning": "matin", "noon": "midi", "dusk": "crépuscule", "night": "nuit", "sepia": "sépia",
    "watercolour": "aquarelle", "animation": "dessin animé", "pencil": "dessin au crayon", "infrared": "infrarouge",
    "black and white": "noir et blanc", "noir": "film noir", "synthwave": "synthwave", "vhs": "vhs", "red": "rouge",
    "purple": "violet", "blue": "bleu", "green": "vert", "yellow": "jaune", "orange": "orange", "pink": "rose",
    "white": "blanc", "black": "noir", "grey": "gris", "brown": "marron", "gold": "doré", "turquoise": "turquoise",
    "coat": "manteau", "dress": "robe", "jacket": "veste", "hoodie": "pull", "suit": "costume", "shirt": "chemise",
    "raincoat": "imperméable", "skirt": "jupe",
}  # fmt: skip
_PLURALS = {"man": "men", "woman": "women", "child": "children", "person": "people", "cheval": "chevaux"}
_COUNTED = frozenset(["subject", "garment"])


@dataclass(frozen=True)
class Likeness:
    """A stretch of a prompt, characters `start` to `end`, and the thing that comes nearest to what it names."""

    written: str
    start: int
    end: int
    category: str  # "subject", "place", "time", "weather", "look", "colour", "garment", "guitar" or "hat"
    value: str
    said: str  # the words that say it in the prompt's language


@lru_cache(maxsize=4)
def _table(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Entries by their words, as written and with plurals folded."""
    exact: dict[str, str] = {}
    folded: dict[str, str] = {}
    for line in resources.files(__package__).joinpath(f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        entry, words = re.fullmatch(r"([^ ]+(?: [a-z ]+)?): (.*)", line).groups()  # type: ignore[union-attr]
        for word in words.split(", "):
            plain = word.replace("-", " ").replace("'", " ")
            spelled = plain.split() if plain.isascii() else [token.text for token in tokens(plain)]
            exact.setdefault(" ".join(spelled), entry)
            folded.setdefault(" ".join(map(singular, spelled)), entry)
    return exact, folded


def entry_for(words: list[str], language: str, proper: bool) -> str | None:
    """The entry, as "category:value", that some folded words stand for. `proper`: they are written as a name."""
    text, fold = " ".join(words), " ".join(map(singular, words))
    names = _TABLES[language]
    if language == "fr":
        names += ("things_en", "things_wordnet") if proper else ("things_en",)
    else:
        names += ("things_fr",)
    for name in names:
        exact, folded = _table(name)
        found = exact.get(text) or folded.get(fold)
        if found is not None:
            return found
    return None


def likenesses(prompt: str, language: str) -> list[Likeness]:
    """Stretches with a word that the worlds' lexicon does not know and the tables do, the longest first, in order."""
    words = tokens(prompt)
    unknown = _unknown(words, language, prompt)
    found: list[Likeness] = []
    at = 0
    while at < len(words):
        reach = 0
        while reach < LONGEST and at + reach < len(words) and words[at + reach].text:
            reach += 1
        step = 1
        for length in range(reach, 0, -1):
            if unknown.isdisjoint(range(at, at + length)):
                break
            run = words[at : at + length]
            written = prompt[run[0].start : run[-1].end]
            entry = entry_for([word.text for word in run], language, written[0].isupper() and at > 0)
            if entry is not None:
                found.append(_likeness(entry, written, run, language))
                step = length
                break
        at += step
    return found


def _unknown(words: list[Token], language: str, prompt: str) -> set[int]:
    """Positions of the words that the worlds' lexicon does not know."""
    unknown: set[int] = set()
    at = 0
    for match in matches(words, language, prompt):
        if match.words and match.term is None:
            unknown.add(at)
        at += max(1, len(match.words))
    return unknown


def _likeness(entry: str, written: str, run: list[Token], language: str) -> Likeness:
    category, _, value = entry.partition(":")
    value = value or category
    said = (_SAID_FR if language == "fr" else _SAID_EN).get(value, value)
    if category in _COUNTED and singular(run[-1].text) != run[-1].text and run[-1].text[-1] in "sx":
        said = _PLURALS.get(said, said if said[-1] == "s" else said + "s")
    return Likeness(written, run[0].start, run[-1].end, category, value, said)
