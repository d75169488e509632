"""The test engine: a deterministic moving card with prompt, seed, size and frame number drawn in.

A real implementation of the interface, shipped so that everything around engines can be tried and measured in
milliseconds. A seeded texture pans under the text with a known speed; seed and prompt choose its colours.
"""

import colorsys
import hashlib
import textwrap
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..film import ClipRequest, EngineLimits, Locate, PromptSpan, Report
from ..media import FrameWriter
from ..media.given import read_given
from ..timing import rate_text
from .checks import check_request
from .recipe import recipe

VERSION = 1  # goes into the name of every take: raise it whenever the same request would give other pixels
PERIOD = 256  # pixels after which the texture repeats
OPTIONS = {"loop": bool}  # the frame after the last one would be the first again, but for the numbers


class TestcardEngine:
    """Engine `testcard`; option `loop`. Given frames are shown as they are, in a remix mixed with the card."""

    __test__ = False  # not a test class, whatever pytest thinks of its name
    name = f"testcard@{VERSION}"
    limits = EngineLimits(takes_given_frames=True)

    def check(self, request: ClipRequest) -> None:
        check_request(self.name, self.limits, request, OPTIONS)

    def explain(self, request: ClipRequest) -> dict[str, str]:
        return {"understood": "; ".join(prompt.text for prompt in request.prompts), "ignored": "", "guessed": ""}

    def render(self, request: ClipRequest, locate: Locate, out: Path, report: Report) -> None:
        self.check(request)
        report(0.0, "drawing")
        metadata = recipe(self.name, request, self.explain(request))
        given = read_given(request.given, locate, request.width, request.height)
        with FrameWriter(
            out, request.width, request.height, request.rate, quality="take", metadata=metadata, threads=1
        ) as writer:
            for prompt in request.prompts:
                card = Card(request, prompt)
                for frame in range(prompt.span.start, prompt.span.end):
                    writer.write(_mixed(card.draw(frame), given.get(frame), request.strength))
                    report((frame + 1) / request.frames, f"frame {frame + 1} of {request.frames}")

    def close(self) -> None:
        pass


def _mixed(card: np.ndarray, given: np.ndarray | None, strength: float) -> np.ndarray:
    """The given picture, or in a remix the card's share of it."""
    if given is None or strength == 1:
        return card if given is None else given
    return (card * strength + given * (1 - strength) + 0.5).astype(np.uint8)


class Card:
    """The picture for one prompt of a request."""

    def __init__(self, request: ClipRequest, prompt: PromptSpan):
        self.request = request
        digest = hashlib.sha256(f"{request.seed} {prompt.text}".encode()).digest()
        random = np.random.default_rng(list(digest))
        self.velocity = random.integers(-4, 5, 2)  # pixels per frame
        self.velocity[0] += not self.velocity.any()
        self.texture = _texture(random)
        self.line = max(7, min(request.height // 14, request.width // 20))
        self.words, self.shade = self._text(prompt)
        self.digits = {character: _glyphs(character, self.line) for character in "0123456789/ "}

    def draw(self, frame: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        request = self.request
        moved = (request.start + frame) * self.velocity
        if request.options.get("loop"):
            around = np.maximum(1, np.round(np.abs(self.velocity) * request.frames / PERIOD)) * np.sign(self.velocity)
            moved = np.round(frame * around * PERIOD / request.frames).astype(int)
        columns = (np.arange(request.width) + moved[0]) % PERIOD
        rows = (np.arange(request.height) + moved[1]) % PERIOD
        picture = self.texture[rows[:, None], columns[None, :]]
        top = picture[: len(self.words)]  # the block of text is cut off where the picture is too small for it
        np.copyto(top, (top * self.shade[: len(top)]).astype(np.uint8))
        np.maximum(top, self.words[: len(top)], out=top)
        bar = max(2, request.height // 40)
        done = request.width * (frame + 1) // request.frames
        picture[-bar:, :done] = 255
        self._stamp(picture, f"{frame}/{request.frames}", bar)
        return picture

    def _text(self, prompt: PromptSpan) -> tuple[np.ndarray, np.ndarray]:
        request, line = self.request, self.line
        facts = (
            f"seed {request.seed}  {request.width}x{request.height}  {rate_text(request.rate)} fps  +{request.start}"
        )
        wrapped = [part for text in (prompt.text, facts) for part in textwrap.wrap(text, max(8, 24 * 16 // 20))]
        height = min(request.height, int(line * 1.3) * len(wrapped) + line)
        image = Image.new("L", (request.width, height))
        draw = ImageDraw.Draw(image)
        for row, text in enumerate(wrapped):
            draw.text((line // 2, line // 2 + int(line * 1.3) * row), text, 255, font=_font(line))
        words = np.asarray(image)[..., None]
        return words, np.full(words.shape, 0.45, np.float32)

    def _stamp(self, picture: np.ndarray, text: str, bar: int) -> None:
        glyphs = np.hstack([self.digits[character] for character in text])
        height, width = min(glyphs.shape[0], len(picture) - bar), min(glyphs.shape[1], picture.shape[1])
        bottom = len(picture) - bar
        picture[bottom - height : bottom, :width] = glyphs[:height, :width, None]


def _texture(random: np.random.Generator) -> np.ndarray:
    """(PERIOD, PERIOD, 3) uint8: soft blobs of three related colours with a grid, without a seam at the edges."""
    coarse = np.fft.rfft2(random.standard_normal((PERIOD, PERIOD)))
    frequency = np.hypot(np.fft.fftfreq(PERIOD)[:, None], np.fft.rfftfreq(PERIOD)[None, :]) * PERIOD
    field = np.fft.irfft2(coarse * np.exp(-((frequency / 6) ** 2)), s=(PERIOD, PERIOD))
    level = (field - field.min()) / np.ptp(field)
    hue = random.random()
    shades = ((0, 0.35), (0.08, 0.7), (0.5, 0.9))
    colours = [colorsys.hsv_to_rgb((hue + shift) % 1, 0.65, value) for shift, value in shades]
    picture = np.stack([np.interp(level, (0, 0.55, 1), channel) for channel in zip(*colours, strict=True)], axis=-1)
    picture[::32] *= 0.75
    picture[:, ::32] *= 0.75
    return (picture * 255).astype(np.uint8)


def _glyphs(text: str, size: int) -> np.ndarray:
    font = _font(size)
    image = Image.new("L", (max(1, round(font.getlength(text))) + 1, int(size * 1.3)))
    ImageDraw.Draw(image).text((0, 0), text, 255, font=font)
    return np.asarray(image)


def _font(size: int) -> ImageFont.FreeTypeFont:
    # Matplotlib ships DejaVu Sans, which has the accents that Pillow's own font lacks; no need to import it for that.
    folder = Path(find_spec("matplotlib").origin).parent
    return ImageFont.truetype(str(folder / "mpl-data/fonts/ttf/DejaVuSans.ttf"), size)
