import math

import pytest
import torch
from torch.nn import functional as F

from oner.model import fine_blocking
from oner.model.blocking import ACTOR, ACTORS, CAMERA, NUMBERS, SLOTS
from oner.model.fine_blocking import (
    DOT,
    FINE_ACTOR,
    FINE_CAMERA,
    FineReader,
    Told,
    bodies,
    crisp,
    pictures_between,
    place_features,
    without_specks,
)

ROWS, COLUMNS = 40, 72


def standing(x: float = 0.0, yaw: float = 0.0, arms: bool = False) -> torch.Tensor:
    """Somebody of 1.8 m, 6 m before a level camera at the height of the middle of the body: (1, N)."""
    numbers = torch.zeros(1, NUMBERS)
    numbers[0, 1:4] = torch.tensor([0.0, 0.9, 6.0])
    numbers[0, 4], numbers[0, 7] = yaw, math.radians(30)
    numbers[0, CAMERA : CAMERA + 7] = torch.tensor([2.0, x, 0.0, 0.0, 0.0, 1.8, 0.3])
    if arms:  # stretched out to both sides
        head, left, right = (0.0, 1.6, 0.0), (0.8, 1.45, 0.0), (-0.8, 1.45, 0.0)
        numbers[0, CAMERA + 7 : CAMERA + ACTOR] = torch.tensor([*head, *left, *right, 0.1, 0.05, 0, -0.1, 0.05, 0])
    return numbers


