"""film.toml is read exactly, and every kind of mistake is refused with its line and the nearest valid choice."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from oner.errors import FilmError
from oner.film import CAMERA_MOVES, Beat, SectionLabel, TransitionKind
from oner.script.film_file import read_film, read_head, shot_seed, storyboard
from oner.script.prompting import camera_in
from oner.timing import Span, frames_in

FILM = """\
title = "Night Walk"
song = "song.ogg"
size = "320x180"
rate = 24
engine = "worlds"
takes = 3
handle = 12
look = "cinematic"
seed = 7

[engine_options]
samples = 2

[characters]
mia = "a slim woman with long black hair in a red coat"
rex = { description = "a brown dog" }

[[shot]]
id = "intro-1"
at = "start"
prompt = "A school corridor at night, wide shot"
camera = "push in"

[[shot]]
id = "verse1-1"
at = "5.1"
prompt = "@mia walks with @rex down a city street, medium shot"
camera = "tracking"
transition = "dissolve 12"
lyric = "down the street"

[[shot]]
id = "verse1-2"
at = "9.1"
prompt = "@mia stands on a rooftop, close shot"
takes = 5
seed = 99
continues = true
"""


@pytest.fixture
def board(song):
    return storyboard(FILM, song, ["worlds", "testcard"])


def test_the_films_own_values_are_read(board):
    """Title, size, rate, engine, its options, handle, look and characters arrive as written."""
    assert (board.title, board.width, board.height, board.rate) == ("Night Walk", 320, 180, Fraction(24))
    assert (board.engine, board.engine_options, board.handle, board.look.text) == (
        "worlds",
        {"samples": 2},
        12,
        "cinematic",
    )
    assert [character.handle for character in board.characters] == ["mia", "rex"]


def test_shots_cover_the_song_to_the_frame(board, song):
    """Edges lie on their beats' frames, lengths follow, and the picture is as long as the song."""
    assert [shot.span for shot in board.shots] == [Span(0, 192), Span(192, 384), Span(384, 1932)]
    assert board.frames == frames_in(song.samples, song.sample_rate, board.rate) == 1932


def test_a_prompt_is_spelled_out_with_characters_camera_and_look(board):
    """The engine's prompt is one sentence with the same words for a character wherever she is named."""
    assert board.shots[1].prompt == (
        "A slim woman with long black hair in a red coat walks with a brown dog down a city street, medium shot, "
        "tracking shot, cinematic."
    )
    assert board.shots[2].prompt.startswith("A slim woman with long black hair in a red coat stands on a rooftop")
    assert board.shots[2].prompt.endswith("close shot, static camera, cinematic.")


def test_a_shot_has_its_own_values_or_the_films(board):
    """Takes and seed fall back on the film's; the seed comes from the film's seed and the shot's id alone."""
    first, second, third = board.shots
    assert (first.takes, third.takes, third.seed) == (3, 5, 99)
    assert first.seed == shot_seed(7, "intro-1") != second.seed
    assert (third.continues, second.continues) == ("verse1-1", None)
    assert (second.lyric, second.section) == ("down the street", SectionLabel.VERSE)
    assert (second.transition.kind, second.transition.frames) == (TransitionKind.DISSOLVE, 12)


def test_defaults_fill_what_is_left_out(song):
    """A title, a song and one shot are a film."""
    board = storyboard('title="t"\nsong="s.ogg"\n[[shot]]\nid="a"\nat="start"\nprompt="A forest"\n', song)
    assert (board.width, board.height, board.rate, board.engine, board.handle) == (640, 360, 24, "native", 8)
    assert (board.shots[0].takes, board.shots[0].camera, board.shots[0].prompt) == (
        2,
        "static",
        "A forest, static camera.",
    )


def test_a_camera_in_the_prompts_words_is_the_shots_camera(song):
    """A prompt that names its move needs no camera key and is not given camera words twice."""
    text = FILM.replace(
        '"A school corridor at night, wide shot"\ncamera = "push in"', '"A forest, the camera cranes up"'
    )
    shot = storyboard(text, song).shots[0]
    assert (shot.camera, shot.prompt) == ("crane up", "A forest, the camera cranes up, cinematic.")


@pytest.mark.parametrize("move", CAMERA_MOVES)
def test_every_camera_move_is_in_the_final_prompt(song, move):
    """Whatever the move, the engine reads it in the prompt, and reading the prompt again finds the same move."""
    shot = storyboard(FILM.replace('camera = "push in"', f'camera = "{move}"'), song).shots[0]
    assert camera_in(shot.prompt) == move


