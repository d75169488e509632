import copy

import pytest
import torch

from oner.errors import RequestError
from oner.model.blocking import ACTORS, CAMERA, NUMBERS, SLOTS
from oner.model.checkpoint import tiny_native
from oner.model.fine_blocking import Told
from oner.model.presets import PRESETS
from oner.model.tokenizer import CELLS, GROUP, HELD, PATCH, Decoder, Painted, from_patches, sampled, to_patches
from oner.training.tokenizer_run import guessed

SIZES = [(80, 144), (144, 80), (112, 112), (32, 32)]


@pytest.fixture(scope="module")
def tokenizer():
    torch.set_num_threads(1)
    model = tiny_native(1).tokenizer
    model.mean.copy_(torch.linspace(-1, 1, len(model.mean)))
    model.std.copy_(torch.linspace(0.5, 2, len(model.std)))
    model.turn.copy_(torch.linalg.qr(torch.randn(model.turn.shape, generator=torch.Generator().manual_seed(6)))[0])
    model.offset.copy_(torch.linspace(-0.5, 0.5, len(model.offset)))
    return model


def video(frames: int, size: tuple[int, int] = (32, 48), clips: int = 1):
    return torch.rand(clips, frames, *size, 3, generator=torch.Generator().manual_seed(5)) * 2 - 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("frames", [1, 5])
