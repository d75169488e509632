import math

import pytest
import torch
from torch.nn import functional as F

from oner.model import fields
from oner.model.blocking import ACTOR, ACTORS, CAMERA, NUMBERS, SLOTS
from oner.model.bones import KINDS
from oner.model.fields import CHANNELS, GAIN, Field, contracted, weights_of
from oner.model.fine_blocking import GARMENT, HAIRSTYLE, FineReader, beside_actors, box_along, keys_of_bones

SOLID = 8.0 / GAIN  # in every level's table: nothing is seen through that


def rays_of(count: int, generator: torch.Generator, spread: float = 0.5) -> torch.Tensor:
    sides = spread * (torch.rand(count, 2, generator=generator) * 2 - 1)
    return F.normalize(torch.cat([sides, -torch.ones(count, 1)], 1), dim=-1)


def test_a_ray_sees_what_is_in_front():
    """Weights go down behind what is solid; what is not open-ended is seen to the end."""
    thickness = torch.tensor([[0.0, 20.0, 20.0], [0.1, 0.1, 0.1]])
    seen = weights_of(thickness)
    assert torch.allclose(seen.sum(1), torch.ones(2))
    assert seen[0, 1] == pytest.approx(1, abs=1e-6)
    assert float(weights_of(thickness, open_ended=True)[1].sum()) == pytest.approx(1 - math.exp(-0.3))


def test_density_is_what_levels_say_together():
    """And of people the finest level says nothing."""
    features = torch.zeros(2, fields.FEATURES)
    features[1, 2 * CHANNELS] = 1.0
    field = Field(2**8)
    assert float(field.density(features)[1] / field.density(features)[0]) == pytest.approx(math.exp(GAIN), rel=1e-5)
    assert len(field.density(features, fields.OUTLINED).unique()) == 1


def test_tables_are_read_between_corners_and_taught_there():
    """At a corner its own row, halfway the mean; gradients are those of a plain gather, and sums of all readers'."""

    def read(table: torch.Tensor, *where) -> torch.Tensor:
        return fields._read(fields._Open.of(table, fields._Sum()), *where)

    generator = torch.Generator().manual_seed(0)
    table = torch.randn(2**10, CHANNELS, generator=generator, requires_grad=True)
    keys = torch.full((3,), 5)
    points = torch.tensor([[1.0, 2.0, -3.0], [1.0, 2.0, -2.0], [1.0, 2.0, -2.5]])
    seen = read(table, points, keys, 1.0)
    assert torch.allclose(seen[2], (seen[0] + seen[1]) / 2, atol=1e-6)
    assert torch.allclose(seen[:2, 0], fields._nearest(table, points[:2], keys[:2], 1.0))
    assert torch.allclose(seen[:, 0], fields._between(table, points, keys, 1.0), atol=1e-6)
    somewhere = torch.randn(50, 3, generator=generator)
    other = read(table, somewhere, torch.arange(50), 0.3)
    wanted = torch.randn(other.shape, generator=generator)
    found = torch.autograd.grad((other * wanted).sum(), table)[0]
    step = torch.randn(table.shape, generator=generator)
    with torch.no_grad():
        moved = ((read(table + step, somewhere, torch.arange(50), 0.3) - other) * wanted).sum()
    assert float((found * step).sum()) == pytest.approx(float(moved), rel=1e-3)
    assert (read(table, somewhere, torch.arange(50) + 99, 0.3) - other).abs().mean() > 0.1
    total = fields._Sum()
    for _ in range(2):  # what was added up once is not there any more
        opened = fields._Open.of(table, total)
        halves = (slice(20), slice(20, 50))
        parts = [fields._read(opened, somewhere[half], torch.arange(50)[half], 0.3) for half in halves]
        both = torch.autograd.grad((torch.cat(parts) * wanted).sum(), table)[0]
        assert torch.allclose(both, found, atol=1e-5)
    assert not total.begun


