"""Lays out a new film.toml: a header that explains it, the film's keys, characters, then shots under their parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import tomlkit

from ..film import CAMERA_MOVES, SongAnalysis, TransitionKind
from ..timing import Rate, rate_text
from .positions import Positions, time_text
from .rhythm import Part


@dataclass(frozen=True)
class ShotText:
    """A shot as it will stand in the file. `keys` are written in their order; `part` is the part it begins in."""

    part: Part
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class FilmText:
    """Everything that a new film.toml says."""

    title: str
    song: str
    width: int
    height: int
    rate: Rate
    engine: str
    takes: int
    handle: int
    seed: int
    look: str
    excerpt: str | None
    about: str  # the idea, kept as a comment
    characters: Mapping[str, str]
    shots: Sequence[ShotText]
    engine_options: Mapping[str, Any] = field(default_factory=dict)


def lay_out(film: FilmText, analysis: SongAnalysis, positions: Positions) -> str:
    """The whole text; times and lengths of shots are added by `film_edit.refresh_times`."""
    return "\n".join(
        [*_header(film, analysis), *_film_keys(film), *_characters(film), *_shots(film, analysis, positions)]
    )


def _header(film: FilmText, analysis: SongAnalysis) -> list[str]:
    grid = bool(analysis.beats)
    bar = (
        '"9.1" is bar 9, beat 1; "0:18.46" is a time; "start" is where the film begins'
        if grid
        else ('"0:18.46" is a time in the song; "start" is where the film begins')
    )
    idea = [f"# {line}" for line in _wrapped(film.about)] if film.about else []
    return [
        f"# {_plain(film.title)}",
        *idea,
        "#",
        "# Change anything here, then run: oner plan, oner shoot, oner cut. Only what changed is made again.",
        "#",
        f"#   at          {bar}.",
        "#               A shot lasts until the next one begins.",
        "#   prompt      One picture. @name stands for the words under [characters]; the camera's words and the look",
        "#               are added at the end.",
        f"#   camera      {', '.join(CAMERA_MOVES[:7])},",
        f"#               {', '.join(CAMERA_MOVES[7:])}",
        f"#   transition  How the shot is entered: {', '.join(kind.value for kind in TransitionKind)};",
        '#               "dissolve 12" sets its length in frames.',
        "#   Also        takes, seed, lyric, until, and continues = true (carries on the scene of the shot before).",
        "",
    ]


def _film_keys(film: FilmText) -> list[str]:
    keys: dict[str, Any] = {"title": film.title, "song": film.song}
    if film.excerpt:
        keys["excerpt"] = film.excerpt
    rate = film.rate.numerator if film.rate.denominator == 1 else rate_text(film.rate)
    keys |= {"size": f"{film.width}x{film.height}", "rate": rate, "engine": film.engine, "takes": film.takes}
    keys |= {"handle": film.handle, "look": film.look, "seed": film.seed}
    notes = {
        "takes": "made of every shot; the best is picked",
        "handle": "spare frames before and after every take, for transitions",
        "look": "the end of every prompt",
        "seed": "another number, other pictures from the same words",
    }
    lines = [_line(key, value, notes.get(key)) for key, value in keys.items()]
    if film.engine_options:
        lines += ["", "[engine_options]", *(_line(key, value) for key, value in film.engine_options.items())]
    return [*lines, ""]


def _characters(film: FilmText) -> list[str]:
    if not film.characters:
        return []
    return [
        "[characters]",
        *(_line(tomlkit.key(name).as_string(), words) for name, words in film.characters.items()),
        "",
    ]


def _shots(film: FilmText, analysis: SongAnalysis, positions: Positions) -> list[str]:
    lines: list[str] = []
    part: Part | None = None
    for shot in film.shots:
        if shot.part is not part:
            part = shot.part
            lines += [*([""] if lines else []), _rule(part, analysis, positions)]
        lines += ["", "[[shot]]", *(_line(key, value) for key, value in shot.keys.items())]
    return [*lines, ""]


def _rule(part: Part, analysis: SongAnalysis, positions: Positions) -> str:
    """`# ---- chorus 1 ---- bars 17 to 24, 0:32.00 to 0:48.00, energy 0.92 ----`."""
    first, last = positions.bar(part.span.start), positions.bar(part.span.end - 1)
    bars = f"bars {max(first or 1, 1)} to {last}, " if last is not None and last >= 1 else ""
    rate = analysis.sample_rate
    times = f"{time_text(part.span.start, rate)} to {time_text(part.span.end, rate)}"
    text = f"# ---- {part.name} ---- {bars}{times}, energy {part.energy:.2f} "
    return text + "-" * max(4, 100 - len(text))


def _line(key: str, value: Any, note: str | None = None) -> str:
    text = f"{key} = {tomlkit.item(value).as_string()}"
    return f"{text:<24}# {note}" if note else text


def _plain(text: str) -> str:
    return " ".join(text.split())


def _wrapped(text: str, width: int = 100) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line]
