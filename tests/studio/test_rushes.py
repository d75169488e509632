"""Stages "judge" and "pick": measured once, the user's picks stand."""

import os
import shutil

import pytest

from oner.errors import InputError
from oner.film import SongAnalysis, Storyboard, from_json
from oner.store import Ledger, open_store
from oner.studio import rushes
from oner.studio.project import Project
from oner.studio.shoot import shoot
from oner.studio.writing import storyboard_of


@pytest.fixture
def shot(shot_project) -> tuple[Project, Storyboard]:
    project = Project(shot_project)
    analysis = from_json(project.analysis_file.read_bytes(), SongAnalysis)
    return project, storyboard_of(project, analysis)


def measurements(project: Project) -> dict:
    return {path.name: path.stat().st_mtime_ns for path in (project.rushes / rushes.JUDGE).iterdir()}


def test_every_take_is_measured_once(shot):
    """Judging again reads what was measured; a lost or damaged note is measured anew, with the same outcome."""
    project, board = shot
    before, notes = rushes.judge_takes(project, board), measurements(project)
    assert len(notes) == 6
    assert rushes.judge_takes(project, board) == before
    assert measurements(project) == notes
    first, second, *_ = sorted(notes)
    (project.rushes / rushes.JUDGE / first).unlink()
    (project.rushes / rushes.JUDGE / second).write_text("{}")
    assert rushes.judge_takes(project, board) == before
    changed = {name for name, time in measurements(project).items() if notes[name] != time}
    assert changed == {first, second}


def test_every_shot_gets_a_pick_and_the_ledger_knows(shot):
    """Automatic picks are among the shot's takes; scores have a total and its parts."""
    project, board = shot
    seen = rushes.judge_takes(project, board)
    assert set(seen.picks) == {"verse-1", "verse-2", "chorus-1"}
    assert all(seen.picks[shot] in seen.takes[shot] for shot in seen.picks)
    assert seen.by_user == frozenset()
    with Ledger(project.folder / "oner.db") as ledger:
        noted = ledger.picks(seen.takes)
    assert {shot: pick.take for shot, pick in noted.items()} == {shot: take.id for shot, take in seen.picks.items()}
    assert all(pick.automatic for pick in noted.values())
    for score in seen.scores.values():
        assert 0 <= score.total <= 1
        assert all(0 <= value <= 1 for value in score.measures.values())


def test_the_users_pick_stands(shot):
    """Picked by hand it stays through every judging, until it is left to the judge."""
    project, board = shot
    automatic = rushes.judge_takes(project, board).picks["verse-1"]
    other = 3 - automatic.number
    assert rushes.pick(project, board, "verse-1", str(other)).number == other
    seen = rushes.show(project, board)
    assert (seen.picks["verse-1"].number, seen.by_user) == (other, {"verse-1"})
    assert rushes.lines(seen)[0].endswith("(your pick)")
    assert rushes.as_json(seen)["verse-1"]["by_user"] is True
    assert rushes.pick(project, board, "verse-1", "auto") is None
    assert rushes.judge_takes(project, board).picks["verse-1"] == automatic


def test_picks_name_what_there_is(shot):
    """Unknown shots and takes are refused with what is near or there."""
    project, board = shot
    with pytest.raises(InputError, match="did you mean chorus-1"):
        rushes.pick(project, board, "chorus1", "1")
    with pytest.raises(InputError, match="its takes: 1, 2"):
        rushes.pick(project, board, "chorus-1", "0")


def test_a_take_that_vanished_or_cannot_be_read_is_left_out(shot):
    """The other take is picked instead; with none left the shot is named."""
    project, board = shot
    seen = rushes.judge_takes(project, board)
    one, two = seen.takes["verse-2"]
    _, files = open_store(project.folder)
    files.locate(one.media).unlink()
    assert rushes.judge_takes(project, board).picks["verse-2"] == two
    (project.rushes / rushes.JUDGE / f"{two.id}.json").unlink()
    files.locate(two.media).write_bytes(bytes(two.media.bytes))
    left = rushes.judge_takes(project, board)
    assert left.takes["verse-2"] == ()
    assert rushes.without_takes(left) == "1 of 3 shots have no take (verse-2)"
    assert rushes.lines(left)[1].endswith("no take yet")
    assert rushes.without_takes(seen) == ""


def test_sheet_and_page_are_drawn_again_only_if_something_changed(shot):
    """Nothing new, nothing drawn; a pick, or a page that was deleted, draws them."""
    project, board = shot
    rushes.show(project, board)
    sheet, page = project.rushes / "sheet.png", project.rushes / "index.html"
    for path in (sheet, page):
        os.utime(path, (0, 0))
    told = []
    rushes.show(project, board, lambda fraction, words: told.append(fraction))
    assert (sheet.stat().st_mtime, page.stat().st_mtime) == (0, 0)
    assert told == sorted(told)
    rushes.pick(project, board, "verse-1", str(3 - rushes.judge_takes(project, board).picks["verse-1"].number))
    rushes.show(project, board)
    assert sheet.stat().st_mtime > 0
    page.unlink()
    rushes.show(project, board)
    assert page.is_file()


def test_a_damaged_take_is_made_again(shot):
    """A file that no longer holds what its name says is dropped by the judge, and the next shoot makes that take."""
    project, board = shot
    take = rushes.judge_takes(project, board).takes["verse-1"][0]
    shutil.rmtree(project.rushes)
    path = project.folder / "files" / take.media.sha256[:2] / f"{take.media.sha256}{take.media.suffix}"
    path.write_bytes(bytes(take.media.bytes))
    assert take.id not in {other.id for other in rushes.judge_takes(project, board).takes["verse-1"]}
    report = shoot(project.folder, board, workers=1)
    assert [(made.shot, made.number) for made in report.made] == [("verse-1", take.number)]
    assert take.number in {other.number for other in rushes.judge_takes(project, board).takes["verse-1"]}
