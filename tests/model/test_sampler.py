"""The sampler at tiny size: what is given is kept, seeds decide, and every operation is the same plan."""

from dataclasses import replace

import pytest
import torch

from oner.errors import Cancelled, RequestError
from oner.model import operations as op
from oner.model.blocking import NUMBERS
from oner.model.checkpoint import tiny_native
from oner.model.presets import PRESETS
from oner.model.sampler import Plan, Settings, _Run, noise_of, sample
from oner.model.text import Vocabulary
from oner.model.tokenizer import PATCH
from oner.model.windows import windows_of
from oner.timing import Span

SIZE = (2, 4)  # latent pixels
CHANNELS = PRESETS["tiny"].transformer.channels
HEIGHT, WIDTH = (side * PATCH for side in SIZE)
FAST = Settings(steps=3)


@pytest.fixture(scope="module")
def model():
    torch.set_num_threads(1)
    return tiny_native(0, Vocabulary(["woman", "walks", "snow", "boat"]))


def words(frames: int = 6, seed: int = 7, prompts: op.Prompts = "woman walks") -> Plan:
    return op.text_to_video(prompts, frames, SIZE, seed)


def some_clip(frames: int, seed: int = 3):
    return torch.randn(frames, *SIZE, CHANNELS, generator=torch.Generator().manual_seed(seed))


def test_a_seed_gives_the_same_clip_and_another_seed_another(model):
    """Equal plans give equal latents to the bit."""
    first = sample(model, words(), FAST)
    assert first.shape == (6, *SIZE, CHANNELS)
    assert torch.equal(first, sample(model, words(), FAST))
    assert not torch.allclose(first, sample(model, words(seed=8), FAST), atol=0.1)


@pytest.mark.parametrize("frames", [5, 40])
def test_a_seed_gives_the_same_clip_whatever_the_batch(model, frames):
    """Takes made side by side are those made alone, short or in many windows."""
    plans = [words(frames, seed) for seed in (1, 2, 3)]
    together = sample(model, plans, FAST)
    for plan, latents in zip(plans, together, strict=True):
        assert torch.allclose(latents, sample(model, plan, FAST), atol=1e-4)


def test_noise_belongs_to_seed_and_frame():
    """A frame's noise is the same in clips of any length, and unlike that of other frames, seeds and uses."""
    short, long = words(3), words(50)
    assert torch.equal(noise_of(short, 2, CHANNELS), noise_of(long, 2, CHANNELS))
    others = [
        noise_of(short, 1, CHANNELS),
        noise_of(words(seed=8), 2, CHANNELS),
        noise_of(short, 2, CHANNELS, "history"),
    ]
    assert not any(torch.allclose(noise_of(short, 2, CHANNELS), other, atol=0.5) for other in others)


def test_prompts_matter_where_they_stand(model):
    """Another prompt for the second half is another clip; guidance strengthens prompts."""
    board = [("woman walks", Span(0, 3)), ("boat", Span(3, 6))]
    assert not torch.allclose(sample(model, words(), FAST), sample(model, words(prompts=board), FAST), atol=1e-3)
    strong, none = (Settings(steps=3, guidance=scale) for scale in (8.0, 1.0))
    assert not torch.allclose(sample(model, words(), strong), sample(model, words(), none), atol=1e-3)
    outside = Settings(steps=3, guidance=8.0, interval=(2.0, 3.0))
    assert torch.equal(sample(model, words(), outside), sample(model, words(), none))


def test_frames_lag_behind_the_known(model):
    """From nothing the first frame leads; beside given ones the nearest; every frame walks all the way down."""

    def walk(given: tuple[bool, ...], lag: int) -> torch.Tensor:
        plan = replace(words(len(given)), given=given, latents=some_clip(len(given)))
        run = _Run(model, [plan], replace(FAST, lag=lag), lambda *_: None)
        return run.walks(windows_of(given, run.longest, 2)[0])

    assert walk((False,) * 4, 0).shape == (4, 4)  # steps and one, frames
    late = walk((False,) * 4, 2)
    assert late.shape == (4 + 2 * 3, 4)
    assert (late[0] == 1).all()
    assert (late[-1] == 0).all()
    assert (late.diff(dim=0) <= 0).all()
    assert (late.diff(dim=1) >= 0).all()
    both = walk((True, False, False, False, True), 1)[2]
    assert both[1] == both[3] < both[2]
    assert not torch.allclose(sample(model, words(), FAST), sample(model, words(), replace(FAST, lag=1)), atol=1e-3)
    with pytest.raises(RequestError, match="lag=-1"):
        Settings(lag=-1)


