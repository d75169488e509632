"""From the film on paper to requests: which takes a storyboard asks for, and which of them exist.

Takes are known by what they are (engine and request), not by when they were ordered: an undone edit finds its old
takes again, and a shot that only changed its name or its place keeps them.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from ..errors import FilmError, InputError
from ..film import ClipRequest, Job, PromptSpan, Shot, Storyboard, Take
from ..store import Files, Ledger, Wanted
from ..timing import Span


@dataclass(frozen=True)
class ShootPlan:
    """What a shoot would make, and how many of the takes asked for exist already."""

    wanted: tuple[Wanted, ...]
    found: int

    @property
    def frames(self) -> int:
        return sum(wanted.request.frames for wanted in self.wanted)


def clip_request(storyboard: Storyboard, shot: Shot, number: int) -> ClipRequest:
    """The request for take `number` (from 1) of a shot: its span with a handle on both sides.

    A shot that continues others starts where they end, with the seed of the same take of the first of them, so that
    the scene goes on. Frame 0 of the scene's time is the first handle's first frame. Raises FilmError.
    """
    first, start = _chain(storyboard, shot)
    frames = len(shot.span) + 2 * storyboard.handle
    return ClipRequest(
        prompts=(PromptSpan(shot.prompt, Span(0, frames)),),
        width=storyboard.width,
        height=storyboard.height,
        frames=frames,
        rate=storyboard.rate,
        seed=take_seed(first.seed, number),
        start=start,
        options=dict(sorted((shot.engine_options if shot.engine else storyboard.engine_options).items())),
    )


def engines_of(storyboard: Storyboard) -> dict[str, tuple[Shot, ...]]:
    """The engines of a film by the names that film.toml gives them, each with its shots; the film's own comes first."""
    names = [storyboard.engine, *(shot.engine for shot in storyboard.shots if shot.engine)]
    found = {
        name: tuple(shot for shot in storyboard.shots if (shot.engine or storyboard.engine) == name)
        for name in dict.fromkeys(names)
    }
    return {name: shots for name, shots in found.items() if shots} or {storyboard.engine: ()}


def takes_by_shot(ledger: Ledger, storyboard: Storyboard, names: Mapping[str, str]) -> dict[str, tuple[Take, ...]]:
    """As `current_takes`, each shot's by its own engine; `names` are the engines' full names by those of film.toml."""
    made = {name: current_takes(ledger, storyboard, names[name]) for name in engines_of(storyboard)}
    return {shot.id: made[shot.engine or storyboard.engine][shot.id] for shot in storyboard.shots}


def take_seed(seed: int, number: int) -> int:
    """Seed of a take: the shot's own for take 1, for others a number below 2**31 that depends on both."""
    if number == 1:
        return seed
    return int.from_bytes(hashlib.sha256(f"{seed} {number}".encode()).digest()[:4]) >> 1


def _chain(storyboard: Storyboard, shot: Shot) -> tuple[Shot, int]:
    """The first shot of a shot's chain, and the frames of the chain before the shot."""
    by_id = {other.id: other for other in storyboard.shots}
    start, seen = 0, {shot.id}
    while shot.continues is not None:
        if shot.continues not in by_id or shot.continues in seen:
            raise FilmError(f"shot {shot.id} continues {shot.continues!r}, which is no earlier shot of this film")
        shot = by_id[shot.continues]
        seen.add(shot.id)
        start += len(shot.span)
    return shot, start


def current_takes(ledger: Ledger, storyboard: Storyboard, engine: str) -> dict[str, tuple[Take, ...]]:
    """The takes that belong to each shot as the film stands now, by number; empty where there are none.

    `engine` is the engine's full name ("worlds@1"). Each take bears the shot and number that it has now.
    """
    highest = max([ledger.highest_number(), *(shot.takes for shot in storyboard.shots)], default=0)
    fingerprints = {
        (shot.id, number): clip_request(storyboard, shot, number).fingerprint
        for shot in storyboard.shots
        for number in range(1, highest + 1)
    }
    made = ledger.takes_of(engine, fingerprints.values())
    return {
        shot.id: tuple(
            replace(made[fingerprints[shot.id, number]], shot=shot.id, number=number)
            for number in range(1, highest + 1)
            if fingerprints[shot.id, number] in made
        )
        for shot in storyboard.shots
    }


def plan_shoot(
    ledger: Ledger,
    files: Files,
    storyboard: Storyboard,
    engine: str,
    shots: Iterable[str] | None = None,
    takes: int | None = None,
    retake: Iterable[str] = (),
) -> ShootPlan:
    """Find the takes that are missing: never made, or made and their file has vanished.

    `shots` limits it to some shots, `takes` overrides the film's number of takes; shots in `retake` get as many new
    takes again, beyond all that they have, or those that an interrupted retake has left to make. Raises InputError
    for unknown shots or a number below 1.
    """
    if takes is not None and takes < 1:
        raise InputError(f"takes={takes}: at least 1")
    retakes = set(known_shots(storyboard, retake))
    chosen = set(known_shots(storyboard, shots)) if shots is not None else {shot.id for shot in storyboard.shots}
    existing = {
        shot: {take.number: take for take in of_shot if files.has(take.media)}
        for shot, of_shot in current_takes(ledger, storyboard, engine).items()
    }
    waiting = ledger.waiting_retakes(engine)
    wanted: dict[str, Wanted] = {}  # by fingerprint: shots that are the same to the letter share their takes
    found = 0
    for shot in storyboard.shots:
        have, number_of_takes = existing[shot.id], takes or shot.takes
        numbers = range(1, number_of_takes + 1) if shot.id in chosen else ()
        found += sum(number in have for number in numbers)
        orders = [(number, False) for number in numbers if number not in have]
        if shot.id in chosen | retakes:
            left = _still_wanted(storyboard, shot, waiting)
            if shot.id in retakes and not left:  # those that an interrupted shoot left are the retakes asked for
                beyond = max([number_of_takes, *have]) + 1
                left = list(range(beyond, beyond + number_of_takes))
            orders += [(number, True) for number in left if number > number_of_takes]
        for number, again in orders:
            request = clip_request(storyboard, shot, number)
            wanted.setdefault(request.fingerprint, Wanted(shot.id, number, request, again))
    return ShootPlan(tuple(wanted.values()), found)


def _still_wanted(storyboard: Storyboard, shot: Shot, waiting: Iterable[Job]) -> list[int]:
    """Numbers of a shot's waiting retakes that were not overtaken by an edit."""
    mine = [job for job in waiting if job.shot == shot.id]
    return [job.number for job in mine if job.request == clip_request(storyboard, shot, job.number)]


def known_shots(storyboard: Storyboard, shots: Iterable[str]) -> list[str]:
    """Ids of shots as the user gave them. Raises InputError naming the nearest."""
    known = [shot.id for shot in storyboard.shots]
    for shot in (shots := list(shots)):
        if shot not in known:
            near = get_close_matches(shot, known, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {known[0]} to {known[-1]}"
            raise InputError(f"no shot {shot!r} in this film; {hint}")
    return shots
