"""Where things stand in TOML text: the line of every key, and the characters of its value.

`tomllib` gives values without lines and `tomlkit` keeps no positions either, so this small scanner walks text that
`tomllib` has already accepted. Errors get their line from it, and edits replace exactly the characters of one value,
which is why comments and order survive.
"""

import re
import tomllib
from dataclasses import dataclass

from ..errors import FilmError

Path = tuple[str | int, ...]  # ("shot", 2, "prompt"): keys, and numbers into [[arrays]]

_KEY = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|[A-Za-z0-9_-]+')
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"""+|\'\'\'.*?\'\'\'+|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True)
class Entry:
    """A key or a table header. `start` and `end` are the characters of the value, or of the header itself."""

    line: int
    start: int
    end: int


def parse(text: str) -> dict:
    """The values of a TOML text. Raises FilmError with the line of a syntax error."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT_LINE.search(message)
        line = int(found[1]) if found and found[1] else len(text.rstrip().splitlines()) or 1
        what = _AT_LINE.sub("", message)
        hint = ' (text stands in "quotes", names before "=", shots under [[shot]])'
        raise FilmError(f"this is not TOML: {what[:1].lower()}{what[1:]}{hint}", line) from None


def scan(text: str) -> dict[Path, Entry]:
    """Position of every key and header of a text that `parse` accepts; inline tables count as one value."""
    entries: dict[Path, Entry] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    at = _BLANK.match(text).end()
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        if text[at] == "[":
            array = text.startswith("[[", at)
            keys, end = _keys(text, at + (2 if array else 1))
            end = text.index("]", end) + (2 if array else 1)
            table = _resolve(keys, counts, array)
            entries[table] = Entry(line, at, end)
        else:
            keys, end = _keys(text, at)
            start = _skip_spaces(text, text.index("=", end) + 1)
            end = _value_end(text, start)
            entries[table + tuple(keys)] = Entry(line, start, end)
        at = _BLANK.match(text, end).end()
    return entries


def _resolve(keys: list[str], counts: dict[Path, int], array: bool) -> Path:
    """Path of a header: a name that stands for an array of tables means its latest table."""
    path: Path = ()
    for key in keys[:-1]:
        path += (key,)
        if path in counts:
            path += (counts[path] - 1,)
    path += (keys[-1],)
    if array:
        counts[path] = counts.get(path, 0) + 1
        path += (counts[path] - 1,)
    return path


def _keys(text: str, at: int) -> tuple[list[str], int]:
    keys = []
    while True:
        found = _KEY.match(text, _skip_spaces(text, at))
        token = found[0]
        keys.append(tomllib.loads(f"key = {token}")["key"] if token[0] in "\"'" else token)
        at = _skip_spaces(text, found.end())
        if text[at] != ".":
            return keys, at
        at += 1


def _skip_spaces(text: str, at: int) -> int:
    while text[at] in " \t":
        at += 1
    return at


def _value_end(text: str, at: int) -> int:
    depth, end = 0, at
    while at < len(text):
        char = text[at]
        if char in "\"'":
            at = end = _STRING.match(text, at).end()
            continue
        if char == "#":
            if not depth:
                break
            at = text.find("\n", at)
            continue
        if char == "\n" and not depth:
            break
        depth += (char in "[{") - (char in "]}")
        at += 1
        if not char.isspace():
            end = at
    return end
