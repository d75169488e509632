"""Edits film.toml without disturbing what people wrote: comments, order and spacing stay as they are.

Text in, text out; `save` writes a file whole or not at all. Every edit is checked: the text that results holds exactly
the values meant, or the edit is refused.
"""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

from ..errors import FilmError
from ..film import SongAnalysis
from ..timing import clock
from .film_checks import SHOT_KEYS, suggestion
from .film_file import storyboard
from .toml_lines import Entry, parse, scan

_NOTE = re.compile(r"[ \t]*#[ \t]*\d+:\d\d\.\d\d, \d+\.\d\d s\b")


def set_shot_value(text: str, shot_id: str, key: str, value: Any) -> str:
    """Give one key of a shot a value; None removes the key. Raises FilmError for an unknown shot or key."""
    number = _number(text, shot_id)
    if key not in SHOT_KEYS:
        raise FilmError(f'unknown key "{key}" in a shot{suggestion(key, SHOT_KEYS)}')
    entries = scan(text)
    entry = entries.get(("shot", number, key))
    if entry and value is not None:
        changed = text[: entry.start] + _toml(value) + text[entry.end :]
    elif entry:
        start = text.rfind("\n", 0, entry.start) + 1
        changed = text[:start] + text[_line_end(text, entry.end) :]
    elif value is not None:
        at = _line_end(text, _last_entry(entries, number).end)
        changed = _with_line_before(text, at, f"{key} = {_toml(value)}\n")
    else:
        return text
    wanted = parse(text)
    if value is None:
        del wanted["shot"][number][key]
    else:
        wanted["shot"][number][key] = value
    return _checked(changed, wanted)


def set_film_value(text: str, key: str, value: Any) -> str:
    """Give one of the film's own keys (`title`, `takes`, `engine`, ...) a value. Raises FilmError if it has none yet
    and would have to stand before the first table of a film that begins with one."""
    entries = scan(text)
    entry = entries.get((key,))
    if entry:
        changed = text[: entry.start] + _toml(value) + text[entry.end :]
    else:
        own = [found for path, found in entries.items() if len(path) == 1 and text[found.start] != "["]
        if not own:
            raise FilmError(f"there is no place for {key}: the film has no title and song yet")
        changed = _with_line_before(text, _line_end(text, own[-1].end), f"{key} = {_toml(value)}\n")
    return _checked(changed, {**parse(text), key: value})


def add_shot(text: str, shot: Mapping[str, Any], after: str | None = None) -> str:
    """Add a shot behind the shot `after`, or before the first. Raises FilmError for unknown keys and shots."""
    for key in shot:
        if key not in SHOT_KEYS:
            raise FilmError(f'unknown key "{key}" in a shot{suggestion(key, SHOT_KEYS)}')
    table = "[[shot]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in shot.items())
    data, entries = parse(text), scan(text)
    if after is not None:
        number = _number(text, after) + 1
        at = _line_end(text, _last_entry(entries, number - 1).end)
        changed = _with_line_before(text, at, "\n" + table)
    elif ("shot", 0) in entries:
        number = 0
        at = _start_with_comments(text, entries["shot", 0].start)
        changed = text[:at] + table + "\n" + text[at:]
    else:
        number, changed = 0, text.rstrip("\n") + "\n\n" + table
    data.setdefault("shot", []).insert(number, dict(shot))
    return _checked(changed, data)


def remove_shot(text: str, shot_id: str) -> str:
    """Take a shot out; the shot before it then lasts until the next. Comments above the shot stay."""
    number = _number(text, shot_id)
    entries = scan(text)
    start = entries["shot", number].start
    end = _line_end(text, _last_entry(entries, number).end)
    data = parse(text)
    del data["shot"][number]
    if not data["shot"]:
        del data["shot"]
    return _checked(text[:start] + text[end:].removeprefix("\n"), data)


def refresh_times(text: str, analysis: SongAnalysis) -> str:
    """Write each shot's time and length behind its `at`, in place of such a note from before; other comments stay."""
    board = storyboard(text, analysis)
    entries = scan(text)
    for number in reversed(range(len(board.shots))):
        span, at = board.shots[number].span, entries["shot", number, "at"].end
        end = text.find("\n", at) if "\n" in text[at:] else len(text)
        rest = text[at:end]
        if rest.strip() and not _NOTE.match(rest):
            continue
        note = f"# {clock(span.start, board.rate)}, {float(len(span) / board.rate):.2f} s"
        text = f"{text[:at]}{' ' * max(2, 16 - _column(text, at))}{note}{_NOTE.sub('', rest, count=1)}{text[end:]}"
    return text


def save(path: Path, text: str) -> None:
    """Write film.toml whole or not at all. Raises FilmError where the folder cannot be written."""
    path = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise FilmError(f"cannot write {path}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(temporary, path)
    except OSError as error:
        os.unlink(temporary)
        raise FilmError(f"cannot write {path}: {error.strerror}") from None


def _toml(value: Any) -> str:
    return tomlkit.item(value).as_string()


def _number(text: str, shot_id: str) -> int:
    ids = [shot.get("id") for shot in parse(text).get("shot", [])]
    if shot_id not in ids:
        raise FilmError(f'there is no shot "{shot_id}"{suggestion(shot_id, [name for name in ids if name])}')
    return ids.index(shot_id)


def _last_entry(entries: dict[tuple, Entry], number: int) -> Entry:
    return max((entry for path, entry in entries.items() if path[:2] == ("shot", number)), key=lambda found: found.end)


def _line_end(text: str, at: int) -> int:
    """Start of the next line, behind a comment that trails this one."""
    at = text.find("\n", at)
    return len(text) if at < 0 else at + 1


def _with_line_before(text: str, at: int, line: str) -> str:
    ending = "" if text[:at].endswith("\n") or not at else "\n"
    return text[:at] + ending + line + text[at:]


def _start_with_comments(text: str, at: int) -> int:
    """Start of the comment lines that stand directly above a position."""
    while at and (above := text.rfind("\n", 0, at - 1) + 1) < at and text[above:at].lstrip().startswith("#"):
        at = above
    return at


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)


def _checked(text: str, wanted: dict) -> str:
    if parse(text) != wanted:
        raise FilmError("this edit would change more than was asked; edit film.toml by hand")
    return text
