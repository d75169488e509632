"""`oner rushes` and `oner pick`: judged takes, and the user's own choice."""

import json

import pytest


def test_takes_are_judged_and_shown(oner, shot_project):
    """A line for each shot with its pick in brackets; a sheet and a page that names every take."""
    ran = oner("rushes", "-p", shot_project)
    assert ran.code == 0
    rows = ran.out.splitlines()
    assert [row.split()[0] for row in rows[:3]] == ["verse-1", "verse-2", "chorus-1"]
    assert all(row.count("[") == 1 and "1:" in row and "2:" in row for row in rows[:3])
    assert str(shot_project / "rushes" / "index.html") in rows[3]
    assert (shot_project / "rushes" / "sheet.png").read_bytes().startswith(b"\x89PNG")
    page = (shot_project / "rushes" / "index.html").read_text()
    takes = [path.name for path in (shot_project / "files").rglob("*.mp4")]
    assert len(takes) == 6
    assert all(take in page for take in takes)


def test_json_has_totals_and_measures(oner, shot_project):
    """For scripts: of each shot the pick, and of each take its total and the parts of it."""
    told = json.loads(oner("rushes", "-p", shot_project, "--json").out)
    assert list(told) == ["verse-1", "verse-2", "chorus-1"]
    for shot in told.values():
        assert shot["by_user"] is False
        assert shot["picked"] in (1, 2)
        for take in shot["takes"]:
            assert 0 <= take["total"] <= 1
            assert {"flicker", "sharpness"} & set(take["measures"])


def test_before_the_shoot_there_is_nothing_to_see(oner, new_project):
    """No takes yet is no failure."""
    ran = oner("rushes", "-p", new_project)
    assert ran.code == 0
    assert ran.out.count("no take yet") == 3


def test_a_pick_stands_until_it_is_left_to_the_judge(oner, shot_project):
    """The picked take is the one in the film, also after another shoot; `auto` gives the choice back."""
    told = json.loads(oner("rushes", "-p", shot_project, "--json").out)["verse-1"]
    other = 3 - told["picked"]
    ran = oner("pick", "verse-1", other, "-p", shot_project)
    assert (ran.code, ran.out) == (0, f"shot verse-1: take {other} is picked\n")
    oner("shoot", "-p", shot_project, "--shots", "verse-1", "--takes", 3)
    ran = oner("rushes", "-p", shot_project)
    assert f"[{other}: " in ran.out
    assert "(your pick)" in ran.out.splitlines()[0]
    otio = shot_project / "film.otio"
    oner("export", "-p", shot_project)
    mine = otio.read_text()
    ran = oner("pick", "verse-1", "auto", "-p", shot_project, "--json")
    assert json.loads(ran.out) == {"shot": "verse-1", "take": None, "automatic": True}
    oner("export", "-p", shot_project)
    assert otio.read_text() != mine


@pytest.mark.parametrize(
    ("shot", "take", "words"),
    [
        ("verse-9", "1", "no shot 'verse-9' in this film; did you mean verse-"),
        ("zzz", "1", "its shots are verse-1, verse-2, chorus-1"),
        ("verse-1", "9", "shot verse-1 has no take '9'; its takes: 1, 2 (or `auto`)"),
        ("verse-1", "first", "has no take 'first'"),
    ],
)
def test_what_is_not_there_cannot_be_picked(oner, shot_project, shot, take, words):
    """Unknown shots and takes: the nearest, or what there is."""
    ran = oner("pick", shot, take, "-p", shot_project)
    assert ran.code == 2
    assert words in ran.err


def test_nothing_can_be_picked_before_the_shoot(oner, new_project):
    """A pick needs a take."""
    ran = oner("pick", "verse-1", "1", "-p", new_project)
    assert ran.code == 2
    assert "none yet: run `oner shoot`" in ran.err
