"""Where the bones of people and animals are, so that what is remembered of a body follows its limbs.

A body that is remembered around its feet is remembered in the mean of all its attitudes, and is frayed wherever it
moves. Here each point belongs to the bone that is nearest, and is told where it lies beside that bone, as it would lie
in a body at rest (neural articulated radiance fields, Noguchi et al. 2021, arXiv 2104.03110). Blocking says where
head, wrists and ankles are; knees and elbows follow from the lengths of bones, which are shares of the height (Winter,
Biomechanics and Motor Control of Human Movement, 1990). Of animals it says where the neck begins and where the paws
are; of a couple, where the first one's are.

Shape letters: P actors, N bones, R rays, J samples of a ray. Lengths are heights of the actor; left is +x, and bodies
look to +z (see `fine_blocking.beside_actors`).
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

CHILD, COUPLE = 3, 4  # numbers of actors' kinds in blocking, as all of these
BEASTS = (12, 13, 19)  # dog, horse, cat
LIMBED = (1, 2, CHILD, COUPLE, *BEASTS, 16, 20, 21, 22)  # man, woman, robot, astronaut, dancer, guitarist, too
KINDS = 6  # of bones: right and left ones are mirrored and remembered together
HEADS = 1  # which of the kinds are heads
KIND = (0, 1, 2, 2, 3, 3, 4, 4, 5, 5)  # trunk, head, upper arms, forearms, thighs, shins
RIGHT = (0, 0, 0, 1, 0, 1, 0, 1, 0, 1)
THICK = (0.1, 0.075, 0.04, 0.04, 0.035, 0.035, 0.06, 0.06, 0.045, 0.045)
FLESH, WORN = 0.75, 3.0  # thicknesses at which flesh ends, and what is worn
SOFT, BARE, CORE = 5.0, 1.5, 3.0  # how steeply flesh ends, and the least and the most that is said of it
TRUNK, HEAD, HAND = 0.357, 0.12, 0.06
SHOULDER = (0.77, 0.098)  # share of the trunk's length, and to the side
HIP = 0.05  # to the side
LEANS = 0.2  # ahead or back at most
SEATED, SHORT = 0.25, 0.29  # ahead of the head are the feet of somebody who sits, and is so much larger than told
TALLER = 1.07  # than the first of a couple is the other
BEAST_KIND = (0, 1, 2, 2, 4, 4)  # trunk, head with neck, fore and hind legs
BEAST_THICK = (0.12, 0.085, 0.035, 0.035, 0.05, 0.05)
BEAST_SHAPES = (  # by how far ahead of the middle its neck begins: hips below and behind that, shoulders below and
    (0.17, 1.9, 0.37, 0.14, 0.6, 1.0), (0.32, 2.07, 0.58, 0.19, 1.05, 1.1), (0.25, 1.85, 0.43, 0.19, 0.6, 0.6),
)  # fmt: skip  # behind, the crown above and ahead
BEAST_AHEAD, BEAST_SEATED = 0.3, 0.22
SEATED_HIPS, SEATED_SHOULDERS = (0.0, 0.14, -0.23), (0.0, -0.13, 0.046)
PAW = 0.04  # how far paws are below their joints
NOTHING = 1e-3  # thickness of bones that an actor lacks
ADULT = (0.172, 0.142, 0.244, 0.235)  # upper arm, forearm, thigh, shin
YOUNG = (0.155, 0.13, 0.226, 0.218)
HANDS, FEET, TURNED = 0.25, 0.14, 0.7  # apart so much and so little, hands say that a body is turned by radians


class Skeleton(NamedTuple):
    """Bones of actors: where they start (P, N, 3), where they lead from there (P, N, 3), how a body at rest was turned
    to have them so (P, N, 3, 3), rows being the axes at rest, how thick they are (P, N), which kind of bone (P, N), and
    whether it is a right one (P, N).
    """

    starts: Tensor
    ways: Tensor
    turns: Tensor
    thick: Tensor
    kinds: Tensor
    right: Tensor

    @staticmethod
    def of(joints: Tensor, kind: Tensor) -> "Skeleton":
        """Of LIMBED actors of kinds (P,): from heads, left and right hands and feet (P, 5, 3) beside their feet."""
        people, beasts = _of_people(joints, kind == CHILD), _of_beasts(joints, kind)
        beast = torch.isin(kind, kind.new_tensor(BEASTS))
        return Skeleton(
            *(
                torch.where(beast.view(-1, *[1] * (own.ndim - 1)), other, own)
                for own, other in zip(people, beasts, strict=True)
            )
        )

    @staticmethod
    def of_couples(joints: Tensor) -> "Skeleton":
        """Of two at a time, of whom the first one's joints are told (P, 5, 3): the other does the same, as far to the
        other side, and is taller. The other's bones are of other kinds, from KINDS on.
        """
        child = torch.zeros(len(joints), dtype=torch.bool, device=joints.device)
        aside = F.pad(joints[:, :1, :1], (0, 2))
        other = TALLER * (joints - aside) - aside
        first, second = _of_people(joints, child), _of_people(other, child)
        second = second._replace(kinds=second.kinds + KINDS)
        return Skeleton(*(torch.cat(parts, 1) for parts in zip(first, second, strict=True)))

    def take(self, actors: Tensor) -> "Skeleton":
        """Of these actors (R,), some of them often."""
        return Skeleton(*(part[actors] for part in self))

    def along(self, eye: Tensor, rays: Tensor) -> tuple[Tensor, Tensor]:
        """Where rays (R, 3), of any length, from `eye` (R, 3) are nearest to each of R actors' bones, in lengths of the
        ray (R, N), and how near (R, N), in the bones' thicknesses.
        """
        off = eye[:, None] - self.starts
        across = (self.ways @ rays[..., None])[..., 0]
        long, ray = self.ways.square().sum(-1), rays.square().sum(-1, keepdim=True)
        behind, beside = (off @ rays[..., None])[..., 0], (off * self.ways).sum(-1)
        share = (ray * beside - across * behind) / (ray * long - across.square()).clamp_min(1e-9)
        share = share.clamp(0, 1)
        at = (share * across - behind) / ray
        gap = (off + at[..., None] * rays[:, None] - share[..., None] * self.ways).norm(dim=-1)
        return at, gap / self.thick

    def beside(self, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Which kind of bone points (R, J, 3) of R actors belong to (R, J), where they lie beside it, as in a body at
        rest (R, J, 3), and how far from it in its thicknesses (R, J).
        """
        off = points[:, :, None] - self.starts[:, None]  # (R, J, N, 3)
        gap, bone = (distance_to(off, self.ways[:, None]) / self.thick[:, None]).min(-1)  # (R, J)
        rows = torch.arange(len(points), device=points.device)[:, None]
        off = off.gather(2, bone[..., None, None].expand(-1, -1, 1, 3))[:, :, 0]
        lie = (self.turns[rows, bone] @ off[..., None])[..., 0]
        lie = torch.stack(
            [torch.where(self.right[rows, bone], -lie[..., 0], lie[..., 0]), lie[..., 1], lie[..., 2]], -1
        )
        return self.kinds[rows, bone], lie, gap


