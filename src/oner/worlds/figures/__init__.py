"""Subjects: people, animals, vehicles and things that move, built from their descriptions."""

from ..description import SubjectDescription
from ..scene import Figure


def build_figure(subject: SubjectDescription) -> Figure:
    """The figure that a description names."""
    from .people import build_person

    return build_person(subject)
