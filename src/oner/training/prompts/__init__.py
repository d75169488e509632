"""The fixed lists of prompts that a model is measured on, with what each one asks for.

`seen.json`: combinations like those trained on, said as the training captions say things; `held_out.json`: with a pair
that was never rendered for training; `free.json`: written by hand in free words, English and French, with only what
they clearly ask for; `characters.json`: three people in sixteen shots each. `draw.py` wrote all but the free ones.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib import resources

from ...errors import InputError
from ...worlds.description import Description, SubjectDescription
from ...worlds.language import read
from ..attributes import checked, with_truth

LISTS = {"seen": "seen.json", "held-out": "held_out.json", "free": "free.json", "characters": "characters.json"}


@dataclass(frozen=True)
class Prompt:
    """What is asked for and what must be seen: `truth` has every attribute, None where the prompt leaves it open.

    `description` is a world that shows the truth, for the render that the generated clip is measured beside.
    """

    text: str
    language: str
    truth: Mapping[str, str | None]
    description: Description
    seed: int
    free: bool = False  # not in the words of the training captions


def load_prompts(name: str, count: int | None = None) -> list[Prompt]:
    """The prompts of a list, or `count` of them spread over it. Raises InputError for an unknown list."""
    if name not in LISTS:
        raise InputError(f"prompts {name!r}: {', '.join(LISTS)} or all")
    rows = json.loads((resources.files(__name__) / LISTS[name]).read_text())["prompts"]
    if count is not None and count < len(rows):
        rows = [rows[i * len(rows) // count] for i in range(count)]
    return [_prompt(row, number) for number, row in enumerate(rows)]


def _prompt(row: dict, number: int) -> Prompt:
    truth = checked(row["truth"])
    if "description" in row:
        return Prompt(row["text"], row["language"], truth, description_of(row["description"]), row["seed"])
    shown = with_truth(read(row["text"]).description, truth)
    return Prompt(row["text"], row["language"], truth, shown, 1000 + number, free=True)


def as_values(description: Description) -> dict:
    """A description as JSON, without what is left at its default."""

    def changed(value) -> dict:
        known = {f.name: f.default for f in fields(value)}
        return {name: v for name, v in asdict(value).items() if v != known[name]}

    values = changed(description)
    if description.subjects:
        values["subjects"] = [changed(subject) for subject in description.subjects]
    return values


def description_of(values: Mapping) -> Description:
    """A description from its JSON, complete (`dataclasses.asdict`) or as `as_values` gives it."""
    subjects = tuple(SubjectDescription(**subject) for subject in values.get("subjects", ()))
    return Description(**{**values, "subjects": subjects})
