"""film.toml: the film as people read and edit it (docs/film-toml.md), read into a `Storyboard`.

`read_head` needs no analysis: it says which song to analyse. `read_film` reads everything else against the analysed
song. Both refuse every mistake with a FilmError that carries the line.
"""

import difflib
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from ..errors import FilmError
from ..film import CAMERA_MOVES, Character, Section, SectionLabel, Shot, SongAnalysis, Storyboard, Transition
from ..timing import Rate, Span, clock, frame_at, frames_in, rounded, sample_at
from .film_checks import CHARACTER_KEYS, FILM_KEYS, SHOT_KEYS, FilmText, suggestion
from .film_look import look_words, option_loras, read_look
from .film_stills import read_stills
from .positions import Positions, film_span
from .prompting import camera_in, handles_in, spell_out

_HANDLE = re.compile(r"[^\W\d]\w*$")
_SHOT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")


@dataclass(frozen=True)
class Head:
    """The part of film.toml that can be read before the song is analysed. `song` is a path that exists."""

    title: str
    song: Path
    excerpt: str | None
    engine: str
    rate: Rate
    width: int
    height: int
    takes: int
    handle: int  # spare frames on both sides of every take
    seed: int
    look: str
    engine_options: dict[str, str | int | float | bool] = field(default_factory=dict)


def read_head(path: Path, engines: Collection[str] | None = None) -> Head:
    """Read what does not depend on the song. `engines` are the known engine names, if they are to be checked.

    Raises FilmError, also where the song file is missing from the folder.
    """
    film = FilmText(_text_of(path))
    head = _head(film, Path(path).parent, engines)
    if not head.song.is_file():
        names = (
            [found.name for found in head.song.parent.glob("*") if found.is_file()] if head.song.parent.is_dir() else []
        )
        near = difflib.get_close_matches(head.song.name, names, 1, 0.4)
        hint = f'did you mean "{near[0]}"?' if near else "copy the song into the folder or mend the name"
        film.refuse(("song",), f'the song "{film.data["song"]}" is not in {path.parent}; {hint}')
    return head


def read_film(path: Path, analysis: SongAnalysis, engines: Collection[str] | None = None) -> Storyboard:
    """Read and check a whole film.toml. `engines` are the known engine names, if they are to be checked.

    Raises FilmError with the line and the nearest valid choice.
    """
    return storyboard(_text_of(path), analysis, engines, Path(path).parent)


def storyboard(
    text: str, analysis: SongAnalysis, engines: Collection[str] | None = None, folder: Path | None = None
) -> Storyboard:
    """The film in a film.toml's text. Pictures and LoRA files are looked for in `folder`.

    Without a folder nobody looks for them. Raises FilmError.
    """
    film = FilmText(text)
    head = _head(film, folder or Path(), engines)
    try:
        song_span = film_span(analysis, head.excerpt)
    except ValueError as error:
        film.refuse(("excerpt",), str(error))
    frames = frames_in(len(song_span), analysis.sample_rate, head.rate)
    characters = _characters(film, folder)
    spans = _spans(film, Positions(analysis, song_span), head.rate, frames)
    shots = []
    for number, span in enumerate(spans):
        shot = _shot(film, number, span, head, characters, analysis.bpm, shots, engines)
        first, last = read_stills(film, number, shot, head.handle, folder)
        options, loras, paths = option_loras(film, ("shot", number, "engine_options"), shot.engine_options, folder)
        own = {"engine_options": options, "loras": loras, "lora_paths": paths}
        shots.append(replace(shot, first=first, last=last, **own))
    _check_transitions(film, shots, head.handle)
    look = read_look(film, folder)
    options, loras, paths = option_loras(film, ("engine_options",), head.engine_options, folder)
    sections = [_section_of(shot.span, song_span, analysis, head.rate) for shot in shots]
    return Storyboard(
        title=head.title,
        rate=head.rate,
        width=head.width,
        height=head.height,
        frames=frames,
        engine=head.engine,
        handle=head.handle,
        look=replace(look, loras=look.loras + loras, lora_paths=look.lora_paths + paths),
        characters=characters,
        shots=tuple(replace(shot, section=section) for shot, section in zip(shots, sections)),
        song_span=song_span,
        engine_options=options,
    )


def shot_seed(film_seed: int, shot_id: str) -> int:
    """31-bit seed of a shot that names none: it stays when shots are moved, added or removed around it."""
    return int.from_bytes(hashlib.sha256(f"{film_seed}/{shot_id}".encode()).digest()[:4], "big") >> 1


def default_handle(rate: Rate) -> int:
    """Spare frames on both sides of a take where film.toml names none: a third of a second."""
    return rounded(rate / 3)


