import pytest
import torch

from oner.model.flow import PURE, SHIFT, clean, loss, noised, random_levels, shifted, steps


def pair():
    generator = torch.Generator().manual_seed(0)
    return (torch.randn(2, 3, 2, 2, 4, generator=generator) for _ in range(2))


def test_level_0_is_the_data_and_level_1_the_noise():
    """And each latent frame has its own level."""
    data, noise = pair()
    levels = torch.tensor([[0.0, 1.0, 0.5]] * 2)
    mixed = noised(data, noise, levels)
    assert torch.equal(mixed[:, 0], data[:, 0])
    assert torch.equal(mixed[:, 1], noise[:, 1])
    assert torch.allclose(mixed[:, 2], (data[:, 2] + noise[:, 2]) / 2)


def test_the_true_velocity_leads_to_the_data():
    """From any level, in one step."""
    data, noise = pair()
    levels = torch.rand(2, 3)
    assert torch.allclose(clean(noised(data, noise, levels), noise - data, levels), data, atol=1e-5)


def test_the_loss_is_nothing_for_the_true_velocity_and_counts_wanted_frames_only():
    """A mistake in a given frame costs nothing; one in a wanted frame its square."""
    data, noise = pair()
    wanted = torch.tensor([[True, False, True], [True, True, True]])
    sought = noise - data
    velocity = sought.clone()
    assert loss(velocity, sought, wanted) == 0
    velocity[0, 1] += 7
    assert loss(velocity, sought, wanted) == 0
    velocity[1, 1] += 2
    assert loss(velocity, sought, wanted) == pytest.approx(4 / 5)
    assert loss(velocity, sought, torch.zeros(2, 3, dtype=torch.bool)) == 0


def test_levels_lie_between_and_are_pushed_towards_noise():
    """The shift keeps both ends and raises the middle; random levels have their median there, some are noise alone."""
    assert shifted(torch.tensor([0.0, 1.0])).tolist() == [0.0, 1.0]
    assert shifted(torch.tensor(0.5)).item() == pytest.approx(SHIFT / (1 + SHIFT))
    levels = random_levels((4000,), torch.Generator().manual_seed(1))
    pure = levels == 1
    assert pure.float().mean().item() == pytest.approx(PURE, abs=0.02)
    assert 0 < levels.min() < levels[~pure].max() < 1
    assert levels[~pure].median().item() == pytest.approx(SHIFT / (1 + SHIFT), abs=0.02)


def test_sampling_goes_from_noise_to_data():
    """Strictly down, however many steps."""
    found = steps(8)
    assert found[0] == 1
    assert found[-1] == 0
    assert (found.diff() < 0).all()
    assert len(found) == 9
