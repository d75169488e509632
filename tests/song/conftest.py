"""Synthesised songs with known beats, from `benchmarks/tracks.py`, written with real encoders."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from oner.media import write_sound
from oner.song import analyse


def _load_tracks():
    path = Path(__file__).parents[2] / "benchmarks" / "tracks.py"
    spec = importlib.util.spec_from_file_location("song_tracks", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["song_tracks"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tracks():
    return _load_tracks()


@pytest.fixture(scope="session")
def rock(tracks):
    """Forty seconds of rock at 120 BPM, 4/4, an intro without drums, half a second of silence before it."""
    return tracks.make_track(1, 40, bpm=120.0, groove="rock", drift="none", quiet_intro=True, lead_in=0.5)


@pytest.fixture(scope="session")
def rock_path(rock, tmp_path_factory):
    path = tmp_path_factory.mktemp("songs") / "rock.wav"
    write_sound(path, rock.samples, rock.rate)
    return path


@pytest.fixture(scope="session")
def rock_heard(rock_path):
    return analyse(rock_path)


@pytest.fixture(scope="session")
def f_measure():
    def f(found, true, window=0.07):
        found, true = np.asarray(found), np.asarray(true)
        hits = sum(np.abs(found - t).min() <= window for t in true) if len(found) else 0
        return 2 * hits / max(1, len(found) + len(true))

    return f
