"""What every place promises to the stage: see `oner.worlds.scene`."""

from functools import cache

import numpy as np
import pytest

from oner.worlds.description import PLACES, Description
from oner.worlds.places import build_place
from oner.worlds.scene import Place

BUDGET = 62_000  # triangles of a whole place, moving parts included
ANKLE, HEAD = 0.25, 3.0  # metres: what may lie in the lane, and from where things may hang over it


@cache
def built(name: str, seed: int = 1) -> Place:
    return build_place(Description(name), seed)


def digest(place: Place) -> bytes:
    parts = [place.static, *(part.mesh for part in place.moving)]
    arrays = [a for mesh in parts for a in (mesh.positions, mesh.normals, mesh.colours, mesh.material, mesh.faces)]
    motions = [part.motion(1.25) for part in place.moving]
    return b"".join(a.tobytes() for a in arrays) + np.array(motions).tobytes() + repr(place.lamps).encode()


@pytest.mark.parametrize("name", PLACES)
def test_same_seed_same_bytes(name):
    """A place is built alike twice, and another seed lays it out differently."""
    again = digest(build_place(Description(name), 1))
    assert again == digest(built(name))
    assert again != digest(built(name, 2))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", PLACES)
def test_meshes_are_sound(name, seed):
    """Every mesh is finite, its normals are of unit length, its colours are colours, and the whole is in budget."""
    place = built(name, seed)
    meshes = [place.static, *(part.mesh for part in place.moving)]
    assert 4_000 < sum(len(mesh.faces) for mesh in meshes) <= BUDGET
    for mesh in meshes:
        assert np.isfinite(mesh.positions).all()
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-4)
        assert 0 <= mesh.colours.min() <= mesh.colours.max() <= 1
        assert 0 <= mesh.faces.min() <= mesh.faces.max() < len(mesh.positions)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", PLACES)
def test_the_lane_is_free(name, seed):
    """Between ankle and head height no triangle reaches into the lane as far as the camera may travel."""
    place = built(name, seed)
    closed = place.indoor or place.sky == "none"
    half, head = (1.5, min(HEAD, place.ceiling)) if closed else (3.0, HEAD)
    corners = place.static.positions[place.static.faces]
    low, high = corners.min(1), corners.max(1)
    floor = place.ground(np.zeros(len(low)), corners[:, :, 2].mean(1))
    above = corners[:, :, 1] - place.ground(corners[:, :, 0], corners[:, :, 2])
    inside = (low[:, 0] < half) & (high[:, 0] > -half) & (low[:, 2] < place.back) & (high[:, 2] > -place.depth)
    blocked = inside & (high[:, 1] > floor + ANKLE) & (low[:, 1] < floor + head) & _touches(corners, half)
    blocked &= above.max(1) > ANKLE  # what follows the ground is ground
    assert not blocked.any(), f"{blocked.sum()} triangles from {low[blocked].min(0)} to {high[blocked].max(0)}"


def _touches(corners: np.ndarray, half: float) -> np.ndarray:
    """Whether a triangle really crosses |x| < half: of walls and wide floors only the bounding box may."""
    x = corners[:, :, 0]
    spans = (x.max(1) > -half) & (x.min(1) < half)
    level = np.ptp(corners[:, :, 1], axis=1) < 1e-3
    return spans & ~level


@pytest.mark.parametrize("name", PLACES)
def test_ground_and_limits_are_sensible(name):
    """The ground at the origin is about 0, takes arrays, and the limits leave the camera room."""
    place = built(name)
    xs, zs = np.meshgrid(np.linspace(-2.5, 2.5, 5), np.linspace(-20, 10, 7))
    heights = np.asarray(place.ground(xs, zs))
    assert heights.shape == xs.shape
    assert abs(float(np.asarray(place.ground(np.zeros(1), np.zeros(1)))[0])) < 0.15
    for limit, least in ((place.depth, 4), (place.back, 5), (place.ceiling, 2.2), (place.width, 1.4)):
        assert limit >= least
    assert place.sky in ("open", "synth", "space", "underwater", "none")
    assert all(lamp.reach > 1 and np.isfinite(lamp.position).all() for lamp in place.lamps)


@pytest.mark.parametrize("name", PLACES)
def test_closed_all_around(name):
    """Whichever way a camera at the origin looks, something stands or lies in that direction below the horizon."""
    place = built(name)
    if place.sky == "space":
        return
    middle = place.static.positions[place.static.faces].mean(1)
    low = middle[middle[:, 1] < 3.5]
    bearing = np.degrees(np.arctan2(low[:, 0], -low[:, 2])) % 360
    seen = np.histogram(bearing, bins=24, range=(0, 360))[0]
    if place.indoor or place.sky == "none":
        reach = place.static.positions
        assert reach[:, 2].max() >= place.back
        assert reach[:, 2].min() <= -place.depth
    else:
        assert (seen > 0).all()


@pytest.mark.parametrize("name", PLACES)
def test_accent_paints_but_does_not_move(name):
    """The accent changes colours and nothing else about the layout."""
    plain, painted = built(name), build_place(Description(name, accent="purple"), 1)
    np.testing.assert_array_equal(plain.static.positions, painted.static.positions)
    pairs = [(plain.static, painted.static)]
    pairs += [(a.mesh, b.mesh) for a, b in zip(plain.moving, painted.moving, strict=True)]
    changed = sum(int((np.abs(a.colours - b.colours).max(1) > 0.02).sum()) for a, b in pairs)
    assert changed > 30


@pytest.mark.parametrize(("time", "weather"), [("night", "snow"), ("noon", "rain")])
def test_time_and_weather_keep_the_layout(time, weather):
    """Whatever the hour and the weather, lamps, moving parts and the ground stay where they were."""
    for name in PLACES:
        plain, other = built(name), build_place(Description(name, time=time, weather=weather), 1)
        assert [lamp.position for lamp in plain.lamps] == [lamp.position for lamp in other.lamps]
        assert len(plain.moving) == len(other.moving)
        for a, b in zip(plain.moving, other.moving, strict=True):
            np.testing.assert_array_equal(a.motion(3.0), b.motion(3.0))


@pytest.mark.parametrize("name", ["fairground", "underwater", "train carriage", "meadow", "stage"])
def test_things_move(name):
    """Places with machines, animals or wind have parts whose matrices change with time and are finite."""
    moving = built(name).moving
    assert any(not np.allclose(part.motion(0.0), part.motion(1.0)) for part in moving)
    assert all(np.isfinite(part.motion(75.5)).all() for part in moving)
