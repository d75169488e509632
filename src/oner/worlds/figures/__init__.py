"""Subjects: people, animals, vehicles and things that move, built from their descriptions."""

from difflib import get_close_matches
from importlib import import_module

from ...errors import RequestError
from ..description import SUBJECTS, SubjectDescription
from ..scene import Figure

BUILDERS = {  # kind -> module, function; everybody else is a single person
    "couple": ("people", "build_couple"),
    "car": ("car", "build_car"),
    "bicycle": ("bicycle", "build_bicycle"),
    "train": ("train", "build_train"),
    "boat": ("sails", "build_boat"),
    "balloon": ("sails", "build_balloon"),
    "house": ("buildings", "build_house"),
    "lighthouse": ("buildings", "build_lighthouse"),
    "tree": ("tree", "build_tree"),
    "piano": ("piano", "build_piano"),
    "robot": ("robot", "build_robot"),
    "dog": ("species", "build_four_legged"),
    "cat": ("species", "build_four_legged"),
    "horse": ("species", "build_four_legged"),
    "bird": ("bird", "build_bird"),
    "whale": ("whale", "build_whale"),
}


def build_figure(subject: SubjectDescription) -> Figure:
    """The figure that a description names; equal descriptions give equal figures.

    Feet, wheels and basket floors rest on y = 0 and the figure looks to +z; in the medium "water" y = 0 is the surface.
    Actions that a kind cannot do leave it standing (a house does not dance). RequestError for a kind outside SUBJECTS.
    """
    kind = subject.kind
    if kind not in SUBJECTS:
        near = get_close_matches(kind, SUBJECTS, 3, 0.4) or SUBJECTS
        raise RequestError(f"subject {kind!r}: not among the worlds' subjects; try {', '.join(near)}")
    if kind in BUILDERS:
        module, builder = BUILDERS[kind]
    else:
        module, builder = {"ride": ("riders", "cyclist"), "drive": ("riders", "driver")}.get(
            subject.action or "", ("people", "build_person")
        )
    return getattr(import_module(f".{module}", __name__), builder)(subject)
