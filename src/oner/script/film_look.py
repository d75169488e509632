"""The look of a film: words that end every prompt, and LoRA files for its engine and for those of single shots."""

import hashlib
import math
from functools import lru_cache
from pathlib import Path

from ..film import Look, Lora, MediaRef
from .film_checks import FilmText, suggestion

LOOK_KEYS = ("words", "lora")
MOST_WEIGHT = 10.0
SUFFIX = ".safetensors"


def look_words(film: FilmText) -> str:
    """`look = "..."`, or the `words` of a look that is a table."""
    table = _table(film)
    if table is None:
        return film.text_value((), film.data, "look", "")
    return film.text_value(("look",), table, "words", "")


def read_look(film: FilmText, folder: Path | None) -> Look:
    """Words and LoRA files; these are looked for in `folder` and read through, if it is given. Raises FilmError."""
    table = _table(film)
    words = look_words(film)
    if table is None or "lora" not in table:
        return Look(words)
    path = ("look", "lora")
    given = film.value(("look",), table, "lora", list)
    for entry in given:
        if not isinstance(entry, str):
            film.refuse(path, f'look.lora holds {entry!r}: write lora = ["film.safetensors:0.8", "other.safetensors"]')
    return Look(words, *_found(film, path, given, folder))


def option_loras(
    film: FilmText, path: tuple, options: dict, folder: Path | None
) -> tuple[dict, tuple[Lora, ...], tuple[str, ...]]:
    """The engine options at `path` without `lora`, and the files that it names: by content, and as they are named.

    Text such as "film.safetensors:0.8, other.safetensors"; what is no text is left to the engine. Raises FilmError.
    """
    if folder is None or not isinstance(given := options.get("lora"), str):
        return options, (), ()
    entries = [part.strip() for part in given.split(",") if part.strip()]
    others = {name: value for name, value in options.items() if name != "lora"}
    return others, *_found(film, (*path, "lora"), entries, folder)


def _found(
    film: FilmText, path: tuple, entries: list[str], folder: Path | None
) -> tuple[tuple[Lora, ...], tuple[str, ...]]:
    named = [_named(film, path, entry) for entry in entries]
    if folder is None:
        return (), ()
    loras = tuple(Lora(_content(film, path, folder, name), weight) for name, weight in named)
    return loras, tuple(name for name, _ in named)


def _table(film: FilmText) -> dict | None:
    found = film.data.get("look")
    if not isinstance(found, dict):
        return None
    film.check_keys(("look",), found, LOOK_KEYS, "look")
    return found


def _named(film: FilmText, path: tuple, entry: str) -> tuple[str, float]:
    """File and weight of `"film.safetensors:0.8"`; without a weight it is 1."""
    name, _, number = (entry, ":", "1") if ":" not in entry or entry.endswith(SUFFIX) else entry.rpartition(":")
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not abs(weight) <= MOST_WEIGHT:
        film.refuse(path, f'"{entry}": the weight is a number from -10 to 10; write "{name}:0.8"')
    if not name.lower().endswith(SUFFIX):
        film.refuse(path, f'"{entry}": only {SUFFIX} files are read; other formats can hold programs')
    return name, weight


def _content(film: FilmText, path: tuple, folder: Path, name: str) -> MediaRef:
    place = folder / Path(name).expanduser()
    try:
        status = place.stat()
        return _read(place, status.st_size, status.st_mtime_ns)
    except OSError as error:
        there = [str(found.relative_to(folder)) for found in folder.rglob(f"*{SUFFIX}") if found.is_file()]
        hint = suggestion(name, there) if there else "; copy it into the project folder or write its whole path"
        film.refuse(path, f'there is no LoRA file "{name}" ({error.strerror}){hint}')


@lru_cache(maxsize=64)
def _read(place: Path, size: int, changed: int) -> MediaRef:
    """A file by its content; one that many shots name is read through once, unless its size or time changes."""
    with place.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return MediaRef(digest, file.tell(), SUFFIX)