def _text_of(path: Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FilmError(f'there is no {path}; write one with "oner new"') from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FilmError(f"{path} is not UTF-8 text; save it as UTF-8", line) from None
    except OSError as error:
        raise FilmError(f"cannot read {path}: {error.strerror}") from None


def _head(film: FilmText, folder: Path, engines: Collection[str] | None) -> Head:
    data = film.data
    film.check_keys((), data, FILM_KEYS, "the film")
    title = film.text_value((), data, "title", needed="the film")
    film.text_value((), data, "song", needed="the film")
    song = film.relative_path((), data, "song")
    rate = film.rate()
    width, height = film.size()
    return Head(
        title=title,
        song=folder / song,
        excerpt=film.text_value((), data, "excerpt"),
        engine=film.engine(engines),
        rate=rate,
        width=width,
        height=height,
        takes=film.whole((), data, "takes", 2, 1, 999),
        handle=film.whole((), data, "handle", default_handle(rate), 0, 240),
        seed=film.whole((), data, "seed", 0, 0, 2**31 - 1),
        look=look_words(film),
        engine_options=film.engine_options(),
    )


def _characters(film: FilmText, folder: Path | None) -> tuple[Character, ...]:
    found = []
    for handle, given in film.value((), film.data, "characters", dict, {}).items():
        path = ("characters", handle)
        if not _HANDLE.match(handle):
            film.refuse(path, f'"{handle}" cannot be a handle: letters, digits and _ only, beginning with a letter')
        if isinstance(given, str):
            given = {"description": given}
        if not isinstance(given, dict):
            film.refuse(path, f'a character is a description in "quotes": {handle} = "a tall man in a grey coat"')
        film.check_keys(path, given, CHARACTER_KEYS, f"the character {handle}")
        description = film.text_value(path, given, "description", needed=f"the character {handle}")
        if "@" in description:
            film.refuse((*path, "description"), f"the description of {handle} holds an @; spell it out")
        picture = film.relative_path(path, given, "picture")
        if picture and folder and not (folder / picture).is_file():
            names = [str(item.relative_to(folder)) for item in folder.rglob("*.[jpJP][pnPN]*") if item.is_file()]
            film.refuse(
                (*path, "picture"), f'there is no picture "{picture}" in the folder{suggestion(picture, names)}'
            )
        found.append(Character(handle, description.strip(), picture))
    return tuple(found)


def _spans(film: FilmText, positions: Positions, rate: Rate, frames: int) -> list[Span]:
    """Frames of every shot: each edge is placed on its own, lengths follow. Refuses gaps, overlaps and disorder."""
    shots = film.data.get("shot", [])
    if not isinstance(shots, list) or not all(isinstance(shot, dict) for shot in shots):
        film.refuse(("shot",), "shots stand under [[shot]], in double brackets")
    if not shots:
        film.refuse((), "the film has no shots; add one under [[shot]]")

    def frame(number: int, key: str) -> int:
        path = ("shot", number)
        text = film.text_value(path, shots[number], key, needed=f"shot {_name(shots, number)}")
        try:
            sample = positions.sample(text)
        except ValueError as error:
            film.refuse((*path, key), str(error))
        heard = positions.film
        if not heard.start <= sample <= heard.end:
            outside = f'"{text}" is outside the film, which runs from {positions.text(heard.start)}'
            film.refuse((*path, key), f"{outside} to {positions.text(heard.end)}")
        return frames if sample == heard.end else frame_at(sample - heard.start, positions.analysis.sample_rate, rate)

    starts = [frame(number, "at") for number in range(len(shots))]
    if starts[0] != 0:
        gap = f"the film begins {clock(starts[0], rate)} before its first shot"
        film.refuse(("shot", 0, "at"), f'{gap}: a gap of {starts[0]} frames; write at = "start"')
    edges = [*starts, frames]
    for number, (start, end) in enumerate(pairwise(edges)):
        last = number == len(shots) - 1
        here, after = _name(shots, number), "the film's end" if last else _name(shots, number + 1)
        if end <= start:
            fault = ("shot", number if last else number + 1, "at")
            at = shots[fault[1]]["at"]
            if end == start or last:
                film.refuse(fault, f'at = "{at}" leaves no frame for shot {here}; move or remove it')
            where = f'shot {after} begins at "{at}", before shot {here} at "{shots[number]["at"]}"'
            film.refuse(fault, f"{where}: shots stand in the song's order")
        if "until" in shots[number] and (until := frame(number, "until")) != end:
            kind = "overlaps" if until > end else "leaves a gap before"
            count = abs(until - end)
            hint = 'write until = "end"' if last else f'write until = "{shots[number + 1]["at"]}"'
            film.refuse(
                ("shot", number, "until"), f"shot {here} {kind} {after} by {count} frames; {hint} or leave it out"
            )
    return [Span(start, end) for start, end in pairwise(edges)]


def _name(shots: list[dict], number: int) -> str:
    return f'"{shots[number].get("id", number + 1)}"'


def _shot(
    film: FilmText,
    number: int,
    span: Span,
    head: Head,
    characters: tuple[Character, ...],
    bpm: float | None,
    before: list[Shot],
    engines: Collection[str] | None,
) -> Shot:
    table, path = film.data["shot"][number], ("shot", number)
    name = f"shot {_name(film.data['shot'], number)}"
    film.check_keys(path, table, SHOT_KEYS, name)
    shot_id = film.text_value(path, table, "id", needed=f"shot number {number + 1}")
    if not _SHOT_ID.match(shot_id):
        legal = re.sub(r"[^A-Za-z0-9_-]+", "-", shot_id).strip("-_")[:64] or "shot-1"
        film.refuse((*path, "id"), f'id = "{shot_id}": letters, digits, - and _ only; try "{legal}"')
    twin = next((n for n, shot in enumerate(before) if shot.id.casefold() == shot_id.casefold()), None)
    if twin is not None:
        film.refuse(
            (*path, "id"), f'the id "{shot_id}" is already that of the shot on line {film.line(("shot", twin, "id"))}'
        )
    camera, prompt = _camera_and_prompt(film, path, table, name, characters, head.look)
    return Shot(
        id=shot_id,
        span=span,
        prompt=prompt,
        camera=camera,
        transition=film.transition(path, table, head.rate, bpm),
        takes=film.whole(path, table, "takes", head.takes, 1, 999),
        seed=film.whole(path, table, "seed", shot_seed(head.seed, shot_id), 0, 2**31 - 1),
        continues=_continues(film, path, table, [shot.id for shot in before]),
        lyric=film.text_value(path, table, "lyric"),
        engine=_own_engine(film, path, table, name, engines),
        engine_options=film.engine_options(path, table),
    )


def _own_engine(film: FilmText, path, table: dict, name: str, engines: Collection[str] | None) -> str | None:
    """The engine of a shot that is not made by the film's."""
    if "engine" not in table:
        if "engine_options" in table:
            film.refuse((*path, "engine_options"), f'{name} has engine_options and no engine; write engine = "..."')
        return None
    if engines is None:
        return film.text_value(path, table, "engine")
    return film.choice(path, table, "engine", "", tuple(engines))


def _camera_and_prompt(film, path, table, name, characters, look) -> tuple[str, str]:
    written = film.text_value(path, table, "prompt", needed=name)
    descriptions = {character.handle: character.description for character in characters}
    for handle in handles_in(written):
        if handle not in descriptions:
            known = suggestion(handle, descriptions) or "; name it under [characters]"
            film.refuse((*path, "prompt"), f'unknown character "@{handle}"{known}')
    said = camera_in(written)
    camera = film.choice(path, table, "camera", said or "static", CAMERA_MOVES)
    if said and said != camera:
        film.refuse((*path, "camera"), f'camera = "{camera}", but the prompt says "{said}"; keep one of them')
    return camera, spell_out(written, descriptions, camera, look)


def _continues(film: FilmText, path, table: dict, before: list[str]) -> str | None:
    """`true` means the shot before; a name means that earlier shot."""
    given = table.get("continues", False)
    if isinstance(given, bool):
        if given and not before:
            film.refuse((*path, "continues"), "the first shot has nothing to continue; remove the line")
        return before[-1] if given else None
    if not isinstance(given, str) or given not in before:
        known = suggestion(given, before) if isinstance(given, str) else ""
        film.refuse((*path, "continues"), f'continues = "{given}" is not a shot before this one{known}')
    return given


def _check_transitions(film: FilmText, shots: list[Shot], handle: int) -> None:
    """Transitions need spare frames in both takes and may not meet inside a shot."""
    for number, shot in enumerate(shots):
        frames, path = shot.transition.frames, ("shot", number, "transition")
        if frames and number == 0:
            film.refuse(path, f'the first shot has nothing to {shot.transition.kind} from; write transition = "cut"')
        if (frames + 1) // 2 > handle:
            kind, needed = shot.transition.kind, (frames + 1) // 2
            most = f'"{kind} {handle * 2}"' if handle else '"cut"'
            film.refuse(
                path,
                f"this {kind} lasts {frames} frames and needs {needed} spare frames on both sides, "
                f"but handle = {handle}; write transition = {most} or handle = {needed}",
            )
        after = shots[number + 1].transition if number + 1 < len(shots) else Transition()
        room = (frames + 1) // 2 + (after.frames + 1) // 2
        if room > len(shot.span):
            film.refuse(
                path if frames else ("shot", number + 1, "transition"),
                f'the transitions around shot "{shot.id}" take {room} frames, but it lasts {len(shot.span)}; '
                "shorten them or write cut",
            )


def _section_of(span: Span, song_span: Span, analysis: SongAnalysis, rate: Rate) -> SectionLabel | None:
    """The section that a shot hears most of."""
    heard = Span(*(song_span.start + sample_at(frame, analysis.sample_rate, rate) for frame in (span.start, span.end)))
    best: Section | None = max(analysis.sections, key=lambda section: section.span.overlap(heard), default=None)
    return best.label if best and best.span.overlap(heard) else None
