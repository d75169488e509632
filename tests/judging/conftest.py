"""Made clips with known answers: a camera over a picture of smooth noise."""

import cv2
import numpy as np
import pytest

RATE = 24


class MadeClip:
    """Frames of a camera that looks at a big noise picture; every method returns a list of (90, 160, 3) uint8 RGB."""

    def __init__(self, seed: int = 1, size: tuple[int, int] = (160, 90)):
        rng = np.random.default_rng(seed)
        fine, coarse = (
            cv2.resize(rng.random((n, n, 3), np.float32), (900, 900), interpolation=cv2.INTER_CUBIC) for n in (110, 24)
        )
        self.picture = np.clip((0.5 * fine + 0.5 * coarse) * 255, 0, 255).astype(np.uint8)
        self.size = size

    def view(self, x: float = 0, y: float = 0, zoom: float = 1) -> np.ndarray:
        """The picture from a camera at (x, y) pixels off the middle; larger zoom is nearer."""
        width, height = self.size
        matrix = np.array([[zoom, 0, width / 2 - zoom * (450 + x)], [0, zoom, height / 2 - zoom * (450 + y)]])
        return cv2.warpAffine(self.picture, matrix, self.size, flags=cv2.INTER_LINEAR)

    def pan(self, x: float = 0, y: float = 0, frames: int = 36) -> list[np.ndarray]:
        """The picture slides by (x, y) half widths a second."""
        step = self.size[0] / 2 / RATE
        return [self.view(-x * step * i, -y * step * i) for i in range(frames)]

    def zoom(self, growth: float, frames: int = 36) -> list[np.ndarray]:
        """The picture grows by this share of its size a second."""
        return [self.view(zoom=float(np.exp(growth * i / RATE))) for i in range(frames)]

    def handheld(self, sway: float = 2.0, frames: int = 48) -> list[np.ndarray]:
        """The camera sways by about so many pixels."""
        wave = lambda i, a, b: sway * (np.sin(a * i / RATE) + 0.6 * np.sin(b * i / RATE + 1))
        return [self.view(wave(i, 6.1, 13.0), wave(i, 7.7, 11.0)) for i in range(frames)]


@pytest.fixture(scope="session")
def made() -> MadeClip:
    return MadeClip()


@pytest.fixture(scope="session")
def other() -> MadeClip:
    return MadeClip(seed=2)
