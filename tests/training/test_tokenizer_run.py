import numpy as np
import pytest
import torch

from oner.errors import InputError
from oner.model.checkpoint import load_tokenizer, tiny_native
from oner.training.exporting import export_run
from oner.training.processes import Processes
from oner.training.run import Run
from oner.training.tokenizer_measure import measure, psnr, ssim
from oner.training.tokenizer_run import TokenizerRun, follow, small, train_tokenizer

SOME = {"preset": "tiny", "steps": 6, "frames": 6, "samples": 8, "every": 2, "log": 1}


def losses(data, folder, **changes) -> list[float]:
    train_tokenizer(TokenizerRun(data, folder, **{**SOME, **changes}), lambda words: None)
    return [line["loss"] for line in Run(folder).metrics()]


@pytest.fixture(scope="module")
def whole(tiny_shards, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return folder, losses(tiny_shards, folder)


def test_a_run_goes_on_to_the_same_losses(tiny_shards, whole, tmp_path):
    """The pool holds the same samples again, and the weights are the same to the bit."""
    assert len(losses(tiny_shards, tmp_path, steps=5)) == 5
    assert losses(tiny_shards, tmp_path) == whole[1]


def test_a_finished_run_is_left_alone(tiny_shards, whole):
    """The same command again takes no further step."""
    assert losses(tiny_shards, whole[0]) == whole[1]


def test_export_and_measure(whole, tiny_shards, tmp_path):
    """The exported tokenizer is better than none, and its latents have deviations of about one."""
    out = tmp_path / "tokenizer.safetensors"
    export_run(whole[0], out)
    tokenizer = load_tokenizer(out)
    found = measure(tokenizer, tiny_shards, clips=2, length=9)
    assert found.psnr > 15
    assert found.linear > 15
    with pytest.raises(InputError, match=r"written as \.safetensors"):
        export_run(whole[0], tmp_path / "tokenizer.pt")
    with pytest.raises(InputError, match="no checkpoint there"):
        export_run(tmp_path, out)


def test_the_deviation_is_followed_over_all_processes():
    """Mean and deviation move towards those of the batch."""
    model = tiny_native().tokenizer
    raw = torch.randn(2, 3, 4, 4, model.config.channels) * 3 + 5
    for _ in range(200):
        follow(model, raw, Processes())
    assert torch.allclose(model.mean, raw.flatten(0, -2).mean(0), atol=0.02)
    assert torch.allclose(model.std, raw.flatten(0, -2).std(0), rtol=0.02)


def test_small_is_the_mean_of_four():
    """The encoder's picture is the exact mean of two by two pixels."""
    video = torch.randn(1, 1, 4, 6, 3)
    assert torch.allclose(small(video)[0, 0, 1, 2], video[0, 0, 2:4, 4:6].mean((0, 1)), atol=1e-6)


def test_figures_of_known_pictures():
    """PSNR of a known error; SSIM is one only for equal pictures."""
    picture = torch.rand(2, 32, 32, 3) * 2 - 1
    assert psnr(picture, picture + 0.2) == pytest.approx(-10 * np.log10(0.04 / 4), abs=0.01)
    assert ssim(picture, picture) == pytest.approx(1)
    assert ssim(picture, picture.flip(1)) < 0.5


def test_no_data_is_told(tmp_path):
    """The message names the command that makes some."""
    with pytest.raises(InputError, match="oner worlds render --out"):
        train_tokenizer(TokenizerRun(tmp_path, tmp_path / "run", preset="tiny"), print)
