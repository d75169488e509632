"""Free prompts rewritten in the language that the native model was taught: the captions of the worlds.

A prompt, English or French, becomes a description, and the description its long English caption. Words that the worlds
do not draw become the nearest thing that they do (`things.py`), and every such change is told; what nothing comes near
to, or what contradicts an earlier word, is left out and told too.
"""

from dataclasses import dataclass, replace

from ..errors import RequestError
from ..worlds.captions import caption
from ..worlds.description import PEOPLE, Description, Reading, SubjectDescription
from ..worlds.grammar import ARTICLES, is_adjective
from ..worlds.guesses import INDOORS, action_for, size_for
from ..worlds.language import WORLD, person_words, read
from ..worlds.vocabulary import Match, language_of, matches, tokens
from .things import Likeness, likenesses

LONGEST = 32_000  # characters
MOST_SUBJECTS = 3  # in one picture of the training data
MOST_TOLD = 40  # words left out that are told one by one
# What captions can say of a subject and the captions of random worlds never do: the model has not seen these words.
UNTAUGHT = frozenset(
    ["small", "rusty", "vintage", "beard", "moustache", "jeans", "gloves", "tattoo", "sneakers", "mask"]
)
_ONCE = frozenset(["place", "time", "weather", "look"])  # a picture has one of each


@dataclass(frozen=True)
class Rewriting:
    """What the model is told, and what became of the prompt's words."""

    caption: str
    description: Description
    understood: tuple[str, ...]  # phrases of the prompt, then replacements: "corgi -> dog"
    left_out: tuple[str, ...]  # phrases, with the reason in brackets where there is one
    guessed: tuple[str, ...]  # "time: night", what the prompt did not say


def rewrite(prompt: str, before: Description | None = None) -> Rewriting:
    """A prompt in the model's own words. `before` is the description of the prompt before it in a storyboard: what the
    new prompt does not say stays as it was, and "she turns" is said of the woman who is already there.

    Raises RequestError for a prompt that is empty or longer than 32,000 characters.
    """
    prompt = prompt.strip()
    if not prompt:
        raise RequestError("the prompt is empty: say what the picture shows")
    if len(prompt) > LONGEST:
        raise RequestError(f"the prompt has {len(prompt)} characters: {LONGEST} at most")
    language = language_of(tokens(prompt))
    said, taken, refused = _replaced(prompt, language)
    reading = read(said)
    left_out = [*refused.values(), *_ignored(reading, said, refused)]
    description, guessed = reading.description, reading.guessed
    if before is not None:
        description, guessed = _continued(said, reading, before)
    description, untaught = _drawable(description)
    left_out += untaught
    if not any(token.text for token in tokens(prompt)):
        left_out.append(f"{prompt[:40]} (no words)")
    replacements = {like.said for like in taken}
    understood = [phrase for phrase in reading.understood if phrase not in replacements and phrase not in untaught]
    understood += dict.fromkeys(f"{like.written} -> {like.value}" for like in taken)
    return Rewriting(caption(description), description, tuple(understood), _told(left_out), guessed)


def _told(words: list[str]) -> tuple[str, ...]:
    unique = list(dict.fromkeys(words))
    more = len(unique) - MOST_TOLD
    return tuple(unique) if more <= 0 else (*unique[:MOST_TOLD], f"and {more} words more")


def _replaced(prompt: str, language: str) -> tuple[str, list[Likeness], dict[str, str]]:
    """The prompt with unknown words replaced, the replacements, and why others were not made, by the word."""
    guessed = {guess.partition(":")[0] for guess in read(prompt).guessed}
    world: dict[str, str] = {}
    taken: list[Likeness] = []
    refused: dict[str, str] = {}
    said, end = "", 0
    for like in likenesses(prompt, language):
        if like.category in _ONCE:
            if like.category not in guessed or world.get(like.category, like.value) != like.value:
                other = world.get(like.category) or getattr(read(prompt).description, like.category)
                refused[like.written] = f"{like.written} ({like.category} is {other} already)"
                continue
            world[like.category] = like.value
        taken.append(like)
        said += prompt[end : like.start] + like.said
        end = like.end
    said += prompt[end:]
    description = read(said).description
    missed = [like for like in taken if not _took_effect(like, description)]
    refused |= {like.written: f"{like.written} (as {like.value} it changes nothing)" for like in missed}
    return said, [like for like in taken if like not in missed], refused


def _took_effect(like: Likeness, description: Description) -> bool:
    subjects = description.subjects
    if like.category in _ONCE:
        return getattr(description, like.category) == like.value
    if like.category == "subject":
        return any(subject.kind == like.value or like.value == "person" for subject in subjects)
    if like.category == "hat":
        return any(subject.hat for subject in subjects)
    if like.category == "guitar":
        return any(subject.kind == "guitarist" or subject.action == "play" for subject in subjects)
    accent = description.accent if like.category == "colour" else None
    return like.value in (accent, *(getattr(subject, like.category) for subject in subjects))


