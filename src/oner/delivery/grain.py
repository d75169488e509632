"""Film grain: fine noise in the brightness, strongest in the middle tones, new in every picture."""

import cv2
import numpy as np

STRONGEST = 10.0  # standard deviation in levels at grain 1.0 in the middle tones
SIZE = 0.7  # pixels of 720 lines: radius of the blur that gives a grain its size
SPARE = 64  # pixels by which the sheet of noise is larger than the picture each way
FINE = 16  # steps of noise in a level


class Grain:
    """Adds grain of a strength of 0 to 1 to pictures of one size. Equal seeds and numbers give equal grain."""

    def __init__(self, width: int, height: int, strength: float, seed: int):
        rng = np.random.default_rng(seed)
        sheet = rng.standard_normal((height + SPARE, width + SPARE), dtype=np.float32)
        sheet = cv2.GaussianBlur(sheet, (0, 0), SIZE * min(width, height) / 720 + 1e-3)
        sheet *= STRONGEST * strength * FINE / sheet.std()
        self.sheet, self.seed = np.round(sheet).astype(np.int16), seed
        # The response of film stock, simply: a parabola that leaves black and white alone. 256 = 1.
        tone = np.arange(256) / 255
        self.response = np.round(4 * tone * (1 - tone) * 255).astype(np.uint8)

    def add(self, picture: np.ndarray, number: int) -> np.ndarray:
        """The picture, (H, W, 3) uint8 RGB, with the grain of picture `number` of the film."""
        height, width = picture.shape[:2]
        left, top, flip = np.random.default_rng((self.seed, number)).integers(0, (SPARE + 1, SPARE + 1, 4))
        noise = self.sheet[top : top + height, left : left + width]
        if flip:
            noise = cv2.flip(noise, int(flip) - 2)
        tone = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        weight = cv2.LUT(tone, self.response)
        grain = cv2.multiply(noise, weight, scale=1 / (255 * FINE), dtype=cv2.CV_16S)
        return cv2.add(picture, cv2.merge([grain, grain, grain]), dtype=cv2.CV_8U)
