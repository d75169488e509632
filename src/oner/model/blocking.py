"""Where camera and actors are, as every token of the picture sees it.

Words leave open from where a scene is filmed, and no two takes agree on it. A painter who is told where the camera
stands and where the actors are has little left to guess, and a camera that is told obeys. So the model may be
given the blocking of each latent frame besides its words: plain numbers, which the engine takes from the seed (or from
nobody: frames without blocking are painted from the words alone, as all frames were before).

Shape letters: B clips, F latent frames, S = h * w tokens of a frame, A actors, J joints, P prompts, K slots of an
actor's words, D width, N numbers of a moment. A latent frame has two moments, its first and its last picture.

Tokens are told geometry, not pictures: the ray that they look along and where it meets the ground, and of each actor
how far its body is from them in its own heights. Cameras per token follow CameraCtrl (He et al. 2024, arXiv
2404.02101), actors' words at places GLIGEN (Li et al. 2023, arXiv 2301.07093).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .text import PAD, Vocabulary, words_of

ACTORS, JOINTS = 3, 5
CAMERA = 8  # seconds, eye x y z, yaw, pitch, roll, vertical view angle: metres and radians
ACTOR = 7 + 3 * JOINTS  # kind (0: nobody), feet x y z, heading, height, radius, joints x y z from the feet
NUMBERS = CAMERA + ACTORS * ACTOR
SLOTS = 12  # words of an actor: each place in the list has a meaning of its own (kind, colour, garment...)
GROUND = (3.0, 12.0, 48.0)  # wave lengths in metres, of places on the ground
STAND = (6.0, 24.0, 96.0)  # of the camera's own place
BEATS = (0.5, 1.0, 2.0, 4.0, 8.0, 32.0)  # in seconds, of the scene's time
TURNS = (1, 2, 4, 8, 16)  # waves of a ray's direction round the horizon, and twice as many from down to up
DEPTHS = (3.0, 8.0, 20.0, 60.0)  # metres along a ray at which its place is told, as waves of 1.2 and 4 times the depth
FAR = 300.0  # metres: the ground is not followed further
BACKDROP = 20.0  # metres at which tokens are taken to see something if neither ground nor actor is nearer
MOST = 24.0  # tokens: nothing is followed further out of the picture


class BlockingReader(nn.Module):
    """Numbers of camera and actors, and the actors' words, to features of each token."""

    def __init__(self, width: int, text_width: int) -> None:
        super().__init__()
        inner = 2 * width
        self.camera = nn.Sequential(nn.Linear(2 * CAMERA_FEATURES, inner), nn.GELU("tanh"), nn.Linear(inner, width))
        self.slots = nn.Parameter(torch.randn(SLOTS, text_width))
        self.norm = nn.RMSNorm(text_width, eps=1e-6)
        self.words = nn.Linear(text_width, inner)
        self.actor = nn.Linear(2 * ACTOR_FEATURES, inner, bias=False)
        self.gate = nn.Linear(2 * ACTOR_FEATURES, inner)
        self.actor_out = nn.Linear(inner, width, bias=False)
        self.moves = nn.Linear(MOVES, inner, bias=False)
        nn.init.zeros_(self.moves.weight)

    def forward(self, numbers: Tensor, words: Tensor, prompt_of: Tensor, h: int, w: int, moves: Tensor) -> Tensor:
        """(B, F, S, D) from `numbers` (B, F, 2, N), the actors' `words` (P, A, K, text width), zero where unsaid, and
        `token_moves`.
        """
        kind = self.words.weight.dtype
        with torch.no_grad():
            camera, actors, here = token_features(numbers.float(), h, w)
        said = self.words(self.norm((words.to(kind) * self.slots).sum(2)))  # (P, A, 2D)
        said = said[prompt_of][:, :, None]  # (B, F, 1, A, 2D)
        actors = actors.to(kind)
        acted = F.gelu(self.actor(actors) + said, approximate="tanh") * self.gate(actors)
        acted = (acted * here[:, :, None, :, None].to(kind)).sum(3)  # (B, F, S, 2D)
        first, activation, last = self.camera
        return last(activation(first(camera.to(kind)) + self.moves(moves.to(kind)))) + self.actor_out(acted)


