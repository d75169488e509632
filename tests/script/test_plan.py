"""The plan counts what is left to make."""

import pytest

from oner.script.film_file import storyboard
from oner.script.plan import HEADINGS, plan, rows, totals

FILM = """\
title = "t"
song = "s.ogg"
takes = 3
handle = 6
[[shot]]
id = "a"
at = "start"
prompt = "A forest"
[[shot]]
id = "b"
at = "5.1"
prompt = "A lake"
takes = 1
"""


def test_takes_left_make_the_cost(song):
    """Takes that exist are not counted; those beyond the wanted number do not pay for another shot."""
    board = storyboard(FILM, song)
    made = plan(board, {"a": 1, "b": 5}, seconds_per_frame=0.5, bytes_per_frame=100, price_per_second=0.1)
    assert (made.takes, made.done, made.left) == (4, 2, 2)
    assert made.frames == 2 * (192 + 12)
    assert (made.seconds, made.bytes) == (204.0, 40800)
    assert made.money == pytest.approx(0.1 * 408 / 24)


def test_the_table_has_a_row_for_every_shot(song):
    """Rows fit their headings and say what is left."""
    made = plan(storyboard(FILM, song), {}, 0.01, 1e6)
    assert [len(row) for row in rows(made)] == [len(HEADINGS)] * 2
    assert rows(made)[0][:6] == ("a", "0:00.00", "8.00", "cut", "static", "3 of 3")
    assert dict(totals(made))["disk"] == "2.4 GB"
    assert "money" not in dict(totals(made))


def test_times_are_said_for_people(song):
    """Seconds, minutes and hours each have their form."""
    board = storyboard(FILM, song)
    words = [dict(totals(plan(board, {}, spf, 0)))["time"] for spf in (0.01, 0.1, 10)]
    assert words == ["about 24 s", "about 3 min 56 s", "about 6 h 34 min"]
