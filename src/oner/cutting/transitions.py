"""What the eye sees between two shots: pure functions of an outgoing picture, an incoming one and a time 0..1.

They work on uint8 arrays (H, W) or (H, W, C) and measure places in fractions of the picture, so the same call serves
an RGB picture and each plane of a 4:2:0 one: a film is assembled without ever leaving 4:2:0. `step` is the time
between two frames of the transition; the shutter stays open for all of it, so that motion blur joins up from frame to
frame.
"""

import cv2
import numpy as np

from ..film import TransitionKind

Planes = tuple[np.ndarray, ...]
BLACK_420 = (16, 128, 128)  # black in limited-range BT.709, plane by plane

WHIP_TRAVEL = 3.0  # picture widths that the camera flies over: outgoing, its mirror image, incoming's, incoming
ZOOM_FACTOR = 3.0  # how much larger the outgoing picture is when it has passed the camera
MASK_SOFTNESS = 0.55  # width of the soft rim of the opening, in half picture sizes
STREAK_SAMPLES = 32  # of a zoomed exposure; two to the power of the number of warps


def ease(t: float) -> float:
    """Perlin's quintic: 0 to 1 with no speed and no acceleration at either end; its top speed is 15/8."""
    t = min(1.0, max(0.0, t))
    return t * t * t * (t * (6.0 * t - 15.0) + 10.0)


