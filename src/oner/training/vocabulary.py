"""The native model's vocabulary: every word that the captions of random worlds use."""

from collections.abc import Iterable, Iterator
from random import Random

from ..model.text import Vocabulary
from ..worlds.captions import caption
from ..worlds.random_worlds import random_description

CAPTIONS = 20_000  # half of each language; the rarest word is then seen some thirty times


def build_vocabulary(captions: int = CAPTIONS, seed: int = 0) -> Vocabulary:
    """The words of some random captions. The same for the same generator, number and seed."""
    return Vocabulary.from_texts(random_captions(captions, seed))


def with_words_of(vocabulary: Vocabulary, texts: Iterable[str]) -> Vocabulary:
    """The vocabulary and the words of some more captions."""
    return Vocabulary([*vocabulary.words, *Vocabulary.from_texts(texts).words])


def random_captions(count: int, seed: int = 0) -> Iterator[str]:
    """Long captions of random worlds, English and French in turn, two to a world."""
    rng = Random(f"oner vocabulary {seed}")
    for _ in range((count + 1) // 2):
        description = random_description(rng)
        for language in ("en", "fr"):
            yield caption(description, language, rng)
