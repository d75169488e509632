"""A short song of known tempo, and film projects of it in every state: each made once, copied for each test."""

import importlib.util
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from oner.cli import run
from oner.media import write_sound

SONG_SECONDS = 12
PROMPTS = """# two shots for the verse, one for the chorus
@mia = a tall woman in a red coat
[verse]
@mia walks down a city street at night
a yellow car drives through the desert
[chorus]
@mia dances on a rooftop
"""
SECTIONS = "verse 0\nchorus 8\n"


def pytest_configure() -> None:
    """A shell's jobs in the background ignore Ctrl-C, as does all that they start: tests want to send it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def clicks(seconds: float, sample_rate: int = 44100, bpm: float = 120.0) -> np.ndarray:
    """(n,) float32: a kick on every beat, a snare on every second, a chord on every bar of four."""
    samples = np.zeros(round(seconds * sample_rate))
    noise = np.random.default_rng(1)

    def add(at: float, sound: np.ndarray) -> None:
        start = round(at * sample_rate)
        samples[start : start + len(sound)] += sound[: len(samples) - start]

    time = np.arange(round(0.25 * sample_rate)) / sample_rate
    long = np.arange(round(240 / bpm * sample_rate)) / sample_rate
    for beat in range(int(seconds * bpm / 60)):
        at = beat * 60 / bpm
        add(at, np.sin(2 * np.pi * (180 if beat % 2 else 60) * time) * np.exp(-time * 25))
        add(at, 0.2 * noise.standard_normal(len(time)) * np.exp(-time * 60))
        if beat % 4 == 0:
            root = (220.0, 174.6, 261.6, 196.0)[beat // 4 % 4]
            add(at, 0.15 * sum(np.sin(2 * np.pi * root * step * long) for step in (1, 1.25, 1.5)) * np.exp(-long))
    return (0.8 * samples / np.abs(samples).max()).astype(np.float32)


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code and both streams."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory):
    """Engines, licences and receipts of whoever runs the tests are neither read nor written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONER_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def oner(capsys):
    """Run a command line in this process; whatever fails must do so in one line without a traceback."""

    def call(*arguments) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        ran = Ran(code, *capsys.readouterr())
        assert "Traceback" not in ran.err
        if code == 2:
            assert ran.err.count("\n") == 1
            assert ran.out == "" or "--json" not in arguments
        return ran

    return call


@pytest.fixture(scope="session")
def song(tmp_path_factory) -> Path:
    """Twelve seconds at 120 BPM in 4/4, stereo, 44.1 kHz."""
    path = tmp_path_factory.mktemp("song") / "clicks.wav"
    write_sound(path, np.stack([clicks(SONG_SECONDS)] * 2), 44100)
    return path


@pytest.fixture(scope="session")
def _new(tmp_path_factory, song) -> Path:
    folder = tmp_path_factory.mktemp("projects")
    (folder / "prompts.txt").write_text(PROMPTS)
    (folder / "sections.txt").write_text(SECTIONS)
    new = ["new", folder / "new", "--song", song, "--prompts", folder / "prompts.txt", "--engine", "testcard"]
    new += ["--sections", folder / "sections.txt", "--bpm", 120, "--first-downbeat", 0, "--size", "64x36"]
    assert run(list(map(str, new))) == 0
    return folder / "new"


@pytest.fixture(scope="session")
def _shot(_new) -> Path:
    folder = shutil.copytree(_new, _new.with_name("shot"))
    assert run(["shoot", "-p", str(folder)]) == 0
    assert run(["rushes", "-p", str(folder)]) == 0
    return folder


@pytest.fixture
def new_project(_new, tmp_path) -> Path:
    """A project as `oner new` leaves it: three shots or more of two takes each, nothing made."""
    return shutil.copytree(_new, tmp_path / "film")


@pytest.fixture
def shot_project(_shot, tmp_path) -> Path:
    """The same after `oner shoot` and `oner rushes`."""
    return shutil.copytree(_shot, tmp_path / "film")


