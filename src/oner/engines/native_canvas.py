"""Where a request's pictures lie on the native model's canvas, and its frames in the model's time.

The model was trained at three sizes and eight pictures a second. A request is made at the size of the nearest shape, of
which the request's own shape is cut from the middle. Latent frame 0 of a clip stands for one picture, every other for
four; in a loop all stand for four.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from PIL import Image

from ..film import ClipRequest
from ..timing import Span, rounded

RATE = Fraction(8)  # pictures a second that the model makes
GROUP = 4  # of them in a latent frame
SIZES = ((144, 80), (80, 144), (112, 112))  # width, height that the model sees: 16:9, 9:16, 1:1


@dataclass(frozen=True)
class Canvas:
    """`width` x `height` pixels that the model sees; the request is their middle, of `shape` width / height."""

    width: int
    height: int
    shape: float

    def cut(self, picture: np.ndarray) -> np.ndarray:
        """The request's part of a picture (H, W, 3) that the model painted."""
        height, width = picture.shape[:2]
        wide, high = min(width, round(height * self.shape)), min(height, round(width / self.shape))
        left, top = (width - wide) // 2, (height - high) // 2
        return picture[top : top + high, left : left + wide]

    def shown(self, picture: np.ndarray) -> np.ndarray:
        """A given picture (H, W, 3) uint8 as the model sees it: what `cut` leaves of that is the picture's middle.

        What lies outside the request repeats the picture's edge.
        """
        middle = self.cut(picture)
        height, width = middle.shape[:2]
        wide = max(0, round(height * self.width / self.height) - width)
        high = max(0, round(width * self.height / self.width) - height)
        whole = np.pad(middle, ((high // 2, high - high // 2), (wide // 2, wide - wide // 2), (0, 0)), mode="edge")
        # Means over each pixel's area, as the training pictures were made small; larger, they would be a mosaic.
        method = Image.Resampling.BOX if whole.shape[1] >= self.width else Image.Resampling.BICUBIC
        return np.asarray(Image.fromarray(whole).resize((self.width, self.height), method))


def canvas_of(request: ClipRequest) -> Canvas:
    """The native size of the nearest shape."""
    shape = request.width / request.height
    width, height = min(SIZES, key=lambda size: abs(math.log(shape * size[1] / size[0])))
    return Canvas(width, height, shape)


@dataclass(frozen=True)
class Clock:
    """A request's frames in the model's time: `speed` native pictures pass in one frame of the request.

    Frame 0 of the request is `start` frames after native picture 0. A loop is played a little faster or slower where
    its length is no whole number of latent frames.
    """

    latents: int
    speed: Fraction
    start: int
    loop: bool

    @property
    def pictures(self) -> int:
        return GROUP * self.latents if self.loop else 1 + GROUP * (self.latents - 1)

    def position(self, frame: int) -> Fraction:
        """Native time of a frame of the request, in native pictures."""
        return (self.start + frame) * self.speed

    def latent_at(self, frame: int) -> int:
        """The latent frame that a frame of the request mostly shows."""
        picture = min(rounded(self.position(frame)), self.pictures - 1)
        return picture // GROUP if self.loop else (picture + GROUP - 1) // GROUP

    def pictures_of(self, latent: int) -> Span:
        """The native pictures that a latent frame stands for."""
        if self.loop:
            return Span(GROUP * latent, GROUP * (latent + 1))
        return Span(max(0, GROUP * latent - GROUP + 1), GROUP * latent + 1)

    def frame_of(self, picture: int) -> Fraction:
        """The time of a native picture in frames of the request."""
        return picture / self.speed - self.start

    def latents_within(self, first: int, last: int | None) -> Span:
        """Latent frames whose pictures all lie, to half a native picture, in the frames from `first` to `last`.

        None: to the end of the clip, whose last latent frame may stand for pictures that are not shown.
        """
        near = 1 / (2 * self.speed)
        inside = []
        for latent in range(self.latents):
            pictures = self.pictures_of(latent)
            begins, ends = self.frame_of(pictures.start), self.frame_of(pictures.end - 1)
            if begins >= first - near and (last is None or ends <= last + near):
                inside.append(latent)
        return Span(inside[0], inside[-1] + 1) if inside else Span(0, 0)


def clock_of(request: ClipRequest) -> Clock:
    """How many latent frames a request needs. A scene that starts later is made from its beginning."""
    if request.options.get("loop"):
        latents = max(1, rounded(request.frames * RATE / request.rate / GROUP))
        return Clock(latents, Fraction(GROUP * latents, request.frames), 0, True)
    speed = RATE / request.rate
    last = math.ceil((request.start + request.frames - 1) * speed)
    return Clock(1 + -(-last // GROUP), speed, request.start, False)


def prompt_spans(request: ClipRequest, clock: Clock) -> list[tuple[int, Span]]:
    """(number of the prompt, latent frames) in order; the first prompt also has what lies before the clip.

    A latent frame has the prompt of its middle. Prompts too short to have one are left out.
    """
    ends = [prompt.span.end for prompt in request.prompts]
    spans: list[tuple[int, Span]] = []
    for latent in range(clock.latents):
        pictures = clock.pictures_of(latent)
        middle = (
            clock.frame_of(pictures.start) + (clock.frame_of(pictures.end - 1) - clock.frame_of(pictures.start)) / 2
        )
        number = next((index for index, end in enumerate(ends) if middle < end), len(ends) - 1)
        if spans and spans[-1][0] == number:
            spans[-1] = (number, Span(spans[-1][1].start, latent + 1))
        else:
            spans.append((number, Span(latent, latent + 1)))
    return spans
