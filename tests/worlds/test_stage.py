from fractions import Fraction

import numpy as np
import pytest

from oner.worlds.camera import Camera
from oner.worlds.description import Description, SubjectDescription
from oner.worlds.stage import Stage, cast, place_of, room_of

WOMAN = SubjectDescription("woman", colour="red", garment="coat", action="walk", facing="camera")
STREET = Description("city street", (WOMAN,), time="night", weather="rain", camera="handheld", look="vhs")


def stage(description=STREET, seed=1, start=0, size=(96, 54), samples=1) -> Stage:
    return Stage(description, seed, *size, 24, Fraction(24), start, samples)


def test_equal_input_gives_equal_pixels():
    """The same description and seed give the same pixels, in whatever order the frames are asked for."""
    with stage(samples=4) as first:
        a = [first.frame(i) for i in (0, 5)]
    with stage(samples=4) as second:
        b = [second.frame(i) for i in (5, 0)]
    assert np.array_equal(a[0], b[1])
    assert np.array_equal(a[1], b[0])


def test_a_clip_continues_another():
    """Frame 2 of a clip with start=10 is frame 12 of the clip with start=0: figures, camera, rain and grain."""
    with stage() as whole, stage(start=10) as rest:
        assert np.array_equal(whole.frame(12), rest.frame(2))


def test_the_seed_changes_the_take_but_not_the_place():
    """Another seed films the very same place object from elsewhere."""
    with stage(seed=1) as one, stage(seed=2) as two:
        assert one.place is two.place
        assert np.abs(one.frame(0).astype(int) - two.frame(0)).mean() > 3


def test_the_place_depends_on_its_own_words_only():
    """Subjects, camera and look do not rebuild the place; another accent does."""
    other = Description("city street", (), time="night", weather="rain", camera="orbit", look="noir")
    assert place_of(STREET) is place_of(other)
    assert place_of(STREET) is not place_of(Description("city street", (), "night", "rain", accent="blue"))


def test_the_subject_is_seen_in_its_colour():
    """A woman in a red coat puts clearly red pixels near the middle, by day and by night."""
    for time in ("noon", "night"):
        with stage(Description("city street", (WOMAN,), time, look="natural", size="medium"), size=(160, 90)) as drawn:
            picture = drawn.frame(0).astype(int)
        red = (picture[..., 0] > 60) & (picture[..., 0] > 2 * picture[..., 1] + 10)
        assert red[15:85, 25:135].sum() > 150, time


def test_the_moving_subject_moves():
    """Walking changes the picture between two frames of a static camera."""
    with stage(Description("meadow", (WOMAN,), "noon", look="natural")) as drawn:
        assert np.abs(drawn.frame(0).astype(int) - drawn.frame(12)).max() > 40


@pytest.mark.parametrize("size", [(96, 54), (54, 96), (64, 64)])
def test_every_format(size):
    """Wide, upright and square pictures have exactly the asked size."""
    with stage(size=size) as drawn:
        assert drawn.frame(0).shape == (size[1], size[0], 3)


def test_several_subjects_share_the_picture():
    """Two more subjects take places of their own, houses further back than people."""
    cast = (SubjectDescription("house"), WOMAN, SubjectDescription("man", colour="blue"))
    with stage(Description("meadow", cast, "noon")) as drawn:
        x = [np.array(actor.path(0.0)[:3]) for actor in drawn.actors]
        drawn.frame(0)
    assert len(x) == 3
    assert all(np.linalg.norm(a - b) > 0.5 for i, a in enumerate(x) for b in x[:i])
    assert x[2][2] < x[0][2] - 3


def test_an_empty_place_can_be_filmed():
    """A description without subjects gives a landscape with some contrast."""
    with stage(Description("mountains", (), camera="fly-through")) as drawn:
        assert drawn.frame(3).std() > 12


def put(place, who, move="static", size="medium", seed=1) -> tuple[Camera, list]:
    """The camera and the actors of a staging at 24 pictures a second, without drawing."""
    description = Description(place, (who,), camera=move, size=size)
    actors, subject = cast(description, place_of(description), seed)
    return Camera(move, size, subject, room_of(place_of(description)), 16 / 9, seed), actors


def seen(camera: Camera, seconds: float, height: float | None = None) -> np.ndarray:
    """Where the subject's face (or a height) lies in the picture, -1..1; infinite behind the camera."""
    s, view = camera.subject, camera.view(seconds)
    up = height if height is not None else s.face(seconds) if s.face else s.eye
    x, y, _, w = view.matrix(16 / 9) @ np.array([*(s.path(s.speed * seconds) + np.array([0.0, up, 0.0])), 1.0])
    return np.array([x, y]) / w if w > 0 else np.array([np.inf, np.inf])