@pytest.fixture
def faulty_engine(tmp_path, monkeypatch):
    """Give the workers' testcard engine a fault: Python that runs at the begin of `render`, with `request`."""

    def put_in(*body: str) -> None:
        folder = tmp_path / "fault"
        folder.mkdir()
        lines = "\n".join(f"    {line}" for line in body)
        (folder / "sitecustomize.py").write_text(
            "from oner.engines.testcard import TestcardEngine\n"
            "from oner.errors import EngineError\n"
            "whole = TestcardEngine.render\n"
            "def render(self, request, locate, out, report):\n"
            f"{lines}\n"
            "    whole(self, request, locate, out, report)\n"
            "TestcardEngine.render = render\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(folder))

    return put_in


TINY = """
[[engine]]
name = "tiny-wan"
folder = "{folder}/wan-text"
licence = "CC0"
pipelines = {{ text = "WanPipeline", remix = "WanVideoToVideoPipeline" }}
windows = "latents"
sizes = ["64x48"]
frames = {{ step = 4, least = 9, most = 9 }}
rate = 24
steps = 2
dtype = "float32"

[[engine]]
name = "tiny-wan-image"
folder = "{folder}/wan-image"
pipelines = {{ image = "WanImageToVideoPipeline" }}
sizes = ["64x48"]
frames = {{ step = 4, least = 5, most = 9 }}
rate = 24
steps = 2
dtype = "float32"

[[engine]]
name = "tiny-wan-last"
folder = "{folder}/wan-first-last"
pipelines = {{ first-last = "WanImageToVideoPipeline" }}
sizes = ["64x48"]
frames = {{ step = 4, least = 5, most = 9 }}
rate = 24
steps = 2
dtype = "float32"

[[engine]]
name = "tiny-vace"
folder = "{folder}/wan-vace"
vae_dtype = "float32"
pipelines = {{ text = "WanVACEPipeline", image = "WanVACEPipeline", frames = "WanVACEPipeline" }}
sizes = ["64x48"]
frames = {{ step = 4, least = 9, most = 9 }}
rate = 24
steps = 2
dtype = "float32"

[[engine]]
name = "tiny-ltx"
folder = "{folder}/ltx"
pipelines = {{ text = "LTXConditionPipeline", image = "LTXConditionPipeline", frames = "LTXConditionPipeline" }}
sizes = ["64x32"]
size_step = 32
frames = {{ step = 8, least = 17, most = 17 }}
rate = 24
steps = 4
dtype = "float32"

[[engine]]
name = "tiny-ltx-2"
folder = "{folder}/ltx-2"
pipelines = {{ text = "LTX2Pipeline", image = "LTX2ImageToVideoPipeline", frames = "LTX2ConditionPipeline" }}
sizes = ["64x32"]
size_step = 32
frames = {{ step = 8, least = 9, most = 9 }}
rate = 24
steps = 2
dtype = "float32"

[engine.arguments]
stg_scale = 0.0
audio_stg_scale = 0.0
modality_scale = 1.0
audio_modality_scale = 1.0
max_sequence_length = 64

[[engine]]
name = "tiny-cogvideox"
folder = "{folder}/cogvideox"
pipelines = {{ text = "CogVideoXPipeline", remix = "CogVideoXVideoToVideoPipeline" }}
sizes = ["64x64"]
fixed_size = true
frames = {{ step = 4, least = 9, most = 9 }}
rate = 24
steps = 2
dtype = "float32"

[[engine]]
name = "tiny-hunyuan"
folder = "{folder}/hunyuan"
pipelines = {{ text = "HunyuanVideoPipeline" }}
windows = "latents"
sizes = ["64x48"]
frames = {{ step = 4, least = 9, most = 9 }}
rate = 24
steps = 2
guides_twice = false
dtype = "float32"
"""


@pytest.fixture(scope="session")
def tiny_home(tmp_path_factory) -> Path:
    """A folder with engines.toml, and pipelines of the real classes with random weights that it names."""
    pytest.importorskip("diffusers")
    pytest.importorskip("transformers")
    place = importlib.util.spec_from_file_location("tiny_pipelines", Path(__file__).parent / "tiny_pipelines.py")
    tiny = sys.modules.setdefault("tiny_pipelines", importlib.util.module_from_spec(place))
    place.loader.exec_module(tiny)
    home = tmp_path_factory.mktemp("tiny")
    for kind in tiny.KINDS:
        tiny.save(kind, home / kind)
    (home / "engines.toml").write_text(TINY.format(folder=home))
    return home


@pytest.fixture
def tiny_engines(tiny_home, monkeypatch) -> Path:
    """The engines `tiny-...` can be opened by name."""
    monkeypatch.setenv("ONER_HOME", str(tiny_home))
    return tiny_home


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory) -> Path:
    """base.safetensors of the smallest size with random weights, its tokenizer beside it."""
    from oner.model.checkpoint import save_model, save_tokenizer, tiny_native

    folder, model = tmp_path_factory.mktemp("weights"), tiny_native()
    digest = save_tokenizer(folder / "tokenizer.safetensors", model.tokenizer.state_dict(), model.config)
    parts = {"text": model.text, "transformer": model.transformer}
    tensors = {f"{name}.{key}": value for name, part in parts.items() for key, value in part.state_dict().items()}
    save_model(folder / "base.safetensors", tensors, model.config, model.vocabulary, digest)
    return folder / "base.safetensors"
