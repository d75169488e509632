import math

import pytest
import torch

from oner.model.blocking import (
    ACTOR,
    ACTORS,
    CAMERA,
    MOVES,
    NUMBERS,
    SLOTS,
    BlockingReader,
    cast_words,
    moments_of,
    token_features,
    token_moves,
    token_spots,
)
from oner.model.checkpoint import tiny_native
from oner.model.text import PAD, Vocabulary
from oner.model.transformer import token_places

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
    assert torch.equal(token_moves(alone, H, W), token_moves(garbage, H, W))
    told = [reader(numbers, words, owner, H, W, token_moves(numbers, H, W)) for numbers in (alone, garbage)]
    assert torch.allclose(*told)


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


PLACES = token_places(H, W, torch.device("cpu"))


def test_what_stands_still_comes_from_where_it_is():
    """Nothing moves and every token is at its own place, as long as neither camera nor actor moves."""
    still = standing().expand(2, 3, 2, NUMBERS)
    moves = token_moves(still, H, W)
    assert moves.shape == (2, 3, H * W, MOVES)
    flags = moves[0, 0].amax(0) == 1  # that an actor is seen; that there was a frame before is not in the first
    assert flags.sum() == 1
    assert moves[:, :, :, ~flags][..., :-1].abs().max() < 1e-4
    assert moves[:, 0, :, -1].max() == 0
    assert moves[:, 1:, :, -1].min() == 1
    assert torch.allclose(token_spots(still, H, W), PLACES.expand(2, 3, H * W, 2), atol=1e-4)


def test_turning_the_camera_moves_everything_alike():
    """Half a token to the left: what is seen comes from half a token further left, and is placed there."""
    step = math.radians(30) / H * 0.5  # near the middle of the picture
    turning = torch.cat([standing(), standing(yaw=step)], 1)
    middle = PLACES.abs().amax(-1) <= 1
    spots = token_spots(turning, H, W)[0, 1]
    assert torch.allclose(spots[middle], (PLACES - torch.tensor([0.0, 0.5]))[middle], atol=0.05)
    moves = token_moves(turning, H, W)[0, 1].reshape(H * W, -1)
    columns = moves[:, : 3 * 5 * 4].reshape(H * W, 3, 5, 2, 2)[:, :2, :, 0, 0]  # from the frame before, fine, sideways
    assert torch.allclose(columns[middle], torch.full((9, 2, 5), 0.5), atol=0.05)


def test_going_forward_draws_the_near_apart_more_than_the_far():
    """What lies in the corner comes from further in, the nearer the more; the middle stays."""
    nearer = torch.cat([standing(), standing(eye=(0.0, 0.9, 5.0))], 1)
    moves = token_moves(nearer, H, W)[0, 1, :, : 3 * 5 * 4].reshape(H, W, 3, 5, 2, 2)[:, :, 0, 1:, 1, 0]
    assert moves[2, 4].abs().max() < 1e-5
    assert (moves[2, 8].diff() < 0).all()
    assert (moves[2, 8] > 0).all()
    assert (moves[2, 0] < 0).all()
    spots = token_spots(nearer, H, W)[0, 1].reshape(H, W, 2)
    assert (spots[:, 8, 1] < 4).all()


def test_who_walks_is_followed():
    """The token on the actor is told the actor's step; tokens beside it are told nothing, nor is anyone nowhere."""
    walks = torch.cat([standing(), standing(x=0.5)], 1)
    moves = token_moves(walks, H, W)[0, 1].reshape(H, W, -1)
    assert moves[2, :, 3 * 5 * 4].tolist() == [0, 0, 0, 0, 1, 1, 0, 0, 0]  # a third of the way to the next column
    assert torch.allclose(moves[2, 4:6, 3 * 5 * 4 + 1], torch.tensor(0.78), atol=0.02)  # sideways, in tokens
    assert moves[:, 0, 3 * 5 * 4 : -1].abs().max() == 0
    walks[..., CAMERA] = 0
    assert token_moves(walks, H, W)[..., 3 * 5 * 4 : -1].abs().max() == 0


def test_what_is_behind_the_camera_has_a_place():
    """Turned round or passed by, every number stays one."""
    torch.manual_seed(1)
    wild = torch.randn(2, 4, 2, NUMBERS) * 5
    assert token_moves(wild, H, W).isfinite().all()
    assert token_spots(wild, H, W).isfinite().all()


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