def test_it_learns_what_stands_where_from_pictures():
    """A wall with checks, seen from many places: from a new one it is known, too. The same pictures remembered by their
    directions alone, as on a backdrop that is endlessly far, give next to nothing.
    """

    def wall(eye: torch.Tensor, rays: torch.Tensor) -> torch.Tensor:
        x, y, _ = (eye + (eye[:, 2:] + 8) / -rays[:, 2:] * rays).unbind(1)
        return ((x / 4).floor() + (y / 4).floor()) % 2

    def missed(spread: float) -> float:
        generator = torch.Generator().manual_seed(1)
        field, paint = Field(2**16), torch.nn.Linear(fields.GATHERED, 1)
        with torch.no_grad():
            for table in field.cells:
                table.copy_(0.01 * torch.randn(table.shape, generator=generator))
            paint.weight.copy_(torch.randn(paint.weight.shape, generator=generator) / 4)
        optimiser = torch.optim.Adam([{"params": field.parameters(), "lr": 0.05}, {"params": paint.parameters()}], 5e-3)
        keys, told = torch.full((1500,), 7), torch.tensor([spread, spread, 1.0])
        for _ in range(200):
            eye = torch.randn(1500, 3, generator=generator) * 2 + torch.tensor([0.0, 1.5, 6.0])
            rays = rays_of(1500, generator)
            made = paint(field.through(told * eye, rays, keys, generator).together())[:, 0]
            (made - wall(eye, rays)).square().mean().backward()
            optimiser.step()
            optimiser.zero_grad()
        eye, rays = torch.tensor([[1.9, 1.2, 5.5]]).expand(1500, 3), rays_of(1500, generator)
        with torch.no_grad():
            made = paint(field.through(told * eye, rays, keys).together())[:, 0]
        return float((made - wall(eye, rays)).square().mean())

    known, backdrop = missed(1.0), missed(0.0)
    assert known < 0.6 * backdrop, (known, backdrop)  # the mean of all pictures has 0.25


def test_space_shrinks_with_the_distance():
    points = torch.tensor([[0.1, 0.0, 0.0], [100.0, 0.0, 0.0], [-100.0, 0.0, 0.0]])
    x = contracted(points)[:, 0]
    assert float(x[0]) == pytest.approx(0.1, rel=1e-2)
    assert 5 < x[1] < 12
    assert x[2] == -x[1]


def numbers_with(*actors: tuple[float, float, float]) -> torch.Tensor:
    """A level camera 6 m before the middle, and actors of 1.8 m at (x, z, heading)."""
    numbers = torch.zeros(1, NUMBERS)
    numbers[0, 1:4] = torch.tensor([0.0, 0.9, 6.0])
    numbers[0, 7] = math.radians(30)
    for number, (x, z, heading) in enumerate(actors):
        told = torch.tensor([1.0, x, 0.0, z, heading, 1.8, 0.3])
        numbers[0, CAMERA + number * ACTOR :][:7] = told
    return numbers


def test_an_actor_has_a_box_of_its_own():
    """Rays enter it before and leave it behind the actor, or miss it; whoever turns is seen from another side."""
    actor = numbers_with((0.0, 0.0, 0.0))[:, CAMERA : CAMERA + ACTOR]
    eye = torch.tensor([[0.0, 0.9, 6.0]])
    rays = torch.tensor([[[0.0, 0.0, -1.0], [0.0, 0.0, 1.0], [0.3, 0.0, -1.0]]])
    own_eye, own_rays = beside_actors(actor, eye, rays)
    assert torch.allclose(own_eye, torch.tensor([[0.0, 0.5, 6 / 1.8]]))
    low, high = box_along(actor, own_eye, own_rays)
    assert low[0, 0] < 6 < high[0, 0]
    assert high[0, 0] - low[0, 0] < 2
    assert (low[0, 1:] > high[0, 1:]).all()
    actor[0, 4] = math.pi / 2  # it looks to +x: from the camera one sees its side
    assert torch.allclose(beside_actors(actor, eye, rays)[0], torch.tensor([[-6 / 1.8, 0.5, 0.0]]), atol=1e-5)


@pytest.fixture
def solid() -> FineReader:
    """Whoever is there is solid; the scene is empty until far away."""
    reader = FineReader(8).requires_grad_(False)
    for table in reader.field.cells:
        table.fill_(0)[:, 0] = SOLID / len(fields.CELLS) * 2
    return reader


def remembered(reader: FineReader, numbers: torch.Tensor, words: torch.Tensor, empty: bool = True):
    pairs = (numbers[:, CAMERA:].reshape(1, ACTORS, ACTOR)[..., 0] > 0).nonzero()
    if empty:  # of the scene nothing is near
        through = reader.field.through

        def far(*given):
            found = through(*given)
            weights = torch.zeros_like(found.weights)
            weights[:, -1] = 1
            return found._replace(weights=weights, distances=torch.full_like(found.distances, 100.0))

        reader.field.through = far
    return reader.remembered(numbers, words, pairs, 40, 72, None, None)


