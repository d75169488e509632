"""Checks on film.toml: every mistake is refused with its line and the nearest valid choice."""

import difflib
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, NoReturn

from ..errors import FilmError
from ..film import DEFAULT_ENGINE, Transition, TransitionKind
from ..timing import Rate, rate_from_text, rounded
from .toml_lines import Path, parse, scan

FILM_KEYS = (
    "title", "song", "excerpt", "size", "rate", "engine", "engine_options", "takes", "handle", "seed", "look",
    "characters", "shot",
)  # fmt: skip
CHARACTER_KEYS = ("description", "picture")
SHOT_KEYS = ("id", "at", "until", "prompt", "camera", "transition", "continues", "first", "last", "takes", "seed",
             "lyric", "engine", "engine_options")  # fmt: skip

_KINDS = {str: 'text in "quotes"', int: "a whole number", dict: "a table", list: "a list", bool: "true or false"}
_SIZE = re.compile(r"(\d+)\s*[xX×]\s*(\d+)$")
_TRANSITION = re.compile(r"(\S+)(?:\s+(\d+)(?:\s+(frames?|beats?))?)?$")

# Whole length of a transition in seconds where none is given: long enough to be seen, short enough for the handles.
TRANSITION_SECONDS = {
    TransitionKind.CUT: Rate(0),
    TransitionKind.DISSOLVE: Rate(2, 3),
    TransitionKind.DIP: Rate(2, 3),
    TransitionKind.WHIP: Rate(1, 3),
    TransitionKind.ZOOM: Rate(1, 2),
}


def suggestion(word: str, choices: Iterable[str]) -> str:
    """`did you mean "x"?` and what is allowed, as the end of an error message."""
    choices = list(choices)
    near = difflib.get_close_matches(str(word).casefold(), [choice.casefold() for choice in choices], 1, 0.5)
    named = next((choice for choice in choices if near and choice.casefold() == near[0]), None)
    ask = f'did you mean "{named}"? ' if named else ""
    return f"; {ask}allowed: {', '.join(choices)}" if choices else ""