def cast_words(vocabulary: Vocabulary, casts: Sequence[Sequence[Sequence[str]]]) -> Tensor:
    """(P, 1 + A, K) numbers of words. `casts` has for each prompt the words of the scene and then of its actors, each
    in its place, "" where unsaid; none at all for an empty prompt.
    """
    ids = torch.full((len(casts), 1 + ACTORS, SLOTS), PAD)
    for prompt, actors in enumerate(casts):
        for actor, words in enumerate(actors[: 1 + ACTORS]):
            for slot, word in enumerate(words[:SLOTS]):
                for first in words_of(word)[:1]:
                    ids[prompt, actor, slot] = vocabulary.id_of(first)
    return ids


def moments_of(pictures: Tensor, group: int = 4, starts: bool = True) -> Tensor:
    """Numbers of a clip's pictures (1 + 4k, N) to those of its latent frames (1 + k, 2, N); (4k, N) to (k, 2, N) of a
    loop, which has no picture that `starts` it.
    """
    groups = pictures[int(starts) :]
    rest = groups.unflatten(0, (len(groups) // group, group))[:, [0, -1]]
    if not starts:
        return rest
    first = pictures[:1, None].expand(1, 2, -1)
    return torch.cat([first, rest])


# ------------------------------------------------------------------------------------------------------ geometry


def token_features(numbers: Tensor, h: int, w: int) -> tuple[Tensor, Tensor, Tensor]:
    """What each token sees at both moments: of the camera (B, F, S, 2 * .), of actors (B, F, S, A, 2 * .), who is there
    (B, F, A).
    """
    b, f = numbers.shape[:2]
    flat = numbers.reshape(b * f * 2, -1)
    camera, actors = flat[:, :CAMERA], flat[:, CAMERA:].reshape(-1, ACTORS, ACTOR)
    axes, half = camera_axes(camera)
    rays, x, y = ray_grid(axes, half, h, w)
    seen = camera_features(camera, rays, half, h)  # (B * F * 2, S, .)
    told = _actor_features(camera, actors, axes, x, y, half, h)  # (B * F * 2, S, A, .)
    seen = seen.reshape(b, f, 2, h * w, -1).transpose(2, 3).flatten(3)
    told = told.reshape(b, f, 2, h * w, ACTORS, -1).permute(0, 1, 3, 4, 2, 5).flatten(4)
    return seen, told, (actors[..., 0] > 0).reshape(b, f, 2, ACTORS).any(2)


def token_moves(numbers: Tensor, h: int, w: int) -> Tensor:
    """Where what a token sees has come from, in tokens: (B, F, S, MOVES) from numbers (B, F, 2, N).

    That is optical flow as far as camera and actors make it: from the last picture of the latent frame before to this
    one's last and first, and from this one's first to its last. By the camera it is told for things on the ground and
    at every one of `DEPTHS`, and then for the actor that the token sees, if any.
    """
    b, f = numbers.shape[:2]
    first, last = numbers[:, :, 0].reshape(b * f, -1), numbers[:, :, 1].reshape(b * f, -1)
    before = torch.cat([numbers[:, :1, 0], numbers[:, :-1, 1]], 1).reshape(b * f, -1)
    pairs = (last, before), (first, before), (last, first)
    seen, found = _Sight(last, h, w), []
    for now, then in pairs:
        sight = seen if now is last else _Sight(now, h, w)
        here = torch.stack([sight.x, sight.y], -1) / (2 * sight.half[:, None, None] / h)  # (M, S, 2)
        for depth in (sight.ground, *(torch.full_like(sight.x, depth) for depth in DEPTHS)):
            there, _ = _seen(then, sight.points(depth), h)
            found += _distances(here - there)
    whose = seen.bodies().min(-1)
    acted = (whose.values < FAR).to(numbers.dtype)[..., None]
    found.append(acted)
    for now, then in pairs:
        (here, near), (there, far) = _seen(now, _middles(now), h), _seen(then, _middles(then), h)
        moved = torch.cat([*_distances(here - there), (far / near).log().clamp(-2, 2)[..., None]], -1)  # (M, A, 5)
        index = whose.indices[..., None].expand(-1, -1, moved.shape[-1])
        found.append(moved.gather(1, index) * acted)
    known = torch.ones_like(acted).unflatten(0, (b, f))
    known[:, 0] = 0.0
    return torch.cat([torch.cat(found, -1).unflatten(0, (b, f)), known], -1)


MOVES = 3 * (1 + len(DEPTHS)) * 4 + 1 + 3 * 5 + 1


def token_spots(numbers: Tensor, h: int, w: int) -> Tensor:
    """Where the first frame of the window would see what each token sees: (B, F, S, 2), rows and columns of tokens.

    Counted from the picture's middle, so in the first frame they are the token's own. Attention that goes by them finds
    in other frames what has moved with the camera. How far away that is, is guessed: where the ground is, an actor, or
    `BACKDROP`.
    """
    b, f = numbers.shape[:2]
    sight = _Sight(numbers.reshape(b * f * 2, -1), h, w)
    points = sight.points(torch.minimum(sight.ground, sight.bodies().amin(-1)))
    first = numbers[:, :1, :1].expand(b, f, 2, -1).reshape(b * f * 2, -1)
    seen, _ = _seen(first, points, h)
    return (seen * torch.tensor([1.0, -1.0], device=seen.device)).flip(-1).reshape(b, f, 2, h * w, 2).mean(2)


class _Sight:
    """What M cameras (M, N) see: rays of their tokens, and how far things are along them."""

    def __init__(self, numbers: Tensor, h: int, w: int) -> None:
        self.numbers, self.h = numbers, h
        self.axes, self.half = camera_axes(numbers[:, :CAMERA])
        self.rays, self.x, self.y = ray_grid(self.axes, self.half, h, w)
        self.eye = numbers[:, None, 1:4]
        self.ground = ground_along(self.eye, self.rays).clamp(max=BACKDROP)  # (M, S)

    def points(self, depth: Tensor) -> Tensor:
        """(M, S, 3) at metres (M, S) along the rays."""
        return self.eye + depth[..., None] * self.rays

    def bodies(self) -> Tensor:
        """Metres (M, S, A) along the rays to the actors, FAR where a ray misses one by more than half a token."""
        actors = self.numbers[:, CAMERA:].reshape(-1, ACTORS, ACTOR)
        right, up, ahead = (((_middles(self.numbers) - self.eye) @ axis[..., None]).mT for axis in self.axes)
        near = ahead.clamp_min(0.2)  # (M, 1, A), as right and up
        slack = near * self.half[:, None, None] / self.h  # half a token there, in metres
        aside, above = self.x[..., None] * near - right, self.y[..., None] * near - up  # (M, S, A)
        inside = (aside.abs() < actors[:, None, :, 6] + slack) & (above.abs() < actors[:, None, :, 5] / 2 + slack)
        inside &= (actors[:, None, :, 0] > 0) & (ahead > 0.2)
        slant = (self.rays * self.axes[2][:, None]).sum(-1, keepdim=True)  # metres ahead per metre along the ray
        return torch.where(inside, near / slant, FAR).clamp(max=FAR)


def _middles(numbers: Tensor) -> Tensor:
    """Middles of the actors' bodies (M, A, 3)."""
    actors = numbers[:, CAMERA:].reshape(-1, ACTORS, ACTOR)
    return actors[..., 1:4] + F.pad(actors[..., 5:6] / 2, (1, 1))


def ground_along(eye: Tensor, rays: Tensor) -> Tensor:
    """Metres along rays (M, S, 3) from eyes (M, 1, 3) to the ground at height 0; FAR where they do not meet it."""
    down = (-rays[..., 1]).clamp_min(1e-3)
    return torch.where(rays[..., 1] < 0, eye[..., 1].clamp_min(0.1) / down, FAR).clamp(max=FAR)


def _seen(camera: Tensor, points: Tensor, h: int) -> tuple[Tensor, Tensor]:
    """Where cameras (M, N) see points (M, K, 3): columns and rows upwards (M, K, 2) in tokens from the middle, and how
    far they are (M, K) in metres.

    Perspective up to 45 degrees beside the axis, then the angle, so that it goes on behind the camera.
    """
    (right, up, forward), half = camera_axes(camera[:, :CAMERA])
    off = points - camera[:, None, 1:4]
    aside, above, ahead = (off @ axis[..., None] for axis in (right, up, forward))
    flat = torch.cat([aside, ahead], -1).norm(dim=-1, keepdim=True).clamp_min(0.05)
    angle = torch.atan2(aside, ahead)
    quarter = math.pi / 4
    columns = torch.where(
        angle.abs() < quarter, angle.clamp(-quarter, quarter).tan(), angle.sign() * (1 + 2 * (angle.abs() - quarter))
    )
    rows = above / flat / (ahead / flat).clamp_min(0.5**0.5)
    scale = (h / (2 * half))[:, None, None]
    return (torch.cat([columns, rows], -1) * scale).clamp(-MOST, MOST), off.norm(dim=-1).clamp_min(0.2)


def _distances(tokens: Tensor) -> list[Tensor]:
    """Distances (..., 2) in tokens, told finely where they are short and coarsely where they are long."""
    return [tokens.clamp(-2, 2), tokens / (4 + tokens.abs())]


def camera_axes(camera: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
    """Right, up and forward (M, 3), and the tangent of half the view angle (M,)."""
    yaw, pitch, roll, angle = camera[:, 4:].unbind(-1)
    zero = torch.zeros_like(yaw)
    forward = torch.stack([-yaw.sin() * pitch.cos(), pitch.sin(), -yaw.cos() * pitch.cos()], -1)
    level = torch.stack([yaw.cos(), zero, -yaw.sin()], -1)
    above = torch.linalg.cross(level, forward)
    c, s = roll.cos()[:, None], roll.sin()[:, None]
    return (c * level + s * above, c * above - s * level, forward), (angle / 2).clamp(0.05, 1.4).tan()


def ray_grid(
    axes: tuple[Tensor, Tensor, Tensor], half: Tensor, h: int, w: int, only: Tensor | None = None, parts: int = 1
) -> tuple[Tensor, Tensor, Tensor]:
    """Unit directions (M, S, 3) of the tokens' middles, and their slopes right (M, S) and up (M, S); of `only` these
    tokens, (S',) or of each picture (M, S'). Of tokens of so many `parts` a side, the parts' middles, row by row (M,
    S * parts², ...).
    """
    right, up, forward = (axis[:, None] for axis in axes)
    device = half.device
    y = (1 - (torch.arange(h, device=device) + 0.5) / h * 2)[:, None].expand(h, w).reshape(-1)
    x = ((torch.arange(w, device=device) + 0.5) / w * 2 - 1).expand(h, w).reshape(-1)
    if only is not None:
        x, y = x[only], y[only]
    if parts > 1:
        aside = (torch.arange(parts, device=device) + 0.5) / parts * 2 - 1
        x = (x[..., None, None] + aside / w).expand(*x.shape, parts, parts).flatten(-3)
        y = (y[..., None, None] - aside[:, None] / h).expand(*y.shape, parts, parts).flatten(-3)
    x, y = x * (w / h) * half[:, None], y * half[:, None]
    return F.normalize(forward + x[..., None] * right + y[..., None] * up, dim=-1), x, y


def waves_of(values: Tensor, lengths: Sequence[float], weights: Tensor | None = None) -> Tensor:
    """Sines and cosines (..., 2 * len * K) of values (..., K), each length faded by `weights` (..., 1, len)."""
    angles = values[..., None] * (2 * math.pi / torch.tensor(lengths, device=values.device))
    both = torch.stack([angles.sin(), angles.cos()], -1)
    return (both if weights is None else both * weights[..., None]).flatten(-3)


def camera_features(camera: Tensor, rays: Tensor, half: Tensor, h: int) -> Tensor:
    eye, m, s = camera[:, 1:4], *rays.shape[:2]
    down = (-rays[..., 1]).clamp_min(1e-3)
    away = ground_along(eye[:, None], rays)
    meets = (rays[..., 1] < 0).float()
    place = eye[:, None, ::2] + away[..., None] * rays[..., ::2]  # (M, S, 2)
    blur = away * 2 * half[:, None] / h / down.clamp_min(0.1)  # metres that a token covers there
    lengths = torch.tensor(GROUND, device=rays.device)
    fade = torch.exp(-((blur[..., None] / lengths) ** 2)) * meets[..., None]
    around = torch.atan2(rays[..., 0], -rays[..., 2])[..., None]
    rise = torch.asin(rays[..., 1].clamp(-1, 1))[..., None]
    frame = torch.cat(
        [
            torch.tanh(eye / torch.tensor([4.0, 6.0, 30.0], device=eye.device)), half[:, None].log(),
            waves_of(eye[:, ::2], STAND), waves_of(eye[:, 1:2], (3.0, 12.0)), waves_of(camera[:, :1], BEATS),
        ], -1,
    )  # fmt: skip
    token = [
        rays, meets[..., None], 1 / (1 + away[..., None] / 5) * meets[..., None],
        waves_of(place, GROUND, fade[..., None, :]), waves_of(around, [2 * math.pi / k for k in TURNS]),
        waves_of(rise, [math.pi / k for k in TURNS]),
    ]  # fmt: skip
    for depth in DEPTHS:
        there = eye[:, None] + depth * rays
        token += [waves_of(there[..., ::2], (1.2 * depth, 4.0 * depth)), torch.tanh(there[..., 1:2] / depth)]
    return torch.cat([*token, frame[:, None].expand(m, s, -1)], -1)


CAMERA_FEATURES = 3 + 2 + 4 * len(GROUND) + 4 * len(TURNS) + 9 * len(DEPTHS) + 4 + 4 * len(STAND) + 4 + 2 * len(BEATS)


def _actor_features(
    camera: Tensor, actors: Tensor, axes: tuple[Tensor, Tensor, Tensor], x: Tensor, y: Tensor, half: Tensor, h: int
) -> Tensor:
    right, up, forward = axes
    feet, heading, height, radius = actors[..., 1:4], actors[..., 4], actors[..., 5].clamp_min(0.1), actors[..., 6]
    token = 2 * half[:, None, None] / h  # (M, 1, 1): slope that a token covers

    def slopes(points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Right, up and metres ahead of points (M, ..., 3)."""
        off = points - camera[:, 1:4].reshape(-1, *[1] * (points.ndim - 2), 3)
        sides = [torch.einsum("m...c,mc->m...", off, axis) for axis in (right, up, forward)]
        ahead = sides[2].clamp_min(0.2)
        return sides[0] / ahead, sides[1] / ahead, sides[2]

    middle = feet + F.pad(height[..., None] / 2, (1, 1))
    across, above, ahead = slopes(middle)  # (M, A)
    size = height / ahead.clamp_min(0.2)  # slope that the body covers
    dx = (x[:, :, None] - across[:, None]) / size[:, None]  # (M, S, A) in heights of the actor
    dy = (y[:, :, None] - above[:, None]) / size[:, None]
    near_x, near_y = dx.clamp(-2, 2), dy.clamp(-2, 2)
    wide = (radius / height).clamp(max=6)
    inside_x = torch.sigmoid(6 * (wide[:, None] + 0.1 - dx.abs()))
    inside_y = torch.sigmoid(8 * (0.55 - dy.abs()))
    turned = heading - torch.atan2(camera[:, None, 1] - feet[..., 0], camera[:, None, 3] - feet[..., 2])
    larger = (size / (2 * half[:, None])).log().clamp(-5, 3)  # share of the picture's height
    own = torch.stack([turned.sin(), turned.cos(), larger, wide.log().clamp(-3, 2), (ahead > 0.2).float()], -1)
    jx, jy, _ = slopes(feet[:, :, None] + actors[..., 7:].unflatten(-1, (JOINTS, 3)))  # (M, A, J)
    jx = ((x[:, :, None, None] - jx[:, None]) / token[..., None]).clamp(-4, 4)  # (M, S, A, J) in tokens
    jy = ((y[:, :, None, None] - jy[:, None]) / token[..., None]).clamp(-4, 4)
    close = torch.exp(-(jx**2 + jy**2) / 2)
    parts = [
        torch.stack([near_x, near_y, inside_x * inside_y, inside_x, inside_y], -1),
        waves_of(torch.stack([near_x, near_y], -1), (1.0, 2.0)),
        own[:, None].expand(-1, x.shape[1], -1, -1), close, jx * close, jy * close,
    ]  # fmt: skip
    return torch.cat(parts, -1)


ACTOR_FEATURES = 5 + 8 + 5 + 3 * JOINTS
