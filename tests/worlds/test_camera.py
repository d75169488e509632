import numpy as np
import pytest

from oner.film import CAMERA_MOVES
from oner.worlds.camera import Camera, Room, Subject
from oner.worlds.scene import flat_ground

HALL = Room(flat_ground, depth=40.0, back=14.0, ceiling=3.2, width=1.6, indoor=True)
FIELD = Room(flat_ground)
SEEDS = range(6)
LEAVING = ("tilt up", "tilt down", "fly-through")  # moves that let go of the subject on purpose


def person(speed: float = 0.0, heading: float = 0.0) -> Subject:
    way = np.array([np.sin(heading), 0.0, np.cos(heading)])
    return Subject(lambda metres: way * metres, speed, heading, 1.75, 1.6, 0.35)


def seen(camera: Camera, seconds: float, height: float) -> np.ndarray:
    """Where a point above the subject's feet lies in the picture: -1..1 to the right and up."""
    view = camera.view(seconds)
    point = camera.subject.path(camera.subject.speed * seconds) + np.array([0.0, height, 0.0])
    x, y, _, w = view.matrix(camera.aspect) @ np.array([*point, 1.0])
    assert w > 0, "the subject is behind the camera"
    return np.array([x, y]) / w


def tall(camera: Camera, seconds: float) -> float:
    """Share of the picture's height that the subject fills."""
    return float(seen(camera, seconds, 1.75)[1] - seen(camera, seconds, 0.0)[1]) / 2


def direction(camera: Camera, seconds: float) -> np.ndarray:
    return camera.view(seconds).axes()[2]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("size", "low", "high"), [("wide", 0.18, 0.28), ("medium", 0.43, 0.58), ("close", 1.2, 2.2)])
def test_shot_sizes_fill_the_picture(size, low, high, seed):
    """A person fills about a quarter of a wide picture's height, half of a medium one, and more than a close one's."""
    assert low < tall(Camera("static", size, person(), FIELD, 16 / 9, seed), 1.0) < high


@pytest.mark.parametrize("room", [HALL, FIELD], ids=["hall", "field"])
@pytest.mark.parametrize("move", [m for m in CAMERA_MOVES if m not in LEAVING])
def test_the_face_is_in_the_picture(move, room):
    """Whatever the move, place, size and format, the face can be seen in the middle of a three-second take."""
    for aspect in (16 / 9, 9 / 16, 1.0):
        for size in ("wide", "medium", "close"):
            for seed in SEEDS:
                x, y = seen(Camera(move, size, person(), room, aspect, seed), 1.5, 1.6)
                assert abs(x) < 0.95, (aspect, size, seed)
                assert abs(y) < 0.95, (aspect, size, seed)


@pytest.mark.parametrize("move", [m for m in CAMERA_MOVES if m not in (*LEAVING, "pan left", "pan right")])
@pytest.mark.parametrize("speed", [1.4, 11.0])
def test_moving_subjects_stay_in_the_picture(move, speed):
    """Somebody who walks or drives towards or across the camera is still in the picture seconds later."""
    for heading in (0.0, np.pi, 1.1):
        for seed in SEEDS:
            camera = Camera(move, "medium", person(speed, heading), Room(flat_ground, 300, 300, 60, 300), 16 / 9, seed)
            for seconds in (0.0, 1.0, 2.5, 5.0):
                assert np.abs(seen(camera, seconds, 0.9)).max() < 1.0, (heading, seed, seconds)


