import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from oner.errors import InputError, StoreError
from oner.model.checkpoint import load_adapter, load_native, save_model, tiny_native
from oner.model.weights_file import read_weights_file
from oner.training.latents import Latents
from oner.training.model_run import ModelRun, export, train_model
from oner.training.run import Run

SOME = {
    "preset": "tiny",
    "tokens": 45 * 6,
    "clips": 0.5,
    "frames": (2, 3),
    "log": 1,
    "every": 1000,
    "steps": 8,
    "warmup": 2,
}


def quiet(words: str) -> None:
    """Nobody listens."""


@pytest.fixture
def run(tiny_latents, tiny_tokenizer):
    """Train a tiny model into a folder; gives the losses by step."""

    def call(folder, **changes) -> dict[int, float]:
        train_model(ModelRun(tiny_latents, folder, tokenizer=tiny_tokenizer, **{**SOME, **changes}), quiet)
        return losses(folder)

    return call


def losses(folder) -> dict[int, float]:
    lines = [line for line in Run(folder).metrics() if "loss" in line]
    assert len({line["step"] for line in lines}) == len(lines)
    return {line["step"]: line["loss"] for line in lines}


@pytest.fixture(scope="module")
def whole(tiny_latents, tiny_tokenizer, tmp_path_factory) -> dict[int, float]:
    """The losses of an uninterrupted run of eight steps."""
    folder = tmp_path_factory.mktemp("whole")
    train_model(ModelRun(tiny_latents, folder, tokenizer=tiny_tokenizer, **SOME), quiet)
    return losses(folder)


@pytest.fixture(scope="module")
def base(tiny_tokenizer, tmp_path_factory):
    """A tiny model's file to begin with."""
    model = tiny_native(3)
    tensors = {f"text.{name}": value for name, value in model.text.state_dict().items()}
    tensors |= {f"transformer.{name}": value for name, value in model.transformer.state_dict().items()}
    path = tmp_path_factory.mktemp("base") / "model.safetensors"
    save_model(path, tensors, model.config, model.vocabulary, read_weights_file(tiny_tokenizer).latents)
    return path


def test_a_run_goes_on_to_the_same_losses(run, whole, tmp_path):
    """Stopped after three steps and begun again, and the metrics are of one run."""
    run(tmp_path, steps=3)
    assert run(tmp_path, steps=8) == whole
    assert list(whole) == list(range(1, 9))