def test_the_horizon_lies_where_the_camera_looks_level():
    """Between the two middle rows; turned, it stays, and pitched up it sinks."""
    seen = place_features(standing(), ROWS, COLUMNS)[0].reshape(ROWS, COLUMNS, FINE_CAMERA)
    horizon = seen[..., -1]
    assert (horizon[: ROWS // 2] > 0).all()
    assert (horizon[ROWS // 2 :] < 0).all()
    assert horizon[ROWS // 2 - 1, COLUMNS // 2] == pytest.approx(0.5, abs=0.01)
    up = standing()
    up[0, 5] = 0.1
    sunk = place_features(up, ROWS, COLUMNS)[0].reshape(ROWS, COLUMNS, -1)[..., -1]
    assert int((sunk[:, 0] > 0).sum()) > ROWS // 2 + 5


def test_a_body_is_where_it_is_told():
    """As high as the picture says, in the middle; aside when it steps aside or the camera turns; nobody is nowhere."""
    seen = bodies(standing(), ROWS, COLUMNS).reshape(ROWS, COLUMNS)
    rows, columns = seen.nonzero().unbind(1)
    slope = 2 * math.tan(math.radians(15)) / ROWS
    assert 0.5 * 1.8 / 6 / slope < rows.max() - rows.min() < 1.8 / 6 / slope
    assert float(columns.float().mean()) == pytest.approx(COLUMNS / 2 - 0.5)
    right = bodies(standing(x=1.0), ROWS, COLUMNS).reshape(ROWS, COLUMNS).nonzero()[:, 1].float().mean()
    assert float(right) == pytest.approx(COLUMNS / 2 - 0.5 + 1 / 6 / slope, abs=1)
    assert (
        bodies(standing(yaw=0.1), ROWS, COLUMNS).reshape(ROWS, COLUMNS).nonzero()[:, 1].float().mean() > COLUMNS / 2 + 5
    )
    nobody = standing()
    nobody[0, CAMERA] = 0
    assert not bodies(nobody, ROWS, COLUMNS).any()
    behind = standing()
    behind[0, 3] = -6.0
    assert not bodies(behind, ROWS, COLUMNS).any()


def test_arms_and_legs_are_where_their_joints_are():
    """Stretched arms are wider than the body, and thin; beside the legs there is nothing."""
    seen = bodies(standing(arms=True), ROWS, COLUMNS).reshape(ROWS, COLUMNS)
    some = torch.tensor([5, 1500, 1476, 2000])
    assert torch.equal(bodies(standing(arms=True), ROWS, COLUMNS, some)[0], seen.flatten()[some])
    slope = 2 * math.tan(math.radians(15)) / ROWS

    def at(x: float, y: float) -> bool:
        return bool(seen[int(ROWS / 2 - (y - 0.9) / 6 / slope), int(COLUMNS / 2 + x / 6 / slope)])

    assert at(0.6, 1.46)
    assert at(-0.6, 1.46)
    assert at(0.0, 1.2)
    assert at(0.1, 0.3)
    assert at(-0.1, 0.3)
    assert not at(0.6, 1.1)
    assert not at(0.5, 0.4)
    assert not at(-0.5, 1.75)


def test_what_lies_between_two_pictures_is_halfway_and_angles_go_the_shorter_way():
    moments = torch.zeros(1, 2, 2, NUMBERS)
    moments[0, 0, 1, 1] = 3.0
    moments[0, 0, :, 4] = torch.tensor([math.pi - 0.1, -math.pi + 0.2])
    moments[0, 1, :, CAMERA + 4] = torch.tensor([-math.pi + 0.1, math.pi - 0.2])
    pictures = pictures_between(moments, 4)
    assert pictures.shape == (1, 8, NUMBERS)
    assert torch.allclose(pictures[0, :4, 1], torch.tensor([0.0, 1.0, 2.0, 3.0]))
    assert torch.allclose(pictures[0, :4, 4], math.pi - 0.1 + torch.tensor([0.0, 0.1, 0.2, 0.3]), atol=1e-5)
    assert torch.allclose(pictures[0, 4:, CAMERA + 4], -math.pi + 0.1 - torch.tensor([0.0, 0.1, 0.2, 0.3]), atol=1e-5)
    assert torch.equal(pictures_between(moments, 1), moments[:, :, 0])


def test_only_who_is_there_is_reckoned_with():
    """Pairs of picture and actor; a reader's features hear words, and are nought where nothing is known."""
    numbers = torch.cat([standing(), standing(arms=True), standing()])
    numbers[2, CAMERA] = 0
    camera, pairs, actors = place_features(numbers, 10, 18)
    assert camera.shape == (3, 180, FINE_CAMERA)
    assert pairs.tolist() == [[0, 0], [1, 0]]
    assert actors.shape == (2, 180, FINE_ACTOR)
    assert camera.isfinite().all()
    assert actors.isfinite().all()
    reader = FineReader(8).requires_grad_(False)
    words = torch.randint(2, 60, (3, 1 + ACTORS, SLOTS), generator=torch.Generator().manual_seed(0))
    assert not reader(numbers, words, torch.ones(3, dtype=torch.bool), 10, 18).places.any()
    torch.nn.init.normal_(reader.write.weight)
    known = torch.tensor([True, False, True])
    seen = reader(numbers, words, known, 10, 18)
    assert seen.places.shape == (3, 8, 5, 9)
    assert seen.guess.shape == (3, 3, 20, 36)
    assert not seen.places[1].any()
    assert not seen.scene[1].any()
    other = words.clone()
    other[:, 1] += 1  # the first actor's words: the third picture shows nobody
    changed = (reader(numbers, other, known, 10, 18).places - seen.places).abs().amax((1, 2, 3))
    assert changed[0] > 0.01
    assert changed[2] == 0


def test_what_is_told_comes_in_parts():
    """Frames of a clip are told what the whole is told of them, but for where things have come from."""
    numbers = standing().expand(1, 3, 2, NUMBERS)
    told = Told.of(numbers, 5, 9)
    assert told.words.shape == (1, 3, 1 + ACTORS, SLOTS)
    assert not told.words.any()
    part = told.frames(slice(1, 2))
    assert part.numbers.shape == (1, 1, 2, NUMBERS)
    assert torch.equal(part.moves, told.moves[:, 1:2])
    assert not Told.of(numbers, 5, 9, known=torch.tensor([False])).moves.any()


def test_what_is_guessed_stands_out_from_what_is_around():
    """An edge is steeper, a flat picture and the mean of all of it stay, borders too; nought changes nothing."""
    once, never = torch.ones(1), torch.zeros(1)
    edge = torch.linspace(-4, 4, 36).sigmoid().expand(1, 3, 20, 36) - 0.5
    made = crisp(edge, once)
    assert made[..., 18].mean() - made[..., 17].mean() > 1.02 * (edge[..., 18].mean() - edge[..., 17].mean())
    assert (made - edge).mean().abs() < 1e-3
    assert torch.allclose(made.flip(3), -made, atol=1e-5)
    assert torch.equal(crisp(edge, never), edge)
    assert torch.allclose(crisp(torch.full((1, 3, 20, 36), 0.3), once), torch.tensor(0.3), atol=1e-6)
    grain = torch.randn(2, 3, 20, 36, generator=torch.Generator().manual_seed(0))
    first, second = crisp(grain, torch.tensor([1.0, 0.0]))
    assert first.std() > 1.5 * grain[0].std()
    assert torch.equal(second, grain[1])


def test_what_is_alone_goes_and_lines_stay():
    """A speck of one pixel goes, on a border too; an edge, a bar of two pixels and a line of one stay."""
    plain = torch.zeros(1, 3, 12, 16)
    plain[..., 8:] = 1.0
    plain[..., 3, :] = -0.5
    plain[..., 6:8, 2:7] = 0.5
    spotted = plain.clone()
    spotted[..., 10, 4] = 1.0
    spotted[..., 0, 0] = -1.0
    spotted[:, 1, 9, 12] = 0.0
    assert torch.equal(without_specks(spotted), plain)


def test_where_something_ends_it_is_looked_at_pixel_by_pixel(monkeypatch):
    """The places that differ most from those beside them, of each picture by itself; what they show is what rays
    through their pixels find."""
    reader = FineReader(8).requires_grad_(False)
    torch.nn.init.normal_(reader.own.weight)
    for table in reader.field.cells:
        torch.nn.init.normal_(table)
    numbers = torch.cat([standing(arms=True), standing()])
    words = torch.randint(2, 60, (2, 1 + ACTORS, SLOTS), generator=torch.Generator().manual_seed(0))
    known = torch.ones(2, dtype=torch.bool)
    monkeypatch.setattr(fine_blocking, "without_specks", lambda pictures: pictures)

    def guess(share: float, which: slice = slice(0, 2)) -> torch.Tensor:
        monkeypatch.setattr(fine_blocking, "CLOSER", share)
        return reader(numbers[which], words[which], known[which], 20, 36).guess

    coarse, some, fine = guess(0), guess(0.25), guess(1)
    painted = reader.paint(reader.inner(numbers, words, 20, 36, parts=DOT)[0]).unflatten(2, (3, DOT**2)).mean(3)
    pixels = painted.reshape(2, 20, 36, DOT, DOT, 3).permute(0, 5, 1, 3, 2, 4).reshape(2, 3, 40, 72)
    assert torch.allclose(fine, pixels, atol=1e-4)
    assert torch.allclose(F.avg_pool2d(fine, DOT).mean(), F.avg_pool2d(coarse, DOT).mean(), atol=0.02)
    anew = (some != coarse).any(1)
    assert torch.allclose(some.movedim(1, -1)[anew], fine.movedim(1, -1)[anew], atol=1e-4)
    differ = F.max_pool2d(F.avg_pool2d(coarse, DOT), 3, 1, 1) + F.max_pool2d(-F.avg_pool2d(coarse, DOT), 3, 1, 1)
    differ = F.interpolate(differ.amax(1, keepdim=True), scale_factor=DOT)[:, 0]
    for picture in range(2):
        assert anew[picture].float().mean() == pytest.approx(0.25, abs=0.01)
        assert differ[picture][anew[picture]].mean() > 1.5 * differ[picture][~anew[picture]].mean()
        assert torch.allclose(guess(0.25, slice(picture, picture + 1))[0], some[picture], atol=1e-4)