def flesh(gap: Tensor) -> Tensor:
    """What is said of density in advance as far from bones as that, in thicknesses: cores of limbs are solid, and what
    is far from them is air. What people wear, and all else, has to be learned.
    """
    return (SOFT * (FLESH - gap)).clamp(-BARE, CORE) - SOFT / 2 * (gap - WORN).clamp_min(0)


def distance_to(off: Tensor, way: Tensor) -> Tensor:
    """Distances (...) of points from lines along `way` (..., D) from whose starts they are `off` (..., D)."""
    share = (off * way).sum(-1) / way.square().sum(-1).clamp_min(1e-6)
    return (off - share.clamp(0, 1)[..., None] * way).norm(dim=-1)


def turn_by(angle: Tensor) -> Tensor:
    """(P, 3, 3): what turns (P,) radians about the vertical back to 0, from +x towards -z."""
    sine, cosine = angle.sin(), angle.cos()
    still, one = torch.zeros_like(sine), torch.ones_like(sine)
    return torch.stack([cosine, still, -sine, still, one, still, sine, still, cosine], -1).unflatten(-1, (3, 3))


def _of_people(joints: Tensor, child: Tensor) -> Skeleton:
    """From head, left and right wrists and ankles (P, 5, 3) beside the feet, and who is a `child` (P,)."""
    head, ends = joints[:, 0], joints[:, 1:]
    facing = _facing(ends)
    left, ahead = facing[:, 0], facing[:, 2]
    before = ((ends[:, 2:].mean(1) - head) * ahead).sum(-1)  # how far the feet are ahead of the head
    seated = (before > SEATED)[:, None].to(head.dtype)
    size = 1 + SHORT * seated  # heights are those of actors as they sit
    lengths = torch.where(child[:, None], head.new_tensor(YOUNG), head.new_tensor(ADULT)) * size
    upper, fore, thigh, shin = lengths[..., None].unbind(1)
    lean = (1 - seated) * (head * ahead).sum(-1, keepdim=True).clamp(-LEANS, LEANS)
    pelvis = head - lean * ahead - _up(head) * ((size * TRUNK).square() - lean.square()).sqrt()
    trunk = head - pelvis
    shoulders = torch.stack([pelvis + SHOULDER[0] * trunk + side * SHOULDER[1] * size * left for side in (1, -1)], 1)
    hips = torch.stack([pelvis + side * HIP * size * left for side in (1, -1)], 1)
    starts, ways = [pelvis[:, None], head[:, None]], [trunk[:, None], HEAD * _up(head)[:, None]]
    for roots, tips, first, second, pole, swings, more in (
        (shoulders, ends[:, :2], upper, fore, -ahead, True, HAND),
        (hips, ends[:, 2:], thigh, shin, ahead, False, 0.0),
    ):
        middles = _bent(roots, tips, first[:, None], second[:, None], pole[:, None], swings)
        lower = tips - middles
        starts += [roots, middles]
        ways += [middles - roots, lower + more * F.normalize(lower, dim=-1)]
    starts, ways = torch.cat(starts, 1), torch.cat(ways, 1)
    rest = -_up(ways)
    rest[:, :2] *= -1  # trunk and head are upright
    turns = _turned(rest, F.normalize(ways, dim=-1) @ facing.mT) @ facing[:, None]
    return Skeleton(starts, ways, turns, *_sorts(head, THICK, KIND))


