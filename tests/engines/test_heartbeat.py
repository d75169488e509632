"""A pulse beside long work."""

import threading

import pytest

from oner.engines import heartbeat
from oner.engines.heartbeat import with_heartbeat
from oner.errors import Cancelled, EngineError


def test_everything_that_is_told_is_reported_in_order():
    """Progress never falls; the result comes back."""
    heard = []

    def work(tell):
        for progress, words in ((0.2, "a"), (0.1, "b"), (0.9, "c")):
            tell(progress, words)
        return "done"

    assert with_heartbeat(work, lambda progress, words: heard.append((progress, words))) == "done"
    assert heard == [(0.0, "starting"), (0.2, "a"), (0.2, "b"), (0.9, "c")]


def test_the_pulse_goes_on_while_the_work_is_silent(monkeypatch):
    """A worker's lease is renewed although nothing new is told."""
    monkeypatch.setattr(heartbeat, "PULSE_SECONDS", 0.001)
    beats, enough = [], threading.Event()

    def report(progress, words):
        beats.append(words)
        if len(beats) > 3:
            enough.set()

    assert with_heartbeat(lambda tell: enough.wait(10), report)
    assert set(beats) == {"starting"}


def test_a_cancelled_report_stops_the_work():
    """What `report` raises comes out, and the work hears of it at its next word."""
    steps, told = [], threading.Event()

    def work(tell):
        for number in range(1000):
            steps.append(number)
            tell(number / 1000, f"step {number}")
            told.wait(0.01)

    def report(progress, words):
        if words == "step 2":
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        with_heartbeat(work, report)
    assert len(steps) < 1000


def test_errors_of_the_work_come_out():
    """As they were raised."""

    def work(tell):
        raise EngineError("no memory")

    with pytest.raises(EngineError, match="no memory"):
        with_heartbeat(work, lambda progress, words: None)
