"""Opening engines by name."""

import subprocess
import sys

import pytest

from oner.engines import engine_names, open_engine
from oner.errors import RequestError


def test_an_unknown_engine_is_refused_with_the_nearest_one():
    """A slip of the finger is answered with what was meant."""
    with pytest.raises(RequestError, match="no engine 'wolrds'; did you mean 'worlds'"):
        open_engine("wolrds")
    with pytest.raises(RequestError, match="no engine 'sora'; there are worlds, testcard"):
        open_engine("sora")


def test_opening_an_engine_loads_no_renderer():
    """Names, limits and checks cost nothing heavy: the renderer comes with the first clip."""
    script = (
        "import sys; from oner.engines import open_engine, engine_names; "
        "[open_engine(name) for name in engine_names()]; assert 'moderngl' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_every_engine_opens():
    """Each name on the list gives an engine of that name."""
    for name in engine_names():
        engine = open_engine(name)
        assert engine.name.startswith(f"{name}@")
        engine.close()
