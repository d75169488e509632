"""Writes a film: from a song and an idea, or a list of prompts, to the text of film.toml.

rhythm     where to cut               idea       who, where, when
treatment  which part plays where     direction  every single shot
layout     the text
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import InputError
from ..film import DEFAULT_ENGINE, SongAnalysis, TransitionKind
from ..timing import Rate, frame_at, rounded
from .direction import Directed, direct
from .film_checks import TRANSITION_SECONDS
from .film_edit import refresh_times
from .film_file import default_handle
from .idea import read_idea
from .layout import FilmText, ShotText, lay_out
from .positions import Positions, film_span
from .prompt_lines import PromptLine, Prompts, assign, read_prompts
from .rhythm import Pace, Part, cuts_in, parts_of
from .treatment import treatment

RATE = Rate(24)


@dataclass(frozen=True)
class WriteRequest:
    """What a film is to be written from. `song` is the file's name in the project folder.

    Give `idea` (a sentence or two) or `prompts` (lines, section tags such as `[chorus]` among them); with neither, the
    film wanders by itself. `excerpt` is in bars or times, as in film.toml. Lengths of shots are in seconds.
    """

    title: str
    song: str
    idea: str = ""
    prompts: Sequence[str] = ()
    width: int = 640
    height: int = 360
    rate: Rate = RATE
    engine: str = DEFAULT_ENGINE
    engine_options: Mapping[str, Any] = field(default_factory=dict)
    takes: int = 2
    min_seconds: float = 2.0
    max_seconds: float = 8.0
    one_take: bool = False
    excerpt: str | None = None
    seed: int = 0
    look: str | None = None
    writer: str = "rules"  # or "llm:MODEL"


@dataclass(frozen=True)
class Directions:
    """Words for a film whose cuts stand: a (prompt, camera, transition) for every shot, in the film's order."""

    look: str
    characters: Mapping[str, str]
    shots: Sequence[tuple[str, str, TransitionKind]]


@dataclass(frozen=True)
class _Cut:
    """Shots on the song: `edges` are samples, one more than shots; `parts` gives each shot's part."""

    edges: tuple[int, ...]
    parts: tuple[Part, ...]


def write_film(request: WriteRequest, analysis: SongAnalysis, directions: Directions | None = None) -> str:
    """The text of film.toml, with the words of `directions` where given. The same input gives the same text.

    Raises InputError.
    """
    if not 0 < request.min_seconds <= request.max_seconds:
        raise InputError(
            f"shots of {request.min_seconds} to {request.max_seconds} s: "
            "the shortest must be above 0 and not above the longest"
        )
    try:
        positions = Positions(analysis, film_span(analysis, request.excerpt))
    except ValueError as error:
        raise InputError(str(error)) from None
    if not len(positions.film):
        raise InputError("the song is empty: there is nothing to make a film of")
    parts = parts_of(analysis, positions, request.min_seconds)
    if any(line.strip() for line in request.prompts):
        cut, shots, characters, look = _from_prompts(request, analysis, positions, parts)
    else:
        cut, shots, characters, look = _from_idea(request, analysis, positions, parts)
    if directions is not None:
        shots = [
            replace(shot, prompt=prompt, camera=camera, transition=shot.transition if shot.continues else transition)
            for shot, (prompt, camera, transition) in zip(shots, directions.shots, strict=True)
        ]
        characters, look = directions.characters, directions.look
    film = FilmText(
        title=request.title,
        song=request.song,
        width=request.width,
        height=request.height,
        rate=request.rate,
        engine=request.engine,
        takes=request.takes,
        handle=default_handle(request.rate),
        seed=request.seed,
        look=request.look if request.look is not None else look,
        excerpt=request.excerpt,
        about=request.idea,
        characters=characters,
        shots=_shot_texts(request, analysis, positions, cut, shots),
        engine_options=request.engine_options,
    )
    return refresh_times(lay_out(film, analysis, positions), analysis)


def _from_idea(request: WriteRequest, analysis: SongAnalysis, positions: Positions, parts: list[Part]):
    pace = Pace(request.min_seconds, request.max_seconds, steady=request.one_take)
    divided = [
        cuts_in(part, analysis, positions, pace, request.seed) or [part.span.start, part.span.end] for part in parts
    ]
    cut = _joined(parts, divided)
    idea = read_idea(request.idea, request.seed)
    scenes = treatment(idea, parts, [len(edges) - 1 for edges in divided], request.one_take, request.seed)
    shots, beings = direct(idea, scenes, _lyrics(analysis, cut), request.one_take, request.seed)
    return cut, shots, {being.handle: being.description for being in beings}, idea.look or "cinematic"


