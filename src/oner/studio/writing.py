"""Stage "write": an idea and a song that was heard become film.toml; and what that film will cost."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from time import perf_counter

from ..engines import known_engine_names, open_engine, pace
from ..errors import FilmError, InputError, RequestError
from ..film import ClipRequest, Engine, PromptSpan, SongAnalysis, Storyboard, Take, to_json
from ..script import film_file, llm_writer
from ..script.film_checks import FilmText
from ..script.plan import HEADINGS, Plan, plan, rows, totals
from ..script.prompt_lines import read_prompts
from ..script.writer import WriteRequest, write_film
from ..store import Ledger, open_store
from ..timing import Span, rate_text
from .project import Project, save_text
from .shoot import default_workers
from .shoot_requests import UNMADE, clip_request, engines_of, goes_on_from, takes_by_shot
from .spending import cost_of, spent
from .stills import check_stills

__all__ = ["HEADINGS", "Estimate", "WriteRequest", "check", "estimate", "rows", "storyboard_of", "totals", "write"]

RULES, LLM = "rules", "llm:"  # who writes a film
PROBE_FRAMES = 12  # drawn once to learn an engine's speed where no take was made yet


@dataclass(frozen=True)
class Estimate:
    """A plan and what it rests on."""

    plan: Plan
    engine: str
    workers: int
    seconds_per_frame: float  # one worker's
    explained: dict[str, dict[str, str]]  # shot -> what the engine makes of its prompt
    spent: float = 0.0  # dollars that this project's takes have cost


def check(request: WriteRequest) -> None:
    """Refuse what needs no song to be refused, before one is heard. Raises InputError."""
    if request.engine not in known_engine_names():
        open_engine(request.engine)  # raises, naming the nearest
    if request.prompts:
        read_prompts(request.prompts)
    if request.writer != RULES and not request.writer.removeprefix(LLM):
        raise InputError(f"--writer {request.writer}: name a model, such as llm:gpt-5-mini")
    if request.writer != RULES and not request.writer.startswith(LLM):
        raise InputError(f"--writer {request.writer}: rules, or llm:MODEL for a model of the package llm")
    if request.writer != RULES:
        llm_writer.model_named(request.writer.removeprefix(LLM))
    film = FilmText(f'size = "{request.width}x{request.height}"\nrate = "{rate_text(request.rate)}"')
    try:
        film.size(), film.rate()
    except FilmError as error:
        raise InputError(_without_line(error)) from None


def write(
    project: Project, request: WriteRequest, analysis: SongAnalysis, tell: Callable[[str], None] = lambda words: None
) -> Storyboard:
    """Write film.toml, if it can be read back. `tell` hears what a writer of the user's is sent and what came of it.

    Raises InputError if there is one, or if the request is unusable.
    """
    if project.written:
        raise InputError(
            f"{project.film_file} exists: edit it, or name another folder; a written film is never overwritten"
        )
    check(request)
    request = _within_reach(request)
    try:
        text = _in_models_words(project, request, analysis, tell) or write_film(request, analysis)
        film = film_file.storyboard(text, analysis, known_engine_names(), project.folder)
    except FilmError as error:
        raise InputError(_without_line(error)) from error
    save_text(project.film_file, text)
    return film


def _within_reach(request: WriteRequest) -> WriteRequest:
    """No shot longer than the engine can make at a time, handles included."""
    engine = open_engine(request.engine)
    engine.close()
    if (most := engine.limits.max_seconds) is None:
        return request
    longest = float(most - 2 * film_file.default_handle(request.rate) / request.rate)
    if longest >= request.max_seconds or longest <= 0:
        return request
    return replace(request, max_seconds=longest, min_seconds=min(request.min_seconds, longest))


def what_is_sent(request: WriteRequest, analysis: SongAnalysis) -> str:
    """What the model of `request.writer` would be sent first."""
    return llm_writer.brief(request, analysis, film_file.storyboard(write_film(request, analysis), analysis))


def _in_models_words(
    project: Project, request: WriteRequest, analysis: SongAnalysis, tell: Callable[[str], None]
) -> str | None:
    """film.toml by the user's own model; None where our rules are to write it, with a message if that was not asked."""
    if request.writer == RULES:
        return None
    ask = llm_writer.model_named(request.writer.removeprefix(LLM))
    sent, kept = what_is_sent(request, analysis), project.folder / "writer.json"
    asked, lines = "the prompts" if request.prompts else "the idea", len(analysis.lyrics)
    tell(
        f"{request.writer} is sent {asked}, the song's structure and {lines} lines of lyrics "
        f"({len(sent)} characters); kept in {kept}"
    )
    read = lambda text: film_file.storyboard(text, analysis, known_engine_names(), project.folder)
    text, said = llm_writer.write_with(ask, request, analysis, read)
    save_text(kept, to_json(said).decode() + "\n")
    if text is None:
        tell(f"{request.writer} could not be used ({said[-1].fault}): our own rules wrote the film")
    return text


def _without_line(error: FilmError) -> str:
    """What a mistake is, for those who do not see the text that has it."""
    return str(error).removeprefix(f"line {error.line}: ")


