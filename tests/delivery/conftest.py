import cv2
import numpy as np
import pytest

WIDTH, HEIGHT = 96, 64


@pytest.fixture(scope="session")
def texture():
    """A large smooth colour texture, (200, 400, 3) float32, equal on every run."""
    noise = np.random.default_rng(5).uniform(0, 255, (200, 400, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3.0)
    return np.clip((smooth - smooth.mean()) / smooth.std() * 45 + 125, 0, 255)


@pytest.fixture(scope="session")
def pan(texture):
    """pan(position) is the picture of a camera that stands `position` pixels along the texture."""

    def picture(position: float) -> np.ndarray:
        shift = np.float32([[1, 0, -position - 20], [0, 1, -40]])
        moved = cv2.warpAffine(texture, shift, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
        return np.clip(moved + 0.5, 0, 255).astype(np.uint8)

    return picture
