"""Stages "judge" and "pick": every take is measured once, the best film is chosen, the user's picks stand."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..engines import open_engine
from ..errors import InputError, MediaError, StoreError
from ..film import Report, Score, Shot, Storyboard, Take, from_json, to_json
from ..judging import (
    Candidate,
    JudgedShot,
    JudgedTake,
    Measured,
    choose,
    difference,
    draw_sheet,
    score,
    seam,
    write_page,
)
from ..judging import judge as judge_frames
from ..media import read_frames
from ..store import Files, Ledger, Pick, open_store
from .project import Project, save_text
from .shoot_crew import cores
from .shoot_requests import engines_of, takes_by_shot

JUDGE = "judge-1"  # measurements of another version of the judge are not read; raise it when `judging` measures anew


@dataclass(frozen=True)
class Rushes:
    """The takes of a film as it stands now. `picks` has a take for every shot that has any; `by_user` are his own."""

    takes: Mapping[str, tuple[Take, ...]]
    scores: Mapping[str, Score]
    picks: Mapping[str, Take]
    by_user: frozenset[str]
    shots: tuple[Shot, ...]


def judge_takes(project: Project, storyboard: Storyboard, report: Report | None = None) -> Rushes:
    """Measure what was not measured yet, choose, and note scores and choices in the ledger."""
    ledger, files = open_store(project.folder)
    with ledger:
        return judged(project, ledger, files, storyboard, report)


def judged(
    project: Project, ledger: Ledger, files: Files, storyboard: Storyboard, report: Report | None = None
) -> Rushes:
    """As `judge_takes`, with the store open. Takes whose file has vanished count as not made."""
    takes = _present(ledger, files, storyboard)
    measured = _measured(project, files, storyboard, takes, report or (lambda fraction, words: None))
    for shot, of_shot in takes.items():
        takes[shot] = tuple(take for take in of_shot if take.id in measured)
    own = {shot: pick.take for shot, pick in ledger.picks(takes).items() if not pick.automatic}
    candidates = {
        shot: [Candidate(take.id, score(measured[take.id], take.id).total, measured[take.id]) for take in of_shot]
        for shot, of_shot in takes.items()
    }
    chosen = choose(storyboard.shots, candidates, own)
    scores = _scores(storyboard.shots, takes, measured, chosen)
    ledger.save_scores(scores.values())
    ledger.save_picks(Pick(shot, take, True) for shot, take in chosen.items() if shot not in own)
    by_id = {(shot, take.id): take for shot, of_shot in takes.items() for take in of_shot}
    picks = {shot: by_id[shot, take] for shot, take in chosen.items()}
    return Rushes(takes, scores, picks, frozenset(own), storyboard.shots)


def show(project: Project, storyboard: Storyboard, report: Report | None = None) -> Rushes:
    """Judge, then write rushes/sheet.png and rushes/index.html, unless they show just this already."""
    report = report or (lambda fraction, words: None)
    ledger, files = open_store(project.folder)
    with ledger:
        rushes = judged(project, ledger, files, storyboard, lambda part, words: report(part * 0.8, words))
        shown = to_json([storyboard, sorted(rushes.scores.items()), sorted((s, t.id) for s, t in rushes.picks.items())])
        pages = (project.rushes / "sheet.png", project.rushes / "index.html")
        if ledger.setting("rushes shown") == _digest(shown) and all(page.is_file() for page in pages):
            return rushes
        shots = [
            JudgedShot(
                shot,
                tuple(
                    JudgedTake(
                        take, rushes.scores.get(take.id), files.locate(take.media), _picked(rushes, shot.id, take)
                    )
                    for take in rushes.takes[shot.id]
                ),
            )
            for shot in storyboard.shots
        ]
        late = lambda part, words: report(0.8 + part * 0.1, words)
        draw_sheet(shots, pages[0], storyboard.title, storyboard.rate, late)
        write_page(shots, pages[1], storyboard.title, storyboard.rate)
        ledger.set_setting("rushes shown", _digest(shown))
    return rushes


def pick(project: Project, storyboard: Storyboard, shot: str, number: str) -> Take | None:
    """Choose take `number` of a shot, or with "auto" leave it to the judge (gives None). Raises InputError."""
    ledger, files = open_store(project.folder)
    with ledger:
        takes = _present(ledger, files, storyboard)
        if shot not in takes:
            from difflib import get_close_matches

            near = get_close_matches(shot, takes, n=1)
            hint = f"did you mean {near[0]}?" if near else f"its shots are {', '.join(takes)}"
            raise InputError(f"no shot {shot!r} in this film; {hint}")
        if number == "auto":
            ledger.forget_picks(shot)
            return None
        found = next((take for take in takes[shot] if str(take.number) == number), None)
        if found is None:
            there = ", ".join(str(take.number) for take in takes[shot]) or "none yet: run `oner shoot`"
            raise InputError(f"shot {shot} has no take {number!r}; its takes: {there} (or `auto`)")
        ledger.save_picks([Pick(shot, found.id, False)])
        return found


def without_takes(rushes: Rushes) -> str:
    """Words about the shots that nothing can be picked for, empty if there are none."""
    missing = [shot.id for shot in rushes.shots if shot.id not in rushes.picks]
    shown = ", ".join(missing[:6]) + (", ..." if len(missing) > 6 else "")
    return f"{len(missing)} of {len(rushes.shots)} shots have no take ({shown})" if missing else ""


def as_json(rushes: Rushes) -> dict:
    """Scores and picks for scripts."""
    return {
        shot.id: {
            "picked": rushes.picks[shot.id].number if shot.id in rushes.picks else None,
            "by_user": shot.id in rushes.by_user,
            "takes": [
                {
                    "take": take.number,
                    "total": rushes.scores[take.id].total,
                    "measures": rushes.scores[take.id].measures,
                    "remarks": rushes.scores[take.id].remarks,
                }
                for take in rushes.takes[shot.id]
            ],
        }
        for shot in rushes.shots
    }


def lines(rushes: Rushes) -> list[str]:
    """A line for each shot: its takes with their totals, the pick in brackets."""
    table = []
    for shot in rushes.shots:
        marks = []
        for take in rushes.takes[shot.id]:
            text = f"{take.number}: {rushes.scores[take.id].total:.2f}"
            marks.append(f"[{text}]" if rushes.picks.get(shot.id) == take else f" {text} ")
        own = "  (your pick)" if shot.id in rushes.by_user else ""
        table.append(f"{shot.id:<14}{'  '.join(marks) or 'no take yet'}{own}")
    return table


def _present(ledger: Ledger, files: Files, storyboard: Storyboard) -> dict[str, tuple[Take, ...]]:
    engines = {name: open_engine(name) for name in engines_of(storyboard)}
    for engine in engines.values():
        engine.close()
    return {
        shot: tuple(take for take in takes if files.has(take.media))
        for shot, takes in takes_by_shot(ledger, storyboard, engines).items()
    }


def _measured(
    project: Project, files: Files, storyboard: Storyboard, takes: Mapping[str, tuple[Take, ...]], report: Report
) -> dict[str, Measured]:
    """Measurements by take, from the project or made now; a take that cannot be read is left out."""
    camera = {shot.id: shot.camera for shot in storyboard.shots}
    wanted = {take.id: (take, camera[shot]) for shot, of_shot in takes.items() for take in of_shot}
    done: dict[str, Measured] = {}

    def one(job: tuple[Take, str]) -> tuple[str, Measured | None]:
        take, move = job
        path = project.rushes / JUDGE / f"{take.id}.json"
        if (known := _read_measured(path, move)) is not None:
            return take.id, known
        try:
            measured = judge_frames(read_frames(files.locate(take.media)), take.request.rate, move)
        except MediaError:
            _drop_if_damaged(files, take)
            return take.id, None
        save_text(path, to_json(measured).decode())
        return take.id, measured

    with ThreadPoolExecutor(cores()) as pool:
        for number, (identifier, measured) in enumerate(pool.map(one, wanted.values()), 1):
            if measured is not None:
                done[identifier] = measured
            report(number / len(wanted), f"{number} of {len(wanted)} takes")
    return done


def _drop_if_damaged(files: Files, take: Take) -> None:
    """Delete a file that no longer holds what its name says, so that the next shoot makes the take again."""
    try:
        files.verify(take.media)
    except StoreError:
        files.forget(take.media)


def _read_measured(path: Path, camera: str) -> Measured | None:
    try:
        measured = from_json(path.read_bytes(), Measured)
    except (OSError, InputError):
        return None
    return measured if measured.camera == camera else None


def _scores(
    shots: tuple[Shot, ...],
    takes: Mapping[str, tuple[Take, ...]],
    measured: Mapping[str, Measured],
    chosen: Mapping[str, str],
) -> dict[str, Score]:
    """Final scores: with the seams to the neighbours' chosen takes and the distance to the shot's other takes."""
    scores = {}
    for number, shot in enumerate(shots):
        before = shots[number - 1] if number else None
        after = shots[number + 1] if number + 1 < len(shots) else None
        for take in takes[shot.id]:
            mine, seams = measured[take.id], []
            if before and before.id in chosen:
                seams.append(seam(measured[chosen[before.id]], mine, shot.continues == before.id))
            if after and after.id in chosen:
                seams.append(seam(mine, measured[chosen[after.id]], after.continues == shot.id))
            others = [difference(mine, measured[other.id]) for other in takes[shot.id] if other.id != take.id]
            scores[take.id] = score(
                mine,
                take.id,
                seam=sum(seams) / len(seams) if seams else None,
                difference=min(others) if others else None,
            )
    return scores


def _picked(rushes: Rushes, shot: str, take: Take) -> str:
    if rushes.picks.get(shot) != take:
        return ""
    return "user" if shot in rushes.by_user else "judge"


def _digest(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()
