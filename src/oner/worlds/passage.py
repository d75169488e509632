"""From one world into another in one take: the camera goes through an opening that stands in the first world.

The opening is a hole into the second world: what is seen in it is drawn from where the camera would stand there, so
perspective and motion are those of one space and nothing jumps when the camera is through.
"""

from dataclasses import dataclass, replace

import numpy as np

from .renderer import View
from .stage import Stage

KINDS = ("door", "window", "mirror", "dark")  # dark: a black mouth; the second world comes out of the dark
# width, height in metres, height of the lower edge above the eye's ground, breadth and colour of the frame
OPENINGS = {
    "door": (1.25, 2.3, 0.0, 0.12, (236, 226, 204)),
    "window": (1.7, 1.5, 0.8, 0.09, (240, 240, 238)),
    "mirror": (1.3, 2.0, 0.35, 0.14, (196, 158, 74)),
    "dark": (1.9, 2.4, 0.0, 0.16, (34, 32, 34)),
}
DARK = 6  # frames in which the second world comes out of the dark
GLIDE = 0.7  # seconds in which the speed of going through fades away


@dataclass(frozen=True)
class Opening:
    """Where an opening stands: the middle of its lower edge, the way through it, and its kind."""

    foot: np.ndarray
    through: np.ndarray
    kind: str

    @property
    def side(self) -> np.ndarray:
        return np.cross(self.through, (0.0, 1.0, 0.0))

    def covers(self, view: View, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(H, W) shares of the pixels that lie in the hole and on its frame, and the metres to its plane."""
        width, height, _, frame, _ = OPENINGS[self.kind]
        right, up, forward = view.axes()
        half = float(np.tan(view.fov / 2))
        x = (np.arange(size[0]) + 0.5) / size[0] * 2 - 1
        y = 1 - (np.arange(size[1]) + 0.5) / size[1] * 2
        rays = (
            forward + x[None, :, None] * (half * size[0] / size[1]) * right + y[:, None, None] * half * up
        )  # of length one along the view
        towards = rays @ self.through
        away = float((self.foot - view.eye) @ self.through) / np.where(np.abs(towards) < 1e-6, 1e-6, towards)
        at = np.asarray(view.eye) + rays * away[..., None] - self.foot
        u, v = np.abs(at @ self.side), at[..., 1]
        pixel = np.maximum(np.abs(away) * 2 * half / size[1], 1e-6)
        lower = -frame if self.kind in ("window", "mirror") else 0.0

        def inside(wide: float, low: float, high: float) -> np.ndarray:
            room = np.minimum(np.minimum(wide - u, high - v), v - low)
            return np.clip(room / pixel + 0.5, 0, 1) * (away > 0)

        hole = inside(width / 2, 0.0, height)
        around = inside(width / 2 + frame, lower, height + frame)
        return hole, np.maximum(around - hole, 0.0), away


class Passage:
    """The pictures of a clip that goes from `first` through an opening into `second` at frame `cross`.

    Both stages have one size, one sample per pixel and one clock. The camera leaves its own way `approach` frames
    before it is through. `aside` is how far off its axis the opening stands, in half pictures.
    """

    def __init__(self, first: Stage, second: Stage, kind: str, cross: int, approach: int, aside: float = 0.0) -> None:
        self.first, self.second, self.kind, self.cross = first, second, kind, cross
        self.begin = cross - approach
        start = first.view(self.begin)
        first.frame(self.begin)
        self.opening = self._stand(start, first.renderer.distances(start), aside)
        foot, through = self.opening.foot, self.opening.through
        height = OPENINGS[kind][1]
        middle = float(np.clip(start.eye[1], foot[1] + 0.5 * height - 0.3, foot[1] + 0.5 * height + 0.4))
        self.exit = second.view(cross)
        self.gate = View(
            (float(foot[0]), middle, float(foot[2])),
            tuple(np.array([foot[0], middle, foot[2]]) + 10.0 * through),
            self.exit.fov,
        )
        self.speed = 1.5 * float(np.linalg.norm(np.subtract(self.gate.eye, start.eye))) / (approach / float(first.rate))

    def _stand(self, view: View, distances: np.ndarray, aside: float) -> Opening:
        """An opening upright in the view, no further than what is seen there."""
        right, _, forward = view.axes()
        size = self.first.renderer.size
        turn = np.arctan(aside * np.tan(view.fov / 2) * size[0] / size[1])
        through = forward * np.cos(turn) + right * np.sin(turn)
        through[1] = 0.0
        through /= np.linalg.norm(through)
        column = int(np.clip((aside + 1) / 2 * size[0], 0, size[0] - 1))
        free = float(np.median(distances[size[1] // 3 : 2 * size[1] // 3, max(column - 8, 0) : column + 8]))
        kind = OPENINGS[self.kind]
        away = float(np.clip(0.75 * free, 1.2, max(4.5, 1.3 * kind[1] / (2 * np.tan(view.fov / 2)))))
        foot = np.asarray(view.eye) + through * away
        place = self.first.place
        ground = float(np.max(place.ground(foot[:1], foot[2:])))
        if place.water is not None and place.sky != "underwater":
            ground = max(ground, place.water)
        foot[1] = max(ground + kind[2], view.eye[1] - 0.75 * kind[1])  # a camera in the air meets it in the air
        return Opening(foot, through, self.kind)

    def frame(self, i: int) -> np.ndarray:
        """Picture `i` of the clip: (H, W, 3) uint8 RGB."""
        if i >= self.cross:
            picture = self.second.frame(i, self._after(i))
            if self.kind != "dark":
                return picture
            return (picture * min((i - self.cross + 1) / DARK, 1.0) + 0.5).astype(np.uint8)
        view = self._before(i)
        picture = self.first.frame(i, view)
        seen = self.first.renderer.distances(view)
        hole, frame, away = self.opening.covers(view, self.first.renderer.size)
        free = np.clip((seen - away) / 0.05 + 0.5, 0, 1)
        hole, frame = (hole * free)[..., None], (frame * free)[..., None]
        if self.kind == "dark":
            other = np.full_like(picture, 4)
        else:
            near = float((self.opening.foot - view.eye) @ self.opening.through)
            other = self.second.frame(i, self._through(view, near)) if hole.any() else picture
        colour = np.array(OPENINGS[self.kind][4], float)
        return (picture * (1 - hole - frame) + other * hole + colour * frame + 0.5).astype(np.uint8)

    def view(self, i: int) -> View:
        """Where the camera is in picture `i`: in the first world before `cross`, from then on in the second."""
        return self._after(i) if i >= self.cross else self._before(i)

    def _before(self, i: int) -> View:
        """The first world's camera: its own way, then towards the opening, slowly at first."""
        own = self.first.view(i)
        if i <= self.begin:
            return own
        share = (i - self.begin) / (self.cross - self.begin)
        went, turned = share * share * (3 - share) / 2, share * share * (3 - 2 * share)
        eye = (1 - went) * np.asarray(own.eye) + went * np.asarray(self.gate.eye)
        ahead = (1 - turned) * own.axes()[2] + turned * self.gate.axes()[2]
        fov = (1 - turned) * own.fov + turned * self.gate.fov
        return View(tuple(eye), tuple(eye + 10.0 * ahead), fov, (1 - turned) * own.roll)

    def _through(self, view: View, near: float) -> View:
        """The same camera as it stands to the second world's `exit`; nothing before the opening is drawn."""
        here, there = np.stack(self.gate.axes()), np.stack(self.exit.axes())
        turn = there.T @ here  # directions of the first world to those of the second
        eye = np.asarray(self.exit.eye) + turn @ np.subtract(view.eye, self.gate.eye)
        right, _, forward = view.axes()
        level = View(tuple(eye), tuple(eye + 10.0 * (turn @ forward)), view.fov, 0.0, max(0.15, 0.97 * near))
        flat, up, _ = level.axes()
        roll = float(np.arctan2((turn @ right) @ up, (turn @ right) @ flat))
        return replace(level, roll=roll)

    def _after(self, i: int) -> View:
        """The second world's own camera, with what is left of the speed."""
        own = self.second.view(i)
        seconds = float((i - self.cross) / self.second.rate)
        ahead = own.axes()[2] * (1.0, 0.0, 1.0)
        on = min(self.speed, 2.0) * GLIDE * (1 - np.exp(-seconds / GLIDE)) * 0.6 * ahead
        eye = np.asarray(own.eye) + on
        return View(tuple(eye), tuple(np.asarray(own.target) + on), own.fov, own.roll)
