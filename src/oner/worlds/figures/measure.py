"""How much room a figure takes, from its meshes and movements."""

import numpy as np

from ..scene import Figure


def reach_of(figure: Figure, seconds=(0.0, 0.37, 0.83, 1.31, 1.9, 2.6, 3.3, 5.1, 7.3)) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner of everything that the figure fills over some moments."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    corners = []
    for part in figure.parts:
        if len(part.positions):
            a, b = part.positions.min(0), part.positions.max(0)
            corners.append(np.array([[x, y, z, 1.0] for x in (a[0], b[0]) for y in (a[1], b[1]) for z in (a[2], b[2])]))
        else:
            corners.append(np.array([[0, 0, 0, 1.0]] * 8))
    boxes = np.array(corners)
    for t in seconds:
        placed = np.einsum("pij,pkj->pki", figure.pose(t), boxes)[..., :3].reshape(-1, 3)
        low, high = np.minimum(low, placed.min(0)), np.maximum(high, placed.max(0))
    return low, high


def fitted(figure: Figure) -> Figure:
    """The figure with the radius that it really needs; the height too where arms or an umbrella rise above the head."""
    low, high = reach_of(figure)
    figure.radius = float(max(-low[0], high[0], -low[2], high[2]))
    return figure


def height_of(figure: Figure, seconds: float = 0.0) -> float:
    """Exact height of the highest vertex at a moment."""
    placed = figure.pose(seconds)
    return max(
        float((part.positions @ placed[k, 1, :3] + placed[k, 1, 3]).max())
        for k, part in enumerate(figure.parts)
        if len(part.positions)
    )
