"""One sampler, one mask: every operation is a choice of which latent frames of a clip are given.

Shape letters: B clips made side by side, F latent frames of a clip, h x w latent pixels, C channels, P prompts.

A `Plan` (built by `operations.py`) says what is given, what is wanted and what it starts from; `sample` makes the
wanted frames window by window (`windows.py`) with Euler steps on the rectified flow x_t = (1 - t) data + t noise, whose
velocity is noise - data (Liu et al. 2022). In a window each latent frame has a noise level of its own (diffusion
forcing, Chen et al. 2024): the wanted ones walk from 1 to 0 together, given ones stay at 0, and what an earlier window
made is lightly noised again, so that small faults are corrected instead of copied on.

Noise is drawn for each latent frame from the seed and the frame's number alone, on the CPU: a seed gives the same clip
whatever is made beside it and however its windows fall.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from ..errors import RequestError
from .blocking import NUMBERS, cast_words
from .flow import noised, steps
from .sketch import Drafted
from .transformer import window_positions
from .windows import Window, windows_of

Progress = Callable[[int, int], None]  # steps done, steps in all; may raise to stop


@dataclass(frozen=True)
class Settings:
    """How to sample.

    `guidance` is the scale of classifier-free guidance (Ho and Salimans 2022; 1: none) and acts only at noise levels
    inside `interval` (Kynkäänniemi et al. 2024); `rescale` 0..1 takes back the contrast that it adds (Lin et al. 2023).
    `shift` above 1 spends more of the steps at high noise (Esser et al. 2024) and makes the last one longer: what is
    too fine to be foreseen there is left out, where shorter steps would draw it at random, as grain. `history_noise` is
    the level at which frames of earlier windows are shown, `overlap` how many of them. `lag` is how many steps each
    latent frame begins behind its neighbour on the side that is known, or before it: what is seen there is decided
    first, and the next frame sees it move (Chen et al. 2024, section 3.3). 0 makes all frames of a window together.
    """

    steps: int = 12
    guidance: float = 1.5
    interval: tuple[float, float] = (0.0, 1.0)
    rescale: float = 0.0
    shift: float = 12.0
    history_noise: float = 0.05
    overlap: int = 5
    lag: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise RequestError(f"steps={self.steps}: at least 1")
        if self.shift <= 0:
            raise RequestError(f"shift={self.shift}: more than 0; 1 spaces the steps evenly")
        if not 0 <= self.history_noise < 1:
            raise RequestError(f"history_noise={self.history_noise}: from 0 up to, not including, 1")
        if self.lag < 0:
            raise RequestError(f"lag={self.lag}: at least 0 steps")


@dataclass(frozen=True)
class Plan:
    """One clip to be made: F latent frames of h x w.

    `latents` (F, h, w, C) holds the frames marked in `given` and, where `strength` is below 1, what the others start
    from. `prompts[prompt_of[f]]` belongs to frame f. A `loop` has no first picture: each of its latent frames stands
    for four, and the last is followed by the first. `variation` (seed, closeness 0..1) leans the noise towards another
    seed's: 1 is that seed's clip, 0 has nothing of it. `blocking` (F, 2, N) says where camera and actors are
    (`blocking.py`), None nothing; `casts` are for each prompt the words of the scene and of its actors.
    """

    prompts: tuple[str, ...]
    prompt_of: tuple[int, ...]
    size: tuple[int, int]  # h, w
    seed: int
    given: tuple[bool, ...]
    latents: Tensor | None = None
    strength: float = 1.0
    loop: bool = False
    variation: tuple[int, float] | None = None
    blocking: Tensor | None = None
    casts: tuple[tuple[tuple[str, ...], ...], ...] = ()

    def __post_init__(self) -> None:
        frames = len(self.given)
        if not frames or len(self.prompt_of) != frames:
            raise RequestError(
                f"{len(self.prompt_of)} prompt numbers for {frames} latent frames: one for each, at least 1"
            )
        if not all(0 <= number < len(self.prompts) for number in self.prompt_of):
            raise RequestError(f"prompt numbers {sorted(set(self.prompt_of))}: there are {len(self.prompts)} prompts")
        if not 0 <= self.strength <= 1:
            raise RequestError(f"strength={self.strength}: it lies between 0 and 1")
        if self.latents is None and (any(self.given) or self.strength < 1):
            raise RequestError("given frames and remixes need latents to keep or to start from")
        if self.latents is not None and tuple(self.latents.shape[:3]) != (frames, *self.size):
            raise RequestError(f"latents of shape {tuple(self.latents.shape)}: ({frames}, {self.size}, C) is needed")
        if self.blocking is not None and tuple(self.blocking.shape) != (frames, 2, NUMBERS):
            raise RequestError(f"blocking of shape {tuple(self.blocking.shape)}: ({frames}, 2, {NUMBERS}) is needed")
        if self.casts and len(self.casts) != len(self.prompts):
            raise RequestError(f"{len(self.casts)} casts for {len(self.prompts)} prompts: one for each")

    @property
    def frames(self) -> int:
        return len(self.given)


def sample(
    model, plans: Plan | Sequence[Plan], settings: Settings | None = None, report: Progress | None = None
) -> Tensor:
    """Latents (F, h, w, C) of a plan, or (B, F, h, w, C) of several that differ only in seeds, prompts and latents.

    `model` is a NativeModel. `report` is called before the first step and after each one. Raises RequestError for plans
    that do not fit one another or settings that leave a window no room.
    """
    single = isinstance(plans, Plan)
    run = _Run(model, [plans] if single else list(plans), settings or Settings(), report or (lambda done, of: None))
    with torch.inference_mode():
        made = run.all()
    return made[0] if single else made


def noise_of(plan: Plan, frame: int, channels: int, use: str = "start") -> Tensor:
    """The noise (h, w, C) of one latent frame, a function of seed, frame and use only."""
    shape = (*plan.size, channels)
    own = _drawn(plan.seed, frame, shape, use)
    if plan.variation is None:
        return own
    other, closeness = plan.variation
    return _slerp(own, _drawn(other, frame, shape, use), closeness)


class _Run:
    """One call of `sample`: the state of all latent frames, and the steps on it."""

    def __init__(self, model, plans: list[Plan], settings: Settings, report: Progress) -> None:
        self.model, self.plans, self.settings, self.report = model, plans, settings, report
        self.first = plan = plans[0]
        if any(_structure(other) != _structure(plan) for other in plans):
            raise RequestError("plans made side by side have the same size, given frames, strength and kind")
        self.longest = model.config.transformer.window
        self.channels = model.config.transformer.channels
        self.device = next(model.transformer.parameters()).device
        self.read_prompts()
        self.blocking = None if plan.blocking is None else self.stacked(lambda plan: plan.blocking)  # (B, F, 2, N)
        self.drafted: tuple | None = None  # which frames, and their drafts
        self.state = self.stacked(self.start)
        # A remix walks only part of the way, in as many steps less.
        count = max(1, round(settings.steps * plan.strength))
        self.levels = (plan.strength * steps(count, settings.shift)).tolist()

    def stacked(self, of: Callable[[Plan], Tensor]) -> Tensor:
        return torch.stack([of(plan) for plan in self.plans]).to(self.device)

    def start(self, plan: Plan) -> Tensor:
        """(F, h, w, C): given frames as they are, the others as the noise, or the noised clip, that they begin as."""
        noise = torch.stack([noise_of(plan, frame, self.channels) for frame in range(plan.frames)])
        if plan.latents is None:
            return noise
        latents = plan.latents.float().cpu()
        begun = noised(latents, noise, torch.tensor(plan.strength))
        return torch.where(torch.tensor(plan.given)[:, None, None, None], latents, begun)

    def read_prompts(self) -> None:
        """Tokens of all prompts, the empty one last, and which of them each latent frame reads."""
        said = [list(zip(plan.prompts, plan.casts or [()] * len(plan.prompts), strict=True)) for plan in self.plans]
        prompts = list(dict.fromkeys(prompt for of_plan in said for prompt in of_plan))
        numbers = [
            [prompts.index(of_plan[number]) for number in plan.prompt_of]
            for plan, of_plan in zip(self.plans, said, strict=True)
        ]
        length = min(48, self.model.config.text.length)
        ids, mask = self.model.vocabulary.encode([*(text for text, _ in prompts), ""], length)
        actors = cast_words(self.model.vocabulary, [*(cast for _, cast in prompts), ()]).to(self.device)
        used = max(1, int(mask.any(0).nonzero().max()) + 1)  # columns that no prompt reaches only cost time
        ids, self.text_mask = ids[:, :used].to(self.device), mask[:, :used].to(self.device)
        with torch.inference_mode():
            self.text = self.model.text(ids, self.text_mask)
            self.actors = self.model.text.embedded(actors)
        self.prompt_of = torch.tensor(numbers, device=self.device)  # (B, F)
        self.unconditional = len(prompts)

    def all(self) -> Tensor:
        plan = self.first
        if plan.strength == 0 or all(plan.given):
            return self.state
        if plan.loop and plan.frames <= self.longest - 1:
            self.ring()
        else:
            self.windows(self.loop_windows() if plan.loop else windows_of(plan.given, self.longest, self.overlap()))
        return self.state

    def overlap(self) -> int:
        return max(1, min(self.settings.overlap, (self.longest - 1) // 2))

    def loop_windows(self) -> list[Window]:
        """A long loop is a clip that continues into its own beginning: frames from F on are those from 0 on again."""
        plan, overlap = self.first, self.overlap()
        body = plan.frames - (self.longest - 2 * overlap)
        joined = [*[True] * body, *plan.given[body:], *[True] * overlap]
        return [*windows_of(plan.given[:body], self.longest, overlap), *windows_of(joined, self.longest, overlap)]

    def windows(self, windows: list[Window]) -> None:
        plans = [self.walks(window) for window in windows]
        done, total = 0, sum(len(walk) - 1 for walk in plans)
        self.report(0, total)
        made: set[int] = set()
        for window, walk in zip(windows, plans, strict=True):
            seen = [frame % self.first.frames for frame in window.frames]
            wanted = torch.tensor([frame in window.wanted for frame in window.frames], device=self.device)
            history = torch.tensor([frame in made for frame in seen], device=self.device)
            resting = self.settings.history_noise * history.float()
            x = self.noised_again(seen, resting)
            for levels, lower in pairwise(walk):
                levels, lower = levels.to(self.device), lower.to(self.device)
                frame_levels = torch.where(wanted, levels, resting)
                velocity = self.velocity(x, frame_levels, ~wanted, seen, window.frames)
                x = x + (torch.where(wanted, lower - levels, 0.0))[:, None, None, None] * velocity
                done += 1
                self.report(done, total)
            kept = [place for place, frame in enumerate(window.frames) if frame in window.wanted]
            self.state[:, [seen[place] for place in kept]] = x[:, kept]
            made.update(seen[place] for place in kept)

    def walks(self, window: Window) -> Tensor:
        """Levels (steps + 1, f) of the frames in view on their way down, each `lag` steps behind the one before it.

        Before it is what lies nearer to a frame that is known, or, if none is in view, earlier.
        """
        known = [place for place, frame in enumerate(window.frames) if frame not in window.wanted]
        ranks = torch.tensor(
            [min((abs(place - other) for other in known), default=place + 1) for place in range(len(window.frames))]
        )
        late = self.settings.lag * (ranks - 1).clamp_min(0)
        count = len(self.levels) - 1
        steps = torch.arange(count + 1 + int(late.max()))[:, None] - late
        return torch.tensor(self.levels)[steps.clamp(0, count)]

    def noised_again(self, seen: list[int], resting: Tensor) -> Tensor:
        """The frames in view (B, f, h, w, C), each with noise of its resting level."""
        x = self.state[:, seen]
        if not resting.any():
            return x
        noise = self.stacked(lambda plan: torch.stack([noise_of(plan, f, self.channels, "history") for f in seen]))
        return noised(x, noise, resting[None])

    def ring(self) -> None:
        """A short loop: all frames at once, the window turned round the ring from step to step.

        So its two ends never fall on the same place (latent shift: Bi et al. 2025, "Mobius"), and where there is room
        the ring's first frames are shown once more behind its last.
        """
        plan = self.first
        frames, total = plan.frames, len(self.levels) - 1
        again = min(self.overlap(), self.longest - frames, frames - 1)
        given = torch.tensor(plan.given, device=self.device)
        stride = max(1, round(frames * 0.382))  # the golden section: neighbouring steps cut far apart
        self.report(0, total)
        for step, (level, lower) in enumerate(pairwise(self.levels)):
            seen = [(step * stride + place) % frames for place in range(frames + again)]
            kept = given[seen]
            frame_levels = torch.where(kept, 0.0, level)
            velocity = self.velocity(self.state[:, seen], frame_levels, kept, seen, range(frames + again))
            velocity[:, :again] = (velocity[:, :again] + velocity[:, frames:]) / 2
            moved = torch.where(given[seen[:frames]][:, None, None, None], 0.0, velocity[:, :frames])
            self.state[:, seen[:frames]] += (lower - level) * moved
            self.report(step + 1, total)

    def velocity(
        self, x: Tensor, frame_levels: Tensor, given: Tensor, seen: list[int], places: Sequence[int]
    ) -> Tensor:
        """Guided velocity (B, f, h, w, C) of the frames in view; conditional and not in one call.

        `seen` are their numbers in the clip, `places` their order in time, in which a loop goes on behind its end.
        """
        b, settings = len(x), self.settings
        prompts = self.prompt_of[:, seen]
        inside = (settings.interval[0] <= frame_levels) & (frame_levels <= settings.interval[1])
        scale = torch.where(inside, settings.guidance, 1.0)[:, None, None, None]
        guided = bool((scale[~given] != 1).any())
        if guided:
            x = torch.cat([x, x])
            prompts = torch.cat([prompts, torch.full_like(prompts, self.unconditional)])
        # A loop's frames all stand for four pictures, as those from 1 on of other clips do.
        of_frames = [frame_levels, given, *window_positions([place + self.first.loop for place in places])]
        frame_levels, given, positions, single = (values.to(self.device).expand(len(x), -1) for values in of_frames)
        drafts = self.drafts(seen, prompts, single)
        both = self.model.transformer(
            x, frame_levels, given, self.text, self.text_mask, prompts, positions, single, blocking=drafts
        ).float()
        if not guided:
            return both
        conditional, unconditional = both[:b], both[b:]
        velocity = unconditional + scale * (conditional - unconditional)
        if settings.rescale:
            axes = tuple(range(1, velocity.ndim))
            ratio = conditional.std(axes, keepdim=True) / velocity.std(axes, keepdim=True).clamp_min(1e-6)
            velocity = velocity * (1 + settings.rescale * (ratio - 1))
        return velocity

    def drafts(self, seen: list[int], prompts: Tensor, single: Tensor) -> Drafted | None:
        """What the draft makes of the blocking of the frames in view: once a window, since no noise is in it."""
        if self.blocking is None:
            return None
        key = (tuple(seen), prompts.shape)
        if self.drafted is None or self.drafted[0] != key:
            numbers = self.blocking[:, seen].repeat(len(prompts) // len(self.plans), 1, 1, 1)
            told = torch.ones(prompts.shape, dtype=torch.bool, device=self.device)
            h, w = self.first.size
            blocking = numbers, told, self.actors
            self.drafted = key, self.model.transformer.draft(blocking, prompts, single.long(), h, w)
        return self.drafted[1]


def _structure(plan: Plan) -> tuple:
    return plan.frames, plan.size, plan.given, plan.strength, plan.loop, plan.blocking is None


def _drawn(seed: int, frame: int, shape: tuple[int, ...], use: str) -> Tensor:
    digest = hashlib.sha256(f"{use} {seed} {frame}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:8]) >> 1)
    return torch.randn(shape, generator=generator)


def _slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """Between two noises on the sphere that normal noise lies on (Shoemake 1985)."""
    cosine = torch.nn.functional.cosine_similarity(a.flatten(), b.flatten(), dim=0).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if angle.sin() < 1e-4:
        return a
    return (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / angle.sin()
