"""Blocking as every place of a picture sees it, for the convolutions that draw what tokens are too coarse for.

A token covers 32 pixels, a leg four. Where a place of four pixels lies in the world, on which side of the horizon, how
far from an arm, is known from the same numbers as for tokens (`blocking.py`), and so are the words of scene and actors.

Shape letters: B clips, F latent frames, M pictures, S = rows x columns places of a picture, A actors, J joints, K words
of the scene or of an actor, N numbers of a moment, D width.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from . import layer_kernels
from .blocking import (
    ACTOR,
    ACTORS,
    BACKDROP,
    CAMERA,
    CAMERA_FEATURES,
    JOINTS,
    SLOTS,
    camera_axes,
    camera_features,
    ground_along,
    ray_grid,
    token_moves,
    waves_of,
)  # fmt: skip
from .bones import COUPLE, HEADS, KINDS, LIMBED, Skeleton, distance_to, turn_by
from .fields import FEATURES, GATHERED, Field, Gathered, contracted
from .text import PAD
from .threads import shared

WORDS = 1024  # different words that can be told apart
WORD_WIDTH = 64
LAYERS = 3
SIDE = 4  # pixels a side of the convolutions' places
DOT = 2  # pixels a side of the places at which somebody looks, and that are painted
CLOSER = 0.25  # share of dots, those that differ most from what is beside them, that are shown pixel by pixel
TEXTURES = (0.7, 1.4, 2.8)  # metres: lengths of waves over the ground, in all directions, that textures can hold on to
FOLIAGE = (1.5, 4.0)  # metres: of waves through the air, seen on a globe of BACKDROP metres
DIRECTIONS = 5
AROUND = 5  # dots a side of two means, one of the other, that are taken for what is around a dot
AT_ONCE = 8192  # dots that are looked at together, few enough for a processor's own memory
AROUND_LIMBS = 4.0  # thicknesses of bones that what is worn may be from them
LIMB = 0.06  # heights of an actor: thickness of a limb
ROOTS = (0.52, 0.8, 0.8, 0.52, 0.52)  # heights of an actor at which head, hands and feet are joined to it
ANGLES = (4, 6, *(CAMERA + actor * ACTOR + 4 for actor in range(ACTORS)))  # numbers that are angles and may go round
SCREEN = 5
LOOK = 4  # which of the scene's words says how the picture is made: natural, pencil, vhs
GARMENT, HAIRSTYLE, HAT, UMBRELLA, ACTION = 2, 4, 6, 7, 8  # which of an actor's words say so
KINDS_FROM = 2**12  # keys of fields: below those of scenes, from here on those of actors
SCREENS_FROM = 2**21  # from here on those of pictures
ENDS_FROM = 2**22  # from here on those of floors and skies
BONES_FROM = 2**24  # and from here on those of bones of people
FLOOR = 80.0  # metres beyond which a ray is taken to miss the floor
SKY = 6.0  # contracted metres from the middle where skies are remembered, in all directions
ENDING = 0.8  # share of the way there beyond which what is seen may be that
FINE_CAMERA = CAMERA_FEATURES + DIRECTIONS * 2 * (len(TEXTURES) + len(FOLIAGE)) + SCREEN
FINE_ACTOR = 4 + 12 + 7 + 5 * JOINTS


class Told(NamedTuple):
    """What a decoder is told of clips besides their latents; of clips that are not `known`, everything is nought.

    `numbers` (B, F, 2, N) of camera and actors, `words` (B, F, 1 + A, K) of scene and actors as numbers of the
    tokenizer's vocabulary, `known` (B,), and `moves` (B, F, h * w, MOVES), see `blocking.token_moves`.
    """

    numbers: Tensor
    words: Tensor
    known: Tensor
    moves: Tensor

    @staticmethod
    def of(numbers: Tensor, h: int, w: int, words: Tensor | None = None, known: Tensor | None = None) -> "Told":
        """From numbers (B, F, 2, N) for pictures of h x w latent pixels. Without `words` none are said."""
        b, f = numbers.shape[:2]
        if words is None:
            words = torch.full((b, f, 1 + ACTORS, SLOTS), PAD, device=numbers.device)
        if known is None:
            known = torch.ones(b, dtype=torch.bool, device=numbers.device)
        moves = token_moves(numbers.float(), h, w) * known[:, None, None, None]
        return Told(numbers.float(), words, known, moves)

    def frames(self, frames: slice) -> "Told":
        return Told(self.numbers[:, frames], self.words[:, frames], self.known, self.moves[:, frames])

    def to(self, device: torch.device) -> "Told":
        return Told(*(part.to(device) for part in self))


class Seen(NamedTuple):
    """What places see: features (M, D, H / SIDE, W / SIDE), the picture that is guessed of it (M, 3, H, W), the
    scene's words (M, WORD_WIDTH), and whether anything is known (M,). Where not, features and words are nought.
    """

    places: Tensor
    guess: Tensor
    scene: Tensor
    known: Tensor


class FineReader(nn.Module):
    """Numbers of camera and actors and their words to features of each place. At the start they are nought.

    What a place looks at is remembered in space (`fields.py`), in tables of `rows`, and there, too, what a look does to
    every picture at the same place of it: paper and its edges, hatching, lines of a tape.

    It is taught to `guess` the picture, of what a place looks at and words alone, as a draft is for tokens, and by
    nothing else: through the convolutions' lessons it learned nothing in 477 steps (LOG.md). Absolute errors teach it
    what is likely, which is pale: `contrast` says by the word of the look how much is missing (see `crisp`).
    """

    def __init__(self, width: int, rows: int = 2**10) -> None:
        super().__init__()
        inner = 3 * width
        self.words = nn.Embedding(WORDS, WORD_WIDTH, padding_idx=PAD)
        self.slots = nn.Parameter(torch.randn(SLOTS, WORD_WIDTH))
        self.camera = nn.Linear(FINE_CAMERA, inner)
        self.actor, self.gate = nn.Linear(FINE_ACTOR, inner), nn.Linear(FINE_ACTOR, inner)
        self.said = nn.Linear(WORD_WIDTH, inner, bias=False)
        self.change = nn.Linear(WORD_WIDTH, (1 + 2 * LAYERS) * inner)
        self.norm = nn.Parameter(torch.ones(inner))
        self.field = Field(rows)
        self.register_buffer("contrast", torch.zeros(WORDS))
        self.stands = nn.Linear(GATHERED, inner, bias=False)
        self.on_screen = nn.Linear(FEATURES, inner, bias=False)
        self.ends = nn.Linear(2 * FEATURES, inner, bias=False)
        self.own, self.own_gate = nn.Linear(GATHERED, inner, bias=False), nn.Linear(GATHERED, inner, bias=False)
        self.more = nn.ModuleList(nn.Linear(inner, inner) for _ in range(LAYERS))
        self.write = nn.Linear(inner, width, bias=False)
        self.paint = nn.Linear(inner, 3 * DOT**2)
        for layer in (self.write, self.stands, self.ends, self.on_screen, self.own, self.own_gate):
            nn.init.zeros_(layer.weight)

    def forward(self, numbers: Tensor, words: Tensor, known: Tensor, rows: int, columns: int) -> Seen:
        """`numbers` (M, N), `words` (M, 1 + A, K), whether they are `known` (M,); rows and columns of DOT pixels."""
        with torch.no_grad():
            band = SIDE // DOT * max(1, AT_ONCE * DOT // (SIDE * columns * len(numbers)))  # rows

            def shown(only: Tensor) -> tuple[Tensor, Tensor, Tensor]:
                x, scene = self.inner(numbers, words, rows, columns, only)
                return F.avg_pool2d(x.mT.unflatten(2, (-1, columns)), SIDE // DOT), self._painted(x), scene

            bands = torch.arange(rows * columns, device=numbers.device).split(band * columns)
            looked, painted, scenes = zip(*shared(shown, bands), strict=True)
            dots = torch.cat(painted, 1).mT.unflatten(2, (rows, columns))
            guess = without_specks(self._closer(dots, numbers, words))
            dots = F.avg_pool2d(guess, DOT)
            guess = guess + enlarged(crisp(dots, self.contrast[words[:, 0, LOOK]].to(dots.dtype)) - dots)
            seen, scene, told = torch.cat(looked, 2), scenes[0], known.to(guess.dtype)
        places = F.conv2d(seen, self.write.weight[..., None, None])
        return Seen(places * told[:, None, None, None], guess, scene * told[:, None], known)

    def guess(
        self, numbers: Tensor, words: Tensor, rows: int, columns: int, only: Tensor | None = None,
        chance: torch.Generator | None = None,
    ) -> Tensor:  # fmt: skip
        """What each place shows, (M, S, 3 * DOT²) as `pixel_unshuffle` orders pixels; of `only` these places, (S',)
        or (M, S'). With `chance` fields are read where it wants, see `Field.through`.
        """
        return self.paint(self.inner(numbers, words, rows, columns, only, chance)[0])

    def _painted(self, x: Tensor) -> Tensor:
        """(M, S, 3), the mean of a dot's pixels."""
        return self.paint(x).unflatten(2, (3, DOT**2)).mean(3)

    def _closer(self, dots: Tensor, numbers: Tensor, words: Tensor) -> Tensor:
        """Dots (M, 3, rows, columns) enlarged (M, 3, H, W). Those that differ most from what is beside them are looked
        at again, pixel by pixel: there something ends.
        """
        rows, columns = dots.shape[2:]
        differ = (F.max_pool2d(dots, 3, 1, 1) + F.max_pool2d(-dots, 3, 1, 1)).amax(1).flatten(1)  # (M, S)
        most = differ.topk(round(CLOSER * rows * columns), 1).indices.sort(1).values
        few = max(1, AT_ONCE // (DOT**2 * len(numbers)))
        painted = shared(
            lambda only: self._painted(self.inner(numbers, words, rows, columns, only, parts=DOT)[0]),
            most.split(few, 1),
        )
        pixels = torch.cat(painted, 1).unflatten(1, (-1, DOT**2)).mT.flatten(2)
        guess = F.pixel_unshuffle(enlarged(dots), DOT).flatten(2).mT  # (M, S, 3 * DOT²)
        guess = guess.scatter(1, most[..., None].expand_as(pixels), pixels.to(guess.dtype))
        return F.pixel_shuffle(guess.mT.unflatten(2, (rows, columns)), DOT)

    def inner(
        self, numbers: Tensor, words: Tensor, rows: int, columns: int, only: Tensor | None = None,
        chance: torch.Generator | None = None, parts: int = 1,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Of each place (M, S, inner), and the scene's words (M, WORD_WIDTH). With `parts` a side, of each of a place's
        parts, row by row (M, S * parts², inner).
        """
        kind = self.camera.weight.dtype
        with torch.no_grad():
            camera, pairs, actors = place_features(numbers.float(), rows, columns, only, parts)
        said = F.layer_norm((self.words(words) * self.slots).sum(2), (WORD_WIDTH,))  # (M, 1 + A, .)
        scene, cast = said[:, 0], said[:, 1:]
        first, *changes = self.change(scene)[:, None].chunk(1 + 2 * LAYERS, -1)  # (M, 1, inner) each
        with self.field.read_together():
            stands, ends, own = self.remembered(numbers.float(), words, pairs, rows, columns, only, chance, parts)
            shown = self.field.on_screen(SCREENS_FROM + 2**9 * words[:, 0, LOOK] + rows, rows, columns, only)
        shown = (shown * (words[:, 0, LOOK, None, None] != PAD)).repeat_interleave(parts**2, 1)
        m, a = pairs.unbind(1)
        clear = 1 - own.new_zeros(*camera.shape[:2], 1).index_add(0, m, own[..., FEATURES : FEATURES + 1])
        given = torch.cat([part.to(kind) for part in (clear * camera, clear * ends, clear, stands, shown)], -1)
        readers = (self.camera, self.ends, self.stands, self.on_screen)
        weights = [layer.weight for layer in readers]
        weights.insert(2, self.camera.bias[:, None])
        x = F.linear(given, torch.cat(weights, 1))  # (M, S, inner): bodies hide the rest
        compiled = not torch.is_grad_enabled() and numbers.device.type == "cpu"  # where there are kernels for it
        x = (x.float() if compiled else x) + first
        if len(pairs):
            weight = torch.cat([torch.cat([layer.weight for layer in layers], 1) for layers in (
                (self.actor, self.own), (self.gate, self.own_gate))])  # fmt: skip
            both = F.linear(torch.cat([actors.to(kind), own.to(kind)], -1), weight, torch.cat(
                [self.actor.bias, self.gate.bias]))  # fmt: skip
            said = self.said(cast[m, a])
            if compiled:
                x.index_add_(0, m, layer_kernels.gated(both, said))
            else:
                acted, gate = both.chunk(2, -1)
                x = x.index_add(0, m, F.gelu(acted + said[:, None], approximate="tanh") * gate)
        for more, shift, scale in zip(self.more, changes[::2], changes[1::2], strict=True):
            if compiled:
                layer_kernels.add_gelu(x, more(layer_kernels.normed(x, self.norm, scale[:, 0], shift[:, 0], kind)))
            else:
                y = F.layer_norm(x, self.norm.shape, self.norm) * (1 + scale) + shift
                x = x + F.gelu(more(y), approximate="tanh")
        if compiled:
            return layer_kernels.normed(x, *torch.tensor([[1.0], [0.0], [0.0]]).expand(-1, x.shape[2]), kind), scene
        return F.layer_norm(x, self.norm.shape), scene

    def remembered(
        self, numbers: Tensor, words: Tensor, pairs: Tensor, rows: int, columns: int, only: Tensor | None,
        chance: torch.Generator | None, parts: int = 1,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        """What places see of the scene (M, S, GATHERED), what floor or sky is like where they look (M, S, 2 * FEATURES;
        the second half as far as it is seen), and of each of the `pairs` of picture and actor the same as of the scene
        (P, S, GATHERED). Whoever stands in front hides what is behind.

        With an accent ("red lockers") places have layouts of their own, of which there are too few pictures each: they
        are learned apart and roughly, but shown is the layout that most pictures have, in the accent's colours.
        """
        camera, actors = numbers[:, :CAMERA], numbers[:, CAMERA:].reshape(-1, ACTORS, ACTOR)
        axes, half = camera_axes(camera)
        rays = ray_grid(axes, half, rows, columns, only, parts)[0]
        (count, places), eye = rays.shape[:2], camera[:, 1:4]
        apart = (words[:, 0, 1] != PAD) & self.training
        scene, rough = 2 * words[:, 0, 0] + apart, apart.repeat_interleave(places) if self.training else None
        found = self.field.through(
            eye.repeat_interleave(places, 0),
            rays.flatten(0, 1),
            scene.repeat_interleave(places),
            chance,
            rough,
            parts**2,
        )
        weights, distances = (part.unflatten(0, (count, places)) for part in (found.weights, found.distances))
        end, away = self.at_the_end(eye, rays, scene, rough)
        ends = torch.cat([end, end * (weights * (distances > ENDING * away[..., None])).sum(-1, keepdim=True)], -1)
        m, a = pairs.unbind(1)
        own = found.features.new_zeros(len(pairs), places, GATHERED)
        if len(pairs):
            seen, pair, place, at = self.bodies_along(actors[m, a], words[m, 1 + a], eye[m], rays[m], chance)
            opaque = seen.weights.sum(1)
            hides = opaque.new_zeros(len(pairs), places).index_put((pair, place), opaque)
            free, left = torch.ones_like(hides), torch.ones_like(weights)
            for one in range(ACTORS):
                ones = (a == one).nonzero()[:, 0]
                behind = hides[ones][..., None] * (distances[m[ones]] > at[ones][..., None])
                left = left.index_put((m[ones],), left[m[ones]] * (1 - behind))
                for other in range(ACTORS):  # nobody is in one picture twice, so pictures say which pairs meet
                    others = (a == other).nonzero()[:, 0]
                    met, mine = (m[others][:, None] == m[ones]).nonzero().unbind(1)
                    before = at[others[met]] < at[ones[mine]]
                    free = free.index_put((ones[mine],), free[ones[mine]] * (1 - hides[others[met]] * before))
            free = free * (1 - (weights[m] * (distances[m] < at[..., None])).sum(-1))
            seen = seen._replace(weights=seen.weights * free[pair, place][:, None])
            own = own.index_put((pair, place), seen.together().to(own.dtype))
            weights = weights * left
        stands = found._replace(weights=weights.flatten(0, 1)).together().unflatten(0, (count, places))
        said = words[:, 0, :1, None] != PAD
        return stands * said, ends * said, own * (words[m, 1 + a, :1, None] != PAD)

    def bodies_along(
        self, actors: Tensor, words: Tensor, eye: Tensor, rays: Tensor, chance: torch.Generator | None
    ) -> tuple[Gathered, Tensor, Tensor, Tensor]:
        """What rays (P, S, 3) from `eye` (P, 3) see of actors (P, .) with `words` (P, K), if nothing else was there: of
        those that meet them, whose numbers among P and among S come next, and metres to all (P, S).
        """
        kinds, bones = KINDS_FROM + WORDS * words[:, 0] + words[:, ACTION], keys_of_bones(words)
        away, meetings = meetings_of(actors, eye, rays)
        seen = [
            self.field.inside(*met.along, kinds[met.pairs], chance)
            if met.skeleton is None
            else self.field.along_bones(*met.along, bones[met.pairs], met.skeleton.take(met.pairs), chance)
            for met in meetings
        ]
        together = Gathered(*(torch.cat(parts) for parts in zip(*seen, strict=True)))
        pairs, places = (torch.cat([met[part] for met in meetings]) for part in (0, 1))
        return together, pairs, places, away

    def at_the_end(
        self, eye: Tensor, rays: Tensor, scene: Tensor, rough: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """What is known of the floor, or of the sky, where rays (M, S, 3) from `eye` (M, 3) in scenes of keys (M,) meet
        it: features (M, S, FEATURES), and how many metres away it is (M, S).

        Floors are level and lie at nought in most places, and skies are far: neither has to be found in space.
        """
        with torch.no_grad():
            away = eye[:, None, 1] / (-rays[..., 1]).clamp_min(1e-6)
            above = (rays[..., 1] >= 0) | (away > FLOOR) | (away <= 0)
            away = torch.where(above, FLOOR, away)
            met = contracted(eye[:, None] + away[..., None] * rays)
            met = torch.where(above[..., None], SKY * rays, met)
            keys = ENDS_FROM + 2 * scene[:, None] + above
        return self.field(met.flatten(0, 1), keys.flatten(), rough).unflatten(0, away.shape), away


def enlarged(dots: Tensor) -> Tensor:
    """Dots (M, 3, rows, columns) as pictures (M, 3, H, W) that show no edges of dots."""
    return F.interpolate(dots, scale_factor=DOT, mode="bicubic", align_corners=False)


def without_specks(pictures: Tensor) -> Tensor:
    """Pictures (M, 3, H, W) whose pixels keep within the second darkest and the second brightest of their eight
    neighbours, channel by channel: edges and lines of one pixel stay, what is alone does not.
    """
    height, width = pictures.shape[2:]
    wide = F.pad(pictures, (1, 1, 1, 1), "reflect")
    most, least = torch.full_like(pictures, -torch.inf), torch.full_like(pictures, torch.inf)
    second, but_one = most, least
    for y, x in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2)):
        beside = wide[..., y : y + height, x : x + width]
        second, most = torch.maximum(second, torch.minimum(most, beside)), torch.maximum(most, beside)
        but_one, least = torch.minimum(but_one, torch.maximum(least, beside)), torch.minimum(least, beside)
    return pictures.clamp(but_one, second)


def crisp(dots: Tensor, amount: Tensor) -> Tensor:
    """Pictures (M, 3, rows, columns) whose dots differ 1 + `amount` (M,) times as much from what is around them (an
    unsharp mask).
    """
    around = dots
    for _ in range(2):
        around = F.avg_pool2d(around, AROUND, 1, AROUND // 2, count_include_pad=False)
    return dots + amount[:, None, None, None] * (dots - around)


class Meeting(NamedTuple):
    """Rays that meet actors of one sort: which of the actors and which of their places (R,), `along` what (eyes (R, 3)
    and rays (R, 3) as `beside_actors` gives them, from and to how many metres (R,)), and skeletons of all actors.
    """

    pairs: Tensor
    places: Tensor
    along: tuple[Tensor, Tensor, Tensor, Tensor]
    skeleton: Skeleton | None


def meetings_of(actors: Tensor, eye: Tensor, rays: Tensor) -> tuple[Tensor, list[Meeting]]:
    """Of rays (P, S, 3) from `eye` (P, 3) and actors (P, .): how many metres away each actor is along each ray (P, S),
    and the rays that meet them, for each sort of actors.
    """
    eyes, ways = beside_actors(actors, eye, rays)
    low, high = box_along(actors, eyes, ways)
    meetings = []
    for some, skeleton in skeletons_of(actors):
        pair, place = ((high > low) & some[:, None]).nonzero().unbind(1)
        along = eyes[pair], ways[pair, place], low[pair, place], high[pair, place]
        meetings.append(Meeting(pair, place, along, skeleton))
    return (low + high) / 2, meetings


def beside_actors(actors: Tensor, eye: Tensor, rays: Tensor) -> tuple[Tensor, Tensor]:
    """Eyes (P, 3) and rays (P, S, 3) turned as the actors (P, .) are, from their feet and in their heights."""
    feet, heading, height = actors[:, 1:4], actors[:, 4], actors[:, 5].clamp_min(0.1)
    turn = turn_by(heading) / height[:, None, None]
    return (turn @ (eye - feet)[..., None])[..., 0], rays @ turn.mT


def skeletons_of(actors: Tensor) -> Iterator[tuple[Tensor, Skeleton | None]]:
    """Which of the actors (P, .) have no limbs of which anything is told (P,), with nothing; which have, and are on
    their own, and which are two, with skeletons of all.
    """
    joints = beside_actors(actors, actors[:, 1:4], actors[:, 7:].unflatten(-1, (JOINTS, 3)))[1]
    kind = actors[:, 0].round()
    limbed = torch.isin(kind, kind.new_tensor(LIMBED)) & (joints.abs().amax((1, 2)) > 0)
    yield ~limbed, None
    alone, couples = limbed & (kind != COUPLE), limbed & (kind == COUPLE)
    if alone.any():
        yield alone, Skeleton.of(joints, kind)
    if couples.any():
        yield couples, Skeleton.of_couples(joints)


def keys_of_bones(words: Tensor) -> Tensor:
    """(P, 2 * KINDS) keys of fields for the bones of actors with `words` (P, K), and then for those of whom they are
    with: heads with others' hair or hat look alike nowhere, and bodies with other clothes. Of whom somebody is with
    nothing is said.
    """
    top = words[:, HAIRSTYLE] + 401 * (words[:, HAT] != PAD) + 701 * (words[:, UMBRELLA] != PAD)
    worn = words[:, GARMENT, None].repeat(1, 2 * KINDS)
    worn[:, HEADS] = top % WORDS
    worn[:, KINDS:] = PAD
    bones = torch.arange(2 * KINDS, device=words.device)
    return BONES_FROM + (bones * WORDS + words[:, :1]) * WORDS + worn


def box_along(actors: Tensor, eye: Tensor, rays: Tensor) -> tuple[Tensor, Tensor]:
    """Where rays (P, S, 3) from eyes (P, 3), as `beside_actors` gives them, enter and leave the box in which an actor
    keeps, in metres (P, S); they leave it before they enter where they do not meet it.
    """
    wide = (1.15 * actors[:, 6] / actors[:, 5].clamp_min(0.1) + 0.15).clamp(max=8)
    low = torch.stack([-wide, torch.full_like(wide, -0.05), -wide], -1) - eye
    high = torch.stack([wide, torch.full_like(wide, 1.25), wide], -1) - eye
    slow = torch.where(rays.abs() < 1e-6, 1e-6, rays)
    ends = torch.stack([low[:, None] / slow, high[:, None] / slow])
    return ends.amin(0).amax(-1).clamp_min(0.2), ends.amax(0).amin(-1)


def pictures_between(moments: Tensor, count: int) -> Tensor:
    """(B, f, 2, N), the first and last pictures of latent frames, to all `count` pictures of each: (B, f * count, N).

    What lies between is taken to be halfway; angles go the shorter way round.
    """
    first, last = moments.float().unbind(2)
    way = last - first
    angles = way[..., ANGLES]
    way = way.clone()
    way[..., ANGLES] = torch.atan2(angles.sin(), angles.cos())
    shares = torch.linspace(0, 1, count, device=moments.device) if count > 1 else torch.zeros(1, device=moments.device)
    return (first[:, :, None] + shares[:, None] * way[:, :, None]).flatten(1, 2)


def place_features(
    numbers: Tensor, rows: int, columns: int, only: Tensor | None = None, parts: int = 1
) -> tuple[Tensor, Tensor, Tensor]:
    """Of pictures (M, N): what each place sees of the world (M, S, FINE_CAMERA), which actors are there as pairs of
    picture and actor (P, 2), and how the places lie to each of them (P, S, FINE_ACTOR). With `only` of those places,
    and of their `parts`, see `ray_grid`.
    """
    camera, actors = numbers[:, :CAMERA], numbers[:, CAMERA:].reshape(-1, ACTORS, ACTOR)
    axes, half = camera_axes(camera)
    rays, x, y = ray_grid(axes, half, rows, columns, only, parts)
    eye, step = camera[:, None, 1:4], 2 * half[:, None] / rows  # slope that a place covers
    away = ground_along(eye, rays)
    blur = away * step / (-rays[..., 1]).clamp_min(0.1)
    ground = (eye + away[..., None] * rays)[..., ::2]
    globe = eye + BACKDROP * rays
    parts = [camera_features(camera, rays, half, rows)]
    below = (rays[..., 1] < 0)[..., None]
    for lengths, points, size, seen in ((TEXTURES, ground, blur, below), (FOLIAGE, globe, BACKDROP * step, 1.0)):
        for number, length in enumerate(lengths):
            turned = points @ directions(points.shape[-1], number, points.device)  # (M, S, DIRECTIONS)
            fade = torch.exp(-((2 * size[..., None] / length) ** 2)) * seen
            parts.append(waves_of(turned, (length,), fade.expand(*turned.shape[:2], 1)[..., None, :]))
    u, v = x / half[:, None], y / half[:, None]
    horizon = (rays[..., 1] / step).clamp(-3, 3)
    parts.append(torch.stack([u, v, u * u, v * v, horizon], -1))
    pairs = (actors[..., 0] > 0).nonzero()
    m, a = pairs.unbind(1)
    placed = lie_to_actors(camera[m], actors[m, a], tuple(axis[m] for axis in axes), x[m], y[m], step[m])
    return torch.cat(parts, -1), pairs, placed


def lie_to_actors(
    camera: Tensor, actors: Tensor, axes: tuple[Tensor, Tensor, Tensor], x: Tensor, y: Tensor, step: Tensor
) -> Tensor:
    """Pairs of camera (P, .) and actor (P, .): where places with slopes x and y (P, S) lie beside the actor's body, its
    joints and the limbs that lead there, in heights of the actor: (P, S, FINE_ACTOR).
    """
    feet, heading, height, radius = actors[:, 1:4], actors[:, 4], actors[:, 5].clamp_min(0.1), actors[:, 6]
    ups = torch.tensor([0.5, *ROOTS], device=x.device)
    up = torch.zeros(len(actors), len(ups), 3, device=x.device)
    up[..., 1] = ups * height[:, None]
    reach = actors[:, 7:].unflatten(-1, (JOINTS, 3))
    points = feet[:, None] + torch.cat([up, reach], 1)  # (P, 1 + 2J, 3): middle, roots, joints
    right, above, ahead = ((points - camera[:, None, 1:4]) @ axis[..., None] for axis in axes)
    flat = torch.cat([right, above], -1) / ahead.clamp_min(0.2)  # (P, 1 + 2J, 2) slopes
    near = ahead[:, 0]  # (P, 1)
    size = height[:, None] / near.clamp_min(0.2)  # slope that the body covers
    place = torch.stack([x, y], -1)[:, :, None] - flat[:, None]  # (P, S, 1 + 2J, 2)
    place = place / size[:, None, :, None]
    middle, joints = place[:, :, 0], place[:, :, 1 + JOINTS :]
    dot = step / size  # heights that a place covers
    limbed = (reach.abs().amax((1, 2)) > 0).float()[:, None, None]
    close = torch.exp(-joints.square().sum(-1) / (LIMB**2 + dot[..., None] ** 2)) * limbed
    along = distance_to(joints, joints - place[:, :, 1 : 1 + JOINTS])  # (P, S, J)
    wide = (radius / height).clamp(max=6)[:, None]
    dx, dy = middle.unbind(-1)
    inside = torch.sigmoid((wide - dx.abs()) / dot) * torch.sigmoid((0.5 - dy.abs()) / dot)
    dx, dy = dx.clamp(-1.5, 1.5), dy.clamp(-1.5, 1.5)
    turned = heading - torch.atan2(camera[:, 1] - feet[:, 0], camera[:, 3] - feet[:, 2])
    own = torch.cat(
        [
            turned.sin()[:, None], turned.cos()[:, None], (size / (step * 40)).log().clamp(-5, 3),
            wide.log().clamp(-3, 2), (near > 0.2).float(), limbed[:, 0], 1 / (1 + near.clamp_min(0) / 5),
        ], -1,
    )  # fmt: skip
    parts = [
        torch.stack([dx, dy, inside, torch.exp(-4 * (dx * dx + dy * dy))], -1),
        waves_of(torch.stack([dx, dy], -1), (1.0, 0.5, 0.25)),
        own[:, None].expand(-1, x.shape[1], -1),
        joints.clamp(-0.4, 0.4).flatten(2) * limbed, close,
        torch.exp(-((along / (LIMB + dot[..., None])) ** 2)) * limbed, along.clamp(max=0.4) * limbed,
    ]  # fmt: skip
    return torch.cat(parts, -1) * (near > 0.2).float()[..., None]


def bodies(numbers: Tensor, rows: int, columns: int, only: Tensor | None = None) -> Tensor:
    """(M, S) bool: places that show an actor, unless something stands before it; of `only` these places."""
    camera, actors = numbers[:, :CAMERA].float(), numbers[:, CAMERA:].reshape(-1, ACTORS, ACTOR).float()
    axes, half = camera_axes(camera)
    _, x, y = ray_grid(axes, half, rows, columns, only)
    shown = torch.zeros(x.shape, dtype=torch.bool, device=numbers.device)
    m, a = (actors[..., 0] > 0).nonzero().unbind(1)
    step = 2 * half[:, None] / rows
    found = lie_to_actors(camera[m], actors[m, a], tuple(axis[m] for axis in axes), x[m], y[m], step[m])
    dx, dy, inside = found[..., :3].unbind(-1)
    limbs, limbed = found[..., -2 * JOINTS : -JOINTS].amax(-1) > 0.5, found[..., 21] > 0
    body = (inside > 0.5) & (dx.abs() < 0.7) & (dy.abs() < 0.35)
    places = torch.where(limbed, limbs, body)
    for number, place in zip(m.tolist(), places, strict=True):
        shown[number] |= place
    return shown


def near_limbs(numbers: Tensor, rows: int, columns: int, only: Tensor | None = None) -> Tensor:
    """(M, S) bool: places at which somebody who has limbs is or may wear something; of `only` these places."""
    camera, actors = numbers[:, :CAMERA].float(), numbers[:, CAMERA:].reshape(-1, ACTORS, ACTOR).float()
    axes, half = camera_axes(camera)
    rays = ray_grid(axes, half, rows, columns, only)[0]
    near = torch.zeros(rays.shape[:2], dtype=torch.int, device=numbers.device)
    m, a = (actors[..., 0] > 0).nonzero().unbind(1)
    for met in meetings_of(actors[m, a], camera[m, 1:4], rays[m])[1]:
        if met.skeleton is not None:
            gap = met.skeleton.take(met.pairs).along(*met.along[:2])[1].amin(1)
            near = near.index_put((m[met.pairs], met.places), (gap < AROUND_LIMBS).int(), accumulate=True)
    return near > 0


def directions(dimensions: int, number: int, device: torch.device) -> Tensor:
    """(dimensions, DIRECTIONS) unit vectors, others for each `number`."""
    angles = 2.4 * (torch.arange(DIRECTIONS, device=device) + DIRECTIONS * number)  # about the golden angle
    if dimensions == 2:
        return torch.stack([angles.cos(), angles.sin()])
    rise = torch.linspace(-0.8, 0.8, DIRECTIONS, device=device)
    flat = (1 - rise * rise).sqrt()
    return torch.stack([flat * angles.cos(), rise, flat * angles.sin()])
