"""Coverage: in which sizes, and of whom, a scene is filmed, by what it is in the film and how many shots it has."""

from ..film import SectionLabel

# Sequences of size and cast for scenes of so many shots. "hero" is one of the people, "both" all of them, "view" the
# place alone, "motif" the sign that runs through the film, "thing" something that belongs to the place.
_TRAVEL = {
    1: ["medium hero"],
    2: ["wide hero", "close hero"],
    3: ["wide hero", "medium thing", "close hero"],
    4: ["wide view", "medium hero", "close hero", "medium thing"],
    5: ["wide hero", "medium hero", "close motif", "medium hero", "close hero"],
    6: ["wide view", "medium hero", "close hero", "wide thing", "medium hero", "close hero"],
}
_TRAVEL_AGAIN = {
    1: ["wide hero"],
    2: ["wide view", "medium hero"],
    3: ["wide view", "medium hero", "close hero"],
    4: ["wide hero", "medium both", "close motif", "medium hero"],
    5: ["wide view", "medium hero", "close hero", "medium thing", "wide hero"],
    6: ["wide hero", "close hero", "medium thing", "wide hero", "medium both", "close hero"],
}
_REFRAIN = [
    "wide both",
    "close hero",
    "medium motif",
    "wide hero",
    "medium both",
    "close hero",
    "wide motif",
    "medium hero",
]
_REFRAIN_AGAIN = [
    "wide motif",
    "medium both",
    "close hero",
    "wide both",
    "medium thing",
    "close hero",
    "wide hero",
    "medium both",
]
_ELSEWHERE = ["wide view", "close hero", "medium motif", "wide hero", "medium hero", "close thing"]
_FAREWELL = {
    1: ["wide farewell"],
    2: ["close hero", "wide farewell"],
    3: ["medium hero", "close hero", "wide farewell"],
    4: ["wide view", "medium hero", "close hero", "wide farewell"],
}
_OPENING = {
    1: ["wide opening"],
    2: ["wide opening", "medium hero"],
    3: ["wide opening", "close thing", "medium hero"],
    4: ["wide opening", "close thing", "medium hero", "close hero"],
}


def coverage(
    label: SectionLabel, count: int, again: bool, first: bool, last: bool, promised: bool
) -> list[tuple[str, str]]:
    """(size, cast) for every shot of a scene of `count` shots. `again` gives every other scene of a kind another order;
    `promised` says that the idea names a thing which nothing has shown yet."""
    if last:
        slots = list(_of_length(_FAREWELL, count, _TRAVEL, at_end=True))
        if count > 1 and promised:
            slots[0] = "medium thing"
    elif first:
        slots = _of_length(_OPENING, count, _TRAVEL)
    elif label is SectionLabel.CHORUS:
        cycle = _REFRAIN_AGAIN if again else _REFRAIN
        slots = [cycle[number % len(cycle)] for number in range(count)]
    elif label is SectionLabel.BRIDGE:
        slots = [_ELSEWHERE[number % len(_ELSEWHERE)] for number in range(count)]
    else:
        slots = _of_length(_TRAVEL_AGAIN if again else _TRAVEL, count, _TRAVEL)
    if first and last:
        slots = ["wide opening", *slots[1:]] if count > 1 else slots
    return [tuple(slot.split()) for slot in slots]


def _of_length(
    table: dict[int, list[str]], count: int, filler: dict[int, list[str]], at_end: bool = False
) -> list[str]:
    """A sequence of the table, lengthened by the filler's longest ones where the scene has more shots."""
    most = max(table)
    if count <= most:
        return table[count]
    rest = _of_length(filler, count - most, filler)
    return rest + table[most] if at_end else table[most] + rest
