import math

import pytest
import torch

from oner.model.blocking import (
    ACTOR,
    ACTORS,
    CAMERA,
    NUMBERS,
    SLOTS,
    BlockingReader,
    cast_words,
    moments_of,
    token_features,
)
from oner.model.checkpoint import tiny_native
from oner.model.text import PAD, Vocabulary

H, W = 5, 9


def standing(x: float = 0.0, z: float = 0.0, eye: tuple[float, float, float] = (0.0, 0.9, 6.0), yaw: float = 0.0):
    """One latent frame in which somebody of 1.8 m stands before a level camera: (1, 1, 2, N)."""
    numbers = torch.zeros(NUMBERS)
    numbers[1:4] = torch.tensor(eye)
    numbers[4], numbers[7] = yaw, math.radians(30)
    numbers[CAMERA : CAMERA + 7] = torch.tensor([2.0, x, 0.0, z, 0.0, 1.8, 0.3])
    return numbers.expand(1, 1, 2, NUMBERS)


def test_worlds_and_model_agree_on_the_numbers():
    """The rooms do not know each other; the list of numbers is one."""
    from oner.worlds import blocking as worlds

    assert (worlds.NUMBERS, worlds.CAMERA, worlds.ACTOR, worlds.ACTORS) == (NUMBERS, CAMERA, ACTOR, ACTORS)


def test_the_token_that_sees_the_actor_knows_it():
    """Its offset from the body is nought in the middle, and moves aside with actor and camera."""
    at = lambda **where: token_features(standing(**where), H, W)[1].reshape(H, W, ACTORS, 2, -1)[..., 0, 0, :]
    middle = at()
    assert middle[2, 4, :2].abs().max() < 1e-3
    assert middle[2, 4, 2] == middle[..., 2].max()  # inside the body
    right = at(x=1.0)
    assert right[2, :, 2].argmax() > 4
    assert at(yaw=0.2)[2, :, 2].argmax() > 4  # the camera turns to the left
    assert at(z=3.0)[2, 4, 15] > middle[2, 4, 15] + 0.6  # half as far, twice as large


def test_rays_meet_the_ground_below_the_horizon():
    """Of a level camera the lower rows do, the upper do not."""
    seen = token_features(standing(), H, W)[0].reshape(H, W, 2, -1)[:, :, 0]
    assert seen[3:, :, 3].all()
    assert not seen[:2, :, 3].any()
    assert torch.allclose(seen[..., :3].norm(dim=-1), torch.ones(H, W), atol=1e-5)
    assert (seen[0, :, 1] > 0).all()


def test_who_is_nowhere_says_nothing():
    """Actors of kind 0 are left out, whatever their other numbers are."""
    torch.manual_seed(0)
    reader = BlockingReader(32, 16)
    torch.nn.init.normal_(reader.actor_out.weight)
    words, owner = torch.randn(1, ACTORS, SLOTS, 16), torch.zeros(1, 1).long()
    alone = standing()
    garbage = alone.clone()
    garbage[..., CAMERA + ACTOR :] = 7.0
    garbage[..., CAMERA + ACTOR :: ACTOR] = 0.0
    assert torch.allclose(reader(alone, words, owner, H, W), reader(garbage, words, owner, H, W))


def test_what_is_not_told_is_as_if_nothing_were_there():
    """Frames without blocking are those of a call without any; told ones differ, each for itself."""
    model = tiny_native()
    b, f, c = 2, 3, model.config.transformer.channels
    ids, mask = model.vocabulary.encode(["woman walks", "red forest"], 8)
    frames = {
        "latents": torch.randn(b, f, H, W, c), "levels": torch.rand(b, f), "given": torch.zeros(b, f).bool(),
        "text": model.text(ids, mask), "text_mask": mask, "prompt_of": torch.arange(b)[:, None].expand(b, f),
        "positions": torch.arange(f).expand(b, f), "single": torch.zeros(b, f).bool(),
    }  # fmt: skip
    numbers, words = (
        standing().expand(b, f, -1, -1),
        model.text.embedded(cast_words(model.vocabulary, [[["forest"], ["red"]], []])),
    )
    without = model.transformer(**frames)
    silent = torch.zeros(b, f, dtype=torch.bool)
    assert torch.allclose(model.transformer(**frames, blocking=(numbers, silent, words)), without, atol=1e-5)
    first = silent.clone()
    first[0] = True
    told = model.transformer(**frames, blocking=(numbers, first, words))
    assert torch.allclose(told[1], without[1], atol=1e-4)
    assert not torch.allclose(told[0], without[0], atol=1e-2)
    moved = model.transformer(**frames, blocking=(standing(x=1.0).expand(b, f, -1, -1), first, words))
    assert not torch.allclose(moved[0], told[0], atol=1e-2)


def test_words_of_a_cast_are_numbers_in_their_places():
    """Articles and gaps leave a place empty; more actors or words than there is room for are left out."""
    vocabulary = Vocabulary(["red", "woman"])
    ids = cast_words(vocabulary, [[["woman", "", "red"]] * 6, []])
    assert ids.shape == (2, 1 + ACTORS, SLOTS)
    assert ids[0, 0, :3].tolist() == [vocabulary.id_of("woman"), PAD, vocabulary.id_of("red")]
    assert (ids[0] == ids[0, 0]).all()
    assert (ids[1] == PAD).all()


def test_a_latent_frame_has_its_first_and_its_last_moment():
    """The first stands for one picture, the others for four."""
    pictures = torch.arange(9.0)[:, None]
    assert moments_of(pictures)[..., 0].tolist() == [[0, 0], [1, 4], [5, 8]]
    assert moments_of(pictures[:1]).shape == (1, 2, 1)


@pytest.mark.parametrize("size", [(9, 5), (7, 7)])
def test_other_shapes_see_the_same_world(size):
    """The middle token of any shape looks along the camera."""
    seen = token_features(standing(), *size)[0].reshape(*size, 2, -1)
    assert torch.allclose(seen[size[0] // 2, size[1] // 2, 0, :3], torch.tensor([0.0, 0.0, -1.0]), atol=1e-5)
