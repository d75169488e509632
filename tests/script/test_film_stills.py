"""`first` and `last` in film.toml: pictures in the project folder that a shot begins and ends with."""

import shutil
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from oner.errors import FilmError
from oner.film import Still
from oner.media import media_ref
from oner.script.film_file import read_film, storyboard

FILM = """\
title = "Night Walk"
song = "song.ogg"
handle = {handle}
[[shot]]
id = "one"
at = "start"
prompt = "a door"
{first}
[[shot]]
id = "two"
at = "{at}"
prompt = "a street"
{second}
"""


@pytest.fixture
def shots(tmp_path: Path, song):
    """The two shots of a film with these lines; stills/door.png and stills/Street.JPG lie in its folder."""
    stills = tmp_path / "film" / "stills"
    stills.mkdir(parents=True)
    Image.new("RGB", (64, 36), (9, 9, 9)).save(stills / "door.png")
    Image.new("RGB", (64, 36), (99, 9, 9)).save(stills / "Street.JPG")
    Image.new("RGB", (64, 36)).save(tmp_path / "outside.png")

    def read(first: str = "", second: str = "", at: str = "5.1", handle: int = 8):
        film = tmp_path / "film" / "film.toml"
        film.write_text(FILM.format(first=first, second=second, at=at, handle=handle), encoding="utf-8")
        return read_film(film, song).shots

    read.folder = tmp_path / "film"
    return read


def test_a_shot_has_a_first_and_a_last_picture(shots):
    """By their content, with the names that film.toml gives them; others have none."""
    one, two = shots('first = "stills/door.png"\nlast = "stills/Street.JPG"')
    stills = shots.folder / "stills"
    assert one.first == Still(media_ref(stills / "door.png"), "stills/door.png")
    assert one.last == Still(media_ref(stills / "Street.JPG"), "stills/Street.JPG")
    assert (two.first, two.last, two.stills) == (None, None, ())


def test_a_shot_that_continues_may_end_with_a_picture(shots):
    """It begins with the frames of the shot before."""
    _, two = shots("", 'continues = true\nlast = "stills/door.png"')
    assert (two.continues, two.first, two.last.path) == ("one", None, "stills/door.png")


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (
            'first = "stills/dor.png"',
            r'line 8: there is no picture "stills/dor\.png" .*did you mean "stills/door\.png"',
        ),
        ('first = "stills"', r'line 8: first = "stills": pictures are \.png'),
        ('first = ""', r'line 8: first = "" is not the name of a file in the project folder'),
        ("first = 3", r"line 8: first = 3 is not text"),
        ('last = "clip.mp4"', r'line 8: last = "clip\.mp4": pictures are \.png, \.jpg'),
        ('last = "/etc/door.png"', r'line 8: last = "/etc/door\.png" is not the name of a file in the project folder'),
        ('last = "../outside.png"', r'line 8: last = "\.\./outside\.png" leads out of the project folder'),
        ('last = "link.png"', r'line 8: last = "link\.png" leads out of the project folder'),
        ('first = "words.png"', r"line 8: first = \"words\.png\" is no picture that can be read: give a PNG"),
        ('first = "empty.png"', r'line 8: first = "empty\.png" is no picture'),
        ('first = "short.png"', r'line 8: first = "short\.png" cannot be used'),
        ('first = "tiny.png"', r"line 8: .* it has 4x4 pixels"),
        ('first = "huge.png"', r"line 8: .* cannot be used: .*pixels"),
        ('first = "folder.png"', r'line 8: there is no picture "folder\.png"'),
        ('first = "a\\u0000.png"', r"line 8: there is no picture"),
        (f'first = "{"x" * 400}.png"', r"line 8: there is no picture"),
        ('frist = "stills/door.png"', r'line 8: unknown key "frist" in shot "one"; did you mean "first"'),
    ],
)
def test_what_is_no_picture_of_the_project_is_refused(shots, tmp_path, lines, fault):
    """With the line, what was given and what is allowed."""
    folder = shots.folder
    (folder / "words.png").write_text("not a picture")
    (folder / "empty.png").touch()
    (folder / "short.png").write_bytes((folder / "stills" / "door.png").read_bytes()[:60])
    (folder / "folder.png").mkdir()
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    Image.new("RGB", (4, 4)).save(folder / "tiny.png")
    whole = (folder / "stills" / "door.png").read_bytes()  # a head that promises 900 million pixels
    head = b"IHDR" + struct.pack(">II", 30_000, 30_000) + whole[24:29]
    (folder / "huge.png").write_bytes(whole[:12] + head + struct.pack(">I", zlib.crc32(head)) + whole[33:])
    with pytest.raises(FilmError, match=fault):
        shots(lines)


def test_a_shot_that_continues_has_no_first_picture(shots):
    """It begins with the last frames of the shot before."""
    with pytest.raises(
        FilmError, match='line 14: shot "two" continues "one" and begins with its last frames, not with'
    ):
        shots("", 'continues = true\nfirst = "stills/door.png"')


def test_one_frame_is_not_two_pictures(shots):
    """Without spare frames the shot's only frame cannot be both."""
    both = 'first = "stills/door.png"\nlast = "stills/Street.JPG"'
    with pytest.raises(FilmError, match='shot "one" lasts one frame'):
        shots(both, at="0:00.04", handle=0)
    assert shots(both, at="0:00.04", handle=1)[0].last.path == "stills/Street.JPG"


def test_without_a_folder_nobody_looks_for_pictures(song):
    """An edit of the text needs none of them; its mistakes are refused all the same."""
    text = FILM.format(first='first = "gone.png"', second="", at="5.1", handle=8)
    assert storyboard(text, song).shots[0].stills == ()
    with pytest.raises(FilmError, match="pictures are"):
        storyboard(text.replace("gone.png", "gone.gif"), song)


def test_a_folder_that_is_a_link_is_no_way_out(shots, tmp_path, song):
    """The project itself may lie behind one."""
    shots('first = "stills/door.png"')
    (tmp_path / "shortcut").symlink_to(shots.folder)
    assert read_film(tmp_path / "shortcut" / "film.toml", song).shots[0].first.path == "stills/door.png"
    shutil.rmtree(shots.folder / "stills")
    with pytest.raises(FilmError, match="copy it into the project folder"):
        read_film(tmp_path / "shortcut" / "film.toml", song)
