"""Fetching models: licence and size first, resumed where it broke, and never half a model."""

from types import SimpleNamespace

import pytest

from oner.engines import engine_names, open_engine
from oner.engines.diffusers import catalogue
from oner.engines.diffusers.hub import accept, accepted, pull, remove, size_of
from oner.errors import EngineError, InputError, StoreError

WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"


@pytest.fixture
def entry(hub):
    return catalogue().entries["hub-model"]


def silent(have: int, whole: int) -> None:
    pass


def test_the_licence_comes_first(entry, hub):
    """Nothing is fetched before it was accepted; accepting it once is enough."""
    with pytest.raises(InputError, match=r"Test Licence.*not accepted: For tests only"):
        pull(entry, silent)
    assert hub.fetched == []
    accept(entry)
    assert accepted(entry)
    pull(entry, silent)


def test_the_size_is_known_before_anything_is_fetched(entry, hub):
    """Weights as safetensors, configuration and tokenizers; pickles are not fetched."""
    remote = size_of(entry)
    assert remote.files == 3
    assert remote.bytes == remote.left > 300_000
    assert hub.fetched == []


def test_a_pulled_model_is_an_engine(entry, hub):
    """Only when it is whole; its name carries the commit's digest; removing it takes it away again."""
    accept(entry)
    before = open_engine("hub-model").name
    assert "hub-model" not in engine_names()
    heard = []
    folder = pull(entry, lambda have, whole: heard.append((have, whole)))
    assert "hub-model" in engine_names()
    assert open_engine("hub-model").name != before
    assert not list(folder.rglob("*.bin"))
    assert heard[-1][0] == heard[-1][1]
    assert remove(entry) > 300_000
    assert "hub-model" not in engine_names()
    with pytest.raises(InputError, match="was not pulled"):
        remove(entry)


def test_a_download_that_breaks_goes_on_where_it_broke(entry, hub):
    """The second request asks for the rest alone."""
    accept(entry)
    hub.break_after = 100_000
    pull(entry, silent)
    starts = [start for name, start in hub.fetched if name == WEIGHTS]
    assert starts[0] == 0
    assert starts[-1] > 0
    assert (entry.place / WEIGHTS).read_bytes() == (hub.folder / WEIGHTS).read_bytes()


def test_a_pull_that_was_stopped_is_not_taken_for_whole(entry, hub, monkeypatch):
    """The hub dies in the middle: a clear answer, no engine; the same command goes on once it lives."""
    accept(entry)
    monkeypatch.setattr("oner.engines.diffusers.hub.TRIES", 1)
    hub.break_after, hub.dies = 100_000, True
    for _ in range(2):
        with pytest.raises(EngineError, match=r"broke off.*the same command goes on from here"):
            pull(entry, silent)
        assert "hub-model" not in engine_names()
    hub.dead = False
    pull(entry, silent)
    assert "hub-model" in engine_names()


def test_a_hub_that_refuses_says_what_to_do(entry, hub):
    """Terms to be accepted there are another thing than no network."""
    accept(entry)
    hub.gated = True
    with pytest.raises(EngineError, match="HF_TOKEN"):
        pull(entry, silent)


def test_no_network_is_said(entry, hub, monkeypatch):
    """An address where nobody listens."""
    accept(entry)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EngineError, match="the hub cannot be reached"):
        pull(entry, silent)


def test_a_silent_hub_is_given_up(entry, hub, monkeypatch):
    """It takes the question and says nothing."""
    accept(entry)
    monkeypatch.setattr("oner.engines.diffusers.hub.PATIENCE", 0.1)
    hub.slow = 2.0
    with pytest.raises(EngineError, match=r"cannot be reached or broke off \(ReadTimeout"):
        pull(entry, silent)


def test_the_command_fetches_and_removes(oner, hub):
    """Licence and size are shown, the model is there, and gone again."""
    ran = oner("engines", "pull", "hub-model", "--accept-licence", "--yes")
    assert ran.code == 0, ran.err
    assert "terms    For tests only." in ran.out
    assert "0.0 GB in 3 files" in ran.err
    assert "hub-model               here" in oner("engines", "list").out
    assert oner("engines", "remove", "hub-model", "--yes").code == 0
    assert "hub-model               -" in oner("engines", "list").out


def test_a_full_disk_is_said_before_anything_is_fetched(entry, hub, monkeypatch):
    """With the size that is lacking."""
    accept(entry)
    monkeypatch.setattr("oner.engines.diffusers.hub.shutil.disk_usage", lambda place: SimpleNamespace(free=10**6))
    with pytest.raises(StoreError, match=r"needs 0\.0 GB more.*0\.0 GB are free"):
        pull(entry, silent)
    assert hub.fetched == []


def test_damaged_weights_are_not_taken(entry, hub):
    """A file that is shorter than its header says, as the hub has it: named, and no engine."""
    accept(entry)
    whole = (hub.folder / WEIGHTS).read_bytes()
    (hub.folder / WEIGHTS).write_bytes(whole[:-10])
    with pytest.raises(EngineError, match=r"model\.safetensors is damaged"):
        pull(entry, silent)
    assert "hub-model" not in engine_names()
