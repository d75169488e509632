"""A prompt in English or French becomes an exact Description.

The prompt's terms (`vocabulary.matches`) are read in four passes: adjectives find their nouns and negations what they
deny (`grammar.py`); subjects are listed; clothes, verbs and the world around them are attached; what was left unsaid
is chosen by `guesses.py`. The same words always give the same reading.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache

from . import grammar, guesses
from .description import PEOPLE, Description, Reading, SubjectDescription
from .vocabulary import Match, language_of, matches, tokens

MOST_SUBJECTS = 4  # drawn
MOST_READ = 12  # kept while reading: a subject named late may still be the sentence's own
WORLD = ("place", "time", "weather", "look", "camera", "size")
_SIMILES = frozenset(["like", "comme"])
_MASCULINE = frozenset(["he", "his", "him", "himself", "il"])
_MOUNTS = {"bicycle": "ride", "horse": "ride", "car": "drive"}
_ABOARD = {"en": ("on", "in", "astride"), "fr": ("a", "sur", "dans", "en")}
_SHE, _HE = frozenset(["she", "elle"]), frozenset(["he", "il"])
_VIEWERS = {"en": ("we",), "fr": ("on", "nous")}  # "we glide through" moves the camera
_RELATIVES = frozenset(["who", "that", "which", "qui"])
_CAMERA_ACTIONS = {"fly": "fly-through", "turn": "orbit", "walk": "tracking", "run": "tracking", "drive": "tracking"}
_HAIR_OF_COLOUR = {
    "orange": "red", "yellow": "blonde", "gold": "blonde", "purple": "pink", "green": "blue", "turquoise": "blue",
}  # fmt: skip
_COAT_OF_HAIR = {"blonde": "yellow", "red": "orange"}
_SKIN = frozenset(["black", "white", "brown"])  # said of a person these are no clothes
_FRENCH_HAIR = frozenset(["brun", "brune", "bruns", "brunes", "chatain"])
# Places whose own things take the accent: red lockers, blue flowers. A red cactus colours no canyon.
_PAINTED_PLACES = frozenset(
    ["school corridor", "flower field", "city street", "fairground", "bedroom", "train carriage"]
)
_PARTICIPLES = ("ing", "ant", "seated", "asleep")


@lru_cache(maxsize=256)
def read(prompt: str) -> Reading:
    """Understand a prompt, English or French, of any length. Never raises on any text.

    Returns the description with the phrases that led to it, the words that changed nothing, and what was guessed.
    """
    words = tokens(prompt)
    language = language_of(words)
    return _Reader(matches(words, language, prompt), language).reading()


def person_words(subject: SubjectDescription, features: tuple[str, ...] = ()) -> str:
    """The normal form of a character: what stays the same about it in every prompt, in fixed order and in English."""
    parts = [subject.kind, *sorted(set(features))]
    if subject.build:
        parts.append(subject.build)
    if subject.hair or subject.hairstyle:
        bald = subject.hairstyle == "bald"
        parts.append("bald" if bald else " ".join(w for w in (subject.hairstyle, subject.hair, "hair") if w))
    if subject.colour or subject.garment:
        parts.append(" ".join(word for word in (subject.colour, subject.garment) if word))
    if subject.hat:
        parts.append("hat")
    return ", ".join(parts)


def _told(answers: list[bool]) -> bool:
    """True if any of several subjects took the word in; a list, because all of them have to be asked."""
    return any(answers)


@dataclass
class _Subject:
    """A subject while it is being read. `main` is False for what only stands behind a preposition."""

    kind: str
    main: bool
    at: int  # position of its first mention
    values: dict[str, str | bool] = field(default_factory=dict)
    features: list[str] = field(default_factory=list)

    def say(self, name: str, value: str | bool) -> bool:
        """Set a field unless an earlier word has. True if the word tells what the field now holds."""
        return self.values.setdefault(name, value) == value

    def described(self) -> SubjectDescription:
        subject = SubjectDescription(kind=self.kind, **self.values)  # type: ignore[arg-type]
        return replace(subject, person=person_words(subject, tuple(self.features)))


class _Reader:
    def __init__(self, found: list[Match], language: str):
        self.found = found
        self.language = language
        self.denied = grammar.denied(found)
        self.nouns = {
            i: grammar.noun_of(found, i, language) for i, match in enumerate(found) if grammar.is_adjective(match)
        }
        self.masculine = any(not _MASCULINE.isdisjoint(match.words) for match in found)
        self.subjects: list[_Subject] = []
        self.owned: dict[int, list[_Subject]] = {}  # position of a noun -> the subjects that it names
        self.world: dict[str, str] = {}
        self.weak: dict[str, str] = {}  # what other words imply about the world
        self.place_at = -2
        self.effective: set[int] = set()  # positions that changed or confirmed the description
        self.silent: set[int] = set()  # positions that are part of a neighbour
        self.umbrellas: list[tuple[_Subject, str, int]] = []  # colours that hold where the clothes have none
        self.camera_clause: set[int] = set()  # positions where the camera is what acts

    def reading(self) -> Reading:
        self._list_subjects()
        self.riders = {
            vehicle.at: rider
            for vehicle in self.subjects
            if vehicle.kind in _MOUNTS and (rider := self._rider_of(vehicle)) is not None
        }
        for i, match in enumerate(self.found):
            if match.term is None or i in self.denied or match.is_a("stop", "negation", "number"):
                continue
            for category, value in self._meaning(i):
                if self._say(i, category, value):
                    self.effective.add(i)
        self.kinds = [subject.kind for subject in self._drawn()]  # what was named decides the place
        self._mount()
        for owner, colour, i in self.umbrellas:
            if owner.say("colour", colour):
                self.effective.add(i)
        description, guessed = self._completed(self._drawn())
        understood, ignored = self._report(description)
        return Reading(description, understood, ignored, guessed)

    # ------------------------------------------------------------------------------------------------- subjects

    def _list_subjects(self) -> None:
        governed = simile = camera = False
        count, article = 0, ""
        for i, match in enumerate(self.found):
            if not match.words:
                governed = simile = camera = False
                count, article = 0, ""
            elif i in self.denied or match.term is None:
                continue
            elif match.is_a("stop"):
                governed |= not grammar.PREPOSITIONS.isdisjoint(match.words)
                simile |= not _SIMILES.isdisjoint(match.words)
                camera |= match.words[-1] == "camera" or match.words[-1] in _VIEWERS[self.language]
                article = match.words[-1] if match.words[-1] in grammar.ARTICLES else article
            elif match.is_a("number"):
                count = int(match.term.value("number") or 2)
            elif match.is_a("subject") and not simile:
                camera = False
                governed = self._name(i, governed, article, count)
                count, article = 0, ""
            else:
                if camera:
                    self.camera_clause.add(i)
                if match.is_a("hair_colour") and article and self.nouns[i] is None and not self.subjects:
                    kind = "woman" if match.words[-1].endswith("e") else "man"  # "a blonde"
                    self.owned[i] = [self._new(kind, i, governed)]
                elif match.is_a("guitar") and not any(s.kind in PEOPLE for s in self.subjects):
                    self.owned[i] = [self._new("guitarist", i, governed)]
                if not (grammar.is_adjective(match) or match.is_a("manner")):
                    governed &= not match.is_a("action", "place", "garment", "hat", "umbrella", "hair_noun")
                    count, article = 0, ""
        self._somebody()

    def _name(self, i: int, governed: bool, article: str, count: int) -> bool:
        """Take in the subjects named at `i`; returns whether a noun joined to them stands behind a preposition."""
        match = self.found[i]
        assert match.term is not None
        if i and self.found[i - 1].is_a("stop") and self.subjects and self._joined(i):
            governed |= not self.subjects[-1].main
        for category, kind in match.term.effects:
            if category != "subject":
                continue
            neutral = kind == "person"
            if neutral:
                if self._of_somebody(i):  # "silhouette of a cowboy"
                    continue
                kind = "man" if self.masculine else "woman"
            known = [s for s in self.subjects if s.kind == kind or (neutral and s.kind in PEOPLE)]
            if known and not (article in grammar.ARTICLES or count > 1 or match.plural):
                self.owned.setdefault(i, []).append(known[-1])
                continue
            copies = count or (2 if match.plural and len(match.term.effects) == 1 and kind != "couple" else 1)
            for _ in range(min(copies, MOST_READ - len(self.subjects))):
                self.owned.setdefault(i, []).append(self._new(kind, i, governed))
                if neutral:  # two strangers: one of each
                    kind = "man" if kind == "woman" else "woman"
        if i not in self.owned:
            return False
        self.owned[i][0].features += self._unknown_before(i)
        return False

    def _of_somebody(self, i: int) -> bool:
        """True if a neutral noun only frames the person named next: "figure of a man"."""
        of = False
        for match in self.found[i + 1 : i + 5]:
            if grammar.is_person(match):
                return of
            if not (match.is_a("stop") or grammar.is_adjective(match)):
                return False
            of |= match.words[0] in ("of", "de", "d")
            if not of:
                return False
        return False

    def _joined(self, i: int) -> bool:
        """True if the noun at `i` is joined by "and" to the one before: "with a dog and a cat"."""
        for j in range(i - 1, max(-1, i - 5), -1):
            match = self.found[j]
            if match.words in (("and",), ("et",)):
                return True
            if not (
                grammar.is_adjective(match) or match.is_a("stop", "number") or (match.term is None and match.words)
            ):
                return False
        return False

    def _listed(self, i: int) -> bool:
        """True if a comma stands before the noun phrase at `i`: "a man, a woman and a child"."""
        for match in reversed(self.found[max(0, i - 4) : i]):
            if not match.words:
                return True
            if not (grammar.is_adjective(match) or match.is_a("stop", "number")):
                return False
        return False

    def _new(self, kind: str, i: int, governed: bool) -> _Subject:
        self.subjects.append(_Subject(kind, not governed, i))
        return self.subjects[-1]

    def _somebody(self) -> None:
        """Clothes or hair of nobody named, or only a pronoun: there must be somebody."""
        if any(subject.kind in PEOPLE for subject in self.subjects):
            return
        for i, match in enumerate(self.found[:-1] if not self.subjects else ()):
            word = match.words[0] if match.words else ""
            acts = any(o.is_a("action") or o.words == ("court",) for o in self.found[i + 1 : i + 4])  # not: il pleut
            if word in _SHE or (word in _HE and acts):
                self._new("woman" if word in _SHE else "man", i, False)
                return
        for i, match in enumerate(self.found):
            if match.is_a("garment", "hair_noun", "umbrella", "hat", "hairstyle") and i not in self.denied:
                self._new("man" if self.masculine else "woman", i, False)
                return

    def _unknown_before(self, i: int) -> list[str]:
        """Unknown words between an article and its noun single a character out: "a zany woman"."""
        words: list[str] = []
        for j in range(i - 1, max(-1, i - 5), -1):
            match = self.found[j]
            if match.term is None and match.words:
                words.append(match.words[0][:24])
            elif not grammar.is_adjective(match):
                article = match.words[-1:] and match.words[-1] in grammar.ARTICLES | {"the", "le", "la", "l"}
                return words if article else []
        return []

    # --------------------------------------------------------------------------------------- what a term says

    def _meaning(self, i: int) -> tuple[tuple[str, str], ...]:
        """A term's effects, with words told apart that mean two things."""
        match = self.found[i]
        assert match.term is not None
        j = i - 1
        while j >= max(0, i - 8) and (self.found[j].is_a("manner") or set(self.found[j].words) & _RELATIVES):
            j -= 1
        before = self.found[j] if j >= 0 else None
        acting = before is not None and (before.is_a("subject") or before.words in (("she",), ("he",), ("they",)))
        if match.words == ("court",) and self._runs(i):
            return (("action", "run"),)
        if match.words in (("waves",), ("wave",)) and acting:
            return (("action", "wave"),)
        if match.is_a("camera") and acting and i not in self.camera_clause and len(match.words) > 1:
            verb = matches(tokens(match.words[0]), self.language, match.words[0])[0]
            if verb.term is not None and verb.is_a("action"):
                return verb.term.effects
        if match.is_a("action") and i in self.camera_clause:
            move = _CAMERA_ACTIONS.get(match.term.value("action") or "")
            return (("camera", move),) if move else ()
        return match.term.effects

    def _runs(self, i: int) -> bool:
        """Whether a French "court" is the verb (runs) and not the adjective (short)."""
        if i and self.found[i - 1].words == ("qui",):
            return True
        noun = self.nouns.get(i)
        if noun is not None and self.found[noun].is_a("hair_noun"):
            return False
        clause = [i]
        for step in (-1, 1):
            j = i + step
            while 0 <= j < len(self.found) and self.found[j].words and abs(j - i) < 30:
                clause.append(j)
                j += step
        acts = any(self.found[j].is_a("action") for j in clause)
        someone = any(self.found[j].is_a("subject") or self.found[j].words in (("elle",), ("il",)) for j in clause)
        return someone and not acts

    def _drawn(self) -> list[_Subject]:
        """The subjects that fit into the picture, the sentence's own before those behind prepositions."""
        return sorted(self.subjects, key=lambda subject: (not subject.main, subject.at))[:MOST_SUBJECTS]

    def _say(self, i: int, category: str, value: str) -> bool:
        """Take in one effect of a term. True if it changed or confirmed the description."""
        match = self.found[i]
        if category == "subject":
            return i in self.owned and any(subject in self._drawn() for subject in self.owned[i])
        if category in WORLD:
            return self._of_world(i, category, value)
        if category in ("implied", "place?", "time?", "weather?"):
            self.weak.setdefault("place" if category == "implied" else category[:-1], value)
            return False  # decided in _report, once the world is known
        if category in ("action", "action?", "facing"):
            return self._acts(i, category.rstrip("?"), value)
        if i in self.nouns and category in ("colour", "hair_colour", "build", "hair_length", "feature", "hairstyle"):
            return self._describes(i, category, value)
        if category in ("thing", "soft", "hair_noun", "manner"):
            return False  # decided in _report
        owners = self.owned.get(i) or self._owners(i)
        return _told([self._wears(owner, category, value) for owner in owners]) and not match.is_a("negation")

    def _of_world(self, i: int, name: str, value: str) -> bool:
        if name == "place":
            if "place" in self.world and self.place_at == i - 1 and self.language == "en":  # "forest lake"
                self.silent.add(i - 1)
                del self.world["place"]
            if "place" not in self.world:
                self.place_at = i
        return self.world.setdefault(name, value) == value

    def _acts(self, i: int, name: str, said: str) -> bool:
        """A verb belongs to the noun right before it, else to the last subject that is no aside, else to the next."""
        if i in self.camera_clause or not self.subjects:
            return False
        before = [subject for subject in self.subjects if subject.at < i]
        nearest = self._nearest(i)
        if nearest:
            actors = nearest
        elif not before and i and (self.found[i - 1].term is None or grammar.is_noun(self.found[i - 1])):
            if self.found[i - 1].words:  # "ferris wheel turning, a girl ...": the wheel turns
                return False
            actors = self.subjects[:1]
        elif before:
            last = next((s for s in reversed(before) if s.main), before[-1])
            actors = [subject for subject in before if subject.at in self._together(last.at)]
        else:
            actors = self.subjects[:1]
        told = False
        for actor in actors:
            value: str | None = said
            if name == "action":
                value = guesses.action_for(actor.kind, said)
                if value is None:
                    told |= said == "stand"  # houses do
                    continue
            if name == "action" and actor.values.get("action") == "stand":
                del actor.values["action"]
            told |= actor.say(name, value)
        return told

    def _nearest(self, i: int) -> list[_Subject]:
        """The subject whose own noun phrase a participle, a "who ..." or a "de dos" at `i` continues, if any."""
        loose = self.found[i].words[0].endswith(_PARTICIPLES) or self.found[i].is_a("facing")
        for j in range(i - 1, max(-1, i - 40), -1):
            match = self.found[j]
            if not match.words or match.is_a("place", "implied", "weather", "time"):
                return []
            if j in self.owned and match.is_a("subject"):
                named = [self.riders.get(subject.at, subject) for subject in self.owned[j]]
                return named if loose else []
            if match.words == ("en",) and j == i - 1:  # "en marchant" speaks of the sentence's subject
                return []
            loose |= bool(_RELATIVES & set(match.words)) or (match.is_a("action") and self.found[i].is_a("facing"))
        return []

    def _together(self, at: int) -> set[int]:
        """Positions of the subjects that act as one with the subject at `at`: "a man and a woman dance"."""
        group = {at}
        for subject in reversed([s for s in self.subjects if s.at < at]):
            listed = len(group) > 1 and self._listed(min(group))
            if not (subject.main and (listed or self._joined(min(group)))) or "action" in subject.values:
                break
            group.add(subject.at)
        return group

    def _owners(self, i: int) -> list[_Subject]:
        """Whose coat, hat or hair it is: the person right after it (red-haired woman), the last one, the next."""
        if self.language == "en":
            following, _ = grammar.next_noun(self.found, i)
            if following is not None and grammar.is_person(self.found[following]) and following in self.owned:
                return self.owned[following]
        people = [subject for subject in self.subjects if subject.kind in PEOPLE]
        before = [subject for subject in people if subject.at <= i]
        if not before:
            return people[:1]
        return [subject for subject in before if subject.at == before[-1].at]

    def _wears(self, owner: _Subject, name: str, value: str) -> bool:
        if name in ("hat", "umbrella"):
            return owner.say(name, True)
        if name == "feature":
            owner.features.append(value)
            return True
        if name == "guitar":
            if owner.kind in ("man", "woman", "child", "dancer"):
                if owner.kind != "man":
                    owner.features.append(owner.kind)
                owner.kind = "guitarist"
            return owner.kind == "guitarist"
        return name in ("garment", "hair", "hairstyle", "colour", "build") and owner.say(name, value)

    def _mount(self) -> None:
        """Riders and what they ride become one subject, as they are drawn.

        A person who rides has a bicycle, a person who drives a car; a horse that is ridden keeps its rider's looks.
        """
        for vehicle in [subject for subject in self.subjects if subject.at in self.riders]:
            rider = self.riders[vehicle.at]
            if vehicle is rider or vehicle.kind not in _MOUNTS:
                continue
            rider.values["action"] = _MOUNTS[vehicle.kind]
            if vehicle.kind == "horse":
                rider.features.append(rider.kind)
                rider.kind = "horse"
                rider.values.pop("colour", None)
                if "colour" in vehicle.values:
                    rider.values["colour"] = vehicle.values["colour"]
            else:
                self.effective -= {i for i, noun in self.nouns.items() if noun == vehicle.at}  # its colour is not drawn
            self.subjects.remove(vehicle)

    def _rider_of(self, vehicle: _Subject) -> _Subject | None:
        """Who is on or in a vehicle: "a boy rides a bike", "a woman in a coat on a horse", "on horseback"."""
        people = [s for s in self.subjects if s.at <= vehicle.at and s.kind in ("man", "woman", "child")]
        if not people:
            return None
        actors = [s for s in people if s.main] or people
        if self.found[vehicle.at].is_a("action"):
            return actors[-1]
        seated = False
        for match in reversed(self.found[max(0, vehicle.at - 9) : vehicle.at]):
            if match.is_a("action"):
                rides = match.term is not None and match.term.value("action") in ("ride", "drive", "sit")
                return actors[-1] if rides else None
            if grammar.is_person(match):
                return people[-1] if seated else None
            if match.is_a("stop") and len(match.words) == 1 and match.words[0] in _ABOARD[self.language]:
                seated = True
            elif not match.words or (match.is_a("stop") and not grammar.PREPOSITIONS.isdisjoint(match.words)):
                if not seated:
                    return None
            elif match.is_a("place", "subject", "weather", "time"):
                return None
        return None

    def _describes(self, i: int, category: str, value: str) -> bool:
        """An adjective tells something about its noun."""
        noun = self.nouns[i]
        if category == "hairstyle":
            owners = self._owners(i) if noun is None else self.owned.get(noun) or self._owners(noun)
            return _told([owner.kind in PEOPLE and owner.say(category, value) for owner in owners])
        if noun is None:
            owners = self.owned.get(i, [])
            return category == "hair_colour" and _told([owner.say("hair", value) for owner in owners])
        head = self.found[noun]
        if noun in self.denied:
            return False
        if head.is_a("subject"):
            return _told([self._describes_subject(owner, i, category, value) for owner in self.owned.get(noun, [])])
        if head.is_a("hair_noun", "hairstyle"):
            if category == "hair_length":
                styled = any(other.is_a("hairstyle") for other in self.found[max(0, noun - 3) : noun + 3])
                return not styled and _told([owner.say("hairstyle", value) for owner in self._owners(noun)])
            said = _HAIR_OF_COLOUR.get(value, value) if category == "colour" else value
            return category in ("colour", "hair_colour") and _told(
                [owner.say("hair", said) for owner in self._owners(noun)]
            )
        if category == "colour" and head.is_a("garment"):
            worn = head.term.value("garment") if head.term else None
            owners = [owner for owner in self._owners(noun) if owner.values.get("garment") in (None, worn)]
            return _told([owner.say("colour", value) for owner in owners])
        if category == "colour" and head.is_a("umbrella"):  # drawn in the colour of the clothes
            owners = self._owners(noun)
            self.umbrellas += [(owner, value, i) for owner in owners]
            return False
        painted = head.term is not None and head.term.value("implied") in _PAINTED_PLACES
        if category == "colour" and (painted or head.is_a("thing", "place")):
            return self.world.setdefault("accent", value) == value
        return False

    def _describes_subject(self, owner: _Subject, i: int, category: str, value: str) -> bool:
        person = owner.kind in PEOPLE
        hair = category == "hair_colour" or (category == "colour" and self.found[i].words[-1] in _FRENCH_HAIR)
        if hair:
            return owner.say("hair", value) if person else owner.say("colour", _COAT_OF_HAIR.get(value, value))
        if category == "colour":
            beside = i + 1 in self.owned or i - 1 in self.owned
            if person and beside and value in _SKIN and owner.kind not in ("astronaut", "dancer"):
                return False
            return owner.say("colour", value)
        if category == "feature":
            owner.features.append(value)
            return True
        return category == "build" and person and owner.say("build", value)

    # ------------------------------------------------------------------------------------------ the whole reading

    def _completed(self, subjects: list[_Subject]) -> tuple[Description, tuple[str, ...]]:
        refused = {effect for i in self.denied if self.found[i].term for effect in self.found[i].term.effects}
        world, guessed = dict(self.world), []
        for name, value in self.weak.items():
            if (name, value) not in refused:
                world.setdefault(name, value)
        kinds = [subject.kind for subject in subjects]
        said = frozenset(word for match in self.found for word in match.words)
        place = world.get("place") or guesses.place_for(self.kinds, world.get("weather"), world.get("look"), said)
        for name, value in (
            ("place", place), ("time", guesses.time_for(place)), ("weather", "clear"),
            ("look", guesses.look_for(place)), ("camera", "static"), ("size", guesses.size_for(kinds)),
        ):  # fmt: skip
            if name not in world:
                world[name] = value
                guessed.append(f"{name}: {value}")
        return Description(subjects=tuple(subject.described() for subject in subjects), **world), tuple(guessed)

    def _report(self, description: Description) -> tuple[tuple[str, ...], tuple[str, ...]]:
        understood: list[str] = []
        ignored: list[str] = []
        last = -2  # position of the last understood match
        for i, match in enumerate(self.found):
            if not match.words or i in self.silent or match.is_a("stop", "number"):
                continue
            if i in self.denied:
                if match.is_a("negation"):
                    j = i + 1
                    while j in self.denied and not self.found[j].is_a("negation"):
                        j += 1
                    while j > i + 1 and self.found[j - 1].is_a("stop"):
                        j -= 1
                    if j > i + 1:
                        understood.append(" ".join(other.written for other in self.found[i:j]))
            elif self._counts(i, description):
                if last == i - 1 and understood and self._one_phrase(i):
                    understood[-1] += " " + match.written
                else:
                    understood.append(match.written)
                last = i
            else:
                ignored.append(match.written)
        return tuple(dict.fromkeys(understood)), tuple(dict.fromkeys(ignored))

    def _one_phrase(self, i: int) -> bool:
        """Whether the match at `i` is said in one breath with the one before: "red coat", "slow dolly in"."""
        if self.found[i].is_a("manner") or self.found[i - 1].is_a("manner"):
            return True
        one, other = self.nouns.get(i - 1, -1), self.nouns.get(i, -2)
        return one in (i, other) or other == i - 1

    def _counts(self, i: int, description: Description) -> bool:
        """Whether the match at `i` is part of what the picture shows."""
        match = self.found[i]
        if i in self.effective:
            return True
        if match.term is None:
            return False
        if match.is_a("manner"):
            return any(0 <= j < len(self.found) and self.found[j].is_a("action", "camera") for j in (i - 1, i + 1))
        if match.term.categories <= {"thing", "hair_noun", "hairstyle"}:
            return any(noun == i and adjective in self.effective for adjective, noun in self.nouns.items())
        for category, value in match.term.effects:
            name = "place" if category == "implied" else category.rstrip("?")
            if name in WORLD and getattr(description, name) == value:
                return True
        return False