@pytest.mark.parametrize("place", ["meadow", "city street", "tunnel"])
@pytest.mark.parametrize("kind", ["horse", "car", "man"])
def test_a_still_camera_stands_and_keeps_what_moves(kind, place):
    """A running horse, a car or a runner stays in a static picture for four seconds while the camera stands."""
    who = SubjectDescription(kind, action="drive" if kind == "car" else "run")
    for size in ("wide", "medium"):
        for seed in range(3):
            camera, _ = put(place, who, "static", size, seed)
            eyes = np.array([camera.view(t).eye for t in (0.0, 1.0, 2.0, 3.0)])
            assert np.ptp(eyes, axis=0).max() < 0.6, (size, seed)
            for t in (0.0, 1.25, 2.5, 4.0):
                assert np.abs(seen(camera, t)).max() < 1.0, (size, seed, t)


@pytest.mark.parametrize("place", ["meadow", "city street", "tunnel", "mountains"])
@pytest.mark.parametrize(("kind", "action"), [("man", "walk"), ("woman", "run"), ("car", "drive")])
def test_cameras_push_and_pull_though_the_subject_goes(kind, action, place):
    """In the world the camera goes forward in a push and backward in a pull, whoever walks or drives there."""
    who = SubjectDescription(kind, action=action)
    for seed in range(3):
        push, _ = put(place, who, "push in", "medium", seed)
        pull, _ = put(place, who, "pull back", "medium", seed)
        assert push.view(2.4).eye[2] < push.view(0.0).eye[2] - 0.8, seed
        assert pull.view(2.4).eye[2] > pull.view(0.0).eye[2] + 0.8, seed
        for t in (0.0, 1.2, 2.4, 4.0):
            assert np.abs(seen(push, t)).max() < 1.0, (seed, t)
            assert np.abs(seen(pull, t)).max() < 1.0, (seed, t)


@pytest.mark.parametrize("place", ["meadow", "city street", "tunnel", "ballroom"])
@pytest.mark.parametrize(
    ("kind", "action"), [("woman", "stand"), ("woman", "dance"), ("man", "walk"), ("car", "drive")]
)
def test_a_flight_passes_its_subject_late_and_close(kind, action, place):
    """A fly-through shows its subject from afar for 3.5 s at least and then passes it within a few metres."""
    for seed in range(3):
        camera, _ = put(place, SubjectDescription(kind, action=action), "fly-through", "wide", seed)
        s = camera.subject
        far = [np.linalg.norm((camera.view(t).eye - s.path(s.speed * t))[[0, 2]]) for t in np.arange(0, 5.5, 0.1)]
        assert far[0] > 9.0
        assert min(far) < 2.5 + s.radius
        assert np.argmin(far) * 0.1 > 4.0
        for t in (0.0, 1.0, 2.0, 3.0, 3.5):
            assert np.abs(seen(camera, t)).max() < 1.0, (seed, t)


@pytest.mark.parametrize("place", ["mountains", "meadow"])
def test_trains_pass_beside_the_camera(place):
    """A train's track runs on one side of the lane and the camera stands well clear of it on the other."""
    for seed in range(4):
        camera, actors = put(place, SubjectDescription("train"), "static", "wide", seed)
        track = actors[0].path(0.0)[0]
        assert abs(track) > 4
        for t in (0.0, 2.0, 4.0):
            assert abs(camera.view(t).eye[0] - track) > 3.5
            assert np.abs(seen(camera, t)).max() < 1.0


def test_who_turns_to_the_camera_then_looks_at_it():
    """A turning person begins turned away and faces the camera from a second and a half on."""
    camera, actors = put("tunnel", SubjectDescription("woman", action="turn"), "handheld", "close")
    facing = {}
    for t in (0.0, 1.5, 2.5, 4.0, 5.5):
        head = (actors[0].matrix(t) @ actors[0].figure.pose(t)[2])[:3, 2]
        to = np.array(camera.view(t).eye) - camera.subject.path(0.0)
        facing[t] = float(head[[0, 2]] @ to[[0, 2]]) / np.linalg.norm(to[[0, 2]])
    assert facing.pop(0.0) < 0
    assert min(facing.values()) > 0.75


@pytest.mark.parametrize("action", ["float", "fly", "swim"])
@pytest.mark.parametrize("move", ["push in", "handheld", "orbit"])
def test_faces_that_rise_and_sink_stay_in_close_pictures(move, action):
    """Eyes and crown of somebody who floats, flies or swims stay in a close picture."""
    for place in ("space", "ballroom", "lake"):
        camera, _ = put(place, SubjectDescription("woman", action=action), move, "close")
        for t in (0.0, 1.5, 3.0, 4.5):
            face = camera.subject.face(t)
            assert np.abs(seen(camera, t, face)).max() < 0.95, (place, t)
            assert seen(camera, t, face + 0.12)[1] < 1.0, (place, t)
