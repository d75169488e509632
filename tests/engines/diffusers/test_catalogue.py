"""The catalogue and what fits which machine: pure data and arithmetic, no model is loaded."""

import json
import os
import subprocess
import sys

import pytest

from oner.engines.diffusers import catalogue, contents
from oner.engines.diffusers.catalogue import Frames
from oner.engines.diffusers.contents import file_content
from oner.engines.diffusers.machine import Machine, fit, this_machine
from oner.engines.places import user_file
from oner.errors import InputError

ENTRIES = catalogue().entries
MACHINES = {
    8: Machine("NVIDIA GeForce RTX 4060", 8.6, 32, 500, 0),
    12: Machine("NVIDIA GeForce RTX 3060", 12.9, 32, 500, 0),
    24: Machine("NVIDIA GeForce RTX 4090", 25.7, 64, 500, 0),
    80: Machine("NVIDIA H100 80GB HBM3", 85.0, 256, 2000, 0),
}
EXPECTED = {  # model -> best mode by the card's gigabytes; "" for not at all
    "wan-2.1-1.3b": {8: "stream", 12: "quantised", 24: "full", 80: "full"},
    "wan-2.1-14b": {8: "", 12: "", 24: "quantised", 80: "full"},
    "wan-2.2-5b": {8: "", 12: "stream", 24: "offload", 80: "full"},
    "wan-2.2-a14b": {8: "", 12: "", 24: "", 80: "full"},
    "ltx-video": {8: "quantised", 12: "quantised", 24: "full", 80: "full"},
    "ltx-2": {8: "", 12: "", 24: "quantised", 80: "full"},
    "cogvideox-5b": {8: "stream", 12: "quantised", 24: "offload", 80: "full"},
    "hunyuan-video": {8: "", 12: "", 24: "quantised", 80: "full"},
    "mochi-1": {8: "", 12: "", 24: "quantised", 80: "full"},
}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("gigabytes", MACHINES)
def test_modes_on_made_up_machines(name, gigabytes):
    """Cards of 8, 12, 24 and 80 GB; where nothing fits it is said what is lacking, else how long a clip takes."""
    found = fit(ENTRIES[name], MACHINES[gigabytes], catalogue().gpus)
    assert (found.modes or ("",))[0] == EXPECTED[name][gigabytes]
    assert bool(found.lacking) == (not found.modes)
    assert (found.seconds is not None) == bool(found.modes)


def test_a_machine_without_a_gpu_is_told_the_truth():
    """What memory cannot hold is refused; what it can takes hours, and that is said."""
    laptop = Machine(None, 0, 25, 100, 0.5)
    small, large = (fit(ENTRIES[name], laptop, catalogue().gpus) for name in ("wan-2.1-1.3b", "wan-2.1-14b"))
    assert small.modes == ("cpu",)
    assert small.seconds > 24 * 3600
    assert "GB of memory without a GPU, there are 25" in large.lacking


def test_published_times_are_scaled_to_other_cards():
    """From the README of the model, by the cards' arithmetic, with their source."""
    there = fit(ENTRIES["wan-2.1-1.3b"], MACHINES[24], catalogue().gpus)
    faster = fit(ENTRIES["wan-2.1-1.3b"], MACHINES[80], catalogue().gpus)
    assert there.seconds == 240
    assert 20 < faster.seconds < 120
    assert faster.known.endswith("scaled from RTX 4090")


def test_a_full_disk_is_lacking_too():
    """The download has to fit as well."""
    found = fit(ENTRIES["ltx-video"], Machine("RTX 4090", 25, 64, 3, 0), catalogue().gpus)
    assert "GB of disk for the download, 3 GB are free" in found.lacking


def test_this_machine_can_be_looked_at():
    """Memory and disk are more than nothing, whatever the machine."""
    machine = this_machine()
    assert machine.ram > 0.5
    assert machine.disk > 0
    assert machine.gpu or machine.tflops > 0


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_says_what_a_user_must_know(name):
    """Licence with its address and a sentence about it, weights, lengths and sizes that are legal."""
    entry = ENTRIES[name]
    assert entry.licence_url.startswith("https://")
    assert entry.terms.endswith(".")
    assert entry.weights.total > 1
    assert entry.parameters > 0
    assert entry.frames.legal(entry.frames.most) == entry.frames.most
    assert not entry.speed or entry.speed.gpu in catalogue().gpus


