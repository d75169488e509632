"""Given pictures in film.toml: what a shot begins with (`first`) and what it ends with (`last`)."""

import hashlib
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ..film import MediaRef, Shot, Still
from .film_checks import FilmText, suggestion

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
FORMATS = ("PNG", "JPEG", "WEBP")
LEAST_SIDE = 16  # pixels, as of a film
OWN_FOLDERS = ("files", "rushes")  # of a project: takes and their pages


def read_stills(
    film: FilmText, number: int, shot: Shot, handle: int, folder: Path | None
) -> tuple[Still | None, Still | None]:
    """First and last picture of shot `number` (from 0); they are looked for in `folder`, if it is given.

    Raises FilmError for what is no picture in the project folder, and where the shot begins with something else.
    """
    table, path = film.data["shot"][number], ("shot", number)
    first, last = (_named(film, path, table, key) for key in ("first", "last"))
    if first and shot.continues:
        film.refuse(
            (*path, "first"),
            f'shot "{shot.id}" continues "{shot.continues}" and begins with its last frames, not with a picture: '
            "remove first or continues",
        )
    if last and (first or shot.continues) and len(shot.span) + 2 * handle == 1:
        film.refuse(
            (*path, "last"), f'shot "{shot.id}" lasts one frame, which cannot be its first and its last: keep one'
        )
    if folder is None:
        return None, None
    return tuple(_still(film, (*path, key), name, folder) for key, name in (("first", first), ("last", last)))


def _named(film: FilmText, path: tuple, table: dict, key: str) -> str | None:
    name = film.relative_path(path, table, key)
    if name is not None and Path(name).suffix.lower() not in SUFFIXES:
        film.refuse((*path, key), f'{key} = "{name}": pictures are {", ".join(SUFFIXES)} files')
    return name


def _still(film: FilmText, path: tuple, name: str | None, folder: Path) -> Still | None:
    if name is None:
        return None
    key, place = path[-1], folder / name
    try:
        inside, there = place.resolve().is_relative_to(folder.resolve()), place.is_file()
    except (OSError, ValueError):  # a name that no file can have
        inside, there = True, False
    if not inside:
        film.refuse(path, f'{key} = "{name}" leads out of the project folder; copy the picture into it')
    if not there:
        film.refuse(path, f'there is no picture "{name}" in the folder{_hint(folder, name)}')
    try:
        _look_at(place)
        with place.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Still(MediaRef(digest, file.tell(), place.suffix.lower()), name)
    except UnidentifiedImageError:
        film.refuse(path, f'{key} = "{name}" is no picture that can be read: give a {", ".join(FORMATS)} file')
    except (OSError, ValueError, SyntaxError, EOFError, Warning, Image.DecompressionBombError) as error:
        film.refuse(path, f'{key} = "{name}" cannot be used: {getattr(error, "strerror", None) or error}')


def _look_at(place: Path) -> None:
    """Read a picture's head and check sums, not its pixels. Raises what Pillow raises, and ValueError if too small."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(place, formats=FORMATS) as image:
            if min(image.size) < LEAST_SIDE:
                raise ValueError(f"it has {image.width}x{image.height} pixels, and no side may be below {LEAST_SIDE}")
            image.verify()


def _hint(folder: Path, name: str) -> str:
    """The pictures of a project as the end of a message; those that Oner keeps there for itself are not named."""
    found = [place.relative_to(folder) for place in sorted(folder.rglob("*")) if place.suffix.lower() in SUFFIXES]
    names = [str(place) for place in found if place.parts[0] not in OWN_FOLDERS and (folder / place).is_file()]
    return suggestion(name, names) or "; copy it into the project folder"