def test_an_excerpt_in_bars_begins_and_ends_the_film(song):
    """Positions count in the song, frames in the film, and the film is as long as the excerpt."""
    text = FILM.replace("rate = 24", 'rate = 24\nexcerpt = "3.1 - 13.1"')
    board = storyboard(text, song)
    assert board.song_span == Span(4 * 48000, 24 * 48000)
    assert [shot.span for shot in board.shots] == [Span(0, 96), Span(96, 288), Span(288, 480)]


def test_an_excerpt_in_seconds_means_the_same(song):
    """The same excerpt in seconds gives the same film."""
    bars, seconds = (FILM.replace("rate = 24", f'rate = 24\nexcerpt = "{part}"') for part in ("3 - 13", "0:04-0:24.00"))
    assert storyboard(bars, song) == storyboard(seconds, song)


def test_a_song_without_beats_is_placed_in_seconds(make_song):
    """Times place shots where there is no grid; bars are refused with an example of a time."""
    song = make_song(grid=False)
    text = FILM.replace('"5.1"', '"0:08.00"').replace('"9.1"', '"0:16.25"')
    assert [shot.span.start for shot in storyboard(text, song).shots] == [0, 192, 390]
    with pytest.raises(FilmError, match=r'line 26: "5.1" counts bars, but no beat was found.*"0:12.50"'):
        storyboard(FILM, song)


def test_a_pick_up_is_bar_zero(make_song):
    """Beats before the first downbeat are written as bar 0."""
    song = make_song(lead=1.0)
    song = replace(song, beats=(Beat(24000, -1, 3), *song.beats))
    assert storyboard(FILM.replace('at = "5.1"', 'at = "0.4"'), song).shots[1].span.start == 12


def test_a_camera_key_against_the_prompts_words_is_refused(song):
    """A prompt that asks for one move and a key that asks for another are a contradiction."""
    text = FILM.replace("city street, medium", "city street, the camera orbits, medium")
    with pytest.raises(FilmError, match=r'line 28: camera = "tracking", but the prompt says "orbit"; keep one of them'):
        storyboard(text, song)


def test_edges_are_placed_before_lengths_are_taken(make_song):
    """500 cuts on the beat at 128 BPM end exactly where the song does: rounding does not add up."""
    song = make_song(bpm=128.0, form=(("verse", 125, 0.5),), tail=0)
    beats = [f"{bar}.{beat}" for bar in range(1, 126) for beat in range(1, 5)]
    shots = "".join(f'[[shot]]\nid="s{n}"\nat="{at}"\nprompt="x"\n' for n, at in enumerate(beats))
    board = storyboard(f'title="t"\nsong="s.ogg"\nrate="30000/1001"\n{shots}', song)
    assert sum(len(shot.span) for shot in board.shots) == board.frames
    assert all(abs(shot.span.start - float(n * 60 / 128 * board.rate)) <= 0.5 for n, shot in enumerate(board.shots))