@pytest.mark.parametrize("name", ENTRIES)
def test_every_pipeline_of_the_catalogue_exists(name):
    """As far as names go: diffusers lists what it exports without importing it."""
    diffusers = pytest.importorskip("diffusers")
    assert set(ENTRIES[name].pipelines.values()) <= set(dir(diffusers))


def test_legal_lengths():
    """1 + 4 k and 1 + 8 k, and blocks of 33."""
    assert [Frames(step=4, most=81).legal(n) for n in (1, 2, 5, 6, 80, 200)] == [1, 5, 5, 9, 81, 81]
    assert Frames(step=8, most=161, least=9).legal(1) == 9
    assert Frames(step=33, first=33, most=1452).legal(40) == 66


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("ONER_HOME", str(tmp_path))

    def write(text: str) -> None:
        user_file().write_text(text)

    return write


def test_own_entries_win(own):
    """A fine-tune is `like` a shipped entry; it may lie in a folder or a file, and keeps the rest."""
    own('[[engine]]\nname = "mine"\nlike = "wan-2.1-1.3b"\nfolder = "/models/mine"\nsteps = 8\n')
    mine = catalogue().entries["mine"]
    assert (mine.steps, mine.rate, mine.hub, str(mine.place)) == (8, 16, "", "/models/mine")


def weights(path, number: int) -> None:
    """A .safetensors file of one tensor, whose length tells nothing of what it holds."""
    header = json.dumps({"w": {"dtype": "U8", "shape": [9], "data_offsets": [0, 9]}}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes([number] * 9))


@pytest.mark.parametrize(("key", "inside"), [("folder", "transformer/model.safetensors"), ("file", "")])
def test_own_weights_count_by_what_they_hold(own, tmp_path, key, inside):
    """Other weights under the same name are another model; the same ones in another place are not."""

    def digest(name: str) -> str:
        own(f'[[engine]]\nname = "mine"\nlike = "wan-2.1-1.3b"\n{key} = "{tmp_path / name}"\n')
        return catalogue().entries["mine"].digest

    absent = digest("a.safetensors")
    for name, number in (("a", 1), ("b", 1), ("c", 2)):
        weights(tmp_path / f"{name}.safetensors" / inside, number)
    first, again, other = (digest(f"{name}.safetensors") for name in "abc")
    assert absent != first == again != other
    weights(tmp_path / "a.safetensors" / inside, 2)
    os.utime(tmp_path / "a.safetensors" / inside, ns=(5, 5))  # two writes may fall into one tick of the clock
    assert digest("a.safetensors") == other


def test_a_large_file_is_read_through_once(own, tmp_path, monkeypatch):
    """Other processes know its content from the first one."""
    weights(tmp_path / "a.safetensors", 1)
    known = file_content(tmp_path / "a.safetensors")
    contents._of_file.cache_clear()
    monkeypatch.setattr("hashlib.file_digest", None)
    assert file_content(tmp_path / "a.safetensors") == known


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[engine]]\nname = 'a'\nlike = 'wan'\n", "is none of the catalogue's names"),
        ("[[engine]]\nname = 'a'\nlike = 'ltx-2'\nstep = 4\n", "engine a: .*unknown field `step`"),
        ("[[engine]]\nname = 'a'\nlike = 'ltx-2'\nsizes = ['64x50']\n", "multiples of 32"),
        ("[[engine]]\nname = 'a'\nlike = 'ltx-2'\npipelines = { words = 'X' }\n", "operations are text, image"),
        ("[[engine]]\nname = '../a'\nlike = 'ltx-2'\n", "letters, digits"),
        ("[[model]]\nname = 'a'\n", "double brackets"),
        ("[[engine]\n", "cannot be read"),
    ],
)
def test_mistakes_in_own_entries_are_named(own, text, fault):
    """The file, the entry and what is allowed."""
    own(text)
    with pytest.raises(InputError, match=fault):
        catalogue()


def test_names_and_help_import_no_model_library():
    """Neither the help, nor the list of engines, nor opening one imports torch, diffusers or transformers."""
    script = (
        "import sys\n"
        "from oner.cli import run\n"
        "assert run(['--help']) == 0 and run(['engines', 'list']) == 0 and run(['engines', 'show', 'ltx-2']) == 0\n"
        "from oner.engines import known_engine_names, open_engine\n"
        "[open_engine(name) for name in known_engine_names() if name != 'native']\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'huggingface_hub', 'accelerate', 'llm'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=300)
