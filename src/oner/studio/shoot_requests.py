"""From the film on paper to requests: which takes a storyboard asks for, and which of them exist.

Takes are known by what they are (engine and request), not by when they were ordered: an undone edit finds its old
takes again, and a shot that only changed its name or its place keeps them.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from ..errors import FilmError, InputError
from ..film import ClipRequest, Engine, GivenFrame, MediaRef, PromptSpan, Shot, Storyboard, Take
from ..store import Files, Ledger, Wanted
from ..timing import Span

UNMADE = MediaRef("0" * 64, 0, ".mp4")  # stands for a take that is still to be made, in requests that go on from it


@dataclass(frozen=True)
class ShootPlan:
    """What a shoot would make, and how many of the takes asked for exist already.

    `later` go on from the frames of takes that are to be made first; their requests name UNMADE until then.
    """

    wanted: tuple[Wanted, ...]
    found: int
    later: tuple[Wanted, ...] = ()

    @property
    def frames(self) -> int:
        return sum(wanted.request.frames for wanted in self.wanted)

    def among(self, others: Iterable[Wanted]) -> "ShootPlan":
        """The part of this plan that makes the same takes as `others`."""
        known = {(other.shot, other.number) for other in others}
        kept = [tuple(w for w in part if (w.shot, w.number) in known) for part in (self.wanted, self.later)]
        return replace(self, wanted=kept[0], later=kept[1])


def clip_request(storyboard: Storyboard, shot: Shot, number: int, before: MediaRef | None = None) -> ClipRequest:
    """The request for take `number` (from 1) of a shot: its span with a handle on both sides.

    A shot that continues others starts where they end, with the seed of the same take of the first of them, so that
    the scene goes on. Frame 0 of the scene's time is the first handle's first frame. With `before`, the clip of a take
    of the shot that it continues, it begins with that clip's last frames instead: with both handles around the cut, or
    with the last frame where there are none. The shot's first and last picture are frame 0 and the last frame of the
    take. Raises FilmError.
    """
    first, start = _chain(storyboard, shot)
    frames = len(shot.span) + 2 * storyboard.handle
    request = ClipRequest(
        prompts=(PromptSpan(shot.prompt, Span(0, frames)),),
        width=storyboard.width,
        height=storyboard.height,
        frames=frames,
        rate=storyboard.rate,
        seed=take_seed(first.seed, number),
        start=start,
        options=dict(sorted((shot.engine_options if shot.engine else storyboard.engine_options).items())),
        loras=shot.loras if shot.engine else storyboard.look.loras,
    )
    last = (GivenFrame(frames - 1, shot.last.file),) if shot.last else ()
    if before is None:
        return replace(request, given=((GivenFrame(0, shot.first.file),) if shot.first else ()) + last)
    source = next(other for other in storyboard.shots if other.id == shot.continues)
    cut, end = len(source.span), len(source.span) + 2 * storyboard.handle - 1
    shown = tuple(GivenFrame(frame, before, min(cut + frame, end)) for frame in range(max(1, 2 * storyboard.handle)))
    return replace(request, seed=take_seed(shot.seed, number), start=0, given=shown + last)


def goes_on_from(storyboard: Storyboard, shot: Shot, from_frames: bool) -> Shot | None:
    """The shot from whose takes this one goes on frame by frame, whatever engine made them: the one that it continues,
    where its own engine carries on `from_frames` (see `EngineLimits`). Raises FilmError."""
    if not from_frames or shot.continues is None:
        return None
    _chain(storyboard, shot)  # raises where there is no such shot
    return next(other for other in storyboard.shots if other.id == shot.continues)


def number_before(source: Shot, number: int) -> int:
    """The take of `source` from which take `number` of a shot goes on: the same, or in turn where it has fewer."""
    return 1 + (number - 1) % source.takes


def engines_of(storyboard: Storyboard) -> dict[str, tuple[Shot, ...]]:
    """The engines of a film by the names that film.toml gives them, each with its shots; the film's own comes first."""
    names = [storyboard.engine, *(shot.engine for shot in storyboard.shots if shot.engine)]
    found = {
        name: tuple(shot for shot in storyboard.shots if (shot.engine or storyboard.engine) == name)
        for name in dict.fromkeys(names)
    }
    return {name: shots for name, shots in found.items() if shots} or {storyboard.engine: ()}


def takes_by_shot(
    ledger: Ledger,
    storyboard: Storyboard,
    engines: Mapping[str, Engine],
    there: Callable[[MediaRef], bool] = lambda media: True,
) -> dict[str, tuple[Take, ...]]:
    """As `current_takes`, each shot's by its own engine; `engines` by their names in film.toml."""

    def maker(shot: Shot) -> tuple[str, bool]:
        engine = engines[shot.engine or storyboard.engine]
        return engine.name, engine.limits.carries_on_from_frames

    return _takes(ledger, storyboard, maker, there)


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


def current_takes(
    ledger: Ledger,
    storyboard: Storyboard,
    engine: str,
    from_frames: bool = False,
    there: Callable[[MediaRef], bool] = lambda media: True,
) -> dict[str, tuple[Take, ...]]:
    """The takes that belong to each shot as the film stands now, by number; empty where there are none.

    `engine` is the engine's full name ("worlds@1"), `from_frames` whether it carries shots on from frames: such a take
    belongs to the film as long as the one before it does, and is `there`. Each take bears the shot and number that it
    has now.
    """
    return _takes(ledger, storyboard, lambda shot: (engine, from_frames), there)


