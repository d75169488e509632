import json
import pickle
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from oner.errors import InputError
from oner.model.blocking import NUMBERS
from oner.model.checkpoint import (
    FOUR,
    LATER,
    LEVELS,
    load_native,
    load_tokenizer,
    save_model,
    save_tokenizer,
    tiny_native,
)
from oner.model.fine_blocking import Told
from oner.model.presets import PRESETS
from oner.model.weights_file import identity, read_weights_file


def saved(folder, seed: int = 4):
    """A model's file and its tokenizer's beside it."""
    model = tiny_native(seed)
    tokenizer = save_tokenizer(folder / "tokenizer.safetensors", model.tokenizer.state_dict(), model.config)
    tensors = {f"text.{name}": value for name, value in model.text.state_dict().items()}
    tensors |= {f"transformer.{name}": value for name, value in model.transformer.state_dict().items()}
    save_model(folder / "model.safetensors", tensors, model.config, model.vocabulary, tokenizer, steps="12")
    return folder / "model.safetensors"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def file(tmp_path):
    return saved(tmp_path)


def rewritten(path, change) -> None:
    """Change tensors and metadata of a file, whole and readable."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    change(tensors, metadata)
    save_file(tensors, path, metadata)


def test_a_model_comes_back(kept):
    """The same numbers but for what fewer bits lose, frozen, in fp32, with vocabulary, digest and what was said."""
    model, wanted = load_native(kept), tiny_native(4)
    for part in ("tokenizer", "text", "transformer"):
        for name, value in getattr(wanted, part).state_dict().items():
            found = getattr(model, part).state_dict()[name]
            assert found.dtype == torch.float32
            lost = 0.15 if name.startswith(FOUR) else 5e-3
            assert torch.allclose(found, value, atol=2e-3 + lost * float(value.abs().max())), name
        assert not any(value.requires_grad for value in getattr(model, part).parameters())
    assert model.vocabulary.words == wanted.vocabulary.words
    assert model.config == PRESETS["tiny"]
    assert model.metadata["steps"] == "12"
    assert identity(kept) == f"tiny@{model.digest[:6]}"


def test_files_of_earlier_versions_are_read(tmp_path):
    """What was added since is nought in them, as it was in the model that wrote them."""
    model = tiny_native(4)
    kept = {f"{part}.{name}": value for part in ("text", "transformer")
            for name, value in getattr(model, part).state_dict().items() if name not in LATER}  # fmt: skip
    images = {name: value for name, value in model.tokenizer.state_dict().items() if name not in LATER}
    tokenizer = save_tokenizer(tmp_path / "tokenizer.safetensors", images, model.config)
    save_model(tmp_path / "model.safetensors", kept, model.config, model.vocabulary, tokenizer)
    found = load_native(tmp_path / "model.safetensors")
    added = [found.transformer.draft.read.moves, found.transformer.carry, found.tokenizer.decoder.from_moves]
    assert all(not layer.weight.any() for layer in added)


def test_large_weights_are_kept_in_fewer_bits(tmp_path):
    """Matrices in eight, off by a 250th of a block's largest at most, tables in four; again they stay what they are."""
    model = tiny_native(4)
    generator = torch.Generator().manual_seed(0)
    table = model.tokenizer.decoder.look.field.cells[2]
    table.copy_(3 * torch.randn(table.shape, generator=generator).pow(3))
    table[:16] = 0
    first, again = tmp_path / "tokenizer.safetensors", tmp_path / "again.safetensors"
    latents = save_tokenizer(first, model.tokenizer.state_dict(), model.config)
    found = load_tokenizer(first)
    assert save_tokenizer(again, found.state_dict(), model.config) == latents
    kinds = {name: value.dtype for name, value in load_file(first).items()}
    assert kinds["decoder.look.field.cells.2"] == torch.uint8
    assert kinds["decoder.paint_group.weight"] == torch.int8
    assert kinds["encoder.read_group.weight"] == torch.int8
    assert read_weights_file(first).digest == read_weights_file(again).digest
    widest = max(b - a for a, b in pairwise(LEVELS)) / 2
    layers = model.tokenizer.decoder.paint_group, found.decoder.paint_group
    for one, other, block, lost in (
        (table, found.decoder.look.field.cells[2], 64, widest + 1e-3),
        (layers[0].weight, layers[1].weight, 32, 0.005),
    ):
        most = one.reshape(-1, block).abs().amax(1, keepdim=True)
        assert ((one - other).reshape(-1, block).abs() <= lost * most + 1e-6).all()


def test_four_bits_take_the_nearest_level(tmp_path):
    """Of sixteen between the largest of a block and its opposite, in the order in which they were."""
    model = tiny_native(4)
    table = model.tokenizer.decoder.look.field.cells[2]
    table.view(-1, 16).copy_(0.5 * torch.tensor(LEVELS) + 0.01)
    table.view(-1, 64)[:, 63] = -0.5
    save_tokenizer(tmp_path / "tokenizer.safetensors", model.tokenizer.state_dict(), model.config)
    found = load_tokenizer(tmp_path / "tokenizer.safetensors").decoder.look.field.cells[2].view(-1, 64)
    wanted = 0.51 * torch.tensor(LEVELS).repeat(4)
    wanted[63] = -0.51
    assert torch.allclose(found, wanted.expand_as(found), atol=1e-3)


def test_equal_weights_have_equal_digests(kept, file, tmp_path):
    """Whenever they were written; others have another."""
    (tmp_path / "other").mkdir()
    other = saved(tmp_path / "other", seed=5)
    assert read_weights_file(kept).digest == read_weights_file(file).digest != read_weights_file(other).digest