def _from_prompts(request: WriteRequest, analysis: SongAnalysis, positions: Positions, parts: list[Part]):
    pace = Pace(request.min_seconds, request.max_seconds, steady=request.one_take)
    prompts = read_prompts(request.prompts)
    divided, lines = [], []
    for part, block in zip(parts, prompts.blocks_for(parts)):
        free = cuts_in(part, analysis, positions, pace, request.seed) or [part.span.start, part.span.end]
        rounds = max(1, round((len(free) - 1) / len(block)))  # every line as often as the others
        edges = cuts_in(part, analysis, positions, pace, request.seed, rounds * len(block))
        edges = edges or cuts_in(part, analysis, positions, pace, request.seed, len(block))
        if edges is None and len(free) - 1 < len(block):
            if prompts.tagged:
                raise _too_many(len(block), part.name, part, request, analysis)
            return _one_by_one(request, analysis, positions, parts, prompts)
        divided.append(edges or free)
        lines += _spread(block, len(divided[-1]) - 1, prompts.tagged)
    return _prompted(request, _joined(parts, divided), lines, prompts)


def _one_by_one(
    request: WriteRequest, analysis: SongAnalysis, positions: Positions, parts: list[Part], prompts: Prompts
):
    """So many prompts that the sections cannot be kept: one shot each, over the whole film."""
    pace = Pace(request.min_seconds, request.max_seconds, steady=True)
    film = replace(parts[0], name="the film", span=positions.film)
    edges = cuts_in(film, analysis, positions, pace, request.seed, len(prompts.lines))
    if edges is None:
        raise _too_many(len(prompts.lines), "the film", film, request, analysis)
    inside = [next(part for part in reversed(parts) if part.span.start <= edge) for edge in edges[:-1]]
    return _prompted(request, _Cut(tuple(edges), tuple(inside)), prompts.lines, prompts)


def _prompted(request: WriteRequest, cut: _Cut, lines: Sequence[PromptLine], prompts: Prompts):
    shots = assign(lines, cut.parts, request.one_take, request.seed)
    look = "" if read_idea(" ".join(line.text for line in lines), 0).look else "cinematic"
    return cut, shots, prompts.characters, look


def _too_many(count: int, name: str, part: Part, request: WriteRequest, analysis: SongAnalysis) -> InputError:
    seconds = len(part.span) / analysis.sample_rate
    most = max(1, int(seconds / request.min_seconds))
    return InputError(
        f"{count} prompts for {name} of {seconds:.1f} s leave less than the shortest shot, {request.min_seconds:g} s, "
        f"or do not fall on its bars; give at most about {most}, or allow shorter shots"
    )


def _spread(block: Sequence[PromptLine], shots: int, in_turn: bool) -> list[PromptLine]:
    """Lines over shots: in turn (A B A B), or each for as many neighbouring shots as come to it (A A B B)."""
    if in_turn:
        return [block[number % len(block)] for number in range(shots)]
    return [block[number * len(block) // shots] for number in range(shots)]


def _joined(parts: list[Part], divided: list[list[int]]) -> _Cut:
    edges = [edges[0] for edges in divided[:1]]
    of_part: list[Part] = []
    for part, inside in zip(parts, divided):
        edges += inside[1:]
        of_part += [part] * (len(inside) - 1)
    return _Cut(tuple(edges), tuple(of_part))


def _lyrics(analysis: SongAnalysis, cut: _Cut) -> list[str | None]:
    """The line sung in each shot: the first that begins in it."""
    found: list[str | None] = []
    for start, end in zip(cut.edges, cut.edges[1:]):
        sung = [line.text.strip() for line in analysis.lyrics if start <= line.span.start < end and line.text.strip()]
        found.append(" / ".join(sung) if sung else None)
    return found


def _shot_texts(
    request: WriteRequest, analysis: SongAnalysis, positions: Positions, cut: _Cut, shots: Sequence[Directed]
) -> list[ShotText]:
    shots = _fitting_transitions(request, analysis, positions, cut, shots)
    counts: dict[str, int] = {}
    texts = []
    for shot, part, at, lyric in zip(shots, cut.parts, cut.edges, _lyrics(analysis, cut)):
        label = part.name.replace(" ", "")
        counts[label] = counts.get(label, 0) + 1
        keys: dict[str, Any] = {"id": f"{label}-{counts[label]}", "at": positions.text(at), "prompt": shot.prompt}
        keys["camera"] = shot.camera
        if shot.continues:
            keys["continues"] = True
        elif shot.transition is not TransitionKind.CUT:
            keys["transition"] = shot.transition.value
        if lyric:
            keys["lyric"] = lyric
        texts.append(ShotText(part, keys))
    return texts


def _fitting_transitions(request, analysis, positions, cut: _Cut, shots: Sequence[Directed]) -> list[Directed]:
    """Shots whose transitions have room: where two would meet inside a short shot, the later becomes a cut."""
    rate, start = request.rate, positions.film.start
    edges = [frame_at(edge - start, analysis.sample_rate, rate) for edge in cut.edges]

    def half(kind: TransitionKind) -> int:
        return rounded(TRANSITION_SECONDS[kind] * rate / 2)

    fitting: list[Directed] = []
    for number, shot in enumerate(shots):
        if number == 0:
            fitting.append(replace(shot, transition=TransitionKind.CUT))
            continue
        before = edges[number] - edges[number - 1] - half(fitting[-1].transition)
        here = edges[number + 1] - edges[number]
        fits = half(shot.transition) <= min(before, here)
        fitting.append(shot if fits else replace(shot, transition=TransitionKind.CUT))
    return fitting
