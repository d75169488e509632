"""A description becomes a caption in English or French that says all of it and reads back as the same description."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

from . import phrases as ph
from .description import PEOPLE, Description, SubjectDescription
from .guesses import INDOORS

T = TypeVar("T")

# What `language.person_words` keeps of a character beyond the fields, as words before or after the noun.
_BEFORE_EN = ("tall", "small", "old", "young", "rusty", "vintage")
_AFTER_EN = {
    "beard": "a beard", "moustache": "a moustache", "glasses": "glasses", "freckles": "freckles", "scarf": "a scarf",
    "boots": "boots", "jeans": "jeans", "backpack": "a backpack", "gloves": "gloves", "tattoo": "tattoos",
    "sneakers": "sneakers", "mask": "a mask",
}  # fmt: skip
_ADJECTIVES_FR = {
    "old": ("vieux", "vieille"), "young": ("jeune", "jeune"), "tall": ("grand", "grande"), "small": ("petit", "petite"),
}  # fmt: skip
_AFTER_FR = {
    "beard": "une barbe", "moustache": "une moustache", "glasses": "des lunettes", "freckles": "des taches de rousseur",
    "scarf": "une écharpe", "boots": "des bottes", "jeans": "un jean", "backpack": "un sac à dos",
    "gloves": "des gants", "tattoo": "des tatouages", "sneakers": "des baskets", "mask": "un masque",
    "rusty": "des taches de rouille",
}  # fmt: skip


def caption(description: Description, language: str = "en", rng: Random | None = None, length: str = "long") -> str:
    """Sentences that say the description in English ("en") or French ("fr").

    Without `rng` there is one canonical form; with it, order and synonyms vary. "long" says everything, so that
    `language.read` gives the description back; "short" leaves out the look, the camera and the shot size.
    Raises ValueError for another language or length.
    """
    if language not in ("en", "fr") or length not in ("long", "short"):
        raise ValueError(f"language={language!r}, length={length!r}: captions are en or fr, long or short")
    return (_English if language == "en" else _French)(description, rng).text(length)


class _Caption:
    """What both languages share: choice of words and the order of the sentences."""

    sizes: Mapping[str, Sequence[str]]
    camera: Mapping[str, Sequence[str]]
    looks: Mapping[str, Sequence[str]]
    times: Mapping[str, Sequence[str]]
    weathers: Mapping[str, Sequence[str]]

    def __init__(self, description: Description, rng: Random | None):
        self.description = description
        self.rng = rng

    def one(self, choices: Sequence[T]) -> T:
        return choices[0] if self.rng is None else self.rng.choice(choices)

    def text(self, length: str) -> str:
        d = self.description
        scene = self.scene()
        if length == "short":
            return scene[0].upper() + scene[1:] + "."
        size = self.one(self.sizes[d.size])
        first = f"{size}{self.of(scene)}"
        others = [self.one(self.camera[d.camera]), self.one(self.looks[d.look])]
        if self.rng is not None:
            self.rng.shuffle(others)
            if self.rng.random() < 0.3:  # the size on its own
                first = scene[0].upper() + scene[1:]
                others.insert(self.rng.randrange(3), size)
            if self.rng.random() < 0.3:
                joined = "".join(f", {other[0].lower() + other[1:]}" for other in others)
                return f"{first}{joined}."
        return ". ".join([first, *others]) + "."

    def scene(self) -> str:
        """Subjects, place, time and weather as one clause without a full stop."""
        d = self.description
        people = [self.subject(i) for i in range(len(d.subjects))]
        settings = [self.place(), self.one(self.times[d.time])]
        if not (d.weather == "clear" and d.place in INDOORS):
            settings.append(self.one(self.weathers[d.weather]))
        if not people:
            return self.landscape(settings)
        if self.rng is not None and self.rng.random() < 0.4:
            settings[1:] = self.rng.sample(settings[1:], len(settings) - 1)
        return " ".join([*people, ", ".join(settings)])

    def features(self, subject: SubjectDescription) -> list[str]:
        return subject.person.split(", ")[1:] if subject.person else []

    def repeated(self, i: int) -> bool:
        subjects = self.description.subjects
        return any(subject.kind == subjects[i].kind for subject in subjects[:i])

    def of(self, scene: str) -> str:
        raise NotImplementedError

    def subject(self, i: int) -> str:
        raise NotImplementedError

    def place(self) -> str:
        raise NotImplementedError

    def landscape(self, settings: list[str]) -> str:
        return ", ".join(settings)


def _listed(parts: list[str], joiner: str) -> str:
    return f" {joiner} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


class _English(_Caption):
    sizes, camera, looks, times, weathers = ph.SIZES_EN, ph.CAMERA_EN, ph.LOOKS_EN, ph.TIMES_EN, ph.WEATHERS_EN

    def of(self, scene: str) -> str:
        return f" of {scene}" if self.description.subjects else f", {scene}"

    def place(self) -> str:
        d = self.description
        where = self.one(ph.PLACES_EN[d.place])
        if d.accent is None:
            return where
        return f"{where} with {d.accent} {self.one(ph.THINGS_EN.get(d.place, ('accents', 'details')))}"

    def subject(self, i: int) -> str:
        subject = self.description.subjects[i]
        person = subject.kind in PEOPLE
        features = self.features(subject)
        noun = self.one(ph.NOUNS_EN[subject.kind])
        if subject.kind == "child":
            noun = next((word for word in ("girl", "boy") if word in features), noun)
        before = [word for word in _BEFORE_EN if word in features]
        if subject.build and subject.build != "average":
            before.append(subject.build)
        if subject.hairstyle == "bald":
            before.append("bald")
        if subject.colour and not person:
            before.append(subject.colour)
        article = "another" if self.repeated(i) else "a"
        words = [*before, noun]
        if article == "a" and words[0][0] in "aeiou":
            article = "an"
        parts = [article, *words]
        if i:
            parts.insert(0, self.one(ph.BESIDE_EN))
        if subject.build == "average":
            parts.append("of average build")
        carried = self.hair(subject) if person else []
        carried += [phrase for word, phrase in _AFTER_EN.items() if word in features]
        if carried:
            parts.append("with " + _listed(carried, "and"))
        clothes = self.clothes(subject, person)
        if clothes:
            parts.append(clothes)
        if subject.umbrella:
            parts.append(self.one(("under an umbrella", "holding an umbrella", "with an umbrella")))
        if subject.action:
            ridden = subject.action == "ride" and not person
            parts.append("ridden" if ridden else self.one(ph.ACTIONS_EN[subject.action]))
        facing = self.one(ph.FACING_EN[subject.facing])
        return " ".join([*parts, facing]).strip()

    def hair(self, subject: SubjectDescription) -> list[str]:
        style, colour = subject.hairstyle, subject.hair or ""
        if style in ("ponytail", "bob"):
            return [" ".join(["a", *([colour] if colour else []), style])]
        if style in (None, "bald"):
            return [f"{colour} hair"] if colour else []
        return [" ".join([style or "", *([colour] if colour else []), "hair"])]

    def clothes(self, subject: SubjectDescription, person: bool) -> str:
        worn = ""
        if not person:  # a ridden horse keeps its rider's clothes to itself
            return ""
        if subject.garment:
            worn = "a " + " ".join(word for word in (subject.colour, subject.garment) if word)
            worn = "an" + worn[1:] if worn[2] in "aeiou" else worn
        elif subject.colour and person:
            return f"dressed in {subject.colour}" + (" and wearing a hat" if subject.hat else "")
        worn = " and ".join(word for word in (worn, "a hat" if subject.hat else "") if word)
        return f"{self.one(('in', 'wearing'))} {worn}" if worn else ""


class _French(_Caption):
    sizes, camera, looks, times, weathers = ph.SIZES_FR, ph.CAMERA_FR, ph.LOOKS_FR, ph.TIMES_FR, ph.WEATHERS_FR

    def of(self, scene: str) -> str:
        if not self.description.subjects:
            return f", {scene}"
        return f" d'{scene}" if scene[0] in "aeiou" else f" de {scene}"

    def colour(self, name: str, gender: str) -> str:
        """A colour agreeing with a noun: gender "m", "f", "mp" or "fp"."""
        forms = ph.COLOURS_FR[name]
        if len(forms) == 1:
            return forms[0]
        word = forms[gender[0] == "f"]
        return word + "s" if gender.endswith("p") and not word.endswith("s") else word

    def place(self) -> str:
        d = self.description
        where = self.one(ph.PLACES_FR[d.place])
        if d.accent is None:
            return where
        thing, gender = self.one(ph.THINGS_FR.get(d.place, (("touches", "fp"), ("détails", "mp"))))
        return f"{where} avec des {thing} {self.colour(d.accent, gender)}"

    def subject(self, i: int) -> str:
        subject = self.description.subjects[i]
        person = subject.kind in PEOPLE
        features = self.features(subject)
        noun, gender = self.one(ph.NOUNS_FR[subject.kind])
        if subject.kind == "child" and "girl" in features:
            noun, gender = "fille", "f"
        elif subject.kind == "child" and "boy" in features:
            noun, gender = "garçon", "m"
        feminine = gender == "f"
        before = [forms[feminine] for word, forms in _ADJECTIVES_FR.items() if word in features]
        if before and before[-1] == "vieux" and noun[0] in "aeiouhéê":
            before[-1] = "vieil"
        article = "une" if feminine else "un"
        parts = [article, *(["autre"] if self.repeated(i) else []), *before, noun]
        if i:
            beside = self.one(ph.BESIDE_FR)
            parts[:2] = [f"{beside} d'{parts[0]}", parts[1]]
        if subject.colour and not person:
            parts.append(self.colour(subject.colour, gender))
        if "vintage" in features:
            parts.append("rétro")
        if subject.build:
            parts.append(ph.BUILDS_FR[subject.build][feminine])
        if subject.hairstyle == "bald":
            parts.append("chauve")
        parts += self.hair(subject) if person else []
        after = [phrase for word, phrase in _AFTER_FR.items() if word in features]
        if after:
            parts.append("avec " + _listed(after, "et"))
        clothes = self.clothes(subject, person, feminine)
        if clothes:
            parts.append(clothes)
        if subject.umbrella:
            parts.append(self.one(("sous un parapluie", "avec un parapluie")))
        if subject.action:
            action = self.one(ph.ACTIONS_FR[subject.action])
            if subject.action == "ride" and not person:
                action = "avance au pas"  # whoever rides it is left to the picture
            parts.append("qui " + (action.replace("assis", "assise") if feminine else action))
        facing = self.one(ph.FACING_FR[subject.facing])
        if feminine:
            facing = facing.replace("vu de", "vue de")
        return " ".join([*parts, facing]).strip()

    def hair(self, subject: SubjectDescription) -> list[str]:
        style, colour = subject.hairstyle, ph.HAIR_FR.get(subject.hair or "", "")
        if style in ("ponytail", "bob"):
            if not colour:
                return ["avec " + ("une queue de cheval" if style == "ponytail" else "une coupe au carré")]
            shape = "coiffés en queue de cheval" if style == "ponytail" else "coupés au carré"
            return [f"aux cheveux {colour} {shape}"]
        word = {"short": "courts", "long": "longs", "curly": "bouclés"}.get(style or "", "")
        if not word and not colour:
            return []
        return [" et ".join(["aux cheveux " + (word or colour), *([colour] if word and colour else [])])]

    def clothes(self, subject: SubjectDescription, person: bool, feminine: bool) -> str:
        worn: list[str] = []
        if not person:
            return ""
        if subject.garment:
            noun, gender = ph.GARMENTS_FR[subject.garment]
            article = "une" if gender == "f" else "un"
            worn.append(" ".join([article, noun, *([self.colour(subject.colour, gender)] if subject.colour else [])]))
        if subject.hat:
            worn.append("un chapeau")
        agreed = "e" if feminine else ""
        if not subject.garment and subject.colour and person:
            dressed = f"habillé{agreed} en {self.colour(subject.colour, 'm')}"
            return dressed + (f" et coiffé{agreed} d'un chapeau" if subject.hat else "")
        return f"portant {' et '.join(worn)}" if worn else ""
