"""What words outside the worlds' vocabulary become."""

import json
from collections import Counter
from pathlib import Path

import pytest

from oner.engines.things import _TABLES, _table, likenesses
from oner.worlds import description as worlds
from oner.worlds.language import read
from oner.worlds.vocabulary import language_of, tokens

FREE_PROMPTS = json.loads(Path(__file__).with_name("free_prompts.json").read_text("utf-8"))
VALUES = {
    "subject": (*worlds.SUBJECTS, "person"), "place": worlds.PLACES, "time": worlds.TIMES, "weather": worlds.WEATHERS,
    "look": worlds.LOOKS, "colour": worlds.COLOURS, "garment": worlds.GARMENTS, "guitar": ("",), "hat": ("",),
}  # fmt: skip


def found(prompt):
    language = language_of(tokens(prompt))
    return {like.written: f"{like.category}:{like.value}" for like in likenesses(prompt, language)}


def test_every_entry_is_in_the_worlds_vocabulary():
    """A table never names a thing that cannot be drawn."""
    for name in (*_TABLES["en"], *_TABLES["fr"]):
        for entry in set(_table(name)[0].values()):
            category, _, value = entry.partition(":")
            assert value in VALUES[category], f"{name}: {entry}"


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "this film shows a {}"), ("fr", "dans ce film on voit un {}")]
)
def test_every_replacement_is_understood(language, sentence):
    """The words put in place of an unknown one read back as the entry that they stand for."""
    entries = {entry for name in _TABLES[language] for entry in _table(name)[0].values()}
    example = {entry: word for name in _TABLES[language] for word, entry in _table(name)[0].items()}
    for entry in entries:
        likes = [like for like in likenesses(sentence.format(example[entry]), language) if like.value in entry]
        if not likes:
            continue  # the lexicon knows this word itself
        like = likes[0]
        coat = {"en": "coat in {}", "fr": "manteau {}"}[language] if like.category == "colour" else "{}"
        said = sentence.format(coat.format(like.said))
        scene = read(said).description
        if like.category in ("place", "time", "weather", "look"):
            assert getattr(scene, like.category) == like.value, (entry, said)
        elif like.category == "subject" and like.value != "person":
            assert [subject.kind for subject in scene.subjects][:1] == [like.value], (entry, said)
        else:
            assert scene.subjects, (entry, said)


def test_free_words_are_understood_or_left_alone():
    """Of the half that no table was written for: at least nine in ten replacements are right, and at least 70 % of the
    English and 40 % of the French words with an answer are found."""
    counts = Counter()
    for row in FREE_PROMPTS:
        if row["half"] != "check":
            continue
        likes = found(row["prompt"])
        for term, right in row["terms"].items():
            got = next((entry for word, entry in likes.items() if term.lower() in word.lower()), None)
            verdict = "left" if got is None else "right" if got.split(":")[1] in right else "wrong"
            counts[row["language"], verdict] += 1
            counts[row["language"], "answers"] += bool(right)
    for language, share in (("en", 0.7), ("fr", 0.4)):
        assert counts[language, "right"] >= 0.9 * (counts[language, "right"] + counts[language, "wrong"])
        assert counts[language, "right"] >= share * counts[language, "answers"]


def test_the_longest_words_win():
    """Names of several words are taken whole."""
    assert found("a picnic in the garden of zorg at machu picchu")["machu picchu"] == "place:mountains"
    assert "shopping mall" in found("a shopping mall")


def test_known_words_are_left_to_the_lexicon():
    """What the worlds understand is never replaced."""
    assert found("a woman in a red coat walks in a city street at night") == {}


def test_plurals_stay_plural():
    """Two corgis are two dogs, and several empresses are women."""
    assert [like.said for like in likenesses("two corgis and three empresses", "en")] == ["dogs", "women"]
    assert [like.said for like in likenesses("deux ânes", "fr")] == ["chevaux"]


def test_names_are_known_in_french_prompts():
    """A capitalised name is looked up among the English ones too."""
    assert found("une femme marche à Reykjavik") == {"Reykjavik": "place:city street"}
