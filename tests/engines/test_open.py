"""Opening engines by name."""

import subprocess
import sys

import pytest

from oner.engines import engine_names, engines_from_pictures, known_engine_names, open_engine
from oner.engines.places import user_file
from oner.errors import InputError, RequestError


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
        assert engine.name.startswith((f"{name}@", f"{name}/"))
        engine.close()


def test_engines_that_carry_a_scene_on_from_frames():
    """Some of those that begin with a picture make a scene that goes on again from words."""
    assert "testcard" in engines_from_pictures(True, False)
    able = engines_from_pictures(True, False, carrying_on=True)
    assert "wan-2.2-5b" in able
    assert not {"testcard", "native"} & set(able)


@pytest.mark.parametrize(
    ("kinds", "names", "fault"),
    [
        (["engine"], ["worlds"], "engine worlds: an engine of this name comes with Oner"),
        (["server"], ["native"], "server native: an engine of this name comes with Oner"),
        (["engine", "server"], ["mine", "mine"], r"server mine: .* stands in this file already, as \[\[engine\]\]"),
        (["engine", "engine"], ["mine", "mine"], "engine mine: .* stands in this file already"),
        (["server"], ["wan-2.1-1.3b"], "server wan-2.1-1.3b: a model of the catalogue has this name"),
        (["engine"], ["wan-2.1-1.3b"], None),
    ],
)
def test_names_that_could_not_be_reached_are_refused(tmp_path, monkeypatch, kinds, names, fault):
    """A name opens one engine; only a model of the catalogue may be replaced by one's own."""
    monkeypatch.setenv("ONER_HOME", str(tmp_path))
    keys = {"engine": 'like = "wan-2.1-1.3b"', "server": 'url = "http://localhost/v1"'}
    user_file().write_text(
        "".join(f'[[{kind}]]\nname = "{name}"\n{keys[kind]}\n' for kind, name in zip(kinds, names, strict=True))
    )
    if fault is None:
        assert set(names) <= set(known_engine_names())
        return
    with pytest.raises(InputError, match=fault):
        known_engine_names()
