"""Every subject builds, stands on its ground, moves without sliding and keeps to what it says of itself."""

from dataclasses import replace

import numpy as np
import pytest

from oner.errors import RequestError
from oner.worlds.description import BUILDS, GARMENTS, HAIRSTYLES, PEOPLE, SUBJECTS, SubjectDescription
from oner.worlds.figures import build_figure
from oner.worlds.figures.traits import COLOUR_VALUES

ACTIONS = {
    "man": ("stand", "walk", "run", "dance", "sit", "turn", "wave", "play", "ride", "fly", "float", "drive", "swim"),
    "woman": ("stand", "walk", "sit", "ride", "drive", "play"),
    "child": ("stand", "walk", "run", "dance", "sit", "play", "ride"),
    "couple": ("stand", "walk", "run", "dance", "sit", "wave"),
    "astronaut": ("stand", "walk", "float", "wave"),
    "robot": ("stand", "walk", "run", "dance", "wave", "turn", "float"),
    "dog": ("stand", "walk", "run", "sit"),
    "cat": ("stand", "walk", "run", "sit"),
    "horse": ("stand", "walk", "run", "ride"),
    "bird": ("fly", "stand"),
    "whale": ("swim", "float"),
    "bicycle": ("stand", "ride"),
    "piano": ("stand", "play"),
}
EVERY = [(kind, action) for kind in SUBJECTS for action in (None, *ACTIONS.get(kind, ()))]
SECONDS = (0.0, 0.21, 0.5, 1.03, 1.7, 2.9, 4.4)


def corners(figure, t, parts=None, matrices=None):
    """Positions of all vertices of some parts at a moment, in the figure's space."""
    matrices = figure.pose(t) if matrices is None else matrices
    chosen = range(len(figure.parts)) if parts is None else parts
    return np.concatenate(
        [
            figure.parts[k].positions @ matrices[k][:3, :3].T + matrices[k][:3, 3]
            for k in chosen
            if len(figure.parts[k].faces)
        ]
    )


@pytest.mark.parametrize(("kind", "action"), EVERY)
def test_every_subject_builds_with_sound_meshes_and_poses(kind, action):
    """Each kind and action gives whole meshes, finite poses with proper rotations, and fits its triangle budget."""
    figure = build_figure(SubjectDescription(kind, action=action))
    for part in figure.parts:
        count = len(part.positions)
        assert part.normals.shape == part.colours.shape == (count, 3)
        assert part.material.shape == (count,)
        assert not len(part.faces) or (part.faces.min() >= 0 and part.faces.max() < count)
        assert np.isfinite(part.positions).all()
        assert np.isfinite(part.normals).all()
        assert part.colours.min() >= 0
        assert part.colours.max() <= 1
    for t in SECONDS:
        matrices = figure.pose(t)
        assert matrices.shape == (len(figure.parts), 4, 4)
        turn = matrices[:, :3, :3]
        if kind != "balloon":  # its flame breathes
            assert np.allclose(turn @ turn.transpose(0, 2, 1), np.eye(3), atol=1e-6)
        assert (np.linalg.det(turn) > 0).all()
        assert np.allclose(matrices[:, 3], (0, 0, 0, 1))
    assert sum(len(part.faces) for part in figure.parts) <= 14_000
    assert figure.medium in ("ground", "water", "air")
    assert len(figure.parts) <= (40 if kind in ("couple", "horse") else 26)


@pytest.mark.parametrize("garment", GARMENTS)
@pytest.mark.parametrize("kind", ["man", "woman", "child"])
def test_a_person_keeps_to_the_triangle_budget(kind, garment):
    """No combination of clothes and hair takes more than 6,500 triangles or 20 parts."""
    for style in HAIRSTYLES if kind == "woman" else ("curly",):
        figure = build_figure(SubjectDescription(kind, garment=garment, hairstyle=style))
        assert sum(len(part.faces) for part in figure.parts) <= 6_500
        assert len(figure.parts) <= 20


@pytest.mark.parametrize("kind", SUBJECTS)
def test_same_words_same_figure(kind):
    """Two builds of one description agree to the bit, in shape, colour and movement."""
    subject = SubjectDescription(kind, person="a tall stranger")
    first, second = build_figure(subject), build_figure(subject)
    for a, b in zip(first.parts, second.parts, strict=True):
        assert np.array_equal(a.positions, b.positions)
        assert np.array_equal(a.colours, b.colours)
    assert np.array_equal(first.pose(1.234), second.pose(1.234))


