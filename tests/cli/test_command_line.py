"""The door: help, unknown words, exit codes, and what is loaded."""

import json
import os
import subprocess
import sys

import pytest

from oner.cli import COMMANDS

try:
    import pty
except ImportError:  # Windows
    pty = None

HEAVY = {"numpy", "scipy", "av", "rich", "matplotlib", "cv2", "moderngl", "opentimelineio", "tomlkit", "madmom_infer"}


def process(*arguments, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "oner", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **options)


def loaded(*arguments) -> set[str]:
    """Heavy libraries that a command line loads."""
    code = f"import sys, oner.cli; oner.cli.run({[str(a) for a in arguments]!r}); print('loaded', *sys.modules)"
    words = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return HEAVY & set(words[words.index("loaded") :])


def test_help_lists_every_command_and_loads_nothing_heavy(oner):
    """`oner --help` shows all commands in the order of the work; it loads no numpy, no ffmpeg, no rich."""
    help_text = oner("--help").out
    assert list(COMMANDS)[:4] == ["make", "clip", "new", "listen"]
    places = [help_text.index(f"  {name} ") for name in COMMANDS]
    assert places == sorted(places)
    assert loaded("--help") == set()
    assert oner() == oner("-h")


SUBCOMMANDS = {"keys": "list", "engines": "list", "store": "gc"}  # of groups, one that answers


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_an_example_and_json(oner, command):
    """The help of every command ends with an example that one can type, and those that answer speak JSON."""
    ran = oner(command, "--help")
    assert ran.code == 0
    assert f"  oner {command}" in ran.out.split("Example")[1]
    if command in ("serve", "worlds", "train"):  # they work for hours and answer with files
        return
    below = SUBCOMMANDS.get(command)
    assert "--json" in (oner(command, below, "--help") if below else ran).out


def test_version(oner):
    """`-V` and `--version` are the same."""
    assert oner("-V").out == oner("--version").out
    assert oner("-V").out.startswith("oner, version ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mkae"], "No such command 'mkae'. Did you mean 'make'?"),
        (["zzzz"], "No such command 'zzzz'. Commands: make, clip, new,"),
        (["plan", "--jsn"], "Did you mean '--json'?"),
        (["make"], "Missing argument 'SONG'. (see `oner make --help`)"),
        (["pick", "s1"], "Missing argument 'TAKE'."),
        (["shoot", "--takes", "0"], "'--takes': 0 is not in the range"),
        (["listen", "x.wav", "--bpm", "fast"], "'--bpm': 'fast'"),
    ],
)
def test_what_is_mistyped_gets_one_line_and_the_nearest(oner, arguments, words):
    """A wrong command, option or value ends with exit code 2 and one line that helps."""
    ran = oner(*arguments)
    assert ran.code == 2
    assert words in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("command", ["plan", "shoot", "rushes", "cut", "export"])
def test_a_folder_without_a_film_is_refused(oner, tmp_path, command):
    """Commands that need a project say how to begin one."""
    ran = oner(command, "-p", tmp_path)
    assert ran.code == 2
    assert f"{tmp_path} holds no film.toml" in ran.err
    assert "oner new" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_process_keeps_its_streams_apart(tmp_path, new_project):
    """As a process: results on standard output, complaints on standard error, the exit code says which."""
    good = process("plan", "-p", new_project, "--json")
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout)["takes"] == 6
    bad = process("plan", "-p", tmp_path / "nowhere", "--json")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.count("\n") == 1


def test_a_reader_that_leaves_early_is_not_complained_of(new_project):
    """`oner plan` into a pipe that is closed ends without a word."""
    command = [sys.executable, "-m", "oner", "plan", "-v", "-p", str(new_project)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as plan:
        plan.stdout.close()
        assert plan.stderr.read() == ""
        assert plan.wait() == 1


def test_plan_and_pick_load_no_plotting_and_no_song_analysis(shot_project):
    """Commands on a song that was heard load neither Matplotlib nor what hears songs."""
    for arguments in (["plan"], ["pick", "verse-1", "1"]):
        assert not loaded(*arguments, "-p", shot_project) & {"matplotlib", "madmom_infer", "scipy", "moderngl"}


def on_terminal(*arguments) -> tuple[int, str]:
    """Exit code of a command line on a pseudo-terminal, and all that it showed there."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "oner", *map(str, arguments)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:  # Linux says so when the other side has gone
            pass
        os.close(ours)
    return process.returncode, shown.decode()


@pytest.mark.skipif(pty is None, reason="needs a pseudo-terminal")
def test_on_a_terminal_the_displays_of_all_stages_work(shot_project, monkeypatch):
    """`oner make` shows bars for listening, shooting, judging and cutting, one after another."""
    monkeypatch.setenv("TERM", "xterm-256color")
    toml = (shot_project / "film.toml").read_text()
    (shot_project / "film.toml").write_text(toml.replace("takes = 2", "takes = 3"))
    out = shot_project / "made.mp4"
    code, shown = on_terminal("make", shot_project / "clicks.wav", "--draft", "-p", shot_project, "-o", out)
    assert code == 0, shown
    for words in ("3 takes made", "shooting", "judging", "cutting", "\x1b["):
        assert words in shown
    assert "Traceback" not in shown
    assert out.is_file()


@pytest.mark.skipif(pty is None, reason="needs a pseudo-terminal")
def test_no_color_is_respected(new_project, monkeypatch):
    """With NO_COLOR a terminal gets no colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    code, shown = on_terminal("shoot", "-p", new_project)
    assert code == 0, shown
    assert "6 takes made" in shown
    assert "\x1b[3" not in shown


def test_the_module_runs_too():
    """`python -m oner.cli` is the same program."""
    ran = subprocess.run([sys.executable, "-m", "oner.cli", "-V"], capture_output=True, text=True)
    assert ran.stdout.startswith("oner, version ")