def test_any_aspect_and_length(tokenizer, size, frames):
    """A sixteenth of each side, four pictures to a latent frame after the first, and twice the pixels back."""
    latents = tokenizer.encode(video(frames, size))
    assert latents.shape == (1, 1 + frames // GROUP, size[0] // PATCH, size[1] // PATCH, tokenizer.config.channels)
    assert tokenizer.decode(latents).shape == (1, frames, 2 * size[0], 2 * size[1], 3)


def test_a_stream_gives_the_pictures_of_the_whole(tokenizer):
    """Latent frame by latent frame, to the bit but for the order of a few sums."""
    latents = tokenizer.encode(video(21))
    whole = tokenizer.decode(latents)
    stream = torch.cat(list(tokenizer.decode_stream(latents[:, i : i + 1] for i in range(latents.shape[1]))), 1)
    assert stream.shape == whole.shape
    assert torch.allclose(stream, whole, atol=1e-5)


def told(frames: int, known: bool = True) -> Told:
    """Of a clip of 3 x 2 latent pixels somebody who walks to the right, beside whom the camera goes in."""
    numbers = torch.zeros(1, frames, 2, NUMBERS)
    seconds = torch.arange(2 * frames).reshape(frames, 2) / 4
    numbers[0, ..., 0], numbers[0, ..., 3], numbers[0, ..., 2], numbers[0, ..., 7] = seconds, 5 - seconds, 1.2, 0.6
    numbers[0, ..., CAMERA], numbers[0, ..., CAMERA + 1], numbers[0, ..., CAMERA + 5] = 2.0, seconds / 2, 1.8
    numbers[0, ..., CAMERA + 6] = 0.3
    words = torch.arange(2, 2 + (1 + ACTORS) * SLOTS).reshape(1, 1, 1 + ACTORS, SLOTS).expand(1, frames, -1, -1)
    return Told.of(numbers, 2, 3, words, torch.tensor([known]))


def test_what_is_told_is_heard(tokenizer):
    """Told in a stream or as a whole it is the same; of a clip of which nothing is known nothing changes."""
    latents = tokenizer.encode(video(9))
    said = told(3)
    whole = tokenizer.decode(latents, said)
    stream = torch.cat(list(tokenizer.decode_stream((latents[:, i : i + 1] for i in range(3)), said)), 1)
    assert torch.allclose(stream, whole, atol=1e-4)
    plain = tokenizer.decode(latents)
    assert torch.allclose(tokenizer.decode(latents, told(3, known=False), carry=2.0), plain, atol=1e-4)
    guess = guessed(tokenizer, said, plain.shape)
    untouched = copy.deepcopy(tokenizer)
    for layer in (untouched.decoder.retouch.write, untouched.decoder.retouch.lean):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    assert torch.allclose(untouched.decode(latents, said, carry=-1e4, lean=1.0), guess, atol=1e-4)
    first, here = latents[:, :1], said.frames(slice(0, 1))
    half = (untouched.decode(first, here) + guess[:, :1]) / 2
    held = half + 0.5 * HELD * (guess[:, :1] - half)
    assert torch.allclose(untouched.decode(first, here, lean=0.5), held, atol=1e-4)
    untouched.decoder.training = True
    assert torch.allclose(untouched.decode(first, here, lean=0.5), half, atol=1e-4)
    assert torch.allclose(tokenizer.decode(latents, told(3, known=False), lean=0.5), plain, atol=1e-4)
    heard_by = ("from_moves", "look.write", "retouch.scene", "retouch.lean")
    for name in heard_by:
        hears = copy.deepcopy(tokenizer)
        for other in heard_by:
            if other != name:
                torch.nn.init.zeros_(hears.decoder.get_submodule(other).weight)
        assert not torch.allclose(hears.decode(latents, said), plain, atol=0.01), name
    unsaid = said._replace(words=torch.zeros_like(said.words))
    assert not torch.allclose(tokenizer.decode(latents, unsaid), whole, atol=0.01)


def test_more_can_be_carried_along_than_the_decoder_would(tokenizer):
    """The same in a stream and as a whole; in the limit nothing is painted anew, and the first picture stays."""
    latents, said = tokenizer.encode(video(13)), told(4)
    whole = tokenizer.decode(latents, said, 2.0)
    stream = torch.cat(list(tokenizer.decode_stream((latents[:, i : i + 1] for i in range(4)), said, 2.0)), 1)
    assert torch.allclose(stream, whole, atol=1e-4)
    plain, all_of_it = tokenizer.decode(latents, said), tokenizer.decode(latents, said, 1e4)
    assert torch.equal(whole[:, 0], plain[:, 0])
    assert not torch.allclose(whole, plain, atol=0.01)
    assert all_of_it.amax() <= plain[:, 0].amax() + 1e-3


def test_the_future_changes_nothing(tokenizer):
    """Encoder and decoder give the same for a beginning, whatever follows."""
    one, two = video(17), video(17)
    two[:, 9:] = 0
    a, b = tokenizer.encode(one), tokenizer.encode(two)
    assert torch.allclose(a[:, :3], b[:, :3], atol=1e-5)
    assert not torch.allclose(a[:, 3:], b[:, 3:], atol=0.1)
    c = a.clone()
    c[:, 3:] = 0
    assert torch.allclose(tokenizer.decode(a)[:, :9], tokenizer.decode(c)[:, :9], atol=1e-5)


def test_the_past_is_seen(tokenizer):
    """Another frame before is another picture after: detail is carried along."""
    latents = tokenizer.encode(video(9))
    changed = latents.clone()
    changed[:, 0] += 1
    assert not torch.allclose(tokenizer.decode(latents)[:, 1:5], tokenizer.decode(changed)[:, 1:5], atol=1e-3)


def test_a_still_is_a_clip_of_one_picture(tokenizer):
    """Alone or as the beginning of a clip, the first picture has the same latents."""
    whole = video(5)
    assert torch.allclose(tokenizer.encode(whole)[:, :1], tokenizer.encode(whole[:, :1]), atol=1e-5)


@pytest.mark.parametrize(
    ("frames", "size", "fault"),
    [
        (2, (32, 32), "pictures=2"),
        (4, (32, 32), "try 1 or 5"),
        (1, (40, 32), "32x40"),
        (1, (32, 33), "multiples of 16"),
    ],
)
def test_what_does_not_fit_is_refused(tokenizer, frames, size, fault):
    """With the numbers that were given and those that are allowed."""
    with pytest.raises(RequestError, match=fault):
        tokenizer.encode(video(frames, size))


@pytest.mark.parametrize("patch", [16, 32])
def test_patches_can_be_put_together_again(patch):
    """First picture and groups of four, to the bit."""
    clip = video(9, (64, 96), clips=2)
    first, groups = to_patches(clip, patch)
    h, w = 64 // patch, 96 // patch
    assert groups.shape == (2, 2, h, w, GROUP * patch * patch * 3)
    assert torch.equal(from_patches(first.flatten(2, 3), groups.flatten(2, 3), h, w, patch), clip)


def test_latents_are_brought_to_one_scale_and_back(tokenizer):
    """`raw` undoes `normal`, and only latent frames of four pictures are turned."""
    latents = torch.randn(1, 2, 2, 2, tokenizer.config.channels)
    assert torch.allclose(tokenizer.normal(tokenizer.raw(latents)), latents, atol=1e-5)
    assert torch.allclose(tokenizer.normal(tokenizer.raw(latents, 0), 0), latents, atol=1e-5)
    plain = (latents * tokenizer.std + tokenizer.mean).detach()
    assert torch.allclose(tokenizer.raw(latents)[:, 0], plain[:, 0])
    assert (tokenizer.raw(latents)[:, 1] - plain[:, 1]).abs().max() > 0.1


def test_moved_pictures_are_the_pixels_from_there():
    """Whole pixels to the bit, beyond the edge the edge."""
    picture = torch.rand(1, 3, 6, 8)
    moves = torch.tensor([2.0, -1.0])[None, :, None, None].expand(1, 2, 6, 8)
    moved = sampled(picture, moves)
    assert torch.allclose(moved[..., 1:, :-2], picture[..., :-1, 2:], atol=1e-5)
    assert torch.allclose(moved[..., 1:, -1], picture[..., :-1, -1], atol=1e-5)


def test_a_share_of_the_picture_before_is_carried_along():
    """All of it, moved by latent pixels, where the logit is large; nothing where it is small."""
    decoder = Decoder(PRESETS["tiny"].tokenizer)
    last, pictures = torch.rand(1, 3, 64, 96), torch.rand(1, GROUP, 64, 96, 3)
    moves = torch.zeros(1, 1, GROUP, 3, 2 * CELLS, 3 * CELLS)
    moves[:, :, :, 0], moves[:, :, :, 2] = 0.25, 30
    painted = Painted(pictures, moves, torch.randn(1, 1, 2, 3, 64))
    with torch.no_grad():
        made = decoder.together(painted, last)
        assert torch.allclose(made[0, 2, :, :-8], last[0, :, :, 8:].movedim(0, -1), atol=1e-4)
        moves[:, :, :, 2] = -30
        assert torch.allclose(decoder.together(painted, last), pictures, atol=1e-5)


def test_an_untaught_retouch_changes_nothing_and_a_taught_one_reaches_across_patches():
    decoder = Decoder(PRESETS["tiny"].tokenizer)
    pictures, said = torch.rand(1, 1, 64, 96, 3), torch.randn(1, 1, 2, 3, 64)
    painted = Painted(pictures, torch.zeros(1, 0, GROUP, 3, 2 * CELLS, 3 * CELLS), said)
    with torch.no_grad():
        assert torch.equal(decoder.together(painted), pictures)
        decoder.retouch.write.weight.normal_()
        before = decoder.together(painted)
        pictures[0, 0, 40, 40] += 1
        changed = (decoder.together(painted) - before).abs().amax(-1)[0, 0]
    assert changed[40, 30] > 0  # another patch
