"""Pictures that shots begin or end with: which engines can, and copies that stay with the takes."""

from collections.abc import Mapping
from pathlib import Path

from ..engines import engines_from_pictures
from ..errors import FilmError, MediaError, RequestError
from ..film import Engine, Shot, Storyboard
from ..media import read_png
from ..store import Files


def check_stills(storyboard: Storyboard, engines: Mapping[str, Engine]) -> None:
    """Refuse pictures that a shot's engine cannot begin or end with. `engines` by their names in film.toml.

    Also a shot that continues one with pictures, where its engine makes the scene again from words. Raises RequestError
    naming the engines that can.
    """
    in_chain: set[str] = set()  # shots whose scene was given a picture, by themselves or by one that they continue
    for shot in storyboard.shots:
        name = shot.engine or storyboard.engine
        if shot.stills:
            _check_can(shot, name)
        if shot.continues in in_chain and not engines[name].limits.carries_on_from_frames:
            capable = engines_from_pictures(True, False, carrying_on=True)
            raise RequestError(
                f"shot {shot.id} continues {shot.continues}, whose scene was given a picture, and {name} would make "
                "that scene again without it: remove continues, or take an engine that goes on from frames: "
                f"{', '.join(capable)}"
            )
        if shot.stills or shot.continues in in_chain:
            in_chain.add(shot.id)


def _check_can(shot: Shot, name: str) -> None:
    capable = engines_from_pictures(bool(shot.first or shot.continues), bool(shot.last))
    if name in capable or name.partition(":")[0] == "native":  # with weights of the user's own, too
        return
    begin = f"begin with {shot.first.path}" if shot.first else ""
    end = f"end with {shot.last.path}" if shot.last else ""
    asked = " and ".join(filter(None, (begin, end)))
    raise RequestError(f"shot {shot.id}: {name} cannot {asked}; engines that can: {', '.join(capable)}")


def keep_stills(project: Path, storyboard: Storyboard, files: Files) -> None:
    """Keep copies of given pictures with the takes, where workers find them and they cannot change.

    Raises FilmError for a picture that is damaged, StoreError.
    """
    for shot in storyboard.shots:
        for still in shot.stills:
            if files.has(still.file):
                continue
            try:
                read_png(project / still.path)
            except MediaError as error:
                raise FilmError(f"shot {shot.id}: {error}") from error
            files.copy(project / still.path, still.file)