def test_other_words_give_another_person():
    """People singled out by different words differ in clothes, hair or build."""
    looks = set()
    for person in ("mia", "ada", "zoe", "lea", "ines", "nora"):
        figure = build_figure(SubjectDescription("woman", person=person))
        looks.add(np.concatenate([part.colours.mean(0) for part in figure.parts if len(part.faces)]).round(4).tobytes())
    assert len(looks) == 6


def test_naming_one_trait_leaves_the_others():
    """Giving a person a colour does not change the face or the height that the words gave."""
    plain, red = (
        build_figure(SubjectDescription("woman", person="mia", garment="coat", colour=c)) for c in (None, "red")
    )
    assert plain.height == red.height
    assert np.array_equal(plain.parts[2].colours, red.parts[2].colours)


@pytest.mark.parametrize("kind", SUBJECTS)
@pytest.mark.parametrize("colour", ["red", "turquoise"])
def test_the_colour_shows(kind, colour):
    """At least a twentieth of the figure's surface is of the colour asked for, give or take its shading."""
    figure = build_figure(SubjectDescription(kind, colour=colour))
    wanted = np.array(COLOUR_VALUES[colour])
    wanted = wanted / np.linalg.norm(wanted)
    near = total = 0.0
    for part in figure.parts:
        p = part.positions[part.faces]
        area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
        tone = part.colours[part.faces].mean(1)
        alike = (tone / np.maximum(np.linalg.norm(tone, axis=1, keepdims=True), 1e-6)) @ wanted
        near += area[alike > 0.97].sum()
        total += area.sum() if kind != "train" else area[alike > 0.97].sum() + 0.5 * area.sum()
    assert near > 0.05 * total


@pytest.mark.parametrize(
    "kind", ["man", "woman", "child", "dancer", "guitarist", "astronaut", "couple", "robot", "dog", "horse", "cat"]
)
def test_standing_figures_stand_on_the_ground(kind):
    """The lowest point of a standing figure is within 1.5 cm of y = 0."""
    figure = build_figure(SubjectDescription(kind, action="stand"))
    for t in SECONDS:
        assert corners(figure, t)[:, 1].min() == pytest.approx(0, abs=0.015)


@pytest.mark.parametrize("kind", [k for k in SUBJECTS if k not in ("train", "boat", "whale")])
def test_height_and_radius_tell_the_truth(kind):
    """A figure is as tall as it says within 8 % and nothing of it leaves its radius."""
    figure = build_figure(SubjectDescription(kind, action="stand"))
    points = np.concatenate([corners(figure, t) for t in SECONDS])
    assert points[:, 1].max() == pytest.approx(figure.height, rel=0.08)
    assert np.abs(points[:, [0, 2]]).max() <= figure.radius * 1.02
    assert figure.eye is None or 0 < figure.eye < figure.height


@pytest.mark.parametrize("kind", ["man", "child", "couple", "astronaut", "robot"])
@pytest.mark.parametrize("action", ["walk", "sit", "float", "swim", "fly", "dance"])
def test_the_eye_is_in_the_head(kind, action):
    """The height at which a camera looks for the face is inside the head, give or take a nod or a hop."""
    figure = build_figure(SubjectDescription(kind, action=action))
    heights = np.concatenate([corners(figure, t, [2])[:, 1] for t in SECONDS])
    assert heights.min() - 0.1 < figure.eye < heights.max() + 0.1


FEET = {"man": (11, 14), "woman": (11, 14), "child": (11, 14), "astronaut": (11, 14), "robot": (11, 14)}


