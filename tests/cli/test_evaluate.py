"""`oner evaluate`: figures of a model's clips beside those of renders."""

import json

import numpy as np
import pytest
import torch

from oner.model import checkpoint
from oner.training import evaluation_run
from oner.training.recogniser import Recogniser, RecogniserConfig, save_recogniser


@pytest.fixture
def recogniser(tmp_path):
    """An untrained recogniser's file."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    path = tmp_path / "recogniser.safetensors"
    save_recogniser(Recogniser(RecogniserConfig(channels=(4, 8, 8, 8), queries=2, features=16, motion=8)), path)
    return path


@pytest.fixture
def quick(monkeypatch):
    """The tiny model and painted renders in place of large ones; gives the frame numbers that were rendered."""
    drawn = []

    def painted(prompts, frames, wanted):
        for prompt in prompts:
            drawn.append(list(wanted))
            yield np.random.default_rng(prompt.seed).integers(0, 255, (len(wanted), 80, 144, 3)).astype(np.uint8)

    monkeypatch.setattr(checkpoint, "load_native", lambda weights: checkpoint.tiny_native())
    monkeypatch.setattr(evaluation_run, "rendered", painted)
    return drawn


def test_it_prints_and_writes_the_figures(oner, tmp_path, recogniser, quick):
    """Every attribute with its accuracy on both, the distance and the flicker; all of it as JSON and as a picture."""
    out, sheet = tmp_path / "figures.json", tmp_path / "sheet.png"
    arguments = ["--prompts", "seen", "--count", 6, "--seconds", 1, "--steps", 1, "--recogniser", recogniser]
    ran = oner("evaluate", *arguments, "--json", out, "--sheet", sheet, "--renders", tmp_path / "kept")
    assert ran.code == 0, ran.err
    assert "seen: 6 clips of 1 s" in ran.out
    assert all(name in ran.out for name in ("place", "camera", "share", "Frechet", "flicker"))
    figures = json.loads(out.read_text())
    assert figures["lists"]["seen"]["attributes"]["place"]["asked"] == 6
    assert len(figures["lists"]["seen"]["answers"]) == 6
    assert sheet.stat().st_size > 1000
    assert quick == [list(range(9))] * 6
    assert oner("evaluate", *arguments, "--renders", tmp_path / "kept").code == 0
    assert len(quick) == 6  # taken from the folder


def test_minutes_are_measured_at_both_ends(oner, recogniser, quick, monkeypatch):
    """With --minute, the first and the last five seconds stand beside each other."""
    monkeypatch.setattr("oner.training.evaluation.MINUTE", 97)
    ran = oner("evaluate", "--count", 0, "--minute", 1, "--steps", 1, "--recogniser", recogniser)
    assert ran.code == 0, ran.err
    assert "first 5 s" in ran.out
    assert "colour drift" in ran.out
    assert quick == [[*range(41), *range(56, 97)]]


def test_what_cannot_be_measured_is_said(oner, tmp_path, recogniser, quick):
    """Nothing to do, unknown lists and files that are no recogniser are told apart."""
    ran = oner("evaluate", "--count", 0, "--recogniser", recogniser)
    assert (ran.code, "nothing to evaluate" in ran.err) == (2, True)
    assert oner("evaluate", "--prompts", "mine").code == 2
    (tmp_path / "no.safetensors").write_text("text")
    ran = oner("evaluate", "--count", 1, "--recogniser", tmp_path / "no.safetensors")
    assert (ran.code, "no safetensors file" in ran.err) == (2, True)