def blocked(plan: Plan, seed: int = 1) -> Plan:
    numbers = torch.rand(plan.frames, 2, NUMBERS, generator=torch.Generator().manual_seed(seed))
    return replace(plan, blocking=numbers, casts=((("woman", "red"),),) * len(plan.prompts))


@pytest.mark.parametrize("frames", [5, 40])
def test_blocking_belongs_to_its_frames(model, frames):
    """Another camera is another clip, in one window or many, and side by side as alone; actors' words count, too."""
    plans = [blocked(words(frames, seed), seed) for seed in (1, 2)]
    together = sample(model, plans, FAST)
    for plan, latents in zip(plans, together, strict=True):
        assert torch.allclose(latents, sample(model, plan, FAST), atol=1e-4)
    assert not torch.allclose(together[0], sample(model, words(frames, 1), FAST), atol=1e-3)
    nobody = replace(plans[0], casts=())
    assert not torch.allclose(together[0], sample(model, nobody, FAST), atol=1e-4)


def test_blocking_of_another_length_is_refused(model):
    """Numbers for every latent frame, a cast for every prompt, and not for some of the plans only."""
    with pytest.raises(RequestError, match=r"blocking of shape \(3, 2, 74\)"):
        replace(words(5), blocking=torch.zeros(3, 2, NUMBERS))
    with pytest.raises(RequestError, match="2 casts for 1 prompts"):
        replace(words(5), casts=((), ()))
    with pytest.raises(RequestError, match="side by side"):
        sample(model, [words(5), blocked(words(5))], FAST)


def test_storyboards_cover_the_clip():
    """Gaps, overlaps and short lists are refused."""
    with pytest.raises(RequestError, match="they cover 0 to 6"):
        words(prompts=[("woman", Span(0, 3)), ("boat", Span(4, 6))])