def test_whoever_stands_in_front_hides_what_is_behind(solid):
    """The actor the scene, the nearer actor the other; and a wall before the camera everybody."""
    words = torch.full((1, 1 + ACTORS, SLOTS), 9)
    share = fields.FEATURES  # where the share that is seen stands
    stands, _, own = remembered(solid, numbers_with((0.0, 0.0, 0.0), (0.0, -3.0, 0.5)), words)
    middle = 20 * 72 + 36
    assert stands[0, middle, share] == pytest.approx(0, abs=1e-3)
    assert stands[0, 0, share] == pytest.approx(1)
    assert own[0, middle, share] == pytest.approx(1, abs=1e-3)
    assert own[1, middle, share] == pytest.approx(0, abs=1e-3)
    del solid.field.through
    _, _, own = remembered(solid, numbers_with((0.0, 0.0, 0.0)), words, empty=False)
    assert own[0, middle, share] == pytest.approx(0, abs=1e-3)


def test_nothing_is_remembered_of_what_is_not_named(solid):
    words = torch.zeros(1, 1 + ACTORS, SLOTS, dtype=torch.long)
    for part in remembered(solid, numbers_with((0.0, 0.0, 0.0)), words):
        assert not part.any()


def test_an_accent_is_learned_apart_and_shown_in_the_usual_layout():
    """What a place with and without an accent shows of its fields differs in training alone, where it is rough."""
    reader = FineReader(8).requires_grad_(False)
    plain = torch.full((1, 1 + ACTORS, SLOTS), 9)
    plain[0, 0, 1] = 0
    accent = plain.clone()
    accent[0, 0, 1] = 30
    seen = {}
    for training in (True, False):
        reader.train(training)
        seen[training] = [remembered(reader, numbers_with(), words, empty=False)[0] for words in (plain, accent)]
    assert not torch.allclose(*seen[True])
    assert torch.equal(*seen[False])
    fine = slice(CHANNELS, fields.FEATURES)  # levels of which an accent's layout knows nothing
    assert seen[True][0][..., fine].any()
    assert not seen[True][1][..., fine].any()


def test_floor_and_sky_are_the_same_from_everywhere():
    """A point of the floor from two cameras, a direction of the sky from two; in fog they are known, but not seen."""
    reader, keys = FineReader(8, 2**14).requires_grad_(False), torch.tensor([18, 18])
    point, up = torch.tensor([1.0, 0.0, -2.0]), torch.tensor([0.3, 0.8, -0.5])
    eye = torch.tensor([[0.0, 1.6, 5.0], [4.0, 0.9, -6.0]])
    rays = F.normalize(torch.stack([point - eye, up.expand(2, 3)], 1), dim=-1)
    ends, away = reader.at_the_end(eye, rays, keys)
    assert torch.allclose(away[:, 0], (point - eye).norm(dim=-1), atol=1e-4)
    assert torch.allclose(ends[0], ends[1], atol=1e-5)
    assert not torch.allclose(ends[:, 0], ends[:, 1], atol=1e-3)
    assert not torch.allclose(reader.at_the_end(eye, rays, keys + 2)[0], ends, atol=1e-3)
    words = torch.full((1, 1 + ACTORS, SLOTS), 9)
    for near, seen in ((0.5, 0.0), (100.0, 1.0)):
        through = reader.field.through

        def at(*given, near=near, through=through):
            found = through(*given)
            return found._replace(distances=torch.full_like(found.distances, near))

        reader.field.through = at
        known, shown = remembered(reader, numbers_with(), words, empty=False)[1].chunk(2, -1)
        assert known.abs().amax() > 1e-3
        assert torch.allclose(shown, seen * known, atol=1e-5)
        del reader.field.through


def test_a_look_does_the_same_to_every_picture():
    """What is remembered of a picture's places is of that look and size alone."""
    field = Field(2**14)
    seen = field.on_screen(torch.tensor([7, 9, 7]), 6, 8)
    assert seen.shape == (3, 48, fields.FEATURES)
    assert torch.equal(seen[0], seen[2])
    assert not torch.allclose(seen[0], seen[1], atol=1e-3)
    assert not torch.allclose(seen[0, 3], seen[0, 4], atol=1e-3)
    some = torch.tensor([40, 3])
    assert torch.equal(field.on_screen(torch.tensor([9]), 6, 8, some)[0], seen[1, some])