@pytest.mark.parametrize("room", [HALL, FIELD], ids=["hall", "field"])
@pytest.mark.parametrize("seed", SEEDS)
def test_pushes_push_and_pulls_pull(room, seed):
    """In three seconds a push makes the subject a quarter larger and a pull a fifth smaller."""
    push, pull = (Camera(move, "medium", person(), room, 16 / 9, seed) for move in ("push in", "pull back"))
    assert tall(push, 3.0) > 1.25 * tall(push, 0.0)
    assert tall(pull, 3.0) < 0.8 * tall(pull, 0.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_pans_and_tilts_turn_the_right_way(seed):
    """Pan left moves the picture's content to the right, tilt up moves it down, and the other way round."""
    for move, axis, sign in (("pan left", 0, 1), ("pan right", 0, -1), ("tilt up", 1, -1), ("tilt down", 1, 1)):
        camera = Camera(move, "medium", person(), FIELD, 16 / 9, seed)
        moved = seen(camera, 2.5, 0.9) - seen(camera, 0.0, 0.9)
        assert moved[axis] * sign > 0.35, move
        assert np.allclose(camera.view(0.0).eye, camera.view(2.5).eye), move


@pytest.mark.parametrize("seed", SEEDS)
def test_static_is_still_and_handheld_is_not(seed):
    """A static camera keeps every number; a hand-held one trembles a little, by less than three degrees."""
    still, hand = (Camera(move, "medium", person(), FIELD, 16 / 9, seed) for move in ("static", "handheld"))
    assert still.view(0.0) == still.view(4.0)
    angles = [np.degrees(np.arccos(np.clip(direction(hand, t) @ direction(hand, 0.0), -1, 1))) for t in (0.3, 0.9, 2.0)]
    assert 0.05 < max(angles) < 3.0


@pytest.mark.parametrize("seed", SEEDS)
def test_orbit_circles_crane_rises_and_flight_travels(seed):
    """Orbit goes round at a steady distance, crane up rises, fly-through covers ground ahead."""
    orbit, crane, flight = (
        Camera(m, "medium", person(), FIELD, 16 / 9, seed) for m in ("orbit", "crane up", "fly-through")
    )
    a, b = np.array(orbit.view(0.0).eye), np.array(orbit.view(3.0).eye)
    turned = np.degrees(abs(np.arctan2(a[0], a[2]) - np.arctan2(b[0], b[2])))
    assert turned > 20
    assert np.hypot(a[0], a[2]) == pytest.approx(np.hypot(b[0], b[2]), rel=0.05)
    assert crane.view(3.0).eye[1] > crane.view(0.0).eye[1] + 1.5
    assert flight.view(3.0).eye[2] < flight.view(0.0).eye[2] - 9


@pytest.mark.parametrize("move", CAMERA_MOVES)
def test_cameras_stay_inside_the_place(move):
    """No camera goes below the ground or the water, through the ceiling or past the walls."""
    hilly = Room(lambda x, z: 0.6 * np.sin(np.asarray(x) * 0.3) + 0.5 * np.cos(np.asarray(z) * 0.2), 60, 12, 8, 9, 0.2)
    for room in (HALL, hilly):
        for size in ("wide", "close"):
            for seed in SEEDS:
                camera = Camera(move, size, person(1.4), room, 16 / 9, seed)
                for seconds in (0.0, 2.0, 9.0, 60.0):
                    x, y, z = camera.view(seconds).eye
                    assert float(np.max(room.ground(np.array([x]), np.array([z])))) + 0.3 < y <= room.ceiling
                    assert abs(x) <= room.side(z)
                    assert -room.depth <= z <= room.back


def test_seeds_change_the_framing():
    """Other seeds frame the same move from another side, angle or distance."""
    eyes = {
        tuple(np.round(Camera("push in", "medium", person(), FIELD, 16 / 9, seed).view(0.0).eye, 2))
        for seed in range(8)
    }
    assert len(eyes) == 8


@pytest.mark.parametrize("move", ["push in", "pull back", "pan left", "tilt up", "orbit", "crane up", "fly-through"])
def test_a_move_goes_on_to_the_end_of_a_long_take(move):
    """In the last five seconds of a minute a camera moves at least two fifths as much as in the first five; one of
    which nobody says how long it lasts has nearly come to rest.
    """
    for seed in SEEDS:
        long, open_ended = (
            Camera(move, "medium", person(), FIELD, 16 / 9, seed, lasting=lasting) for lasting in (60.0, None)
        )
        assert moved(long, 55.0, 60.0) > 0.4 * moved(long, 0.0, 5.0) > 0
        assert moved(open_ended, 55.0, 60.0) < 0.35 * moved(open_ended, 0.0, 5.0)


@pytest.mark.parametrize("move", CAMERA_MOVES)
def test_takes_that_are_not_long_do_not_ask_how_long_they_are(move):
    for lasting in (2.0, 10.0, 15.0):
        short, open_ended = (
            Camera(move, "wide", person(1.4), HALL, 16 / 9, 3, lasting=seconds) for seconds in (lasting, None)
        )
        assert short.view(1.7) == open_ended.view(1.7)


def moved(camera: Camera, first: float, last: float) -> float:
    """How far the camera goes, in metres, and turns, in radians."""
    before, after = camera.view(first), camera.view(last)
    turned = np.arccos(np.clip(direction(camera, first) @ direction(camera, last), -1, 1))
    return float(np.linalg.norm(np.subtract(after.eye, before.eye)) + turned)