@pytest.mark.parametrize("frames", [6, 60])
def test_given_frames_are_kept(model, frames):
    """First, last and middle pictures come back untouched, in one window or many; what is wanted is made."""
    pictures = {frame: some_clip(1, frame) for frame in (0, frames // 2, frames - 1)}
    made = sample(model, op.image_to_video("snow", frames, SIZE, 1, pictures), FAST)
    for frame, latents in pictures.items():
        assert torch.equal(made[frame], latents[0])
    noise = noise_of(words(frames, 1), 1, CHANNELS)
    assert not torch.allclose(made[1], noise, atol=0.1)


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("by", [1, 30])
def test_extension_adds_frames_and_keeps_the_clip(model, before, by):
    """Forwards and backwards, by less or more than a window."""
    clip = some_clip(8)
    made = sample(model, op.extend("snow", clip, by, 5, before), FAST)
    assert len(made) == 8 + by
    assert torch.equal(made[by:] if before else made[:8], clip)


@pytest.mark.parametrize("between", [3, 40])
def test_a_connection_starts_and_ends_on_its_clips(model, between):
    """Both clips come back untouched with new frames between them."""
    first, second = some_clip(4, 1), some_clip(5, 2)
    made = sample(model, op.connect("snow", first, second, between, 5), FAST)
    assert len(made) == 9 + between
    assert torch.equal(made[:4], first)
    assert torch.equal(made[-5:], second)


def test_remix_at_0_is_the_clip_and_at_1_forgets_it(model):
    """The strength decides how much of the old clip the start holds."""
    clip = some_clip(6)
    assert torch.equal(sample(model, op.remix("boat", clip, 0.0, 5), FAST), clip)
    forgot = sample(model, op.remix("boat", clip, 1.0, 5), FAST)
    assert torch.allclose(forgot, sample(model, words(6, 5, "boat"), FAST), atol=1e-5)
    ways = [sample(model, op.remix("boat", clip, strength, 5), FAST) for strength in op.STRENGTHS.values()]
    distances = [float((made - clip).abs().mean()) for made in [*ways, forgot]]
    assert distances == sorted(distances)
    assert distances[0] > 0


def test_a_range_is_fixed_and_the_rest_stays(model):
    """Only the latent frames of the span are new."""
    clip = some_clip(30)
    made = sample(model, op.fix("boat", clip, Span(10, 14), 5), FAST)
    changed = [frame for frame in range(30) if not torch.equal(made[frame], clip[frame])]
    assert changed == [10, 11, 12, 13]
    with pytest.raises(RequestError, match="latent frames 28 to 31"):
        op.fix("boat", clip, Span(28, 31), 5)


def test_variations_lie_between_two_takes(model):
    """Closeness 1 is the first take, 0 the new seed's own; in between the nearer, the closer."""
    first, other = words(seed=1), words(seed=2)
    takes = [sample(model, op.varied(first, 2, closeness), FAST) for closeness in (0.0, 0.5, 0.9, 1.0)]
    assert torch.allclose(takes[0], sample(model, other, FAST))
    assert torch.allclose(takes[3], sample(model, first, FAST), atol=1e-5)
    distances = [float((take - takes[3]).abs().mean()) for take in takes]
    assert distances == sorted(distances, reverse=True)
    with pytest.raises(RequestError, match=r"closeness=1\.2"):
        op.varied(first, 2, 1.2)


@pytest.mark.parametrize("frames", [1, 6, 17, 40])
def test_a_loop_is_decoded_without_a_seam(model, frames):
    """4 pictures for each latent frame; the clip decoded twice round repeats itself, but for rounding."""
    latents = sample(model, op.loop("snow", frames, SIZE, 3), FAST)
    once = torch.stack(list(op.decode_clip(model.tokenizer, latents, loop=True)))
    assert len(once) == 4 * frames
    twice = torch.stack(list(op.decode_clip(model.tokenizer, torch.cat([latents, latents]), loop=True)))
    for part in (twice[: 4 * frames], twice[4 * frames :]):
        assert (part.int() - once.int()).abs().max() <= 1


def test_a_loop_knows_no_beginning(model):
    """All its frames are made; every frame's neighbours round the ring have seen it."""
    made = sample(model, op.loop("snow", 40, SIZE, 3), FAST)
    noise = torch.stack([noise_of(words(40, 3), frame, CHANNELS) for frame in range(40)])
    assert ((made - noise).abs().mean((1, 2, 3)) > 0.05).all()


@pytest.mark.parametrize("frames", [6, 60])
def test_progress_is_told_and_a_cancelled_clip_stops(model, frames):
    """A call before the first step and after each; what the callback raises comes out."""
    told = []
    sample(model, words(frames), FAST, lambda done, steps: told.append((done, steps)))
    assert [done for done, _ in told] == list(range(told[-1][1] + 1))
    assert len({steps for _, steps in told}) == 1

    def stop(done: int, steps: int) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        sample(model, words(), FAST, stop)


def test_the_window_bounds_what_the_transformer_sees(model):
    """A minute is 121 latent frames; no call holds more of them than the window, twice for guidance."""
    seen = []
    hook = model.transformer.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].shape[:2]))
    made = sample(model, words(121), Settings(steps=1))
    hook.remove()
    assert len(made) == 121
    assert max(frames for _, frames in seen) <= model.config.transformer.window + 1  # the anchor
    assert {batch for batch, _ in seen} == {2}


@pytest.mark.parametrize(
    ("change", "fault"),
    [({"steps": 0}, "steps=0"), ({"shift": 0.0}, "shift="), ({"history_noise": 1.0}, "history_noise=")],
)
def test_settings_out_of_range_are_refused(change, fault):
    """Each names itself and what is allowed."""
    with pytest.raises(RequestError, match=fault):
        Settings(**change)


def test_a_given_picture_is_one_latent_frame_at_the_start_and_stands_still_elsewhere(model):
    """Frame 0 encodes one picture, other frames a group of four equal ones, as deep in a clip as the encoder looks."""
    picture = torch.rand(HEIGHT, WIDTH, 3) * 2 - 1
    still = model.tokenizer.encode(picture.expand(1, 21, -1, -1, -1))[0]
    assert torch.allclose(op.encode_picture(model.tokenizer, picture, 0)[0], still[0], atol=1e-5)
    assert torch.allclose(op.encode_picture(model.tokenizer, picture, 5)[0], still[5], atol=1e-5)


def test_a_clip_encoded_within_another_is_as_in_the_whole(model):
    """With the pictures before it, the latents are those of the whole clip."""
    video = torch.rand(21, HEIGHT, WIDTH, 3) * 2 - 1
    whole = op.encode_clip(model.tokenizer, video)
    part = op.encode_clip(model.tokenizer, video[13:21], starts=False, before=video[:13])
    assert torch.allclose(part, whole[4:], atol=1e-5)
    with pytest.raises(RequestError, match="3 pictures within a clip"):
        op.encode_clip(model.tokenizer, video[:3], starts=False)