def _takes(
    ledger: Ledger,
    storyboard: Storyboard,
    maker: Callable[[Shot], tuple[str, bool]],
    there: Callable[[MediaRef], bool],
) -> dict[str, tuple[Take, ...]]:
    """`maker` gives the full name of a shot's engine, and whether it carries shots on from frames."""
    highest = max([ledger.highest_number(), *(shot.takes for shot in storyboard.shots)], default=0)
    found: dict[str, dict[int, Take]] = {}
    left = list(storyboard.shots)
    while left:  # once, or once for each link of the longest chain that is carried on from frames
        sources = {shot.id: goes_on_from(storyboard, shot, maker(shot)[1]) for shot in left}
        ready = [shot for shot in left if (source := sources[shot.id]) is None or source.id in found]
        left = [shot for shot in left if shot not in ready]
        fingerprints: dict[str, dict[tuple[str, int], str]] = {}  # by engine
        for shot in ready:
            mine = fingerprints.setdefault(maker(shot)[0], {})
            for number in range(1, highest + 1):
                before = None
                if source := sources[shot.id]:
                    take = found[source.id].get(number_before(source, number))
                    if take is None or not there(take.media):
                        continue
                    before = take.media
                mine[shot.id, number] = clip_request(storyboard, shot, number, before).fingerprint
        found |= {shot.id: {} for shot in ready}
        for engine, wanted in fingerprints.items():
            made = ledger.takes_of(engine, wanted.values())
            for (shot_id, number), fingerprint in wanted.items():
                if fingerprint in made:
                    found[shot_id][number] = replace(made[fingerprint], shot=shot_id, number=number)
    return {shot.id: tuple(found[shot.id].values()) for shot in storyboard.shots}


def plan_shoot(
    ledger: Ledger,
    files: Files,
    storyboard: Storyboard,
    engine: str,
    shots: Iterable[str] | None = None,
    takes: int | None = None,
    retake: Iterable[str] = (),
    from_frames: bool = False,
    elsewhere: Mapping[str, tuple[Take, ...]] = {},
) -> ShootPlan:
    """Find the takes that are missing: never made, or made and their file has vanished.

    `shots` limits it to some shots, `takes` overrides the film's number of takes; shots in `retake` get as many new
    takes again, beyond all that they have, or those that an interrupted retake has left to make. `from_frames` as in
    `current_takes`: takes that others go on from are wanted with them. In a film of several engines `elsewhere` has the
    takes of all shots, and what another engine makes is not wanted here. Raises InputError for unknown shots or a
    number below 1.
    """
    if takes is not None and takes < 1:
        raise InputError(f"takes={takes}: at least 1")
    retakes = set(known_shots(storyboard, retake))
    chosen = set(known_shots(storyboard, shots)) if shots is not None else {shot.id for shot in storyboard.shots}
    existing = {
        shot: {take.number: take for take in of_shot if files.has(take.media)}
        for shot, of_shot in (elsewhere or current_takes(ledger, storyboard, engine, from_frames, files.has)).items()
    }
    waiting = ledger.waiting_retakes(engine)
    wanted: dict[str, Wanted] = {}  # by fingerprint: shots that are the same to the letter share their takes
    later: dict[tuple[str, int], Wanted] = {}
    found = 0

    def request_of(shot: Shot, number: int) -> ClipRequest:
        source = goes_on_from(storyboard, shot, from_frames)
        take = existing[source.id].get(number_before(source, number)) if source else None
        return clip_request(storyboard, shot, number, (take.media if take else UNMADE) if source else None)

    def order(shot: Shot, number: int, again: bool) -> None:
        asked = Wanted(shot.id, number, request_of(shot, number), again)
        if UNMADE not in asked.request.files:
            wanted.setdefault(asked.request.fingerprint, asked)
            return
        source = goes_on_from(storyboard, shot, from_frames)
        if (source.engine or storyboard.engine) == (shot.engine or storyboard.engine):
            order(source, number_before(source, number), False)
        later.setdefault((shot.id, number), asked)

    for shot in storyboard.shots:
        have, number_of_takes = existing[shot.id], takes or shot.takes
        numbers = range(1, number_of_takes + 1) if shot.id in chosen else ()
        found += sum(number in have for number in numbers)
        orders = [(number, False) for number in numbers if number not in have]
        if shot.id in chosen | retakes:
            mine = [job for job in waiting if job.shot == shot.id]
            left = [job.number for job in mine if job.request == request_of(shot, job.number)]  # no edit overtook them
            if shot.id in retakes and not left:  # those that an interrupted shoot left are the retakes asked for
                beyond = max([number_of_takes, *have]) + 1
                left = list(range(beyond, beyond + number_of_takes))
            orders += [(number, True) for number in left if number > number_of_takes]
        for number, again in orders:
            order(shot, number, again)
    return ShootPlan(tuple(wanted.values()), found, tuple(later.values()))


def known_shots(storyboard: Storyboard, shots: Iterable[str]) -> list[str]:
    """Ids of shots as the user gave them. Raises InputError naming the nearest."""
    known = [shot.id for shot in storyboard.shots]
    for shot in (shots := list(shots)):
        if shot not in known:
            near = get_close_matches(shot, known, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {known[0]} to {known[-1]}"
            raise InputError(f"no shot {shot!r} in this film; {hint}")
    return shots
