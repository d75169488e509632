"""Combinations that are never rendered for training, so that a trained model can be asked for something new.

About 6 % of the sensible pairs of place and subject, of subject and colour, and of place and look. They were drawn
once at random and are written out, so that they never move. Left out of the draw: pairs that a prompt falls back on
when it names no place, the looks cinematic and natural, and the city street's subjects.
"""

from .description import Description

PLACE_AND_SUBJECT = frozenset([
    ("ballroom", "guitarist"), ("canyon", "robot"), ("cave", "bird"), ("desert", "train"), ("fairground", "robot"),
    ("flower field", "horse"), ("forest", "cat"), ("lake", "man"), ("mountains", "dancer"),
    ("neon grid", "astronaut"), ("rooftop", "dancer"), ("snowfield", "man"), ("train carriage", "couple"),
    ("tunnel", "child"),
])  # fmt: skip
SUBJECT_AND_COLOUR = frozenset([
    ("bicycle", "black"), ("bird", "grey"), ("car", "brown"), ("cat", "grey"), ("child", "black"),
    ("couple", "green"), ("dancer", "brown"), ("dog", "white"), ("guitarist", "yellow"), ("house", "orange"),
    ("train", "green"), ("tree", "pink"), ("woman", "purple"),
])  # fmt: skip
PLACE_AND_LOOK = frozenset([
    ("bedroom", "animation"), ("canyon", "vhs"), ("desert", "black and white"), ("fairground", "pencil"),
    ("flower field", "infrared"), ("forest", "noir"), ("lake", "infrared"), ("mountains", "noir"), ("ocean", "vhs"),
    ("rooftop", "sepia"), ("school corridor", "synthwave"), ("snowfield", "synthwave"),
    ("train carriage", "black and white"),
])  # fmt: skip


def held_out_pairs(description: Description) -> list[tuple[str, str]]:
    """The held-out pairs that a description holds, as written above; empty for most."""
    place = description.place
    found = [(place, s.kind) for s in description.subjects if (place, s.kind) in PLACE_AND_SUBJECT]
    found += [(s.kind, s.colour) for s in description.subjects if (s.kind, s.colour) in SUBJECT_AND_COLOUR]
    found += [(place, description.look)] if (place, description.look) in PLACE_AND_LOOK else []
    return list(dict.fromkeys(found))


def is_held_out(description: Description) -> bool:
    """Whether a description must not be rendered for training."""
    return bool(held_out_pairs(description))
