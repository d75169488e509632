"""Prompts become numbers and numbers become tokens."""

import pytest
import torch

from oner.errors import RequestError
from oner.model.presets import TextConfig
from oner.model.text import BUCKETS, EMPTY, PAD, TextEncoder, Vocabulary, words_of

TINY = TextConfig(width=32, layers=2, heads=2, length=12)


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def vocabulary():
    return Vocabulary.from_texts(["A red coat, under an umbrella.", "Une forêt à l'aube"])


@pytest.fixture
def encoder(vocabulary):
    torch.manual_seed(0)
    return TextEncoder(TINY, len(vocabulary)).eval()


def test_words_are_lower_case_with_accents_and_without_punctuation_and_articles():
    """What a picture cannot show is not read."""
    assert words_of("Un homme, vu de dos, à l'aube. Close-up!") == ["homme", "vu", "dos", "à", "aube", "close", "up"]
    assert words_of("fore\u0302t") == ["forêt"]  # a combining accent is the same letter


def test_a_vocabulary_survives_json(vocabulary):
    """The same words have the same numbers after writing and reading."""
    again = Vocabulary.from_json(vocabulary.to_json())
    assert again.words == vocabulary.words
    assert torch.equal(again.encode(["Red forêt"])[0], vocabulary.encode(["Red forêt"])[0])


def test_numbers_do_not_depend_on_the_order_of_the_captions():
    """Words are numbered alphabetically."""
    assert Vocabulary.from_texts(["red coat", "blue"]).words == Vocabulary.from_texts(["blue", "coat red"]).words


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"words": ["b", "a"], "buckets": 64}', '{"words": "ab", "buckets": 64}']
)
def test_a_damaged_vocabulary_is_refused(text):
    """Anything but a sorted list of words is an error."""
    with pytest.raises(RequestError, match="vocabulary is damaged"):
        Vocabulary.from_json(text)


def test_another_number_of_buckets_is_refused():
    """It would shift every number."""
    with pytest.raises(RequestError, match="32 buckets"):
        Vocabulary.from_json('{"words": [], "buckets": 32}')


def test_prompts_are_padded_and_cut_to_the_length(vocabulary):
    """Short prompts are padded, long ones cut, and the mask tells which words are said."""
    ids, mask = vocabulary.encode(["red coat", "red " * 50], length=6)
    assert ids.shape == mask.shape == (2, 6)
    assert ids.dtype == torch.int64
    assert mask.tolist() == [[True] * 2 + [False] * 4, [True] * 6]
    assert (ids[0, 2:] == PAD).all()


@pytest.mark.parametrize("text", ["", "  ", "…!?", "🎸🎸", "the"])
def test_a_prompt_without_words_is_the_empty_token(vocabulary, text):
    """Nothing said is said by one token of its own."""
    ids, mask = vocabulary.encode([text])
    assert ids[0, 0] == EMPTY
    assert mask.sum() == 1


def test_unknown_words_fall_into_buckets(vocabulary):
    """The same unknown word always falls into the same bucket, the same on every machine."""
    ids, _ = vocabulary.encode(["zeppelin zeppelin red"])
    assert ids[0, :3].tolist() == [59, 59, vocabulary.id_of("red")]
    assert 2 <= ids[0, 0] < 2 + BUCKETS
    assert vocabulary.unknown("a red Zeppelin") == ["zeppelin"]
    assert "red" in vocabulary
    assert len(vocabulary) == 2 + BUCKETS + len(vocabulary.words)


def test_padding_changes_nothing(vocabulary, encoder):
    """A prompt gives the same tokens alone, beside a longer one and with more padding."""
    alone = encoder(*vocabulary.encode(["red coat"], length=2))
    padded = encoder(*vocabulary.encode(["red coat", "red coat under umbrella forêt aube"], length=12))
    assert torch.allclose(alone[0], padded[0, :2], atol=1e-5)
    assert (padded[0, 2:] == 0).all()


def test_order_and_words_matter(vocabulary, encoder):
    """Other words or another order give other tokens."""
    tokens = encoder(*vocabulary.encode(["red coat", "coat red", "red umbrella"], length=2))
    assert not torch.allclose(tokens[0].mean(0), tokens[1].mean(0), atol=1e-3)
    assert not torch.allclose(tokens[0, 0], tokens[2, 0], atol=1e-3)  # "red" reads what it belongs to


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_row_that_says_nothing_is_zero(encoder, dtype):
    """No NaN comes of a prompt masked out whole, in the result or in the gradient."""
    encoder = encoder.to(dtype)
    mask = torch.zeros(2, 5, dtype=torch.bool)
    mask[1, 0] = True
    tokens = encoder(torch.zeros(2, 5, dtype=torch.int64), mask)
    tokens.float().square().sum().backward()
    assert tokens.dtype == dtype
    assert (tokens[0] == 0).all()
    assert tokens[1, 0].float().isfinite().all()
    assert all(weights.grad.isfinite().all() for weights in encoder.parameters())


def test_a_prompt_longer_than_the_encoder_is_refused(encoder):
    """The positions end at the configured length."""
    with pytest.raises(RequestError, match="prompts of 13 words"):
        encoder(torch.zeros(1, 13, dtype=torch.int64), torch.ones(1, 13, dtype=torch.bool))


def test_heads_divide_the_width():
    """A width that the heads cannot share is refused."""
    with pytest.raises(RequestError, match="width 30"):
        TextEncoder(TextConfig(width=30, layers=1, heads=4), 70)
