"""Where the clips come from that an evaluation looks at: the worlds' renderer, and the model under test.

A film gives one clip for each prompt, uint8 (T, H, W, 3) at the size that the model is trained at and 8 frames a
second; of a clip of `frames` frames only those numbered in `wanted` are given.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from ..timing import Span
from .prompts import Prompt
from .recogniser_data import halved

RATE = 8
WIDTH, HEIGHT = 144, 80  # what the model encodes; both films paint twice that

Film = Callable[[Sequence[Prompt], int, Sequence[int]], Iterator[np.ndarray]]


def rendered(prompts: Sequence[Prompt], frames: int, wanted: Sequence[int]) -> Iterator[np.ndarray]:
    """The worlds' own clips: what a perfect model would show."""
    from ..worlds.stage import Stage

    for prompt in prompts:
        size = (2 * WIDTH, 2 * HEIGHT)
        lasting = frames / RATE
        with Stage(prompt.description, prompt.seed, *size, frames, Fraction(RATE), samples=1, lasting=lasting) as stage:
            yield halved(np.stack([stage.frame(i) for i in wanted]))


@dataclass
class Generated:
    """A model's clips. `settings` are the sampler's; `together` clips are sampled side by side.

    Free prompts are first rewritten as the native engine does it, unless `exact`; camera and actors are placed by words
    and seed alone, as there, unless `blocking` is off.
    """

    model: object
    settings: object = None
    exact: bool = False
    together: int = 4
    blocking: bool = True
    said: dict[str, str] = field(default_factory=dict)  # prompt -> what the model was told

    def __call__(self, prompts: Sequence[Prompt], frames: int, wanted: Sequence[int]) -> Iterator[np.ndarray]:
        from ..model.operations import decode_clip, text_to_video
        from ..model.sampler import sample
        from ..model.tokenizer import GROUP, PATCH
        from .model_sheet import placed

        for first in range(0, len(prompts), self.together):
            several = prompts[first : first + self.together]
            size = (HEIGHT // PATCH, WIDTH // PATCH)
            plans = [text_to_video(self.words(prompt), 1 + (frames - 1) // 4, size, prompt.seed) for prompt in several]
            if self.blocking:
                plans = [placed(plan) for plan in plans]
            for plan, latents in zip(plans, sample(self.model, plans, self.settings), strict=True):
                shown = {}
                for span in spans_of(wanted):
                    pictures = decode_clip(self.model.tokenizer, latents, plan=plan, only=span)
                    shown |= enumerate(pictures, GROUP * span.start - (GROUP - 1) * (span.start > 0))
                yield halved(np.stack([shown[i].numpy() for i in wanted]))

    def words(self, prompt: Prompt) -> str:
        """What the model is told."""
        if prompt.free and not self.exact:
            from ..engines.rewriting import rewrite

            self.said[prompt.text] = rewrite(prompt.text).caption
        return self.said.get(prompt.text, prompt.text)


def spans_of(wanted: Sequence[int]) -> list[Span]:
    """The latent frames that hold these pictures of a clip, in runs; what lies between them need not be decoded."""
    from ..model.operations import ROUND
    from ..model.tokenizer import GROUP

    spans: list[Span] = []
    for frame in sorted({-(-picture // GROUP) for picture in wanted}):
        if spans and frame - spans[-1].end < ROUND:
            spans[-1] = Span(spans[-1].start, frame + 1)
        else:
            spans.append(Span(frame, frame + 1))
    return spans
