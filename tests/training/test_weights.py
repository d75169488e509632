import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from oner.errors import StoreError
from oner.training.run import rate_at
from oner.training.weights import TrainedWeights


class Net(nn.Module):
    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(4, width), nn.Linear(width, 2)
        self.register_buffer("count", torch.zeros(1))

    def forward(self, x):
        return self.two(torch.tanh(self.one(x)))


def net(width: int = 6) -> Net:
    torch.manual_seed(1)
    return Net(width)


def taught(weights: TrainedWeights, steps: int, start: int = 0) -> list[float]:
    found = []
    for step in range(start, start + steps):
        generator = torch.Generator().manual_seed(step)
        x = torch.randn(16, 4, generator=generator).to(weights.live[0].dtype)
        loss = (weights.network(x) - x[:, :2] * x[:, 2:]).float().square().mean()
        loss.backward()
        weights.step(1e-2)
        weights.network.count += 1
        found.append(loss.item())
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_going_on_from_a_file_is_going_on(dtype, tmp_path):
    """Losses, averages, buffers and the file itself are the same to the bit."""
    one = TrainedWeights(net(), dtype)
    taught(one, 5)
    one.save(tmp_path / "five.safetensors", {"word": "x"})
    two = TrainedWeights(net(), dtype)
    assert two.load(tmp_path / "five.safetensors")["word"] == "x"
    assert two.steps == 5
    assert taught(one, 5, 5) == taught(two, 5, 5)
    assert all(torch.equal(a, b) for a, b in zip(one.averages, two.averages, strict=True))
    assert torch.equal(one.network.count, two.network.count)


def test_bf16_keeps_fp32_masters():
    """The network is rounded; the masters move by less than the network can show."""
    weights = TrainedWeights(net(), torch.bfloat16)
    assert weights.live[0].dtype == torch.bfloat16
    before = weights.masters[0].clone()
    taught(weights, 1)
    assert weights.masters[0].dtype == torch.float32
    assert not torch.equal(before, weights.masters[0])
    assert torch.equal(weights.live[0], weights.masters[0].bfloat16())


def test_the_average_lags_behind_and_is_lent_to_the_network():
    """Within the block the network holds the average, after it its own weights."""
    weights = TrainedWeights(net())
    taught(weights, 30)
    own = [value.clone() for value in weights.live]
    with weights.averaged_network() as network:
        assert all(torch.equal(a, b) for a, b in zip(network.parameters(), weights.averages, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(weights.live, own, strict=True))
    assert not torch.equal(weights.averages[0], own[0])


def test_a_step_without_numbers_is_not_taken():
    """A gradient that is not a number leaves weights and optimiser as they are."""
    weights = TrainedWeights(net())
    taught(weights, 2)
    before = [value.clone() for value in weights.live]
    (weights.network(torch.full((1, 4), float("nan"))).sum()).backward()
    assert weights.step(1e-2) != weights.step(1e-2)
    assert all(torch.equal(a, b) for a, b in zip(weights.live, before, strict=True))


def test_another_network_is_refused(tmp_path):
    """Other sizes and other names."""
    TrainedWeights(net()).save(tmp_path / "a.safetensors", {})
    with pytest.raises(StoreError, match="of another size"):
        TrainedWeights(net(8)).load(tmp_path / "a.safetensors")
    with pytest.raises(StoreError, match="of another network"):
        TrainedWeights(nn.Sequential(nn.Linear(4, 6))).load(tmp_path / "a.safetensors")


def test_the_rate_rises_stays_and_falls():
    """Over the warm-up, flat, and to a twentieth at the end; flat to the end without a fall."""
    rates = [rate_at(step, 1000, 1.0, warmup=100) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[100] == rates[700] == 1.0
    assert rates == rates[:101] + sorted(rates[101:], reverse=True)
    assert rates[-1] == pytest.approx(0.05)
    assert rate_at(998, 1000, 1.0, fall=0.0) == 1.0


class Memory(nn.Module):
    """A table, named as those of fields are, and a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.field = nn.Module()
        self.field.cells = nn.ParameterList([nn.Parameter(torch.zeros(3, 2))])
        self.paint = nn.Linear(2, 1)


def met(weights: TrainedWeights, row: int, share: float) -> torch.Tensor:
    """The table after a step in which `share` of a row was seen."""
    table = weights.network.inside.field.cells[0]
    (share * table[row].sum() + 0 * weights.network.inside.paint.weight.sum()).backward()
    weights.step(1e-3)
    return table.detach().clone()


def memory() -> TrainedWeights:
    network = nn.Module()
    network.inside = Memory()
    return TrainedWeights(network)


def test_a_row_of_a_table_moves_by_how_much_of_it_is_seen(tmp_path):
    """And no other row does; what was seen before counts after a restart, too."""
    weights = memory()
    first = met(weights, 0, 0.8)
    assert (first[0] < -0.01).all()
    assert torch.equal(first[1:], torch.zeros(2, 2))
    weights.save(tmp_path / "weights.safetensors", {})
    second = met(weights, 0, 0.008)
    assert (first[0] - second[0] > 0).all()
    assert ((first[0] - second[0]) < 0.02 * first[0].abs()).all()
    again = memory()
    again.load(tmp_path / "weights.safetensors")
    assert torch.equal(met(again, 0, 0.008), second)


def test_of_a_row_that_was_hardly_seen_nothing_is_believed():
    """Its first step would be as large as that of a row that was, and a table's other readers would have the noise."""
    weights = memory()
    seen, hardly = met(weights, 0, 0.01), met(weights, 1, 1e-8)
    assert (hardly[1].abs() < 0.02 * seen[0].abs()).all()
    assert (hardly[1] < 0).all()


def test_what_another_optimiser_learned_is_read_but_not_gone_on_with(tmp_path):
    """A table's checkpoint of AdamW, as older versions wrote them: first steps would be as large as all of it."""
    weights, path = memory(), tmp_path / "weights.safetensors"
    first = met(weights, 0, 0.8)
    weights.save(path, {})
    tensors = load_file(path)
    tensors |= {name.replace("sum.", "exp_avg."): tensors.pop(name) for name in list(tensors) if name[:4] == "sum."}
    save_file(tensors, path, {"steps": "1"})
    with pytest.raises(StoreError, match=r"another optimiser of inside\.field\.cells\.0.*--init"):
        memory().load(path)
    read = memory()
    read.load(path, further=False)
    assert torch.equal(read.live[read.names.index("inside.field.cells.0")].detach(), first)