def _of_beasts(joints: Tensor, kind: Tensor) -> Skeleton:
    """From the roots of necks and from left and right fore and hind paws (P, 5, 3) beside the feet, and kinds (P,).
    Legs are taken to be straight.
    """
    neck, paws = joints[:, 0], joints[:, 1:]
    seated = (neck[:, 2:] < BEAST_SEATED).to(neck.dtype)
    long = seated * BEAST_AHEAD + (1 - seated) * neck[:, 2:]
    which = (kind[:, None] == kind.new_tensor(BEASTS)).int().argmax(-1)
    shape = long * neck.new_tensor(BEAST_SHAPES)[which]  # (P, 6)
    still = torch.zeros_like(long)
    below, behind, lower, back, up, ahead = shape[:, :, None].unbind(1)
    crown = torch.cat([still, up, ahead], -1)
    hips = neck - torch.cat([still, below, behind], -1)
    hips = torch.where(seated > 0, neck.new_tensor(SEATED_HIPS) + neck * neck.new_tensor([1.0, 0, 0]), hips)
    shoulders = neck - torch.cat([still, lower, back], -1)
    shoulders = torch.where(seated > 0, neck + neck.new_tensor(SEATED_SHOULDERS), shoulders)
    roots = torch.stack([shoulders, shoulders, hips, hips], 1)
    roots = torch.cat([paws[..., :1], roots[..., 1:]], -1)
    legs = paws - roots
    legs = legs + PAW * F.normalize(legs, dim=-1)
    starts = torch.cat([hips[:, None], neck[:, None], roots], 1)
    ways = torch.cat([(neck - hips)[:, None], crown[:, None], legs], 1)
    rest = torch.cat([torch.stack([crown * neck.new_tensor([0.0, 0, 1]), crown], 1), -_up(legs)], 1)
    turns = _turned(F.normalize(rest, dim=-1), F.normalize(ways, dim=-1))
    more = len(KIND) - len(BEAST_KIND)
    starts, ways, turns = (F.pad(part, (0, 0) * (part.ndim - 2) + (0, more)) for part in (starts, ways, turns))
    thick, kinds, right = _sorts(neck, BEAST_THICK + (NOTHING,) * more, BEAST_KIND + (0,) * more)
    return Skeleton(starts, ways, turns, thick, kinds, right)


