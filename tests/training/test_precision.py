import pytest
import torch

from oner.errors import InputError
from oner.training import precision
from oner.training.precision import chosen_precision, compile_in_place, matrix_rates
from oner.training.processes import CPU


@pytest.mark.parametrize(("bf16", "chosen"), [(88e9, "fp32"), (169e9 * 1.1, "fp32"), (700e9, "bf16")])
def test_the_faster_one_is_taken(monkeypatch, bf16, chosen):
    """bf16 where it is faster by a fifth at least, and its rate with it."""
    rates = {"fp32": 169e9, "bf16": bf16}
    monkeypatch.setattr(precision, "matrix_rates", lambda names, device: {name: rates[name] for name in names})
    assert chosen_precision("auto", CPU) == (chosen, rates[chosen])
    assert chosen_precision("bf16", CPU)[0] == "bf16"


def test_rates_are_measured():
    """Some operations a second on any machine."""
    assert all(1e7 < rate < 1e15 for rate in matrix_rates(("fp32", "bf16"), CPU).values())


def test_another_precision_is_refused():
    """The message names those that are there."""
    with pytest.raises(InputError, match="auto, fp32, bf16"):
        chosen_precision("fp8", CPU)


def test_without_a_compiler_nothing_is_compiled(monkeypatch):
    """And the caller hears of it."""
    monkeypatch.setattr(precision.shutil, "which", lambda name: None)
    network = torch.nn.Linear(2, 2)
    assert not compile_in_place(network)
    assert network._compiled_call_impl is None
