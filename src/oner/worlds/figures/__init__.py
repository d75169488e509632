"""Subjects: people, animals, vehicles and things that move, built from their descriptions."""

from difflib import get_close_matches

from ...errors import RequestError
from ..description import SUBJECTS, SubjectDescription
from ..scene import Figure


def build_figure(subject: SubjectDescription) -> Figure:
    """The figure that a description names; equal descriptions give equal figures.

    Feet, wheels and basket floors rest on y = 0 and the figure looks to +z; in the medium "water" y = 0 is the surface.
    Actions that a kind cannot do leave it standing (a house does not dance). RequestError for a kind outside SUBJECTS.
    """
    from . import animals, people, riders, things, vehicles

    kind = subject.kind
    if kind not in SUBJECTS:
        near = get_close_matches(kind, SUBJECTS, 3, 0.4) or SUBJECTS
        raise RequestError(f"subject {kind!r}: not among the worlds' subjects; try {', '.join(near)}")
    if kind in ("dog", "cat", "horse"):
        return animals.build_four_legged(subject)
    if kind in ("bird", "whale"):
        return getattr(animals, f"build_{kind}")(subject)
    if kind in ("car", "bicycle", "train", "boat", "balloon"):
        return getattr(vehicles, f"build_{kind}")(subject)
    if kind in ("house", "tree", "lighthouse", "piano", "robot"):
        return getattr(things, f"build_{kind}")(subject)
    if kind == "couple":
        return people.build_couple(subject)
    if subject.action == "ride":
        return riders.cyclist(subject)
    if subject.action == "drive":
        return riders.driver(subject)
    return people.build_person(subject)
