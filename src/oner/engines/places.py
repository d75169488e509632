"""Where a user's engines, accepted licences, downloaded models, receipts and digests of files lie on this machine.

`ONER_HOME` puts all of it into one folder; without it the desktop's usual folders are taken (XDG base directories).
"""

import os
import tomllib
from pathlib import Path
from typing import Any

from ..errors import InputError


def _place(variable: str, default: str) -> Path:
    if home := os.environ.get("ONER_HOME"):
        return Path(home)
    return Path(os.environ.get(variable) or Path.home() / default) / "oner"


def user_file() -> Path:
    """engines.toml: the user's own models and servers."""
    return _place("XDG_CONFIG_HOME", ".config") / "engines.toml"


def licences_file() -> Path:
    """licences.json: which licences were accepted, and when."""
    return _place("XDG_CONFIG_HOME", ".config") / "licences.json"


def models_folder() -> Path:
    """One folder for each downloaded model."""
    return _place("XDG_DATA_HOME", ".local/share") / "models"


def receipts_folder() -> Path:
    """What was ordered from servers, so that nothing is ordered twice."""
    return _place("XDG_STATE_HOME", ".local/state") / "receipts"


def contents_folder() -> Path:
    """What large files held when they were last read through."""
    return _place("XDG_STATE_HOME", ".local/state") / "contents"


def user_tables() -> dict[str, list[dict[str, Any]]]:
    """The tables of engines.toml by kind, "engine" and "server"; empty without the file.

    Raises InputError, also for a name that is given twice or is that of an engine that comes with Oner: only one of
    them could be reached.
    """
    path = user_file()
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    for kind, tables in found.items():
        if kind not in ("engine", "server") or not isinstance(tables, list):
            raise InputError(f"{path} holds {kind!r}: it has [[engine]] and [[server]] tables, in double brackets")
    _check_names(path, found)
    return found


def _check_names(path: Path, found: dict[str, list[dict[str, Any]]]) -> None:
    from . import SHIPPED

    taken = dict.fromkeys(SHIPPED, "comes with Oner")
    for kind, tables in found.items():
        for table in tables:
            name = table.get("name")
            if not isinstance(name, str):
                continue  # refused where its other keys are read
            if other := taken.get(name.partition(":")[0]):
                raise InputError(f"{path}: {kind} {name}: an engine of this name {other}; give it another name")
            taken[name] = f"stands in this file already, as [[{kind}]]"