class FilmText:
    """The text of a film.toml with its values and their lines."""

    def __init__(self, text: str):
        self.text = text
        self.data: dict[str, Any] = parse(text)

    @cached_property
    def entries(self):
        return scan(self.text)

    def line(self, path: Path) -> int | None:
        """Line of a key, or of the nearest thing around it."""
        while path:
            if path in self.entries:
                return self.entries[path].line
            path = path[:-1]
        return None

    def refuse(self, path: Path, message: str) -> NoReturn:
        raise FilmError(message, self.line(path))

    def check_keys(self, path: Path, table: dict, allowed: Iterable[str], where: str) -> None:
        for key in table:
            if key not in allowed:
                self.refuse((*path, key), f'unknown key "{key}" in {where}{suggestion(key, allowed)}')

    def value(self, path: Path, table: dict, key: str, kind: type, default: Any = None, needed: str = "") -> Any:
        """A value of the right type; `needed` says what is missing where a value has no default."""
        if key not in table:
            if needed:
                self.refuse(path, f"{needed} has no {key}; write {key} = {_example(key)}")
            return default
        found = table[key]
        if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
            hint = f'; write {key} = "{found}"' if kind is str and isinstance(found, int | float) else ""
            self.refuse((*path, key), f"{key} = {_shown(found)} is not {_KINDS[kind]}{hint}")
        return found

    def text_value(self, path: Path, table: dict, key: str, default: str | None = None, needed: str = "") -> str | None:
        """A line of text; empty text is refused where a value is needed."""
        found = self.value(path, table, key, str, default, needed)
        if needed and not found.strip():
            self.refuse((*path, key), f"{key} is empty; write {key} = {_example(key)}")
        return found

    def whole(self, path: Path, table: dict, key: str, default: int, low: int, high: int) -> int:
        found = self.value(path, table, key, int, default)
        if not low <= found <= high:
            nearest = min(max(found, low), high)
            self.refuse((*path, key), f"{key} = {found} is outside {low} to {high}; the nearest is {nearest}")
        return found

    def choice(self, path: Path, table: dict, key: str, default: str, allowed: Iterable[str]) -> str:
        found = self.text_value(path, table, key, default)
        if found not in allowed:
            self.refuse((*path, key), f'unknown {key} "{found}"{suggestion(found, allowed)}')
        return found

    def size(self) -> tuple[int, int]:
        found = self.value((), self.data, "size", str, "640x360")
        match = _SIZE.match(found)
        if not match:
            self.refuse(("size",), f'size = "{found}" is not a size; write size = "640x360"')
        sides = int(match[1]), int(match[2])
        legal = tuple(min(max(side + side % 2, 16), 4096) for side in sides)
        if sides != legal:
            allowed = "sides are even numbers from 16 to 4096"
            self.refuse(("size",), f'size = "{found}": {allowed}; the nearest is "{legal[0]}x{legal[1]}"')
        return sides

    def rate(self) -> Rate:
        found = self.data.get("rate", 24)
        try:
            if isinstance(found, bool):
                raise ValueError
            rate = rate_from_text(found)
        except (ValueError, TypeError, ZeroDivisionError):
            self.refuse(("rate",), f'rate = {_shown(found)} is not a frame rate; write 24, 29.97 or "30000/1001"')
        if not 1 <= rate <= 120:
            nearest = 1 if rate < 1 else 120
            self.refuse(("rate",), f"rate = {found} is outside 1 to 120 frames per second; the nearest is {nearest}")
        return rate

    def engine(self, names: Iterable[str] | None) -> str:
        if names is None:
            return self.text_value((), self.data, "engine", DEFAULT_ENGINE)
        return self.choice((), self.data, "engine", DEFAULT_ENGINE, tuple(names))

    def engine_options(self, path: Path = (), table: dict | None = None) -> dict[str, str | int | float | bool]:
        """The film's, or those of the shot at `path`."""
        options = self.value(path, self.data if table is None else table, "engine_options", dict, {})
        for name, value in options.items():
            if not isinstance(value, str | int | float | bool):
                self.refuse(
                    (*path, "engine_options", name), f"{name} = {_shown(value)} is not text, a number, true or false"
                )
        return options

    def relative_path(self, path: Path, table: dict, key: str) -> str | None:
        found = self.text_value(path, table, key)
        if found is not None and (not found.strip() or PurePosixPath(found).is_absolute()):
            self.refuse((*path, key), f'{key} = "{found}" is not the name of a file in the project folder')
        return found

    def transition(self, path: Path, table: dict, rate: Rate, bpm: float | None) -> Transition:
        found = self.text_value(path, table, "transition", "cut")
        kinds = [kind.value for kind in TransitionKind]
        match = _TRANSITION.match(found.strip())
        if not match or match[1] not in kinds:
            word = match[1] if match else found
            self.refuse((*path, "transition"), f'unknown transition "{found}"{suggestion(word, kinds)}')
        kind = TransitionKind(match[1])
        if match[2] is None:
            return Transition(kind, 2 * rounded(TRANSITION_SECONDS[kind] * rate / 2))
        frames = int(match[2])
        if match[3] and match[3].startswith("beat"):
            if not bpm:
                self.refuse((*path, "transition"), f'"{found}" counts beats, but no beat was found; write frames')
            frames = rounded(frames * 60 * rate / Rate(bpm))
        if (kind is TransitionKind.CUT) != (frames == 0):
            self.refuse((*path, "transition"), f'"{found}": a cut has no length, every other transition has one')
        return Transition(kind, frames)


def _example(key: str) -> str:
    return {"at": '"9.1"', "song": '"song.ogg"', "id": '"verse1-1"'}.get(key, '"..."')


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
