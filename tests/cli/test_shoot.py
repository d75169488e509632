"""`oner shoot`: the takes that are missing, interrupted, twice at once, failing."""

import json
import os
import signal
import subprocess
import sys

import pytest

from oner.media import read_frames


def started(project, *options) -> subprocess.Popen:
    command = [sys.executable, "-m", "oner", "shoot", "-p", str(project), *map(str, options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_missing_takes_are_made_once(oner, new_project):
    """First all, then none; --json says the same in numbers."""
    ran = oner("shoot", "-p", new_project, "--workers", 1)
    assert ran.code == 0
    assert "6 takes made" in ran.out
    assert "by 1 worker, 0 there already, 0 failed" in ran.out
    assert "shooting: 6 of 6 takes" in ran.err
    again = oner("shoot", "-p", new_project)
    assert again.out == "all 6 takes there already\n"
    told = json.loads(oner("shoot", "-p", new_project, "--json").out)
    assert (told["found"], told["made"], told["failed"]) == (6, 0, [])


def test_chosen_shots_more_takes_and_retakes(oner, shot_project):
    """--shots, --takes and --retake make just what they name; unknown shots get the nearest."""
    ran = oner("shoot", "-p", shot_project, "--shots", "verse-1, chorus-1", "--takes", 3, "--json")
    assert json.loads(ran.out)["made"] == 2
    assert json.loads(oner("shoot", "-p", shot_project, "--retake", "verse-2", "--json").out)["made"] == 2
    rushes = json.loads(oner("rushes", "-p", shot_project, "--json").out)
    assert [len(rushes[shot]["takes"]) for shot in ("verse-1", "verse-2", "chorus-1")] == [3, 4, 3]
    for option in ("--shots", "--retake"):
        ran = oner("shoot", "-p", shot_project, option, "verse-3")
        assert ran.code == 2
        assert "no shot 'verse-3' in this film; did you mean" in ran.err


def pixels(take) -> bytes:
    return b"".join(frame.tobytes() for frame in read_frames(take))


def test_a_vanished_take_is_made_again(oner, shot_project):
    """A take whose file is gone or cut off counts as missing; the new one has the same pictures."""
    takes = sorted((shot_project / "files").rglob("*.mp4"))
    before = {pixels(take) for take in takes[:2]}
    takes[0].unlink()
    takes[1].write_bytes(b"cut off")
    ran = oner("shoot", "-p", shot_project, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["made"] == 2
    assert {pixels(take) for take in (shot_project / "files").rglob("*.mp4") if take not in takes} == before
    assert json.loads(oner("plan", "-p", shot_project, "--json").out)["left"] == 0
    assert oner("cut", "-p", shot_project, "--draft").code == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_two_shoots_at_once(oner, new_project, tmp_path, faulty_engine):
    """While one shoot is at work in a project, a second one is refused at once; the first goes on unharmed."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    faulty_engine(f"open({str(gate)!r}).close()")  # waits until the other end is opened
    with started(new_project) as first:
        assert first.stderr.readline() == "shooting: 0 of 6 takes\n"
        second = oner("shoot", "-p", new_project)
        assert second.code == 1
        assert "another `oner shoot` is at work in" in second.err
        opened = os.open(gate, os.O_RDWR)
        assert first.wait() == 0
        os.close(opened)
    assert oner("shoot", "-p", new_project).out == "all 6 takes there already\n"


@pytest.mark.skipif(sys.platform == "win32", reason="sends Ctrl-C as a signal")
def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(oner, new_project):
    """Exit code 130 and a line that says how many takes are kept; no worker's leavings; then the rest is made."""
    with started(new_project, "--takes", 12) as shoot:
        for line in shoot.stderr:
            if not line.startswith("shooting: 0 of"):
                break
        shoot.send_signal(signal.SIGINT)
        rest = shoot.stderr.read()
        assert shoot.wait() == 130
    stopped = rest.splitlines()[-1]
    assert stopped.startswith("oner: stopped: ")
    assert stopped.endswith("of 36 takes are made and kept; the same command goes on from here")
    kept = int(stopped.split()[2])
    assert len(list((new_project / "files").rglob("*.mp4"))) == kept
    told = json.loads(oner("shoot", "-p", new_project, "--takes", 12, "--json").out)
    assert (told["found"], told["made"]) == (kept, 36 - kept)


def test_a_failing_take_has_its_reason_on_a_line(oner, new_project, faulty_engine):
    """Failed takes: a line for each on standard error, exit code 1, the others made; --json names them too."""
    faulty_engine("if 'car' in request.prompts[0].text:", "    raise EngineError('out of film')")
    ran = oner("shoot", "-p", new_project, "--json")
    assert ran.code == 1
    told = json.loads(ran.out)
    assert told["made"] == 4
    assert told["failed"] == [{"shot": "verse-2", "take": n, "reason": "out of film"} for n in (1, 2)]
    assert "failed: shot verse-2, take 1: out of film\n" in ran.err


def test_an_option_that_the_engine_does_not_know(oner, new_project):
    """Engine options are checked before anything runs."""
    toml = (new_project / "film.toml").read_text()
    (new_project / "film.toml").write_text(
        toml.replace("\n[characters]", "\n[engine_options]\nspeed = 3\n\n[characters]")
    )
    ran = oner("shoot", "-p", new_project)
    assert ran.code == 2
    assert "option 'speed'" in ran.err
