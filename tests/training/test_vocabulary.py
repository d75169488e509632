"""The vocabulary covers the captions that the worlds write."""

from oner.model.text import words_of
from oner.training.vocabulary import build_vocabulary, random_captions


def test_other_captions_have_no_unknown_words_and_fit():
    """2,000 captions teach every word of another 500 but rare ones, and hardly any is longer than 48 words."""
    vocabulary = build_vocabulary(2000, seed=1)
    others = list(random_captions(500, seed=2))
    unknown = [word for text in others for word in vocabulary.unknown(text)]
    assert len(unknown) <= 5
    assert sum(len(words_of(text)) > 48 for text in others) <= 5


def test_both_languages_are_in_it():
    """English and French words stand side by side, the same at every call."""
    vocabulary = build_vocabulary(400, seed=1)
    assert {"woman", "femme", "black", "noir"} <= set(vocabulary.words)
    assert build_vocabulary(400, seed=1).words == vocabulary.words
