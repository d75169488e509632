"""`oner doctor`: what works here."""

import json

from oner.cli.doctor import check
from oner.errors import EngineError


def test_every_check_says_what_it_found(oner):
    """A line for each check; the exit code is 0 only if all are well; --json has the same."""
    ran = oner("doctor", "--json")
    told = json.loads(ran.out)
    assert [one["name"] for one in told["checks"]] == ["python", "drawing", "video", "disk", "start"]
    assert all(one["detail"] for one in told["checks"])
    assert ran.code == (0 if all(one["ok"] for one in told["checks"]) else 1)
    assert next(one for one in told["checks"] if one["name"] == "video")["ok"]


def test_what_is_missing_is_advice_not_a_crash():
    """A check that fails gives its words."""

    def missing() -> str:
        raise EngineError("no OpenGL: apt-get install libegl1")

    assert check("drawing", missing) == {"name": "drawing", "ok": False, "detail": "no OpenGL: apt-get install libegl1"}
