"""Bones are compared with those of the worlds' own figures, which nobody tells the model."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from oner.model import fields
from oner.model.blocking import ACTOR, CAMERA, JOINTS
from oner.model.bones import BEASTS, CHILD, COUPLE, KIND, KINDS, LIMBED, THICK, Skeleton, flesh
from oner.model.fields import CHANNELS, GAIN, Field
from oner.model.fine_blocking import beside_actors
from oner.worlds.blocking import Blocking
from oner.worlds.description import SUBJECTS, Description, SubjectDescription

PARTS = (0, 2, 3, 6, 4, 7, 9, 12, 10, 13)  # of figures: pelvis, skull, upper arms, forearms, thighs, shins
WRISTS = (5, 8)


def bodies_of(kind: str, action: str) -> tuple[Skeleton, torch.Tensor]:
    """Of 24 moments: the skeletons, and where the figure's own parts start (24, parts, 3), in heights."""
    joints, kinds, parts = told_of(kind, action)
    return Skeleton.of_couples(joints) if kind == "couple" else Skeleton.of(joints, kinds), parts


def told_of(kind: str, action: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The joints of 24 moments (24, JOINTS, 3) and the kind (24,) that blocking tells, and the figure's own parts."""
    place = Description(place="meadow", subjects=(SubjectDescription(kind, action=action),))
    blocking = Blocking.of(place, 3, 16 / 9)
    moments = [blocking.numbers(frame, Fraction(8)) for frame in range(24)]
    told = torch.tensor(np.stack(moments), dtype=torch.float32)[:, CAMERA : CAMERA + ACTOR]
    actor = blocking.actors[0][1]
    parts = [actor.figure.pose(frame / 8)[:, :3, 3] @ actor.matrix(frame / 8)[:3, :3].T for frame in range(24)]
    joints, parts = (
        beside_actors(told, told[:, 1:4], points)[1]
        for points in (told[:, 7:].unflatten(-1, (JOINTS, 3)), torch.tensor(np.stack(parts), dtype=torch.float32))
    )
    return joints, told[:, 0], parts


@pytest.mark.parametrize("kind", ["woman", "child", "robot", "astronaut"])
@pytest.mark.parametrize("action", ["stand", "walk", "run", "dance", "sit", "turn"])
def test_bones_are_where_figures_have_them(kind: str, action: str):
    """Within 3 % of the height (elbows and knees, which are guessed, 7 %), whatever the body does."""
    skeleton, parts = bodies_of(kind, action)
    off = (skeleton.starts - parts[:, PARTS]).norm(dim=-1).mean(0)
    told = torch.tensor([True, True, True, True, False, False, True, True, False, False])
    assert float(off[told].max()) < 0.035, off
    assert float(off[~told].max()) < 0.075, off
    square = skeleton.turns @ skeleton.turns.mT
    assert torch.allclose(square, torch.eye(3).expand_as(square), atol=1e-4)
    assert (torch.linalg.det(skeleton.turns) > 0.99).all()


@pytest.mark.parametrize("kind", ["dog", "cat", "horse"])
@pytest.mark.parametrize("action", ["stand", "walk", "run", "sit"])
def test_bones_are_where_animals_have_them(kind: str, action: str):
    """Trunk, neck and legs of animals start where the figures' do, within 5 % of the height, and legs end in paws."""
    skeleton, parts = bodies_of(kind, action)
    hips = parts[:, (11, 15)].mean(1, keepdim=True)
    known = torch.cat([hips, parts[:, (1, 3, 7, 11, 15)]], 1)
    off = (skeleton.starts[:, :6] - known).norm(dim=-1).mean(0)
    assert float(off.max()) < 0.05, off
    legs = (skeleton.starts + skeleton.ways)[:, 2:6]
    assert float((legs - parts[:, (6, 10, 14, 18)]).norm(dim=-1).max()) < 0.041
    square = (skeleton.turns @ skeleton.turns.mT)[:, :6]
    assert torch.allclose(square, torch.eye(3).expand_as(square), atol=1e-4)
    bones, _, gap = skeleton.beside(parts)
    assert int(bones.max()) == 4
    assert float(gap.max()) < 10


@pytest.mark.parametrize("action", ["stand", "walk", "sit"])
def test_both_of_a_couple_are_found_though_one_is_told(action: str):
    """The one as always, the other within 5 % of the height; elbows, which are between the two, within 11 %."""
    skeleton, parts = bodies_of("couple", action)
    second = len(parts[0]) // 2 + 1
    known = torch.cat([parts[:, PARTS], parts[:, [second + part for part in PARTS]]], 1)
    off = (skeleton.starts - known).norm(dim=-1).mean(0).unflatten(0, (2, -1))
    told = torch.tensor([True, True, True, True, False, False, True, True, False, False])
    assert float(off[:, told].max()) < 0.05, off
    assert float(off[:, ~told].max()) < 0.11, off
    whose = (skeleton.beside(known)[0] >= KINDS).unflatten(1, (2, -1))[..., told]
    assert whose[:, 1].all()
    assert not whose[:, 0].any()


def test_people_and_animals_may_stand_together():
    """A skeleton is that of its own actor, whatever else is on the stage."""
    alone = [bodies_of(kind, "walk")[0] for kind in ("woman", "dog")]
    joints, kinds = zip(*(told_of(kind, "walk")[:2] for kind in ("woman", "dog")), strict=True)
    both = Skeleton.of(torch.cat(joints), torch.cat(kinds))
    for part, first, second in zip(both, *alone, strict=True):
        assert torch.equal(part, torch.cat([first, second]))


def test_flesh_is_solid_within_and_air_without():
    said = flesh(torch.tensor([0.0, 0.75, 3.0]))
    assert said[0] > 1 > said[1] == 0 > -1 > said[2]


def test_people_are_those_of_the_worlds():
    names = [SUBJECTS[number - 1] for number in LIMBED]
    assert names == [
        "man", "woman", "child", "couple", "dog", "horse", "cat", "robot", "astronaut", "dancer", "guitarist",
    ]  # fmt: skip
    assert [SUBJECTS[number - 1] for number in (CHILD, COUPLE, *BEASTS)] == ["child", "couple", "dog", "horse", "cat"]


def test_a_point_of_a_limb_stays_what_it_is_wherever_the_limb_goes():
    """The middle of a walking figure's forearms and shins: always of the same kind of bone, and at the same place."""
    skeleton, parts = bodies_of("man", "walk")
    for kind, start, ends in ((3, (4, 7), WRISTS), (5, (10, 13), (11, 14))):
        middle = (parts[:, start] + parts[:, ends]) / 2  # (24, 2, 3)
        bones, lie, _ = skeleton.beside(middle)
        assert (bones == kind).all()
        still = lie - lie.mean((0, 1))
        assert float(still.norm(dim=-1).max()) < 0.05
        assert float((middle - middle.mean((0, 1))).norm(dim=-1).max()) > 0.15  # in space it does not stay


def test_left_and_right_are_one_limb():
    skeleton, _ = bodies_of("man", "stand")
    one = skeleton.starts + 0.5 * skeleton.ways  # (24, N, 3)
    aside = torch.tensor([0.01, 0.0, 0.0])
    outwards = torch.tensor([0, 0, 1, -1, 1, -1, 1, -1, 1, -1])[:, None] * aside
    bones, lie, _ = skeleton.beside(one + outwards)
    assert torch.equal(bones, torch.tensor(KIND).expand_as(bones))
    for left in (2, 4, 6, 8):
        assert torch.allclose(lie[:, left], lie[:, left + 1], atol=0.02)


def test_a_turn_is_followed_round():
    """In a pirouette the body's left goes all the way round while the actor looks ahead."""
    skeleton, parts = bodies_of("dancer", "turn")
    left = F.normalize(parts[:, 3] - parts[:, 6], dim=-1)  # from shoulder to shoulder
    followed = ((skeleton.turns[:, 0, 0] * left).sum(-1) > math.cos(0.8)).float().mean()
    assert float(followed) > 0.9
    assert float(left[:, 0].min()) < -0.8  # it did turn its back


def test_rays_find_what_is_near_bones():
    """A ray at a wrist stops there; one that passes a body by finds nothing, for samples go where bones are."""
    skeleton, parts = bodies_of("man", "dance")
    skeleton, wrist = skeleton.take(torch.tensor([8])), parts[8, WRISTS[0]]
    field = Field(2**12).requires_grad_(False)
    for table in field.cells:
        table.fill_(0)[:, 0] = 8.0 / GAIN / len(fields.CELLS) * 2
    keys = torch.arange(KINDS)[None]
    eye = torch.tensor([[0.2, 0.6, 3.0]])
    ray = F.normalize(wrist - eye, dim=-1)
    nearest, gaps = skeleton.along(eye, ray)
    assert float(gaps.min()) < 1
    at = float(nearest[0, gaps.argmin()])
    assert at == pytest.approx(float((wrist - eye).norm()), abs=0.05)
    ends = torch.tensor([2.0]), torch.tensor([4.0])
    seen = field.along_bones(eye, ray, *ends, keys, skeleton)
    near = (seen.distances - at).abs() < 2 * max(THICK)
    assert int(near.sum()) >= fields.OWN // 2
    assert seen.features.shape == (1, fields.OWN, CHANNELS * len(fields.CELLS))
    beside = F.normalize(torch.tensor([[1.5, 0.5, 0.0]]) - eye, dim=-1)
    assert float(skeleton.along(eye, beside)[1].min()) > 4