def storyboard_of(project: Project, analysis: SongAnalysis) -> Storyboard:
    """The film as film.toml has it now. Raises FilmError."""
    return film_file.read_film(project.film_file, analysis, known_engine_names())


def estimate(project: Project, storyboard: Storyboard, workers: int | None = None) -> Estimate:
    """Count what is left to make and reckon how long the engines need for it on this machine, and what they cost.

    Raises RequestError where an engine cannot plan its shot.
    """
    ledger, _ = open_store(project.folder)
    with ledger:
        engines = {name: open_engine(name) for name in engines_of(storyboard)}
        try:
            check_stills(storyboard, engines)
            made = takes_by_shot(ledger, storyboard, engines)
            shares = {
                name: replace(storyboard, engine=name, shots=shots) for name, shots in engines_of(storyboard).items()
            }
            parts = [_estimate(ledger, storyboard, part, engines[name], made, workers) for name, part in shares.items()]
        finally:
            for engine in engines.values():
                engine.close()
        paid = spent(ledger)
    if len(parts) == 1:
        return replace(parts[0], spent=paid)
    rows = {row.id: row for part in parts for row in part.plan.shots}
    total = lambda name: sum(getattr(part.plan, name) for part in parts)
    costs = Plan(
        shots=tuple(rows[shot.id] for shot in storyboard.shots),
        **{name: total(name) for name in ("takes", "done", "left", "frames", "seconds", "bytes", "money")},
    )
    names = ", ".join(part.engine for part in parts)
    speed = costs.seconds / costs.frames if costs.frames else 0.0
    explained = {shot: notes for part in parts for shot, notes in part.explained.items()}
    return Estimate(costs, names, 1, speed, explained, paid)


def _estimate(
    ledger: Ledger,
    whole: Storyboard,
    part: Storyboard,
    engine: Engine,
    made: Mapping[str, tuple[Take, ...]],
    workers: int | None,
) -> Estimate:
    """The part of a film that one engine makes; `made` are the takes of all shots."""
    on, takes = engine.limits.carries_on_from_frames, [take for shot in part.shots for take in made[shot.id]]
    speed, size = _measured(ledger, engine, part)
    if takes:
        size = sum(take.media.bytes for take in takes) / sum(take.request.frames for take in takes)
    before = {shot.id: UNMADE if goes_on_from(whole, shot, on) else None for shot in part.shots}
    requests = {shot.id: clip_request(whole, shot, 1, before[shot.id]) for shot in part.shots}
    explained = {shot: _explained(engine, shot, request) for shot, request in requests.items()}
    costs = {shot: cost_of(engine, request) for shot, request in requests.items()}
    workers = workers or engine.limits.workers or default_workers(part.engine)
    planned = plan(part, {shot.id: len(made[shot.id]) for shot in part.shots}, speed / workers, size)
    money = sum(row.left * costs[row.id] for row in planned.shots)
    return Estimate(replace(planned, money=money), engine.name, workers, speed, explained)


def _explained(engine: Engine, shot: str, request: ClipRequest) -> dict[str, str]:
    try:
        return engine.explain(request)
    except RequestError as error:
        raise RequestError(f"shot {shot}: {error}") from error


def _measured(ledger: Ledger, engine: Engine, storyboard: Storyboard) -> tuple[float, float]:
    """Seconds and bytes per frame: from takes made before, else from a short clip drawn now and noted.

    A paid engine is never called to learn its speed.
    """
    key = f"probe {engine.name} {storyboard.width}x{storyboard.height}"
    known = ledger.seconds_per_frame(engine.name, storyboard.width, storyboard.height)
    noted = ledger.setting(key)
    if noted is None and not engine.limits.draws_probe:
        noted = [pace(storyboard.engine, storyboard.rate) or 0.0, 0.0]
    elif noted is None and engine.limits.price_per_second == 0:
        noted = _draw_probe(engine, storyboard)
        ledger.set_setting(key, noted)
    seconds, size = noted or (0.0, 0.0)
    return known or seconds, size


def _draw_probe(engine: Engine, storyboard: Storyboard) -> list[float]:
    with tempfile.TemporaryDirectory(prefix="oner-probe-") as folder:
        quiet = lambda fraction, words: None
        request = _probe(storyboard, storyboard.shots[0].prompt, PROBE_FRAMES)
        warm = replace(request, frames=1, prompts=(PromptSpan(request.prompts[0].text, Span(0, 1)),))
        engine.render(warm, Path, Path(folder) / "warm.mp4", quiet)  # shaders are compiled here, once per worker
        begun = perf_counter()
        engine.render(request, Path, Path(folder) / "probe.mp4", quiet)
        return [(perf_counter() - begun) / PROBE_FRAMES, (Path(folder) / "probe.mp4").stat().st_size / PROBE_FRAMES]


def _probe(storyboard: Storyboard, prompt: str, frames: int) -> ClipRequest:
    return ClipRequest(
        prompts=(PromptSpan(prompt, Span(0, frames)),),
        width=storyboard.width,
        height=storyboard.height,
        frames=frames,
        rate=Fraction(storyboard.rate),
        seed=0,
        options=storyboard.shots[0].engine_options if storyboard.shots[0].engine else storyboard.engine_options,
    )
