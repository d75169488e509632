"""What places and actors look like from anywhere, remembered as fields in space.

A place of the worlds is the same whoever films it, so what a camera sees there can be remembered where it stands
instead of in pictures: every point of space has a density and features, and a ray gathers them from front to back
(neural radiance fields, Mildenhall et al. 2020, arXiv 2003.08934). They lie in hashed tables of several resolutions
(Müller et al. 2022, arXiv 2201.05989), space is contracted with the distance from the middle as in mip-NeRF 360 (Barron
et al. 2022, arXiv 2111.12077), samples near a camera learn less (Philip and Deschaintre 2023, arXiv 2305.02756), and
what a ray has gathered is painted once, by whoever asked (deferred, Hedman et al. 2021, arXiv 2103.14645). An actor is
remembered in the same way around its own feet, in its own heights.

Nothing here is geometry that is given: where things stand is learned from pictures with known cameras.

Shape letters: N points, R rays, J samples of a ray, C corners of a cell, L levels.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from . import field_kernels
from .bones import HEADS, KINDS, Skeleton, flesh

CHANNELS = 4  # of each row; the first is density
CELLS = (0.6, 0.2, 0.07)  # sides of the levels' cells, in contracted metres
FEWER = (32, 2, 1)  # of how many rows a level has one: of large cells there are few
FEWER_OF_BODIES = (64, 8)  # the same of actors' own two coarser levels: with places for neighbours they learned little
NEAR, FAR = 1.5, 200.0  # metres along a ray
LOOKED = 64  # places along a ray where the coarsest level says whether there is anything
SAMPLES, SHOWN = 8, 16  # places that are read at all levels when something is learned, and when it is shown
ASTRAY = 0.1  # share of them that go where nothing is expected; less where nothing is learned
SURELY = 0.02
FELT = 3.0  # metres nearer than which a sample learns less: many more rays see what is near a camera
BEND = 2.0  # metres from the middle within which space is not contracted much
HEIGHTS = 4.0  # contracted metres that an actor's height counts as
HEIGHTS_OF_BODIES, HEIGHTS_OF_HEADS = 6.0, 12.0  # the same beside bones: people come nearer than trees and trains do
OWN = 6  # samples of an actor
OUTLINED = len(FEWER_OF_BODIES)  # levels that say where actors end
FELT_FOR = 16  # places along a ray where bones may be
SOLID = 10.0  # times as much of a ray as it is long counts within actors
GAIN, EMPTY = 1.5, -1.0  # density's logarithm for 1 in the tables, and where the tables say nothing
FEATURES = CHANNELS * len(CELLS)
GATHERED = FEATURES + 2  # of a ray: also the share that is seen, and how far away it is


class Gathered(NamedTuple):
    """What rays found: features of their samples (R, J, FEATURES), distances (R, J) in metres, weights (R, J)."""

    features: Tensor
    distances: Tensor
    weights: Tensor

    def together(self) -> Tensor:
        """(R, GATHERED): features as they are seen, the share that is, and how far away that is."""
        far = (self.weights * self.distances.clamp_min(NEAR).log()).sum(1)
        share = self.weights.sum(1)
        seen = (self.weights[..., None].to(self.features.dtype) * self.features).sum(1)
        return torch.cat([seen, torch.stack([share, far / 3], -1).to(seen.dtype)], -1)


class Field(nn.Module):
    """One memory for all places and one for all kinds of actors, told apart by keys (whole numbers), and the finest
    level is of both. Tables have `rows`, a power of two, or a part of them (`FEWER`, `FEWER_OF_BODIES`).
    """

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.cells = nn.ParameterList(
            nn.Parameter(torch.empty(rows // fewer, CHANNELS).uniform_(-0.01, 0.01))
            for fewer in (*FEWER, *FEWER_OF_BODIES)
        )
        self._sums = tuple(_Sum() for _ in self.cells)
        self._open: list[_Open] | None = None

    @contextmanager
    def read_together(self) -> Iterator[None]:
        """What is read within is learned from at once: a table's gradient is as large as the table."""
        if not torch.is_grad_enabled():  # several threads may read then
            yield
            return
        self._open = self._opened()
        try:
            yield
        finally:
            self._open = None

    def forward(self, points: Tensor, keys: Tensor, rough: Tensor | None = None, bodies: bool = False) -> Tensor:
        """(N, FEATURES) at contracted points (N, 3) of `keys` (N,) of places, or of `bodies`; of `rough` ones (N,) the
        coarsest level tells.
        """
        tables = self._open or self._opened()
        tables = [*tables[len(CELLS) :], tables[len(CELLS) - 1]] if bodies else tables[: len(CELLS)]
        found = [_read(table, points, keys, side) for table, side in zip(tables, CELLS, strict=True)]
        if rough is not None:
            found[1:] = [part * ~rough[:, None] for part in found[1:]]
        return torch.cat(found, -1)

    def _opened(self) -> "list[_Open]":
        return [_Open.of(table, total) for table, total in zip(self.cells, self._sums, strict=True)]

    def density(self, features: Tensor, levels: int = len(CELLS), known: Tensor | float = 0.0) -> Tensor:
        """(...) per share of distance, of features (..., FEATURES): what is `known` of it already, and what so many
        levels say, the coarsest first.
        """
        return _solid(features.unflatten(-1, (len(CELLS), CHANNELS))[..., :levels, 0].float().sum(-1) + known)

    def through(
        self, eye: Tensor, rays: Tensor, keys: Tensor, chance: torch.Generator | None = None,
        rough: Tensor | None = None, abreast: int = 1,
    ) -> Gathered:  # fmt: skip
        """Along rays (R, 3) from `eye` (R, 3) through places of `keys` (R,), of which some are known `rough` (R,) only.
        With `chance` the samples lie anywhere in their intervals, as learning wants it. So many that follow one another
        go `abreast`, close together: it is asked once where there is anything.
        """
        near, far = math.log(NEAR), math.log(FAR)
        step = (far - near) / LOOKED
        if compiled(eye) and chance is None and rough is None and not torch.is_grad_enabled():
            look = field_kernels.Look(near, step, LOOKED, SHOWN, SURELY / LOOKED, GAIN, EMPTY, BEND)
            tables = list(self.cells[: len(CELLS)])
            return Gathered(*field_kernels.through(tables, CELLS, eye, rays, keys, abreast, look))
        with torch.no_grad():
            marks = near + step * torch.arange(LOOKED, device=rays.device)
            at = marks + step * _somewhere((len(rays) // abreast, LOOKED), chance, rays.device)
            middle = rays if abreast == 1 else F.normalize(rays.unflatten(0, (-1, abreast)).mean(1), dim=-1)
            points = contracted(eye[::abreast, None] + at.exp()[..., None] * middle[:, None])
            said = _nearest if chance else _between  # steps are many, and what is shown must not be of blocks
            said = said(self.cells[0], points.flatten(0, 1), keys[::abreast].repeat_interleave(LOOKED), CELLS[0])
            solid = _solid(said.float()).unflatten(0, (-1, LOOKED))
            there = weights_of(step * solid) + (ASTRAY if chance else SURELY) / LOOKED
            samples = SAMPLES if chance else SHOWN
            at = near + (far - near) * _spread(there, samples, chance).repeat_interleave(abreast, 0)
            distances = at.exp()
            points = contracted(eye[:, None] + distances[..., None] * rays[:, None])
        told = None if rough is None else rough.repeat_interleave(samples)
        features = self(points.flatten(0, 1), keys.repeat_interleave(samples), told).unflatten(0, (-1, samples))
        felt = (distances / FELT).clamp(max=1).square()[..., None].to(features.dtype)
        features = felt * features + (1 - felt) * features.detach()
        weights = weights_of(self.density(features) * _widths(at))
        return Gathered(features, distances, weights)

    def inside(
        self, eye: Tensor, rays: Tensor, low: Tensor, high: Tensor, keys: Tensor, chance: torch.Generator | None = None
    ) -> Gathered:
        """Along rays (R, 3) in heights of an actor, from `eye` (R, 3) beside its feet, between distances `low` and
        `high` (R,). Where their weights are less than 1 together, what is behind is seen.
        """
        with torch.no_grad():
            share = (torch.arange(OWN, device=rays.device) + _somewhere((len(rays), OWN), chance, rays.device)) / OWN
            at = low[:, None] + share * (high - low)[:, None]
            points = HEIGHTS * (eye[:, None] + at[..., None] * rays[:, None])
        return self._body(points, keys[:, None].expand(-1, OWN), at, (high - low)[:, None] / OWN)

    def along_bones(
        self, eye: Tensor, rays: Tensor, low: Tensor, high: Tensor, keys: Tensor, skeleton: Skeleton,
        chance: torch.Generator | None = None,
    ) -> Gathered:  # fmt: skip
        """The same of bodies, of which each ray meets one, by their bones, of whose kinds `keys` (R, kinds) are."""
        with torch.no_grad():
            nearest, gaps = skeleton.along(eye, rays)  # metres, thicknesses
            marks = (torch.arange(FELT_FOR, device=rays.device) + 0.5) / FELT_FOR
            marks = low[:, None] + marks * (high - low)[:, None]  # (R, L)
            wide = skeleton.thick / rays.norm(dim=-1, keepdim=True)
            close = (-(gaps / 2).square()).exp()[:, None] * (
                -((marks[:, :, None] - nearest[:, None]) / wide[:, None]).square() / 2
            ).exp()
            there = close.sum(-1) + close.sum((1, 2))[:, None] * SURELY + 1e-6
            at = low[:, None] + (high - low)[:, None] * _spread(there, OWN, chance)
            bones, points, gap = skeleton.beside(eye[:, None] + at[..., None] * rays[:, None])
            keys = keys.gather(1, bones)
            points = torch.where(bones % KINDS == HEADS, HEIGHTS_OF_HEADS, HEIGHTS_OF_BODIES)[..., None] * points
        return self._body(points, keys, at, _widths(at), flesh(gap))

    def _body(self, points: Tensor, keys: Tensor, at: Tensor, widths: Tensor, known: Tensor | float = 0.0) -> Gathered:
        """What is seen of bodies at points (R, OWN, 3) of `keys` (R, OWN), each of which stands for `widths` of its ray
        around `at` (R, OWN), and of whose density something is `known`.
        """
        features = self(points.flatten(0, 1), keys.flatten(), bodies=True).unflatten(0, (-1, OWN))
        weights = weights_of(self.density(features, OUTLINED, known) * SOLID * widths, open_ended=True)
        return Gathered(features, at, weights)

    def on_screen(self, keys: Tensor, rows: int, columns: int, only: Tensor | None = None) -> Tensor:
        """(M, S, FEATURES) of places of pictures (M,) that are the same in all pictures of their `keys`; of `only`
        these places, (S',) or of each picture (M, S'). A place is as large as the finest cells.
        """
        places = torch.arange(rows * columns, device=keys.device) if only is None else only
        points = CELLS[-1] * torch.stack([places % columns, places // columns, 0 * places], -1)
        if places.ndim == 2:
            return self(points.flatten(0, 1), keys.repeat_interleave(places.shape[1])).unflatten(0, places.shape)
        kinds, which = keys.unique(return_inverse=True)
        features = self(points.repeat(len(kinds), 1), kinds.repeat_interleave(len(places)))
        return features.unflatten(0, (len(kinds), -1))[which]


def contracted(points: Tensor) -> Tensor:
    """Metres from the middle of a place to where they count less the further away they are."""
    return BEND * torch.asinh(points / BEND)


def weights_of(thickness: Tensor, open_ended: bool = False) -> Tensor:
    """How much of each of a ray's samples (R, J) is seen, by their optical thickness. Something is seen in the end
    unless it is `open_ended`.
    """
    passed = F.pad(thickness.cumsum(-1), (1, 0))  # (R, J + 1)
    left = (-passed).exp()
    if not open_ended:
        left = torch.cat([left[:, :-1], torch.zeros_like(left[:, :1])], 1)
    return left[:, :-1] - left[:, 1:]


def _solid(said: Tensor) -> Tensor:
    """Density for what tables say of it."""
    return (GAIN * said + EMPTY).clamp(max=8.0).exp()


def _somewhere(shape: tuple[int, int], chance: torch.Generator | None, device: torch.device) -> Tensor:
    """0..1 by chance, or the middle."""
    if chance is None:
        return torch.full(shape, 0.5, device=device)
    return torch.rand(shape, generator=chance).to(device)


def _spread(there: Tensor, count: int, chance: torch.Generator | None) -> Tensor:
    """(R, count) places from 0 to 1 along rays, more of them where of L equal parts more is `there` (R, L)."""
    parts = there.shape[1]
    ends = F.pad((there / there.sum(-1, keepdim=True)).cumsum(-1), (1, 0))
    wanted = torch.arange(count, device=there.device) + _somewhere((len(there), count), chance, there.device)
    wanted = (wanted / count).clamp(max=1 - 1e-6)
    found = (torch.searchsorted(ends, wanted, right=True) - 1).clamp(0, parts - 1)
    low, high = ends.gather(1, found), ends.gather(1, found + 1)
    return (found + (wanted - low) / (high - low).clamp_min(1e-6)) / parts


def _widths(at: Tensor) -> Tensor:
    """How much of a ray each of its samples at places `at` (R, J) stands for."""
    middles = (at[:, 1:] + at[:, :-1]) / 2
    edges = torch.cat([2 * at[:, :1] - middles[:, :1], middles, 2 * at[:, -1:] - middles[:, -1:]], 1)
    return edges.diff(dim=1)


def _mixed(x: Tensor, y: Tensor, z: Tensor, keys: Tensor, rows: int) -> Tensor:
    """Which of a table's rows whole cells of `keys` have."""
    primes = field_kernels.PRIMES
    mixed = x * primes[0] ^ y * primes[1] ^ z * primes[2] ^ (keys + 1) * primes[3]
    return (mixed ^ (mixed >> 15)) & (rows - 1)


def compiled(points: Tensor) -> bool:
    """Whether points are read where there are kernels for it."""
    return points.device.type == "cpu"


def _nearest(table: Tensor, points: Tensor, keys: Tensor, side: float) -> Tensor:
    """(N,) what a table says of density at the nearest corners of cells."""
    if compiled(points):
        return field_kernels.nearest(table, points, keys, side)
    return table[:, 0].index_select(0, _mixed(*(points / side).round().int().unbind(-1), keys.int(), len(table)))


def _between(table: Tensor, points: Tensor, keys: Tensor, side: float) -> Tensor:
    """(N,) the same between the eight corners."""
    rows, weights = _cells(points, keys, side, len(table))
    return (table[:, 0].contiguous()[rows] * weights).sum(0)


class _Sum:
    """What readers' gradients of a table add up to, in fp32, in memory that stays from step to step."""

    def __init__(self) -> None:
        self.total, self.begun = torch.empty(0), False

    def so_far(self, size: torch.Size, device: torch.device) -> Tensor:
        """What there is already, to be added to: of that size, nought at first."""
        if self.total.shape != size or self.total.device != device:
            self.total, self.begun = torch.empty(size, device=device), False
        if not self.begun:
            self.total.zero_()
        self.begun = True
        return self.total

    def taken(self, kind: torch.dtype) -> Tensor | None:
        """A copy, and from anew; None if nobody has added anything."""
        if not self.begun:
            return None
        self.begun = False
        return self.total.to(kind, copy=True)


class _Open(NamedTuple):
    """A table that is being read, and the sum of its readers' gradients."""

    table: Tensor
    total: _Sum

    @staticmethod
    def of(table: Tensor, total: _Sum) -> "_Open":
        return _Open(_Rows.apply(table, total), total)


def _read(opened: _Open, points: Tensor, keys: Tensor, side: float) -> Tensor:
    """(N, CHANNELS) between the eight corners of the cells."""
    if compiled(points):
        return _Read.apply(opened.table, opened.total, points, keys, side)
    with torch.no_grad():
        rows, weights = _cells(points, keys, side, len(opened.table))
        weights = weights.to(opened.table.dtype)
    return _Blend.apply(opened.table, opened.total, rows.mT.contiguous(), weights.mT.contiguous())


def _cells(points: Tensor, keys: Tensor, side: float, rows: int) -> tuple[Tensor, Tensor]:
    """Which of a table's rows the corners of the points' cells have, and how much each counts: both (8, N)."""
    place = (points / side).mT.contiguous()  # the points last: the inner loops are long
    base = place.floor()
    share = place - base
    x, y, z = _corners(1 - share, share)
    mixed = _mixed(*_corners(base.int(), base.int() + 1), keys.int(), rows)
    return mixed.flatten(0, 2), (x * y * z).flatten(0, 2)


def _corners(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Both ends of the sides of cells (3, N) as they meet at corners: (2, 1, 1, N), (1, 2, 1, N) and (1, 1, 2, N)."""
    x, y, z = torch.stack([low, high], 1)
    return x[:, None, None], y[:, None], z


class _Rows(torch.autograd.Function):
    """A table as it is; its gradient is what its readers have added up when all of them are done."""

    @staticmethod
    def forward(ctx, table: Tensor, total: _Sum) -> Tensor:
        ctx.set_materialize_grads(False)
        ctx.total, ctx.kind = total, table.dtype
        return table.view_as(table)

    @staticmethod
    def backward(ctx, gradient: None) -> tuple[Tensor | None, None]:
        return ctx.total.taken(ctx.kind), None


class _Blend(torch.autograd.Function):
    """Weighted sums (N, CHANNELS) of rows (N, C) of a table, with a backward that adds where all readers of a table
    do.
    """

    @staticmethod
    def forward(ctx, table: Tensor, total: _Sum, rows: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(rows, weights)
        ctx.total, ctx.size = total, table.shape
        return F.embedding_bag(rows, table, per_sample_weights=weights, mode="sum")

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[None, None, None, None]:
        rows, weights = ctx.saved_tensors
        spread = gradient.float()[:, None] * weights.float()[..., None]  # sums of many small parts: in fp32
        ctx.total.so_far(ctx.size, spread.device).index_put_((rows,), spread, accumulate=True)
        return None, None, None, None


class _Read(torch.autograd.Function):
    """The same on CPUs, from points (N, 3) and keys (N,): rows and weights are found once more on the way back."""

    @staticmethod
    def forward(ctx, table: Tensor, total: _Sum, points: Tensor, keys: Tensor, side: float) -> Tensor:
        ctx.save_for_backward(points, keys)
        ctx.total, ctx.size, ctx.side = total, table.shape, side
        return field_kernels.read(table, points, keys, side)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[None, None, None, None, None]:
        points, keys = ctx.saved_tensors
        field_kernels.learn(ctx.total.so_far(ctx.size, gradient.device), points, keys, ctx.side, gradient)
        return None, None, None, None, None
