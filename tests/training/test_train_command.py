"""`oner train` from the command line, at the smallest size."""

import pytest

from oner.model.checkpoint import load_native, load_tokenizer
from oner.training.run import Run


def test_tokenizer_model_and_export(oner, tiny_shards, tmp_path):
    """Every stage from shards to a model that loads; encoding happens on the way, once."""
    some = ["--preset", "tiny", "--data", tiny_shards, "--threads", 1]
    ran = oner("train", "tokenizer", *some, "--run", tmp_path / "t", "--steps", 2, "--samples", 8)
    assert ran.code == 0, ran.err
    assert "oner train export" in ran.out
    tokenizer = tmp_path / "tokenizer.safetensors"
    assert oner("train", "export", "--run", tmp_path / "t", "-o", tokenizer).code == 0
    load_tokenizer(tokenizer)
    train = ["train", "model", *some, "--run", tmp_path / "m", "--tokenizer", tokenizer, "--pictures", 4]
    ran = oner(*train, "--steps", 2, "--clips", 0.5, "--frames", "2,3", "--precision", "fp32")
    assert ran.code == 0, ran.err
    assert "2 of 2 shards encoded" in ran.err
    ran = oner(*train, "--steps", 3, "--clips", 0.5, "--frames", "2,3", "--precision", "fp32")
    assert "encoded" not in ran.err
    assert Run.facts_in(tmp_path / "m")["steps"] == "3"
    ran = oner("train", "export", "--run", tmp_path / "m", "-o", tmp_path / "model.safetensors")
    assert ran.code == 0, ran.err
    assert load_native(tmp_path / "model.safetensors").config.preset == "tiny"
    ran = oner("train", "measure", "--data", tiny_shards, "--tokenizer", tokenizer, "--clips", 1, "--threads", 1)
    assert "psnr" in ran.out


def test_a_dry_run_tells_and_writes_nothing(oner, tiny_shards, tmp_path):
    """Parameters, memory, data, steps and a measured step."""
    before = sorted(tiny_shards.iterdir())
    for part in ("tokenizer", "model"):
        ran = oner("train", part, "--preset", "tiny", "--data", tiny_shards, "--run", tmp_path / "x", "--dry-run",
                   "--threads", 1)  # fmt: skip
        assert ran.code == 0, ran.err
        for words in ("2 shards", "parameters", "optimiser", "s a step", "matrix rate"):
            assert words in ran.out
    assert not (tmp_path / "x").exists()
    assert sorted(tiny_shards.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["model", "--data", "nowhere", "--run", "r"], "nowhere"),
        (["model", "--data", ".", "--run", "r", "--frames", "5,x"], "numbers from 1 to 17"),
        (["model", "--data", ".", "--run", "r", "--preset", "huge"], "huge"),
        (["tokenizer", "--data", "nowhere", "--run", "r", "--preset", "tiny"], "no finished shards there"),
        (["export", "--run", "nowhere", "-o", "a.safetensors"], "no checkpoint there"),
        (["import", "nowhere"], "no clips or pictures there"),
        (["encode", "--data", ".", "--tokenizer", "nowhere/t.safetensors"], "there is no such file"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(oner, tmp_path, monkeypatch, arguments, fault, tiny_tokenizer):
    """With what is wrong in it."""
    monkeypatch.chdir(tmp_path)
    if arguments[0] == "model":
        arguments = [*arguments, "--tokenizer", tiny_tokenizer]
    ran = oner("train", *arguments)
    assert ran.code == 2
    assert fault in ran.err


def test_presets_are_a_table(oner):
    """One line each, with parameters."""
    ran = oner("train", "presets")
    assert [line.split()[0] for line in ran.out.splitlines()[1:]] == ["tiny", "base", "large", "xl"]