def _ignored(reading: Reading, said: str, refused: dict[str, str]) -> list[str]:
    """The words that changed nothing, with the reason where another word of the prompt is it."""
    left = []
    found = matches(tokens(said), language_of(tokens(said)), said)
    told = {word for phrase in refused for word in phrase.split()}
    for phrase in reading.ignored:
        if phrase in told:
            continue
        match = next((match for match in found if match.written == phrase), None)
        effects = match.term.effects if match is not None and match.term is not None else ()
        reasons = [
            f"{phrase} ({name} is {getattr(reading.description, name)} already)"
            for category, value in effects
            if (name := "place" if category == "implied" else category.rstrip("?")) in WORLD
            and getattr(reading.description, name) != value
        ]
        left.append(reasons[0] if reasons else phrase)
    return left


def _drawable(description: Description) -> tuple[Description, list[str]]:
    """The description without what the model was never taught, and what was taken out."""
    out: list[str] = []
    subjects = []
    for subject in description.subjects[:MOST_SUBJECTS]:
        parts = subject.person.split(", ")
        out += [part for part in parts if part in UNTAUGHT]
        subjects.append(replace(subject, person=", ".join(part for part in parts if part not in UNTAUGHT)))
    out += [
        f"{subject.kind} (a picture has {MOST_SUBJECTS} subjects at most)"
        for subject in description.subjects[MOST_SUBJECTS:]
    ]
    return replace(description, subjects=tuple(subjects)), out


# ----------------------------------------------------------------------------------------------- storyboards


def _continued(said: str, reading: Reading, before: Description) -> tuple[Description, tuple[str, ...]]:
    """The reading with what it only guessed taken from the description before."""
    unsaid = {guess.partition(":")[0] for guess in reading.guessed}
    kept = {name: getattr(before, name) for name in WORLD if name in unsaid}
    description = replace(reading.description, **kept)
    if "place" in unsaid and description.accent is None:
        description = replace(description, accent=before.accent)
    found = matches(tokens(said), language_of(tokens(said)), said)
    subjects = _cast(found, description.subjects, before.subjects, stay="place" in unsaid)
    if not subjects and "size" in kept:
        kept["size"] = size_for([])
    if description.place in INDOORS and "weather" in kept:
        kept["weather"] = "clear"
    guessed = [f"{name}: {value}" + " (as before)" * (value == getattr(before, name)) for name, value in kept.items()]
    return replace(description, subjects=subjects, **kept), tuple(guessed)


def _cast(
    found: list[Match],
    named: tuple[SubjectDescription, ...],
    before: tuple[SubjectDescription, ...],
    stay: bool,
) -> tuple[SubjectDescription, ...]:
    """Who is in the picture: those before, changed as the prompt says, then those who are new. `stay`: the place does,
    and with it those whom the prompt does not name."""
    new_kinds = _introduced(found)
    cast: list[SubjectDescription | None] = [None] * len(before)
    new: list[SubjectDescription] = []
    for subject in named:
        old = None if subject.kind in new_kinds else _same(subject, before, cast)
        if old is None:
            new.append(subject)
        else:
            cast[old] = _changed(before[old], subject)
    if stay:
        action = (
            next((m.term.value("action") for m in found if m.term and m.is_a("action")), None) if not named else None
        )
        for i, subject in enumerate(before):
            if cast[i] is None:
                done = action_for(subject.kind, action) if action else None
                cast[i] = replace(subject, action=done) if done else subject
    return (*(subject for subject in cast if subject is not None), *new)


def _introduced(found: list[Match]) -> set[str]:
    """Kinds of the subjects that come with an indefinite article: somebody new."""
    kinds: set[str] = set()
    for i, match in enumerate(found):
        if match.term is None or not match.is_a("subject"):
            continue
        j = i - 1
        while j >= 0 and found[j].words and (found[j].term is None or is_adjective(found[j])):
            j -= 1
        if j >= 0 and found[j].words and found[j].words[-1] in ARTICLES:
            named = {value for category, value in match.term.effects if category == "subject"}
            kinds |= named | ({"man", "woman"} if "person" in named else set())
    return kinds


def _same(
    subject: SubjectDescription, before: tuple[SubjectDescription, ...], cast: list[SubjectDescription | None]
) -> int | None:
    """Position of the subject before that is meant: of the same kind, or else any person for a person."""
    free = [i for i in range(len(before)) if cast[i] is None]
    same = [i for i in free if before[i].kind == subject.kind]
    people = [i for i in free if before[i].kind in PEOPLE and subject.kind in ("man", "woman")]
    return next(iter([*same, *people]), None)


def _changed(old: SubjectDescription, new: SubjectDescription) -> SubjectDescription:
    """The same subject with what the new prompt says of it."""
    said = {
        name: value
        for name in ("colour", "action", "garment", "hair", "hairstyle", "build")
        if (value := getattr(new, name)) is not None
    }
    if new.facing != "side" or new.action == "turn":
        said["facing"] = new.facing
    changed = replace(old, **said, hat=old.hat or new.hat, umbrella=old.umbrella or new.umbrella)
    fixed = person_words(replace(old, kind="")).split(", ")
    features = [part for part in old.person.split(", ")[1:] if part not in fixed]
    return replace(changed, person=person_words(changed, tuple(features)))