MISTAKES = {
    "unknown film key": ("takes = 3", "take = 3", r'unknown key "take" in the film; did you mean "takes"\?'),
    "unknown shot key": (
        'camera = "push in"',
        'kamera = "push in"',
        r'unknown key "kamera" in shot "intro-1"; did you mean "camera"',
    ),
    "unknown character key": (
        "{ description =",
        "{ descripton =",
        r'unknown key "descripton" in the character rex; did you mean "desc',
    ),
    "unknown character": (
        "with @rex down",
        "with @rax down",
        r'unknown character "@rax"; did you mean "rex"\? allowed: mia, rex',
    ),
    "unknown camera": ('"tracking"', '"traking"', r'unknown camera "traking"; did you mean "tracking"\?'),
    "unknown transition": ('"dissolve 12"', '"disolve"', r'unknown transition "disolve"; did you mean "dissolve"\?'),
    "long transition": (
        '"dissolve 12"',
        '"dissolve 60"',
        r'needs 30 spare frames.*handle = 12; write transition = "dissolve 24"',
    ),
    "cut with a length": ('"dissolve 12"', '"cut 12"', r"a cut has no length"),
    "unknown engine": (
        'engine = "worlds"',
        'engine = "world"',
        r'unknown engine "world"; did you mean "worlds"\? allowed',
    ),
    "odd size": ('"320x180"', '"321x180"', r'even numbers from 16 to 4096; the nearest is "322x180"'),
    "no size": ('"320x180"', '"small"', r'size = "small" is not a size; write size = "640x360"'),
    "rate of text": ("rate = 24", 'rate = "fast"', r'rate = "fast" is not a frame rate'),
    "rate too high": ("rate = 24", "rate = 500", r"outside 1 to 120.*nearest is 120"),
    "no takes": ("takes = 3", "takes = 0", r"takes = 0 is outside 1 to 999; the nearest is 1"),
    "takes as text": ("takes = 3", 'takes = "3"', r'takes = "3" is not a whole number'),
    "takes true": ("takes = 3", "takes = true", r"takes = true is not a whole number"),
    "place as number": ('at = "5.1"', "at = 5.1", r'at = 5.1 is not text in "quotes"; write at = "5.1"'),
    "no place": ('at = "5.1"', 'at = "five"', r'"five" is not a place in the song; write "9.1" for'),
    "beat not in bar": ('at = "5.1"', 'at = "5.7"', r'"5.7": bar 5 has beats 1 to 4'),
    "bar not in song": ('at = "9.1"', 'at = "90.1"', r'"90.1" is not in the song, which has bars 1 to 40'),
    "time past the end": (
        'at = "9.1"',
        'at = "1:30.00"',
        r'"1:30.00" is past the end of the song, which lasts 1:20.50',
    ),
    "wrong order": ('at = "9.1"', 'at = "4.1"', r'shot "verse1-2" begins at "4.1", before shot "verse1-1" at "5.1"'),
    "same place twice": ('at = "9.1"', 'at = "5.1"', r'at = "5.1" leaves no frame for shot "verse1-1"'),
    "gap at the start": (
        'at = "start"',
        'at = "2.1"',
        r"begins 0:02.00 before its first shot: a gap of 48 frames; write at = ",
    ),
    "overlap": (
        'at = "5.1"',
        'at = "5.1"\nuntil = "10.1"',
        r'shot "verse1-1" overlaps "verse1-2" by 48 frames; write until = "9.1"',
    ),
    "gap": ('at = "5.1"', 'at = "5.1"\nuntil = "8.1"', r'shot "verse1-1" leaves a gap before "verse1-2" by 48 frames'),
    "duplicate id": ('id = "verse1-2"', 'id = "intro-1"', r'the id "intro-1" is already that of the shot on line 19'),
    "bad id": ('id = "verse1-2"', 'id = "verse 1/2"', r'letters, digits, - and _ only; try "verse-1-2"'),
    "empty prompt": ('"@mia stands on a rooftop, close shot"', '""', r"prompt is empty"),
    "negative seed": ("seed = 99", "seed = -1", r"seed = -1 is outside"),
    "continues a stranger": (
        "continues = true",
        'continues = "verse1-9"',
        r'not a shot before this one; did you mean "verse1-1"',
    ),
    "handle with a space": ('mia = "a slim', '"mia b" = "a slim', r'"mia b" cannot be a handle'),
    "at in a description": ("a brown dog", "a dog of @mia", r"the description of rex holds an @"),
    "option of a list": ("samples = 2", "samples = [2]", r"samples = \[2\] is not text, a number, true or false"),
    "absolute song": (
        'song = "song.ogg"',
        'song = "/tmp/song.ogg"',
        r"is not the name of a file in the project folder",
    ),
    "excerpt backwards": ("rate = 24", 'rate = 24\nexcerpt = "9.1 - 5.1"', r'"9.1 - 5.1" ends before it begins'),
    "no excerpt": ("rate = 24", 'rate = 24\nexcerpt = "chorus"', r'"chorus" is not an excerpt; write "9.1 - 25.1"'),
    "syntax": ('look = "cinematic"', 'look = "cinematic', r"this is not TOML: "),
    "no equals sign": ("takes = 3", "takes 3", r"this is not TOML: expected '='"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_its_line(song, name):
    """Each kind of mistake names its line and says what is allowed."""
    old, new, message = MISTAKES[name]
    assert old in FILM
    text = FILM.replace(old, new, 1)
    with pytest.raises(FilmError, match=message) as caught:
        storyboard(text, song, ["worlds", "testcard"])
    wanted = FILM[: FILM.index(old)].count("\n") + new.count("\n") + 1
    assert caught.value.line == wanted
    assert str(caught.value).startswith(f"line {wanted}: ")


@pytest.mark.parametrize(
    ("old", "message"),
    [
        ('title = "Night Walk"\n', 'the film has no title; write title = "..."'),
        ('song = "song.ogg"\n', 'the film has no song; write song = "song.ogg"'),
        ('id = "verse1-1"\n', 'shot number 2 has no id; write id = "verse1-1"'),
        ('at = "5.1"\n', 'shot "verse1-1" has no at; write at = "9.1"'),
        ('prompt = "@mia walks with @rex down a city street, medium shot"\n', 'shot "verse1-1" has no prompt'),
    ],
)
def test_a_missing_value_is_named_with_an_example(song, old, message):
    """What is needed and missing is named, with the line of the shot that lacks it."""
    with pytest.raises(FilmError, match=message.replace("(", r"\(")) as caught:
        storyboard(FILM.replace(old, ""), song)
    if "shot" in message:
        assert caught.value.line is not None


def test_a_film_without_shots_and_shots_in_single_brackets_are_refused(song):
    """No shots, or a `[shot]` that is not a list, are mistakes of their own."""
    head = FILM[: FILM.index("[[shot]]")]
    with pytest.raises(FilmError, match="no shots; add one under"):
        storyboard(head, song)
    with pytest.raises(FilmError, match="double brackets"):
        storyboard(head + '[shot]\nid = "a"\n', song)


def test_transitions_may_not_meet_inside_a_shot(song):
    """Two transitions that are longer than the shot between them are refused."""
    text = FILM.replace('at = "9.1"', 'at = "5.2"\ntransition = "dissolve 24"')
    with pytest.raises(FilmError, match=r'around shot "verse1-1" take 18 frames, but it lasts 12'):
        storyboard(text, song)


def test_the_first_shot_cannot_dissolve(song):
    """There is nothing before the first shot to come from."""
    text = FILM.replace('camera = "push in"', 'transition = "whip"')
    with pytest.raises(FilmError, match=r'line 22: the first shot has nothing to whip from; write transition = "cut"'):
        storyboard(text, song)


def test_a_transition_in_beats_has_the_songs_tempo(song):
    """`dissolve 1 beat` at 120 BPM and 24 frames per second lasts 12 frames."""
    board = storyboard(FILM.replace('"dissolve 12"', '"dissolve 1 beat"'), song)
    assert board.shots[1].transition.frames == 12


def test_the_head_is_read_without_the_song(tmp_path: Path):
    """What stands above the shots can be read before the song is analysed."""
    (tmp_path / "song.ogg").write_bytes(b"")
    (tmp_path / "film.toml").write_text(FILM, encoding="utf-8")
    head = read_head(tmp_path / "film.toml")
    assert (head.title, head.song, head.excerpt, head.engine) == ("Night Walk", tmp_path / "song.ogg", None, "worlds")
    assert (head.rate, head.width, head.height, head.takes, head.handle, head.seed) == (24, 320, 180, 3, 12, 7)


def test_a_missing_song_is_refused_with_the_nearest_file(tmp_path: Path):
    """A song that is not in the folder is named with the file it may have meant."""
    (tmp_path / "songs.ogg").write_bytes(b"")
    (tmp_path / "film.toml").write_text(FILM, encoding="utf-8")
    with pytest.raises(FilmError, match=r'line 2: the song "song.ogg" is not in .*; did you mean "songs.ogg"\?'):
        read_head(tmp_path / "film.toml")


def test_a_missing_picture_is_refused(tmp_path: Path, song):
    """A character's reference picture must be in the folder."""
    (tmp_path / "rex.png").write_bytes(b"")
    text = FILM.replace('"a brown dog"', '"a brown dog", picture = "rx.png"')
    (tmp_path / "film.toml").write_text(text, encoding="utf-8")
    with pytest.raises(
        FilmError, match=r'line 16: there is no picture "rx.png" in the folder; did you mean "rex.png"\?'
    ):
        read_film(tmp_path / "film.toml", song)


def test_a_missing_or_unreadable_film_is_refused(tmp_path: Path, song):
    """No file, and a file that is not UTF-8, are said so."""
    with pytest.raises(FilmError, match=r'there is no .*film.toml; write one with "oner new"'):
        read_film(tmp_path / "film.toml", song)
    (tmp_path / "film.toml").write_bytes(b'title = "a"\nsong = "caf\xe9.ogg"\n')
    with pytest.raises(FilmError, match=r"line 2: .* is not UTF-8 text"):
        read_film(tmp_path / "film.toml", song)


def test_names_with_spaces_quotes_and_accents_work(tmp_path: Path, song):
    """A folder, a song and a handle may be written in any letters."""
    folder = tmp_path / "Zoé's film ♫"
    folder.mkdir()
    (folder / "l'été à deux.ogg").write_bytes(b"")
    text = FILM.replace("song.ogg", "l'été à deux.ogg").replace("mia =", '"zoé" =').replace("@mia", "@zoé")
    (folder / "film.toml").write_text(text, encoding="utf-8")
    assert read_head(folder / "film.toml").song.name == "l'été à deux.ogg"
    assert "long black hair" in read_film(folder / "film.toml", song).shots[1].prompt
