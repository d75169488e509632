"""Stage "write": an idea and a song that was heard become film.toml; and what that film will cost."""

import tempfile
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from time import perf_counter

from ..engines import engine_names, open_engine
from ..errors import FilmError, InputError
from ..film import ClipRequest, Engine, PromptSpan, SongAnalysis, Storyboard
from ..script import film_file
from ..script.film_checks import FilmText
from ..script.plan import HEADINGS, Plan, plan, rows, totals
from ..script.prompt_lines import read_prompts
from ..script.writer import WriteRequest, write_film
from ..store import Ledger, open_store
from ..timing import Span, rate_text
from .project import Project, save_text
from .shoot import default_workers
from .shoot_requests import current_takes

__all__ = ["HEADINGS", "Estimate", "WriteRequest", "check", "estimate", "rows", "storyboard_of", "totals", "write"]

PROBE_FRAMES = 12  # drawn once to learn an engine's speed where no take was made yet


@dataclass(frozen=True)
class Estimate:
    """A plan and what it rests on."""

    plan: Plan
    engine: str
    workers: int
    seconds_per_frame: float  # one worker's
    explained: dict[str, dict[str, str]]  # shot -> what the engine makes of its prompt


def check(request: WriteRequest) -> None:
    """Refuse what needs no song to be refused, before one is heard. Raises InputError."""
    if request.engine not in engine_names():
        open_engine(request.engine)  # raises, naming the nearest
    if request.prompts:
        read_prompts(request.prompts)
    film = FilmText(f'size = "{request.width}x{request.height}"\nrate = "{rate_text(request.rate)}"')
    try:
        film.size(), film.rate()
    except FilmError as error:
        raise InputError(_without_line(error)) from None


def write(project: Project, request: WriteRequest, analysis: SongAnalysis) -> Storyboard:
    """Write film.toml, if it can be read back. Raises InputError if there is one, or if the request is unusable."""
    if project.written:
        raise InputError(
            f"{project.film_file} exists: edit it, or name another folder; a written film is never overwritten"
        )
    check(request)
    try:
        text = write_film(request, analysis)
        film = film_file.storyboard(text, analysis, engine_names(), project.folder)
    except FilmError as error:
        raise InputError(_without_line(error)) from error
    save_text(project.film_file, text)
    return film


def _without_line(error: FilmError) -> str:
    """What a mistake is, for those who do not see the text that has it."""
    return str(error).removeprefix(f"line {error.line}: ")


def storyboard_of(project: Project, analysis: SongAnalysis) -> Storyboard:
    """The film as film.toml has it now. Raises FilmError."""
    return film_file.read_film(project.film_file, analysis, engine_names())


def estimate(project: Project, storyboard: Storyboard, workers: int | None = None) -> Estimate:
    """Count what is left to make and measure how long the engine needs for it on this machine."""
    workers = workers or default_workers(storyboard.engine)
    engine = open_engine(storyboard.engine)
    ledger, _ = open_store(project.folder)
    try:
        with ledger:
            made = current_takes(ledger, storyboard, engine.name)
            speed, size = _measured(ledger, engine, storyboard)
            if takes := [take for of_shot in made.values() for take in of_shot]:
                size = sum(take.media.bytes for take in takes) / sum(take.request.frames for take in takes)
        explained = {shot.id: engine.explain(_probe(storyboard, shot.prompt, 1)) for shot in storyboard.shots}
    finally:
        engine.close()
    done = {shot: len(takes) for shot, takes in made.items()}
    costs = plan(storyboard, done, speed / workers, size, engine.limits.price_per_second)
    return Estimate(costs, engine.name, workers, speed, explained)


def _measured(ledger: Ledger, engine: Engine, storyboard: Storyboard) -> tuple[float, float]:
    """Seconds and bytes per frame: from takes made before, else from a short clip drawn now and noted.

    A paid engine is never called to learn its speed.
    """
    key = f"probe {engine.name} {storyboard.width}x{storyboard.height}"
    known = ledger.seconds_per_frame(engine.name, storyboard.width, storyboard.height)
    noted = ledger.setting(key)
    if noted is None and engine.limits.price_per_second == 0:
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
        options=storyboard.engine_options,
    )