def _sorts(like: Tensor, thick: tuple[float, ...], kinds: tuple[int, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """Thicknesses, kinds, and whether they are right ones, of the bones of each of P actors."""
    parts = like.new_tensor(thick), torch.tensor(kinds, device=like.device), torch.tensor(RIGHT, device=like.device) > 0
    return tuple(part.expand(len(like), -1) for part in parts)


def _up(like: Tensor) -> Tensor:
    up = torch.zeros_like(like)
    up[..., 1] = 1.0
    return up


def _facing(ends: Tensor) -> Tensor:
    """(P, 3, 3): rows are left, up and ahead of bodies whose wrists and ankles (P, 4, 3) are there. A body looks where
    its actor does unless its hands surely say otherwise, in a pirouette: when it walks they swing as feet do.
    """
    hands, feet = (ends[:, at] - ends[:, at + 1] for at in (0, 2))
    angle = torch.atan2(hands[:, 2], hands[:, 0])
    apart = [torch.hypot(way[:, 0], way[:, 2]) for way in (hands, feet)]
    sure = (apart[0] > HANDS) & (apart[1] < FEET) & (angle.abs() > TURNED)
    return turn_by(-torch.where(sure, angle, 0.0))


def _bent(start: Tensor, end: Tensor, first: Tensor, second: Tensor, pole: Tensor, swings: bool = False) -> Tensor:
    """Where two bones of these lengths (P, 1, 1) from `start` to `end` (P, 2, 3) meet (P, 2, 3): to the side of `pole`
    (P, 1, 3), or of where that is if it `swings` with them.
    """
    way = end - start
    far = way.norm(dim=-1, keepdim=True).clamp_min(1e-6)
    ahead, reach = way / far, torch.minimum(far, first + second)
    if swings:
        pole = (_turned(-_up(way), ahead).mT @ pole[..., None])[..., 0]
    along = ((first.square() - second.square() + reach.square()) / (2 * reach)).clamp(-1, 1)
    out = (first.square() - along.square()).clamp_min(0).sqrt()
    pole = F.normalize(pole - (pole * ahead).sum(-1, keepdim=True) * ahead, dim=-1)
    return start + along * ahead + out * pole


def _turned(rest: Tensor, ways: Tensor) -> Tensor:
    """The smallest turns back (..., 3, 3) from unit vectors `ways` to `rest` (..., 3) (Rodrigues)."""
    x, y, z = torch.linalg.cross(ways, rest).unbind(-1)
    cosine = (rest * ways).sum(-1)[..., None, None].clamp_min(-0.999)
    still = torch.zeros_like(x)
    cross = torch.stack([still, -z, y, z, still, -x, -y, x, still], -1).unflatten(-1, (3, 3))
    return torch.eye(3, device=rest.device) + cross + cross @ cross / (1 + cosine)
