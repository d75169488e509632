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
SCALE = 2  # pixels painted per pixel seen, each way
SIZES = ((144, 80), (80, 144), (112, 112))  # width, height that the model sees: 16:9, 9:16, 1:1
SAME_SHAPE = 0.03  # shapes so near to each other are stretched (16:9 to 144x80 is 1 %), others are cut


@dataclass(frozen=True)
class Canvas:
    """`width` x `height` pixels that the model sees; the request is what `left`, `top`, `right`, `bottom` enclose."""

    width: int
    height: int
    left: int
    top: int
    right: int
    bottom: int

    def cut(self, picture: np.ndarray) -> np.ndarray:
        """The request's part of a picture that the model painted, (SCALE * height, SCALE * width, 3)."""
        return picture[SCALE * self.top : SCALE * self.bottom, SCALE * self.left : SCALE * self.right]

    def shown(self, picture: np.ndarray, shape: float) -> np.ndarray:
        """A given picture (H, W, 3) uint8 as the model sees it, (height, width, 3).

        First its middle of the request's `shape` (width / height); what lies outside the request repeats the edge.
        """
        height, width = picture.shape[:2]
        wide, high = min(width, height * shape), min(height, width / shape)
        box = ((width - wide) / 2, (height - high) / 2, (width + wide) / 2, (height + high) / 2)
        size = (self.right - self.left, self.bottom - self.top)
        # The mean over each pixel's area, which is how the training pictures were made small.
        small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX, box))
        if wide < size[0]:  # a mean over less than a pixel is a mosaic
            small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC, box))
        edges = ((self.top, self.height - self.bottom), (self.left, self.width - self.right), (0, 0))
        return np.pad(small, edges, mode="edge")


def canvas_of(request: ClipRequest) -> Canvas:
    """The native size of the nearest shape, and the part of it that has the request's shape."""
    shape = request.width / request.height
    width, height = min(SIZES, key=lambda size: abs(math.log(shape * size[1] / size[0])))
    native = width / height
    if abs(math.log(shape / native)) <= SAME_SHAPE:
        return Canvas(width, height, 0, 0, width, height)
    wide = width if shape > native else max(1, round(height * shape))
    high = height if shape <= native else max(1, round(width / shape))
    left, top = (width - wide) // 2, (height - high) // 2
    return Canvas(width, height, left, top, left + wide, top + high)


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
