"""What fields read and learn on CPUs, compiled: as loops over points, without the arrays of eight corners between.

The same as `fields.py` says in torch operations, which GPUs run and tests compare with this (`tests/model`). Of points
along rays that lie beside each other the rows are in the processor's memory already, and a third of the time is left.

Shape letters as in `fields.py`: N points, R rays, J samples of a ray, L places where somebody looks for something.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .kernels import compiled_kernel, numbers_in, wide
from .threads import shared

PRIMES = (1, 2654435761 - 2**32, 805459861, 1566083941)  # of x, y, z and keys, as 32-bit numbers
LEAST_SHARE = 4096  # points that are worth a thread of their own
UNSEEN = 1e-3  # share of a ray that is left behind what hides the rest
UNFELT = 1e-4  # the same where it is only asked where there is anything
_float, _int = np.float32, np.int64
_Y, _Z, _KEY = (_int(prime) for prime in PRIMES[1:])


class Look(NamedTuple):
    """How rays are looked along, see `fields.py`: logarithms of metres at which they begin and between two of the
    `looked` places, how many samples, what is there `surely`, and what tables say (`gain`, `empty`, `bend`).
    """

    near: float
    step: float
    looked: int
    samples: int
    surely: float
    gain: float
    empty: float
    bend: float


def read(table: Tensor, points: Tensor, keys: Tensor, side: float) -> Tensor:
    """What a table (rows, 4) of fp32 or bf16 says between the corners of cells of a `side` at points (N, 3) of `keys`
    (N,): (N, 4) as the table is.
    """
    found = torch.empty(len(points), 4)
    arguments = numbers_in(table), numbers_in(points), numbers_in(keys), _float(1 / side), found.numpy()
    _shared(len(points), lambda few: _read(arguments[0], *(part[few] for part in arguments[1:3]), arguments[3],
                                           arguments[4][few]))  # fmt: skip
    return found.to(table.dtype)


def learn(total: Tensor, points: Tensor, keys: Tensor, side: float, gradient: Tensor) -> None:
    """Add to `total` (rows, 4) of fp32 the gradient of a table that was read so, of what was read: (N, 4)."""
    _learn(total.numpy(), numbers_in(points), numbers_in(keys), _float(1 / side), numbers_in(gradient.float()))


def nearest(table: Tensor, points: Tensor, keys: Tensor, side: float) -> Tensor:
    """(N,) in fp32, what a table says of density at the corners nearest to points."""
    found = torch.empty(len(points))
    _nearest(numbers_in(table), numbers_in(points), numbers_in(keys), _float(1 / side), found.numpy())
    return found


def through(
    tables: list[Tensor], sides: tuple[float, ...], eye: Tensor, rays: Tensor, keys: Tensor, abreast: int, look: Look
) -> tuple[Tensor, Tensor, Tensor]:
    """What three tables of fp32 say along rays (R, 3), as `Field.through` gives it when something is shown. Of what is
    behind more than all but UNSEEN of a ray nothing is read: it weighs nothing.
    """
    count = len(rays)
    made = torch.empty(count, look.samples, 4 * len(tables)), *torch.empty(2, count, look.samples)
    column, scales = numbers_in(tables[0][:, 0].float()), tuple(_float(1 / side) for side in sides)
    given = tuple(map(numbers_in, tables))
    told, results = tuple(map(numbers_in, (eye, rays, keys))), tuple(part.numpy() for part in made)
    numbers = (look.looked, *(_float(number) for number in (look.near, look.step, look.surely, look.gain, look.empty,
                                                            look.bend)))  # fmt: skip

    def few(some: slice) -> None:
        _through(column, *given, scales, *(part[some] for part in told), abreast, *numbers,
                 *(part[some] for part in results))  # fmt: skip

    _shared(count, few, abreast, LEAST_SHARE // look.samples)
    return made


def _shared(count: int, work: Callable[[slice], None], whole: int = 1, least: int = LEAST_SHARE) -> None:
    """Do work of `count` parts, shared among as many threads as torch has, in multiples of `whole`."""
    threads = max(1, min(torch.get_num_threads(), count // least))
    each = max(1, whole * math.ceil(count / whole / threads))
    shared(work, [slice(at, min(at + each, count)) for at in range(0, count, each)])


@compiled_kernel(inline=True)
def _row(mixed, mask):
    """Which of a power of two rows a cell has whose place and key are mixed; see `fields._mixed`."""
    mixed = np.int32(mixed)
    return _int((mixed ^ (mixed >> np.int32(15))) & mask)


@compiled_kernel()
def _four(table, x, y, z, key, out):
    """Of one point, in cells, whose `key` is multiplied with its prime."""
    mask = np.int32(len(table) - 1)
    down_x, down_y, down_z = np.floor(x), np.floor(y), np.floor(z)
    right_x, right_y, right_z = x - down_x, y - down_y, z - down_z
    cell_x, cell_y, cell_z = _int(down_x), _int(down_y) * _Y, _int(down_z) * _Z
    first, second, third, fourth = _float(0), _float(0), _float(0), _float(0)
    for a in range(2):
        share_x = right_x if a else _float(1) - right_x
        for b in range(2):
            mixed = (cell_x + a) ^ (cell_y + b * _Y) ^ key
            share_y = share_x * (right_y if b else _float(1) - right_y)
            for c in range(2):
                row = _row(mixed ^ (cell_z + c * _Z), mask)
                share = share_y * (right_z if c else _float(1) - right_z)
                first += share * wide(table[row, 0])
                second += share * wide(table[row, 1])
                third += share * wide(table[row, 2])
                fourth += share * wide(table[row, 3])
    out[0], out[1], out[2], out[3] = first, second, third, fourth


@compiled_kernel()
def _read(table, points, keys, scale, out):
    for n in range(len(points)):
        key = (_int(keys[n]) + 1) * _KEY
        _four(table, points[n, 0] * scale, points[n, 1] * scale, points[n, 2] * scale, key, out[n])


@compiled_kernel()
def _learn(total, points, keys, scale, gradient):
    mask = np.int32(len(total) - 1)
    for n in range(len(points)):
        first, second, third, fourth = gradient[n, 0], gradient[n, 1], gradient[n, 2], gradient[n, 3]
        if first == 0 and second == 0 and third == 0 and fourth == 0:
            continue
        key = (_int(keys[n]) + 1) * _KEY
        x, y, z = points[n, 0] * scale, points[n, 1] * scale, points[n, 2] * scale
        down_x, down_y, down_z = np.floor(x), np.floor(y), np.floor(z)
        right_x, right_y, right_z = x - down_x, y - down_y, z - down_z
        cell_x, cell_y, cell_z = _int(down_x), _int(down_y) * _Y, _int(down_z) * _Z
        for a in range(2):
            share_x = right_x if a else _float(1) - right_x
            for b in range(2):
                mixed = (cell_x + a) ^ (cell_y + b * _Y) ^ key
                share_y = share_x * (right_y if b else _float(1) - right_y)
                for c in range(2):
                    row = _row(mixed ^ (cell_z + c * _Z), mask)
                    share = share_y * (right_z if c else _float(1) - right_z)
                    total[row, 0] += share * first
                    total[row, 1] += share * second
                    total[row, 2] += share * third
                    total[row, 3] += share * fourth


@compiled_kernel()
def _nearest(table, points, keys, scale, out):
    mask = np.int32(len(table) - 1)
    for n in range(len(points)):
        x, y, z = np.rint(points[n, 0] * scale), np.rint(points[n, 1] * scale), np.rint(points[n, 2] * scale)
        mixed = _int(x) ^ (_int(y) * _Y) ^ (_int(z) * _Z) ^ ((_int(keys[n]) + 1) * _KEY)
        out[n] = wide(table[_row(mixed, mask), 0])


@compiled_kernel()
def _said(column, x, y, z, key):
    """What the first column of a table says between the corners around one point, in cells."""
    mask = np.int32(len(column) - 1)
    down_x, down_y, down_z = np.floor(x), np.floor(y), np.floor(z)
    right_x, right_y, right_z = x - down_x, y - down_y, z - down_z
    cell_x, cell_y, cell_z = _int(down_x), _int(down_y) * _Y, _int(down_z) * _Z
    said = _float(0)
    for a in range(2):
        share_x = right_x if a else _float(1) - right_x
        for b in range(2):
            mixed = (cell_x + a) ^ (cell_y + b * _Y) ^ key
            share_y = share_x * (right_y if b else _float(1) - right_y)
            for c in range(2):
                share = share_y * (right_z if c else _float(1) - right_z)
                said += share * column[_row(mixed ^ (cell_z + c * _Z), mask)]
    return said


@compiled_kernel()
def _contract(values, bits, bend):
    """`bend` * asinh(values / bend) in place; `bits` are the same memory as whole numbers.

    Logarithms by the exponent and a series in (m - 1) / (m + 1): loops without calls run on all lanes of a processor.
    """
    count = len(values)
    signs, exponents = np.empty(count, np.float32), np.empty(count, np.float32)
    for n in range(count):
        value = values[n] / bend
        signs[n] = _float(1) if value >= 0 else _float(-1)
        value = abs(value)
        values[n] = value + np.sqrt(value * value + _float(1))
    for n in range(count):
        exponents[n] = _float((bits[n] >> np.int32(23)) - np.int32(127))
        bits[n] = (bits[n] & np.int32(0x7FFFFF)) | np.int32(0x3F800000)
    for n in range(count):
        part = (values[n] - _float(1)) / (values[n] + _float(1))
        square = part * part
        series = _float(1 / 9) + square * (_float(1 / 11) + square * _float(1 / 13))
        series = _float(1) + square * (
            _float(1 / 3) + square * (_float(1 / 5) + square * (_float(1 / 7) + square * series))
        )
        values[n] = bend * signs[n] * (_float(2) * part * series + exponents[n] * _float(math.log(2)))


@compiled_kernel()
def _through(column, coarse, middle, fine, scales, eye, rays, keys, abreast, looked, near, step, surely, gain, empty,
             bend, features, distances, weights):  # fmt: skip
    one, half = _float(1), _float(0.5)
    samples = weights.shape[1]
    metres = np.empty(looked, np.float32)
    for n in range(looked):
        metres[n] = np.exp(near + step * (_float(n) + half))
    places, points = np.empty(3 * looked, np.float32), np.empty(3 * samples, np.float32)
    place_bits, point_bits = places.view(np.int32), points.view(np.int32)
    ends, at = np.empty(looked + 1, np.float32), np.empty(samples, np.float32)
    for group in range(0, len(rays), abreast):
        x, y, z = _float(0), _float(0), _float(0)
        for ray in range(group, group + abreast):
            x, y, z = x + rays[ray, 0], y + rays[ray, 1], z + rays[ray, 2]
        long = np.sqrt(x * x + y * y + z * z) if abreast > 1 else one
        x, y, z = x / long, y / long, z / long
        for n in range(looked):
            places[n] = eye[group, 0] + metres[n] * x
            places[looked + n] = eye[group, 1] + metres[n] * y
            places[2 * looked + n] = eye[group, 2] + metres[n] * z
        _contract(places, place_bits, bend)
        key = (_int(keys[group]) + 1) * _KEY
        left, total = one, _float(0)
        ends[0] = total
        for n in range(looked):
            total += surely
            if left > UNFELT:
                behind = _float(0)  # the last place has what is left
                if n < looked - 1:
                    said = _said(column, places[n] * scales[0], places[looked + n] * scales[0],
                                 places[2 * looked + n] * scales[0], key)  # fmt: skip
                    behind = left * np.exp(-step * np.exp(min(gain * said + empty, _float(8))))
                total += left - behind
                left = behind
            ends[n + 1] = total
        found = 0
        for sample in range(samples):
            wanted = total * (_float(sample) + half) / _float(samples)
            while found < looked - 1 and ends[found + 1] <= wanted:
                found += 1
            share = (wanted - ends[found]) / max(ends[found + 1] - ends[found], _float(1e-6) * total)
            at[sample] = near + step * (_float(found) + share)
        for ray in range(group, group + abreast):
            for sample in range(samples):
                distance = np.exp(at[sample])
                distances[ray, sample] = distance
                points[sample] = eye[ray, 0] + distance * rays[ray, 0]
                points[samples + sample] = eye[ray, 1] + distance * rays[ray, 1]
                points[2 * samples + sample] = eye[ray, 2] + distance * rays[ray, 2]
            _contract(points, point_bits, bend)
            left = one
            for sample in range(samples):
                seen = features[ray, sample]
                if left == 0:
                    seen[:] = 0
                    weights[ray, sample] = 0
                    continue
                x, y, z = points[sample], points[samples + sample], points[2 * samples + sample]
                _four(coarse, x * scales[0], y * scales[0], z * scales[0], key, seen[0:4])
                _four(middle, x * scales[1], y * scales[1], z * scales[1], key, seen[4:8])
                _four(fine, x * scales[2], y * scales[2], z * scales[2], key, seen[8:12])
                behind = _float(0)
                if sample < samples - 1:
                    before = at[sample - 1] if sample else _float(2) * at[0] - at[1]
                    wide = (at[sample + 1] - before) * half
                    said = seen[0] + seen[4] + seen[8]
                    behind = left * np.exp(-wide * np.exp(min(gain * said + empty, _float(8))))
                    behind = behind if behind > UNSEEN else _float(0)
                weights[ray, sample] = left - behind
                left = behind
