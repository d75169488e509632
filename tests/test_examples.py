"""The shipped example: its song is what its script says, and is heard as such."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from oner.media import decode_sound
from oner.song import analyse

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def score():
    specification = importlib.util.spec_from_file_location("compose", EXAMPLES / "compose.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def heard():
    return analyse(EXAMPLES / "night_train.ogg")


def test_song_has_the_length_of_its_score(score):
    """The shipped file is as long as the score and neither silent nor clipped."""
    sound = decode_sound(EXAMPLES / "night_train.ogg")
    assert sound.samples.shape[1] / sound.sample_rate == pytest.approx(score.LENGTH, abs=0.01)
    assert sound.channels == 2
    assert 0.5 < np.abs(sound.samples).max() < 1.0


def test_tempo_and_beats_are_heard_as_composed(score, heard):
    """Tempo within 0.1 BPM, meter 4/4, and every heard beat within 25 ms of a composed one."""
    assert heard.bpm == pytest.approx(score.BPM, abs=0.1)
    assert heard.meter == 4
    beats = np.array([beat.sample for beat in heard.beats]) / heard.sample_rate
    off = (beats - score.LEAD_IN + score.BEAT / 2) % score.BEAT - score.BEAT / 2
    assert np.abs(off).max() < 0.025
    downbeats = np.array([beat.sample for beat in heard.downbeats]) / heard.sample_rate
    off = (downbeats - score.LEAD_IN + score.BAR / 2) % score.BAR - score.BAR / 2
    assert np.abs(off).max() < 0.025


def test_form_is_heard_as_composed(score, heard):
    """The sections are those of the score, in order, with borders within a beat."""
    assert [section.label.value for section in heard.sections] == [name for name, _ in score.FORM]
    borders = score.LEAD_IN + np.cumsum([bars for _, bars in score.FORM])[:-1] * score.BAR
    found = np.array([section.span.start for section in heard.sections][1:]) / heard.sample_rate
    assert np.abs(found - borders).max() < score.BEAT