def test_a_killed_run_goes_on_to_the_same_losses(run, whole, tiny_latents, tiny_tokenizer, tmp_path):
    """A kill -9 in mid-run costs the steps since the last checkpoint, and nothing else."""
    script = (
        "import torch, pathlib, time; torch.set_num_threads(1)\n"
        "from oner.training.model_run import ModelRun, train_model\n"
        "from oner.training.run import Run\n"
        "note = Run.write\n"
        "def slow(self, **values):\n"
        "    note(self, **values)\n"
        "    if values['step'] == 5: print('five', flush=True); time.sleep(600)\n"
        "Run.write = slow\n"
        f"train_model(ModelRun(pathlib.Path({str(tiny_latents)!r}), pathlib.Path({str(tmp_path)!r}),"
        f" tokenizer=pathlib.Path({str(tiny_tokenizer)!r}), save=0.0, **{SOME!r}), str)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "five\n"
    child.kill()
    child.wait()
    assert int(Run.facts_in(tmp_path)["steps"]) == 4
    assert run(tmp_path) == whole


def test_ctrl_c_saves(tiny_latents, tiny_tokenizer, tmp_path):
    """The step under way is finished and kept, and the caller hears of it."""
    said = []

    def listen(words: str) -> None:
        said.append(words)
        os.kill(os.getpid(), signal.SIGINT)

    options = ModelRun(tiny_latents, tmp_path, tokenizer=tiny_tokenizer, **{**SOME, "steps": 10**6})
    with pytest.raises(KeyboardInterrupt):
        train_model(options, lambda words: listen(words) if not said else said.append(words))
    assert int(Run.facts_in(tmp_path)["steps"]) == 0
    assert said[-1] == "stopped and saved"


def test_two_processes_give_the_losses_of_one(whole, tiny_latents, tiny_tokenizer, tmp_path):
    """torchrun with gloo: the global batch is shared, gradients are averaged; the weights spread over both as well."""
    found = {}
    for name in ("", "sharded"):
        folder = tmp_path / f"two{name}"
        script = tmp_path / f"two{name}.py"
        options = {**SOME, "sharded": bool(name)}
        script.write_text(
            "import torch, pathlib; torch.set_num_threads(1)\n"
            "from oner.training.model_run import ModelRun, train_model\n"
            f"train_model(ModelRun(pathlib.Path({str(tiny_latents)!r}), pathlib.Path({str(folder)!r}),"
            f" tokenizer=pathlib.Path({str(tiny_tokenizer)!r}), **{options!r}), str)\n"
        )
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", script]
        found[name] = subprocess.Popen(command, stderr=subprocess.PIPE, text=True), folder
    for child, folder in found.values():
        words = child.communicate()[1]
        assert child.returncode == 0, words[:6000]
        two = losses(folder)
        assert list(two) == list(whole)
        assert np.allclose(list(two.values()), list(whole.values()), rtol=2e-4)
        assert int(Run.facts_in(folder)["steps"]) == 8


def test_another_network_or_tokenizer_is_refused(run, tmp_path, tiny_latents):
    """A run's folder belongs to one preset, and latents to one tokenizer."""
    run(tmp_path, steps=1)
    with pytest.raises(StoreError, match=r"choose the preset of that run|another network"):
        run(tmp_path, preset="base")
    with pytest.raises(InputError, match="begun with adapter 0, now it is 4"):
        run(tmp_path, adapter=4)


def test_bf16_learns(run, whole, tmp_path):
    """Products in bf16 with fp32 masters give nearly the same losses."""
    assert np.allclose(list(run(tmp_path, precision="bf16").values()), list(whole.values()), rtol=0.05)


def test_an_exported_model_loads_and_has_the_words_of_its_captions(run, tmp_path, tiny_tokenizer):
    """The averaged weights in half precision, with the vocabulary of the run."""
    run(tmp_path / "run", steps=2)
    digest = export(tmp_path / "run", tmp_path / "model.safetensors")
    model = load_native(tmp_path / "model.safetensors", tiny_tokenizer)
    assert model.metadata["base"] == digest
    assert "danse" in model.vocabulary
    assert json.loads(model.metadata["passes"])["stills"] > 0


def test_an_adapter_learns_a_character(run, base, tmp_path, tiny_tokenizer):
    """Only adapters and new words learn; merged into the model they do what they did in training."""
    found = run(tmp_path / "run", init=base, preset="", adapter=4, rate=3e-2, steps=20)
    assert np.mean(list(found.values())[-5:]) < np.mean(list(found.values())[:5])
    path = tmp_path / "mia.safetensors"
    export(tmp_path / "run", path)
    assert path.stat().st_size < 0.4 * base.stat().st_size
    before, after = load_native(base, tiny_tokenizer), load_native(base, tiny_tokenizer)
    load_adapter(after, path)
    assert "danse" in after.vocabulary
    assert "danse" not in before.vocabulary
    assert after.digest != before.digest
    half = load_adapter(load_native(base, tiny_tokenizer), path, 0.5)
    layer = "blocks.0.up.weight"
    a, b, c = (model.transformer.state_dict()[layer] for model in (before, half, after))
    assert not torch.allclose(a, c, atol=1e-4)
    assert torch.allclose(b, (a + c) / 2, atol=1e-6)
    with pytest.raises(InputError, match="made for model"):
        load_adapter(tiny_native(9), path)
    with pytest.raises(InputError, match="a model, not an adapter"):
        load_adapter(before, base)


def test_fine_tuning_begins_with_the_given_weights(run, base, tmp_path, tiny_tokenizer):
    """With a learning rate of nothing the exported weights are those of --init, new words aside."""
    run(tmp_path / "run", init=base, preset="", rate=0.0, steps=1)
    export(tmp_path / "run", tmp_path / "model.safetensors")
    before, after = load_native(base, tiny_tokenizer), load_native(tmp_path / "model.safetensors", tiny_tokenizer)
    for text in ("a red woman", "une femme danse"):
        said = [model.text(*model.vocabulary.encode([text], 8)) for model in (before, after)]
        assert torch.allclose(*said, atol=1e-3)
    with pytest.raises(InputError, match="leave --preset out"):
        run(tmp_path / "other", init=base, preset="base")
    with pytest.raises(InputError, match="needs --init"):
        run(tmp_path / "third", adapter=4)


def test_measurements_and_sheets(run, tiny_latents, tmp_path):
    """Held-out loss by noise level, throughput, a sheet and events at the steps that were asked for."""
    run(tmp_path, probe=tiny_latents, every=2, steps=2, clips=0.0)
    lines = list(Run(tmp_path).metrics())
    assert set(lines[-1]["held_out_averaged"]) == {"0.1", "0.3", "0.5", "0.7", "0.9", "1", "drafts"}
    assert lines[-2]["share_of_matrix_rate"] > 0
    assert (tmp_path / "sheets" / "0000002.png").stat().st_size > 1000
    assert next(tmp_path.glob("events.out.tfevents.*")).stat().st_size > 1000


def test_routed_steps(run, tmp_path):
    """Half of the tokens skip the middle layers, and the model learns all the same."""
    assert all(np.isfinite(list(run(tmp_path, route=0.5, steps=3).values())))


def test_dropout_of_drafts_is_drawn_from_the_step(run, whole, tmp_path):
    """Other losses than without, and the same ones again when a run is cut short; measurements drop nothing."""
    dropped = run(tmp_path / "whole", dropout=0.5, steps=4)
    assert list(dropped.values()) != [whole[step] for step in range(1, 5)]
    run(tmp_path / "cut", dropout=0.5, steps=2)
    assert run(tmp_path / "cut", dropout=0.5, steps=4) == dropped


def test_rows_of_a_batch_keep_their_texts(tiny_latents):
    """Clips with two prompts each: a part of the batch has the prompts of its own frames."""
    batch = Latents(tiny_latents).clips_batch(6, 3, np.random.default_rng(0))
    part = batch.rows(slice(2, 5))
    for row in range(3):
        own = [part.texts[i] for i in part.prompt_of[row]]
        assert own == [batch.texts[i] for i in batch.prompt_of[row + 2]]
    assert torch.equal(part.data, batch.data[2:5])