@pytest.mark.parametrize("action", ["walk", "run"])
@pytest.mark.parametrize("kind", list(FEET))
def test_feet_neither_sink_nor_slide(kind, action):
    """Feet stay above the ground, one carries a walker at any moment, and a planted sole moves less than 5 cm."""
    figure = build_figure(SubjectDescription(kind, action=action, garment="jacket"))
    assert figure.speed > 0.5
    step, lowest = 1 / 96, []
    soles = {}
    for number in range(140):
        t, low = number * step, []
        matrices = figure.pose(t)
        for k in FEET[kind]:
            sole = corners(figure, t, [k], matrices)
            assert sole[:, 1].min() > -0.03
            low.append(sole[:, 1].min())
            soles.setdefault(k, []).append(np.add(sole, (0, 0, figure.speed * t)))
        lowest.append(min(low))
    if action == "walk":
        assert max(lowest) < 0.02
    for track in soles.values():
        track = np.array(track)  # (moments, vertices, 3)
        down = track[..., 1] < 0.004
        slides = []
        for vertex in np.argsort(track[..., 1].min(0))[:40]:
            start = None
            for k in range(len(track)):
                if down[k, vertex] and start is None:
                    start = k
                if start is not None and (not down[k, vertex] or k == len(track) - 1):
                    if k - start > 2:
                        slides.append(np.linalg.norm(track[k - 1, vertex, [0, 2]] - track[start, vertex, [0, 2]]))
                    start = None
        assert slides
        assert max(slides) < 0.05


@pytest.mark.parametrize(
    ("kind", "action"), [("dog", "walk"), ("dog", "run"), ("cat", "walk"), ("horse", "walk"), ("horse", "run")]
)
def test_paws_neither_sink_nor_slide(kind, action):
    """Paws and hooves stay above the ground and move less than 6 % of the body's length while they carry."""
    figure = build_figure(SubjectDescription(kind, action=action))
    paws = (6, 10, 14, 18)
    tracks = {k: [] for k in paws}
    for number in range(120):
        t = number / 96
        matrices = figure.pose(t)
        for k in paws:
            paw = corners(figure, t, [k], matrices)
            assert paw[:, 1].min() > -0.03 * figure.height
            tracks[k].append((*(matrices[k][:3, 3] + (0, 0, figure.speed * t)), paw[:, 1].min()))
    for track in tracks.values():
        track = np.array(track)
        down = track[:, 3] < 0.005 * figure.height
        moved = np.abs(np.diff(track[:, 2]))[down[1:] & down[:-1]]
        assert len(moved)
        assert np.median(moved) < 0.3 * figure.speed / 96


def test_dancers_stay_near_the_beat_of_120():
    """The dance repeats nothing within a bar and its hips fall on every half second."""
    figure = build_figure(SubjectDescription("dancer"))
    heights = np.array([figure.pose(t)[0, 1, 3] for t in np.arange(0, 16, 1 / 48)])
    spectrum = np.abs(np.fft.rfft(heights - heights.mean()))
    frequency = np.fft.rfftfreq(len(heights), 1 / 48)
    fast = frequency > 1.2
    assert frequency[fast][spectrum[fast].argmax()] == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("kind", PEOPLE)
@pytest.mark.parametrize("action", ["walk", "dance", "stand", "turn", "sit", "wave"])
def test_movement_is_smooth(kind, action):
    """No part jumps: between pictures at 48 a second nothing moves faster than 14 m/s."""
    figure = build_figure(SubjectDescription(kind, action=action))
    rate = 48
    places = np.array([figure.pose(t)[:, :3, 3] for t in np.arange(0, 17 if action == "dance" else 4, 1 / rate)])
    assert np.linalg.norm(np.diff(places, axis=0), axis=2).max() * rate < 14


def test_builds_differ_in_width():
    """A broad person has a wider chest than a slim one."""
    widths = [
        np.ptp(build_figure(SubjectDescription("man", garment="shirt", build=b)).parts[1].positions[:, 0])
        for b in BUILDS
    ]
    assert widths == sorted(widths)
    assert widths[2] > 1.12 * widths[0]


def test_props_are_held():
    """An umbrella rises over the head, a hat makes a person taller."""
    plain = SubjectDescription("woman", garment="coat", hairstyle="bob")
    bare, wet, hatted = (build_figure(s) for s in (plain, replace(plain, umbrella=True), replace(plain, hat=True)))
    assert corners(wet, 0.5)[:, 1].max() > bare.height + 0.2
    assert hatted.height > bare.height


def test_an_unknown_kind_is_refused():
    """A kind outside the vocabulary is named with its nearest neighbours."""
    with pytest.raises(RequestError, match=r"'hors'.*horse"):
        build_figure(SubjectDescription("hors"))