def test_what_is_near_a_camera_learns_less():
    """Cells that many rays see would otherwise fill with what each of them lacks."""
    field = Field(2**12)
    eye, ray, keys = torch.tensor([[0.0, 1.0, 4.0]]), torch.tensor([[0.0, 0.0, -1.0]]), torch.tensor([3])
    found = field.through(eye, ray, keys, torch.Generator().manual_seed(0))
    found.features.sum().backward()
    assert found.distances[0, 0] < fields.FELT
    felt = (found.distances / fields.FELT).clamp(max=1).square().sum()
    total = float(sum(table.grad.sum() for table in field.cells[: len(fields.CELLS)]))
    assert total == pytest.approx(float(felt) * fields.FEATURES, rel=1e-4)


def test_what_is_behind_an_actor_is_not_to_be_seen(solid: FineReader):
    """Neither is a floor or a sky that the tables remember there, nor anything that goes by where a place looks."""
    words = torch.full((1, 1 + ACTORS, SLOTS), 9)
    for table in solid.field.cells[: len(fields.CELLS)]:
        table[:, 0] = -SOLID  # of the place nothing is near
    solid.ends.weight.normal_(generator=torch.Generator().manual_seed(1))
    solid.paint.weight.normal_(generator=torch.Generator().manual_seed(2))

    def seen(change: float, *actors: tuple[float, float, float]) -> torch.Tensor:
        kept = {name: value.clone() for name, value in solid.state_dict().items()}
        for layer in (solid.ends, solid.camera):
            layer.weight.mul_(change)
        made = solid.guess(numbers_with(*actors), words, 9, 16)[0].unflatten(0, (9, 16))
        solid.load_state_dict(kept)
        return made

    before, after = (seen(change, (0.0, 0.0, 0.0)) for change in (1.0, 2.0))
    assert torch.allclose(before[4, 7:9], after[4, 7:9], atol=1e-3)  # where the actor is
    assert not torch.allclose(before[4, 0], after[4, 0], atol=0.1)
    before, after = (seen(change) for change in (1.0, 2.0))
    assert not torch.allclose(before[4, 7:9], after[4, 7:9], atol=0.1)


def test_people_are_remembered_by_their_bones():
    """A lifted arm changes what is seen of a man's body, and of a boat with the same numbers nothing but its shares; a
    garment has bodies of its own, and a hairstyle heads.
    """
    reader, words = FineReader(8, 2**14).requires_grad_(False), torch.full((1, 1 + ACTORS, SLOTS), 9)
    for table in reader.field.cells:
        table[:, 0] = 1.0

    def seen(kind: int, lifted: float) -> torch.Tensor:
        numbers, wrist = (
            numbers_with((0.0, 0.0, 0.0)),
            (0.18 + 0.5 * math.sin(lifted), 1.4 - 0.5 * math.cos(lifted), 0.0),
        )
        joints = [(0.0, 1.58, 0.0), wrist, (-0.3, 0.9, 0.0), (0.09, 0.08, 0.0), (-0.09, 0.08, 0.0)]
        numbers[0, CAMERA] = kind
        numbers[0, CAMERA + 7 : CAMERA + ACTOR] = torch.tensor(joints).flatten()
        return remembered(reader, numbers, words)[2][0]

    assert not torch.allclose(seen(1, 0.2), seen(1, 1.2))
    assert torch.equal(seen(8, 0.2), seen(8, 1.2))
    named = words[0, 1:2].repeat(3, 1)
    named[1, GARMENT], named[2, HAIRSTYLE] = 30, 30
    plain, dressed, curly = keys_of_bones(named)[:, :KINDS]
    assert (plain == dressed).tolist() == [False, True, False, False, False, False]  # the second is the head's
    assert (plain == curly).tolist() == [True, False, True, True, True, True]
    assert len(plain.unique()) == KINDS


def test_actors_are_remembered_apart_from_places():
    """At the two coarser levels what an actor is like is nothing to any place; the finest is of both."""
    field, points = Field(2**10), torch.rand(50, 3)
    keys = torch.arange(50)
    before = field(points, keys)
    with torch.no_grad():
        for table in field.cells[len(fields.CELLS) :]:
            table.add_(1)
    assert torch.equal(field(points, keys), before)
    seen = field(points, keys, bodies=True).detach()
    coarse = fields.OUTLINED * CHANNELS
    assert float((seen - before)[:, :coarse].min()) > 0.9
    assert torch.equal(seen[:, coarse:], before[:, coarse:])