def test_a_pickle_is_refused(file):
    """Before anything of it is read."""
    file.write_bytes(pickle.dumps({"text.words.weight": [1.0]}))
    with pytest.raises(InputError, match="a pickle, which could run any program"):
        load_native(file)
    torch.save({"a": torch.ones(2)}, file)
    with pytest.raises(InputError, match="a pickle, which could run any program"):
        load_native(file)


def test_no_length_of_header_is_taken_for_a_pickle(file):
    """The file's first byte is the length's, and may be any."""
    for extra in range(0, 264, 8):
        rewritten(file, lambda tensors, metadata: metadata.update(steps="1" * (8 + extra)))  # noqa: B023
        assert read_weights_file(file).part == "model"


@pytest.mark.parametrize(("keep", "fault"), [(4, "cut short"), (0.5, "its header promises"), (0, "cut short")])
def test_a_file_that_was_cut_short_is_refused(file, keep, fault):
    """In its first bytes, in its header or in its numbers."""
    content = file.read_bytes()
    file.write_bytes(content[: int(keep if keep > 1 or keep == 0 else keep * len(content))])
    with pytest.raises(InputError, match=fault):
        load_native(file)


def test_somebody_elses_file_is_refused(file):
    """Naming what it holds."""
    save_file({"unet.conv_in.weight": torch.ones(2)}, file)
    with pytest.raises(InputError, match=r"not of Oner's native model .*unet\.conv_in\.weight"):
        load_native(file)


def test_text_is_no_weight_file(file):
    """A README by that name."""
    file.write_text("# the weights\n" * 20)
    with pytest.raises(InputError, match="not a safetensors file"):
        load_native(file)


def test_damaged_numbers_are_noticed(file):
    """One number of another value: the digest does not fit."""

    def change(tensors, metadata):
        tensors["transformer.read.weight"][0, 0] += 1

    rewritten(file, change)
    with pytest.raises(InputError, match="damaged, its numbers do not give the digest"):
        load_native(file)


def test_weights_of_another_size_than_told_are_refused(file):
    """Sizes in the metadata that are not those of the numbers."""
    config = replace(PRESETS["tiny"], transformer=replace(PRESETS["tiny"].transformer, width=128))

    def change(tensors, metadata):
        metadata["config"] = json.dumps(config.as_dict())

    rewritten(file, change)
    with pytest.raises(InputError, match=r"transformer\.\S+ is \(.*in the file and \(.*in a model of its sizes"):
        load_native(file)


def test_sizes_that_are_unknown_are_refused(file):
    """Entries that this version does not have."""

    def change(tensors, metadata):
        metadata["config"] = json.dumps(PRESETS["tiny"].as_dict() | {"transformer": {"depth": 3}})

    rewritten(file, change)
    with pytest.raises(InputError, match="not a model's sizes"):
        load_native(file)


def test_a_folder_and_nothing_are_refused(tmp_path):
    """Each for what it is."""
    with pytest.raises(InputError, match="it is a folder"):
        load_native(tmp_path)
    with pytest.raises(InputError, match="there is no such file"):
        load_native(tmp_path / "x.safetensors")
    with pytest.raises(InputError, match="no shipped weights of that name"):
        load_native("unheard-of")


def test_a_model_without_its_tokenizer_is_refused(file):
    """Whether it is missing or another one lies there."""
    beside = file.with_name("tokenizer.safetensors")
    beside.unlink()
    with pytest.raises(InputError, match="is neither beside it nor among the shipped"):
        load_native(file)
    model = tiny_native(9)
    save_tokenizer(beside, model.tokenizer.state_dict(), model.config)
    with pytest.raises(InputError, match="is neither beside it nor among the shipped"):
        load_native(file)


def test_each_file_is_taken_for_what_it_is(file):
    """A tokenizer is no model and a model no tokenizer."""
    with pytest.raises(InputError, match="a tokenizer, not a model"):
        load_native(file.with_name("tokenizer.safetensors"))
    with pytest.raises(InputError, match="a model, not a tokenizer"):
        load_tokenizer(file)


@pytest.mark.parametrize("fast", [True, False])
def test_what_is_sampled_is_multiplied_in_bf16_where_that_is_quicker(monkeypatch, fast):
    """Encoder and tables stay in fp32; pictures of both are the same to the eye."""
    monkeypatch.setattr("oner.model.checkpoint.multiplies_bf16", lambda: fast)
    plain, quick = load_native("base"), load_native("base").quickened()
    kinds = {name: value.dtype for name, value in quick.tokenizer.named_parameters()}
    assert kinds["decoder.look.camera.weight"] == (torch.bfloat16 if fast else torch.float32)
    assert quick.transformer.read.weight.dtype == kinds["decoder.look.camera.weight"]
    stay = [name for name in kinds if name.startswith("encoder.") or ".cells." in name]
    assert len(stay) > 5
    assert {kinds[name] for name in stay} == {torch.float32}
    told = Told.of(torch.zeros(1, 2, 2, NUMBERS), 4, 6)
    latents = torch.randn(1, 2, 4, 6, plain.config.tokenizer.channels, generator=torch.Generator().manual_seed(0))
    made = [model.tokenizer.decode(latents, told, 1.0, 0.5) for model in (plain, quick)]
    error = float((made[0] - made[1].float()).square().mean())
    assert (error > 0) == fast
    assert error < 4 / 10**4.2  # 42 dB
