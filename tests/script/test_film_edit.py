"""Edits change what they are asked to and nothing else: comments, order and spacing stay."""

import tomllib

import pytest

from oner.errors import FilmError
from oner.script.film_edit import add_shot, refresh_times, remove_shot, save, set_film_value, set_shot_value
from oner.script.film_file import storyboard

FILM = """\
# my film, hands off
title = "Night"   # working title
song = 'song.ogg'
takes = 2

[characters]
# she
mia = "a woman"

# ---- intro ----

[[shot]]
id = "a"
at = "start"  # first
prompt = \"\"\"
A "long" prompt # not a comment
over lines\"\"\"
camera   =   "push in"   # slow

# ---- verse ----
# she walks

[[shot]]
id = "b"
at = "5.1"
prompt = "@mia walks"
takes = 3

[[shot]]   # the end
at = "9.1"
id = "c"
prompt = "The sea"
# trailing thought
"""


def test_setting_a_value_touches_only_that_value():
    """The text differs in the value's characters alone."""
    changed = set_shot_value(FILM, "a", "camera", "orbit")
    assert changed == FILM.replace('"push in"   # slow', '"orbit"   # slow')


def test_setting_a_long_string_over_lines_works():
    """A multi-line value is replaced whole, and quotes in the new one are escaped."""
    changed = set_shot_value(FILM, "a", "prompt", 'She says "no"\n\\o/')
    assert tomllib.loads(changed)["shot"][0]["prompt"] == 'She says "no"\n\\o/'
    assert 'camera   =   "push in"   # slow' in changed
    assert "not a comment" not in changed


def test_a_new_key_goes_to_the_end_of_its_own_shot():
    """A key that was not there stands behind the shot's last one, before the comments that lead the next shot."""
    changed = set_shot_value(FILM, "a", "seed", 5)
    assert changed == FILM.replace("# slow\n", "# slow\nseed = 5\n")
    assert set_shot_value(FILM, "c", "continues", True).endswith('"The sea"\ncontinues = true\n# trailing thought\n')


def test_none_takes_a_key_away():
    """None removes the whole line; removing what is not there changes nothing."""
    assert set_shot_value(FILM, "b", "takes", None) == FILM.replace("takes = 3\n", "")
    assert set_shot_value(FILM, "b", "seed", None) == FILM


def test_unknown_shots_and_keys_are_refused_with_the_nearest():
    """Edits are checked like the file itself."""
    with pytest.raises(FilmError, match=r'there is no shot "d"'):
        set_shot_value(FILM, "d", "seed", 1)
    with pytest.raises(FilmError, match=r'unknown key "promt" in a shot; did you mean "prompt"\?'):
        set_shot_value(FILM, "a", "promt", "x")
    with pytest.raises(FilmError, match='unknown key "lens"'):
        add_shot(FILM, {"id": "d", "lens": 1})


def test_film_values_are_set_in_place_or_added():
    """The film's own keys are set where they stand or put behind the last of them."""
    assert set_film_value(FILM, "takes", 4) == FILM.replace("takes = 2", "takes = 4")
    assert set_film_value(FILM, "look", "noir") == FILM.replace("takes = 2\n", 'takes = 2\nlook = "noir"\n')


def test_a_shot_is_added_behind_another_or_first():
    """A new shot stands where it is asked for, with the comments around it untouched."""
    shot = {"id": "new", "at": "7.1", "prompt": "A bird"}
    behind = add_shot(FILM, shot, after="b")
    assert [item["id"] for item in tomllib.loads(behind)["shot"]] == ["a", "b", "new", "c"]
    assert behind.replace('\n[[shot]]\nid = "new"\nat = "7.1"\nprompt = "A bird"\n', "") == FILM
    first = add_shot(FILM, shot)
    assert [item["id"] for item in tomllib.loads(first)["shot"]] == ["new", "a", "b", "c"]
    assert "# ---- intro ----" in first


def test_a_shot_is_removed_with_nothing_else():
    """The shot's lines go, comments above it stay."""
    changed = remove_shot(FILM, "b")
    assert [item["id"] for item in tomllib.loads(changed)["shot"]] == ["a", "c"]
    assert "# she walks" in changed
    assert "# trailing thought" in changed
    assert set(changed.splitlines()) == set(FILM.splitlines()) - {
        'id = "b"',
        'at = "5.1"',
        'prompt = "@mia walks"',
        "takes = 3",
    }


def test_times_are_noted_behind_places_and_own_comments_stay(song):
    """Each `at` gets its time and length; a second run changes nothing; a user's comment is not overwritten."""
    noted = refresh_times(FILM, song)
    assert 'at = "5.1"      # 0:08.00, 8.00 s\n' in noted
    assert 'at = "start"  # first\n' in noted
    assert refresh_times(noted, song) == noted
    moved = refresh_times(set_shot_value(noted, "c", "at", "7.1"), song)
    assert 'at = "5.1"      # 0:08.00, 4.00 s\n' in moved
    assert storyboard(moved, song).shots[2].span.start == 12 * 24


def test_windows_line_ends_survive(song):
    """A file saved with CRLF stays one."""
    text = FILM.replace("\n", "\r\n")
    changed = set_shot_value(text, "b", "takes", 9)
    assert changed == text.replace("takes = 3", "takes = 9")
    assert storyboard(changed, song).shots[1].takes == 9


def test_saving_is_whole_or_not_at_all(tmp_path):
    """The file is replaced in one step, keeps its permissions, and nothing else is left in the folder."""
    path = tmp_path / "film.toml"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    save(path, "né\r\n")
    assert path.read_bytes() == "né\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert [found.name for found in tmp_path.iterdir()] == ["film.toml"]
    with pytest.raises(FilmError, match="cannot write"):
        save(tmp_path / "no" / "film.toml", "x")
