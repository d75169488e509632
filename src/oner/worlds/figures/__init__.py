"""Subjects: people, animals, vehicles and things that move, built from their descriptions."""

from ...errors import RequestError
from ..description import SUBJECTS, SubjectDescription
from ..scene import Figure


def build_figure(subject: SubjectDescription) -> Figure:
    """The figure that a description names."""
    from . import animals, people, riders, things, vehicles

    if subject.kind in ("dog", "cat", "horse"):
        return animals.build_four_legged(subject)
    if subject.kind == "bird":
        return animals.build_bird(subject)
    if subject.kind == "whale":
        return animals.build_whale(subject)
    if subject.kind in ("car", "bicycle", "train", "boat", "balloon"):
        return getattr(vehicles, f"build_{subject.kind}")(subject)
    if subject.kind in ("house", "tree", "lighthouse", "piano", "robot"):
        return getattr(things, f"build_{subject.kind}")(subject)
    if subject.kind == "couple":
        return people.build_couple(subject)
    if subject.action == "ride":
        return riders.cyclist(subject)
    if subject.action == "drive":
        return riders.driver(subject)
    return people.build_person(subject)
