"""Compiled reading and learning of fields beside the same in torch operations."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from oner.model import field_kernels, fields
from oner.model.fields import CHANNELS, Field
from oner.model.threads import shared

ROWS = 2**12


@pytest.fixture
def in_torch(monkeypatch):
    """What fields say without kernels."""

    def without(call):
        with monkeypatch.context() as patched:
            patched.setattr(fields, "compiled", lambda points: False)
            return call()

    return without


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def somewhere(count: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Points on all sides of nought, and keys as large as those of bones."""
    generator = torch.Generator().manual_seed(seed)
    points = 20 * torch.randn(count, 3, generator=generator)
    return points, torch.randint(0, 2**31 - 2, (count,), generator=generator)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_tables_are_read_and_taught_as_in_torch(kind, in_torch, threads):
    """Each row's gradient is the same, and so is what is read, in as many threads as one likes."""
    table = torch.randn(ROWS, CHANNELS, generator=torch.Generator().manual_seed(1)).to(kind).requires_grad_()
    points, keys = somewhere(3 * field_kernels.LEAST_SHARE + 7)
    wanted = torch.randn(len(points), CHANNELS, generator=torch.Generator().manual_seed(2))

    def read() -> tuple[torch.Tensor, torch.Tensor]:
        found = fields._read(fields._Open.of(table, fields._Sum()), points, keys, 0.2)
        return found, torch.autograd.grad((found.float() * wanted).sum(), table)[0]

    plain, taught = in_torch(read)
    near = in_torch(lambda: fields._nearest(table, points, keys, 0.2))
    close = {"atol": 1e-3, "rtol": 1e-3} if kind == torch.float32 else {"atol": 0.05, "rtol": 0.05}
    for count in (1, 3):
        threads(count)
        found, learned = read()
        assert found.dtype == learned.dtype == kind
        assert torch.allclose(found.float(), plain.float(), **close)
        assert torch.allclose(learned.float(), taught.float(), **close)
        assert torch.equal(fields._nearest(table, points, keys, 0.2), near.float())
    assert float((learned != 0).float().mean()) > 0.9


def test_no_points_are_read_and_taught():
    """Nobody is there: nothing is read, and the gradient is nought."""
    table = torch.randn(ROWS, CHANNELS, requires_grad=True)
    found = fields._read(fields._Open.of(table, fields._Sum()), torch.empty(0, 3), torch.empty(0).long(), 0.2)
    assert found.shape == (0, CHANNELS)
    assert not torch.autograd.grad(found.sum(), table)[0].any()


def rays_of(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    rays = F.normalize(torch.randn(count, 1, 3, generator=generator) + 0.01 * torch.randn(1, 4, 3), dim=-1)
    eyes = torch.randn(count, 1, 3, generator=generator).expand(-1, 4, -1)
    return eyes.flatten(0, 1), rays.flatten(0, 1)


@pytest.mark.parametrize("abreast", [1, 4])
def test_what_is_shown_is_what_torch_shows(abreast, in_torch, threads):
    """Through places that are thin, thick and empty; rays see the same, however many are asked at once."""
    field = Field(2**14).requires_grad_(False)
    generator = torch.Generator().manual_seed(4)
    for table in field.cells:
        table.copy_(torch.randn(table.shape, generator=generator))
    eyes, rays = rays_of(500)
    keys = torch.arange(500).repeat_interleave(4) % 7

    def seen(some: slice = slice(None)) -> torch.Tensor:
        return field.through(eyes[some], rays[some], keys[some], abreast=abreast).together()

    with torch.no_grad():
        plain = in_torch(seen)
        for count in (1, 2):
            threads(count)
            differ = (seen() - plain).abs()
            assert float(differ.mean()) < 2e-3 * float(plain.abs().mean())
            assert float((differ > 0.05).float().mean()) < 0.01  # a sample more or less where two are as likely
        assert torch.equal(seen(slice(400, 440)), seen()[400:440])


def test_metres_are_contracted_as_in_torch():
    values = torch.cat([torch.linspace(-500, 500, 999), torch.tensor([0.0, 1e-6, -1e-6, 3e5])])
    found = values.numpy().copy()
    field_kernels._contract(found, found.view(np.int32), np.float32(fields.BEND))
    assert np.allclose(found, fields.contracted(values.double()).numpy(), rtol=2e-6, atol=2e-6)


def test_work_is_shared_and_comes_back_in_order(threads):
    """By threads of one torch thread each, which pass on what fails and do their own parts' parts themselves."""
    threads(2)

    def part(number: int) -> tuple[int, int, list[int], bool]:
        return (
            number,
            torch.get_num_threads(),
            shared(lambda inner: 10 * number + inner, [0, 1]),
            torch.is_grad_enabled(),
        )

    made = shared(part, range(5))
    assert [number for number, *_ in made] == list(range(5))
    assert {count for _, count, *_ in made} == {1}
    assert [within for *_, within, _ in made] == [[10 * n, 10 * n + 1] for n in range(5)]
    assert not any(grad for *_, grad in made)
    assert torch.get_num_threads() == 2
    with pytest.raises(ZeroDivisionError):
        shared(lambda number: 1 / number, [1, 0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_a_forked_child_has_threads_of_its_own():
    script = (
        "import os, torch; torch.set_num_threads(2); from oner.model.threads import shared\n"
        "shared(abs, [1, 2]); child = os.fork()\n"
        "if not child: os._exit(0 if shared(abs, [-1, -2]) == [1, 2] else 1)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", script], timeout=60).returncode == 0


def test_it_is_compiled_where_nothing_can_be_written(tmp_path):
    """A read-only installation without a home: every start compiles anew, and works."""
    script = (
        "import numba.core.caching as c\n"
        "c.CacheImpl._locator_classes = []\n"
        "import torch; from oner.model import field_kernels as k\n"
        "print(float(k.nearest(torch.ones(4, 4), torch.zeros(1, 3), torch.zeros(1).long(), 1.0)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.stdout.strip() == "1.0", done.stderr