def dissolve(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """The outgoing picture fades into the incoming one, evenly in time."""
    return cv2.addWeighted(a, 1.0 - t, b, t, 0.0)


def dip(picture: np.ndarray, light: float, black: int = 0) -> np.ndarray:
    """A picture at `light` 0 (black) to 1; `black` is the plane's own value for it."""
    return cv2.convertScaleAbs(picture, alpha=light, beta=black * (1.0 - light))


def whip(a: np.ndarray, b: np.ndarray, t: float, step: float, direction: str = "right") -> np.ndarray:
    """Whip pan: the camera flings to `direction` (left, right, up, down); the pictures slide by against it.

    The camera crosses a panorama of the outgoing picture, the mirror images of both and the incoming picture. A frame
    is the exact mean over the places that it saw while the shutter was open (a running sum, so any length costs the
    same): sharp at both ends, a pure streak at the top of the acceleration.
    """
    if direction in ("up", "down"):
        turned = whip(_turn(a), _turn(b), t, step, "left" if direction == "up" else "right")
        return np.ascontiguousarray(_turn(turned))
    if direction == "left":
        return np.ascontiguousarray(whip(a[:, ::-1], b[:, ::-1], t, step)[:, ::-1])
    width = a.shape[1]
    opened = WHIP_TRAVEL * width * ease(t - step / 2)
    closed = WHIP_TRAVEL * width * ease(t + step / 2)
    # Columns of the panorama from `first` on are enough for this frame; a pixel is one column wide at rest.
    first, last = int(np.floor(opened)), int(np.ceil(closed)) + width + 2
    seen = _panorama_columns(a, b, np.arange(first, last))
    total = np.diff(cv2.integral(np.ascontiguousarray(seen)), axis=0)  # of each row; exact even where int32 wraps
    light = _between(total, closed + 1 - first, width) - _between(total, opened - first, width)
    return cv2.convertScaleAbs(light, alpha=1 / (closed + 1 - opened))


def _turn(picture: np.ndarray) -> np.ndarray:
    return np.swapaxes(picture, 0, 1)


def _panorama_columns(a: np.ndarray, b: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Columns of outgoing | its mirror | incoming's mirror | incoming, held at both ends."""
    width = a.shape[1]
    columns = np.clip(columns, 0, 4 * width - 1)
    tile, place = columns // width, columns % width
    place = np.where((tile == 1) | (tile == 2), width - 1 - place, place)
    outgoing = int(np.searchsorted(columns, 2 * width))
    return np.concatenate([a[:, place[:outgoing]], b[:, place[outgoing:]]], axis=1)


def _between(total: np.ndarray, start: float, width: int) -> np.ndarray:
    """A running sum's `width` values from a place between pixels on."""
    whole = int(np.floor(start))
    part = np.float32(start - whole)
    return total[:, whole : whole + width] * (1 - part) + total[:, whole + 1 : whole + 1 + width] * part


def zoom(a: np.ndarray, b: np.ndarray, t: float, step: float, inward: bool = True) -> np.ndarray:
    """Match zoom: the camera flies through the middle of the outgoing picture, out of which the incoming one grows.

    Both pictures grow at one common, eased rate (the incoming one reaches its true size at t = 1), with radial
    streaks of exactly the growth in one frame; a soft opening widens from the middle. `inward` False plays the same
    backwards, for a camera that pulls back.
    """
    if not inward:
        return zoom(b, a, 1.0 - t, step)
    opened, closed = ZOOM_FACTOR ** ease(t - step / 2), ZOOM_FACTOR ** ease(t + step / 2)
    mask = _opening(a.shape[:2], t)
    if mask is None:
        return _streaked(a, opened, closed)
    near = _streaked(a, opened, closed)
    far = _streaked(b, opened / ZOOM_FACTOR, closed / ZOOM_FACTOR)
    return cv2.blendLinear(far, near, mask, 1.0 - mask)


def _opening(shape: tuple[int, int], t: float) -> np.ndarray | None:
    """How much of the incoming picture shows, (H, W) float32 0..1; None while it is closed."""
    # The rim stays inside the incoming picture's own edges at first, and is past the corners before it rests.
    open_from, open_until = 0.1, 0.88
    grown = (t - open_from) / (open_until - open_from)
    if grown <= 0:
        return None
    height, width = shape
    y = (np.arange(height, dtype=np.float32) + 0.5) * (2 / height) - 1
    x = (np.arange(width, dtype=np.float32) + 0.5) * (2 / width) - 1
    distance = np.sqrt(y[:, None] ** 2 + x[None, :] ** 2)  # sqrt 2 in the corners
    reach = min(1.0, grown) ** 2 * (2**0.5 + MASK_SOFTNESS)
    edge = np.clip((reach - distance) / MASK_SOFTNESS, 0, 1)
    return edge * edge * (3 - 2 * edge)


def _streaked(picture: np.ndarray, opened: float, closed: float) -> np.ndarray:
    """Picture seen while its scale goes from `opened` to `closed`; beyond its edges it is mirrored.

    Averages pairs, then pairs of pairs: n warps give 2**n samples, evenly spread in the logarithm of the scale.
    """
    height, width = picture.shape[:2]
    travel = abs(closed / opened - 1) * max(width, height) / 2  # pixels, at the edge
    warps = 0 if travel < 1 else int(np.ceil(np.log2(min(STREAK_SAMPLES, 2 * travel))))
    samples = 2**warps
    ratio = (closed / opened) ** (1 / samples)
    result = _scaled(picture, opened * ratio**0.5)
    for n in range(warps):
        result = cv2.addWeighted(result, 0.5, _scaled(result, ratio ** (2**n)), 0.5, 0.0)
    return result


def _scaled(picture: np.ndarray, scale: float) -> np.ndarray:
    """Scale about the middle."""
    if abs(scale - 1) < 1e-7:
        return picture
    height, width = picture.shape[:2]
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    matrix = np.array([[scale, 0, middle_x * (1 - scale)], [0, scale, middle_y * (1 - scale)]])
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


WHIP_DIRECTIONS = {"pan left": "left", "tilt up": "up", "crane up": "up", "tilt down": "down"}


def joined(
    kind: TransitionKind, outgoing: Planes, incoming: Planes, t: float, step: float, camera: str = "static"
) -> Planes:
    """One frame of a transition that needs both pictures, plane by plane. `camera` is the incoming shot's move."""
    if kind is TransitionKind.DISSOLVE:
        return tuple(dissolve(a, b, t) for a, b in zip(outgoing, incoming, strict=True))
    if kind is TransitionKind.WHIP:
        direction = WHIP_DIRECTIONS.get(camera, "right")
        return tuple(whip(a, b, t, step, direction) for a, b in zip(outgoing, incoming, strict=True))
    if kind is TransitionKind.ZOOM:
        inward = camera != "pull back"
        return tuple(zoom(a, b, t, step, inward) for a, b in zip(outgoing, incoming, strict=True))
    raise ValueError(f"{kind} does not join two pictures")


def dipped(picture: Planes, light: float) -> Planes:
    """A 4:2:0 picture at `light` 0 (black) to 1."""
    return tuple(dip(plane, light, black) for plane, black in zip(picture, BLACK_420, strict=True))
