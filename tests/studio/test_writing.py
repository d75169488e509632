"""Stage "write", and what a film will cost."""

from dataclasses import replace
from fractions import Fraction

import pytest

from oner.errors import FilmError, InputError, RequestError
from oner.film import SongAnalysis, from_json
from oner.store import open_store
from oner.studio.project import Project
from oner.studio.shoot import shoot
from oner.studio.writing import WriteRequest, check, estimate, rows, storyboard_of, totals, write

REQUEST = WriteRequest("Title", "clicks.wav", idea="a car in the desert", engine="testcard", width=64, height=36)


@pytest.fixture
def unwritten(new_project):
    """A project whose song was heard and whose film is not written, and its analysis."""
    (new_project / "film.toml").unlink()
    project = Project(new_project)
    return project, from_json(project.analysis_file.read_bytes(), SongAnalysis)


def test_what_is_written_is_what_is_read(unwritten):
    """The storyboard that `write` gives is that of the file; a second time it refuses."""
    project, analysis = unwritten
    board = write(project, REQUEST, analysis)
    assert board == storyboard_of(project, analysis)
    assert (board.width, board.height, board.engine, board.frames) == (64, 36, "testcard", 288)
    text = project.film_file.read_text()
    with pytest.raises(InputError, match="a written film is never overwritten"):
        write(project, REQUEST, analysis)
    assert project.film_file.read_text() == text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 65}, 'the nearest is "66x36"'),
        ({"height": 8000}, 'the nearest is "64x4096"'),
        ({"rate": Fraction(1, 2)}, "the nearest is 1"),
        ({"engine": "testcrad"}, "did you mean 'testcard'"),
    ],
)
def test_a_request_is_checked_before_the_song(unwritten, changes, words):
    """Sizes, rates and engines need no song to be refused, and no film.toml is left."""
    project, analysis = unwritten
    with pytest.raises(InputError, match=words) as caught:
        check(replace(REQUEST, **changes))
    assert "line" not in str(caught.value)
    with pytest.raises(InputError, match=words):
        write(project, replace(REQUEST, **changes), analysis)
    assert not project.written


def test_what_film_toml_refuses_is_not_written(unwritten):
    """A value that only the file's reader refuses leaves no file behind, and names no line that nobody sees."""
    project, analysis = unwritten
    with pytest.raises(InputError, match=r"^takes = 0 is outside 1 to 999") as caught:
        write(project, replace(REQUEST, takes=0), analysis)
    assert not isinstance(caught.value, FilmError)
    assert not project.written


def test_the_estimate_counts_what_is_left(new_project):
    """Takes, frames, time and disk of what is missing; after the shoot nothing is left; an edit makes some of it."""
    project = Project(new_project)
    analysis = from_json(project.analysis_file.read_bytes(), SongAnalysis)
    board = storyboard_of(project, analysis)
    before = estimate(project, board, workers=1)
    assert (before.engine, before.workers) == ("testcard@1", 1)
    assert (before.plan.takes, before.plan.left, before.plan.money) == (6, 6, 0)
    assert before.plan.frames == sum(2 * (len(shot.span) + 2 * board.handle) for shot in board.shots)
    assert before.plan.seconds == pytest.approx(before.seconds_per_frame * before.plan.frames)
    assert estimate(project, board, workers=2).plan.seconds == pytest.approx(before.plan.seconds / 2)
    assert before.explained["verse-1"]["understood"].startswith("A tall woman in a red coat walks")
    assert len(rows(before.plan)) == 3
    assert dict(totals(before.plan))["takes"].startswith("6 to make")
    shoot(project.folder, board)
    after = estimate(project, board)
    assert (after.plan.left, after.plan.frames, after.plan.bytes) == (0, 0, 0)
    edited = replace(board, shots=(replace(board.shots[0], prompt="a boat"), *board.shots[1:]))
    again = estimate(project, edited)
    assert [shot.left for shot in again.plan.shots] == [2, 0, 0]
    ledger, files = open_store(project.folder)
    with ledger:
        sizes = [(take.media.bytes, take.request.frames) for take in ledger.takes()]
        assert again.plan.bytes > 0
        assert all(files.has(take.media) for take in ledger.takes())
        assert ledger.seconds_per_frame("testcard@1", 64, 36) == again.seconds_per_frame
    assert min(s / f for s, f in sizes) <= again.plan.bytes / again.plan.frames <= max(s / f for s, f in sizes)


def test_an_unknown_engine_in_film_toml(new_project):
    """The film's reader knows the engines' names."""
    project = Project(new_project)
    analysis = from_json(project.analysis_file.read_bytes(), SongAnalysis)
    text = project.film_file.read_text()
    project.film_file.write_text(text.replace('"testcard"', '"worlsd"'))
    with pytest.raises(FilmError, match='did you mean "worlds"'):
        storyboard_of(project, analysis)
    with pytest.raises(RequestError, match="no engine"):
        check(replace(REQUEST, engine="worlsd"))
