"""The look in film.toml: words, and LoRA files with their weights."""

from pathlib import Path

import pytest

from oner.errors import FilmError
from oner.film import Lora
from oner.media import media_ref
from oner.script.film_file import read_film, storyboard
from oner.studio.shoot_requests import clip_request

HEAD = 'title = "Night Walk"\nsong = "song.ogg"\nengine = "wan-2.1-1.3b"\n'
SHOT = '\n[[shot]]\nid = "one"\nat = "start"\nprompt = "a rooftop at night"\n'


@pytest.fixture
def look_of(tmp_path: Path, song):
    """The look of a film with these lines; tuned.safetensors and grain.safetensors lie in its folder."""
    (tmp_path / "tuned.safetensors").write_bytes(b"tuned")
    (tmp_path / "loras").mkdir()
    (tmp_path / "loras" / "grain.safetensors").write_bytes(b"grain")

    def read(lines: str):
        (tmp_path / "film.toml").write_text(HEAD + lines + SHOT, encoding="utf-8")
        board = read_film(tmp_path / "film.toml", song)
        return board.look, board.shots[0].prompt

    return read


@pytest.mark.parametrize(
    "lines",
    [
        'look.words = "noir"\nlook.lora = ["tuned.safetensors:0.8", "loras/grain.safetensors"]\n',
        'look = { words = "noir", lora = ["tuned.safetensors:0.8", "loras/grain.safetensors"] }\n',
        '[look]\nwords = "noir"\nlora = [\n  "tuned.safetensors:0.8",\n  "loras/grain.safetensors:1",\n]\n',
    ],
)
def test_a_look_has_words_and_lora_files_with_weights(look_of, tmp_path, lines):
    """In every way in which TOML writes a table; files are known by their content, and count 1 if nothing is said."""
    look, prompt = look_of(lines)
    assert look.text == "noir"
    assert prompt.endswith(", noir.")
    assert look.loras == (
        Lora(media_ref(tmp_path / "tuned.safetensors"), 0.8),
        Lora(media_ref(tmp_path / "loras" / "grain.safetensors"), 1.0),
    )
    assert look.lora_paths == ("tuned.safetensors", "loras/grain.safetensors")


def test_a_lora_file_may_lie_anywhere(look_of, tmp_path, monkeypatch):
    """Large files are shared by projects: a whole path, or one from the home folder."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "mine.safetensors").write_bytes(b"mine")
    monkeypatch.setenv("HOME", str(home))
    look, _ = look_of(f'look.lora = ["~/mine.safetensors", "{home}/mine.safetensors:-0.5"]\n')
    mine = media_ref(home / "mine.safetensors")
    assert (look.text, look.loras) == ("", (Lora(mine, 1.0), Lora(mine, -0.5)))


def test_words_alone_are_a_look(look_of):
    """As before there were LoRA files."""
    look, prompt = look_of('look = "noir"\n')
    assert (look.text, look.loras) == ("noir", ())
    assert prompt.endswith(", noir.")


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (
            'look.lora = ["tunde.safetensors"]',
            r'line 4: there is no LoRA file "tunde.safetensors" .*did you mean "tuned',
        ),
        ('look.lora = ["/nowhere/x.safetensors:1"]', r'line 4: there is no LoRA file "/nowhere/x.safetensors"'),
        ('look.lora = ["style.ckpt:0.8"]', r"line 4: .*only \.safetensors files are read"),
        ('look.lora = ["style.ckpt"]', r"line 4: .*only \.safetensors files are read"),
        ('look.lora = ["tuned.safetensors:high"]', r'line 4: .*the weight is a number.*write "tuned.safetensors:0.8"'),
        ('look.lora = ["tuned.safetensors:99"]', r"line 4: .*from -10 to 10"),
        ('look.lora = ["tuned.safetensors:nan"]', r"line 4: .*from -10 to 10"),
        ("look.lora = [0.8]", r"line 4: look\.lora holds 0\.8: write lora = "),
        ('look.lora = "tuned.safetensors"', r'line 4: lora = "tuned.safetensors" is not a list'),
        ('look.loras = ["tuned.safetensors"]', r'line 4: unknown key "loras" in look; did you mean "lora"'),
        ("look = 5", r"line 4: look = 5 is not text"),
    ],
)
def test_mistakes_in_a_look_are_refused_with_their_line(look_of, lines, fault):
    """And with what is allowed."""
    with pytest.raises(FilmError, match=fault):
        look_of(lines + "\n")


def test_without_a_folder_nobody_looks_for_lora_files(song):
    """An edit of the text needs none of them; its mistakes are refused all the same."""
    assert storyboard(HEAD + 'look.lora = ["gone.safetensors"]\n' + SHOT, song).look.loras == ()
    with pytest.raises(FilmError, match=r"only \.safetensors files"):
        storyboard(HEAD + 'look.lora = ["gone.bin"]\n' + SHOT, song)


def test_lora_files_of_engine_options_are_those_of_the_film_or_the_shot(look_of, tmp_path, song):
    """By their content, found in the film's folder; the option itself is gone, so that no path counts."""
    shot = (
        'engine = "wan-2.2-5b"\nengine_options = { steps = 9, lora = "tuned.safetensors, loras/grain.safetensors:2" }\n'
    )
    (tmp_path / "film.toml").write_text(HEAD + '[engine_options]\nlora = "tuned.safetensors:0.5"\n' + SHOT + shot)
    board = read_film(tmp_path / "film.toml", song)
    tuned, grain = (media_ref(tmp_path / name) for name in ("tuned.safetensors", "loras/grain.safetensors"))
    assert (board.look.loras, board.engine_options) == ((Lora(tuned, 0.5),), {})
    own = clip_request(board, board.shots[0], 1)
    assert (own.loras, own.options) == ((Lora(tuned), Lora(grain, 2.0)), {"steps": 9})
    (tmp_path / "film.toml").write_text(HEAD + SHOT + shot.replace("grain", "gone"))
    with pytest.raises(FilmError, match=r'line 10: there is no LoRA file "loras/gone.safetensors"'):
        read_film(tmp_path / "film.toml", song)
