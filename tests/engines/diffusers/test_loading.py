"""How open models are loaded: precision, back ends, quantisation, compilation, several GPUs."""

import importlib.metadata
import importlib.util
import itertools
import shutil
from dataclasses import replace
from fractions import Fraction

import msgspec
import numpy as np
import pytest

from oner.engines import open_engine
from oner.engines.diffusers import catalogue, pipelines
from oner.engines.diffusers import engine as engine_room
from oner.engines.diffusers.options import Loading, loading
from oner.errors import EngineError, RequestError
from oner.film import ClipRequest, GivenFrame, PromptSpan
from oner.timing import Span


def clip(frames: int = 5, **more) -> ClipRequest:
    prompt = PromptSpan("a woman in a red coat walks through the snow", Span(0, frames))
    return ClipRequest((prompt,), 64, 36, frames, Fraction(24), seed=11, **more)


@pytest.mark.parametrize("option", [{"tiling": False, "slicing": True}, {"attention": "native"}, {"dtype": "bfloat16"}])
def test_options_of_loading(make, option):
    """Tiling, slicing, attention back end, precision: the clip is made."""
    assert make("tiny-wan", clip(options=option)).std() > 1


def test_options_that_need_what_is_not_here(make):
    """A GPU, a back end, a quantisation package: each says what is missing."""
    for option, fault in (
        ({"device": "cuda"}, "torch sees no GPU here"),
        ({"attention": "sage"}, "attention = 'sage'"),
        ({"quantise": "int8", "quantise_with": "bitsandbytes"}, "needs the package bitsandbytes"),
    ):
        with pytest.raises(EngineError, match=fault):
            make("tiny-ltx", clip(options=option))


@pytest.mark.parametrize("quantise", ["int8"])
def test_weights_can_be_quantised(make, quantise):
    """With torchao: other numbers, a picture all the same."""
    pytest.importorskip("torchao")
    assert make("tiny-ltx", clip(options={"quantise": quantise})).std() > 1


@pytest.fixture
def two_gpus(monkeypatch):
    """Two GPUs of 24 GB, as far as a machine without any can show them; gives what `from_pretrained` was asked for.

    Every part stays on the processor, but diffusers believes that they are spread and refuses to move them.
    """
    diffusers = pytest.importorskip("diffusers")
    asked = {"places": (0, 1)}
    whole = diffusers.DiffusionPipeline.from_pretrained.__func__

    def from_pretrained(cls, place, device_map=None, max_memory=None, **more):
        made = whole(cls, place, **more)
        if device_map is None:
            return made
        asked.update(device_map=device_map, max_memory=max_memory)
        parts = [name for name, part in made.components.items() if hasattr(part, "parameters")]
        made.hf_device_map = dict(zip(parts, itertools.cycle(asked["places"])))
        return made

    monkeypatch.setattr(diffusers.DiffusionPipeline, "from_pretrained", classmethod(from_pretrained))
    monkeypatch.setattr(pipelines, "free_memory", lambda: [24_000_000_000, 24_000_000_000])
    monkeypatch.setattr(engine_room, "best_device", lambda wanted: "cpu" if wanted == "cpu" else "cuda")
    return asked


def test_parts_are_spread_over_several_gpus(make, picture, two_gpus):
    """By diffusers' own map, with the memory of each; for another operation the parts stay where they are."""
    from diffusers.pipelines.pipeline_utils import SUPPORTED_DEVICE_MAP

    engine, options = open_engine("tiny-wan"), {"mode": "balanced"}
    plain = make("tiny-wan", clip(options={"device": "cpu"}))
    assert np.array_equal(make(engine, clip(options=options)), plain)
    assert two_gpus["device_map"] == "balanced"
    assert two_gpus["device_map"] in SUPPORTED_DEVICE_MAP
    assert two_gpus["max_memory"] == {0: 23_400_000_000, 1: 23_400_000_000}
    given = tuple(GivenFrame(frame, picture(90)) for frame in range(9))
    make(engine, clip(9, given=given, strength=0.5, options=options), picture.locate)
    assert engine._pipelines["remix"].hf_device_map == engine._pipelines["text"].hf_device_map
    make("tiny-ltx", clip(options={"mode": "balanced", "memory": "20, 16.5"}))
    assert two_gpus["max_memory"] == {0: 20_000_000_000, 1: 16_500_000_000}


def test_a_part_without_room_on_the_gpus_is_named(make, two_gpus):
    """diffusers would leave it in memory, or forget it."""
    two_gpus["places"] = (0, "cpu", 1)
    with pytest.raises(
        EngineError, match=r"tiny-ltx does not fit: \w+ found no room on the GPUs, which may hold 23\.4"
    ):
        make("tiny-ltx", clip(options={"mode": "balanced"}))


def test_several_gpus_are_refused_where_there_are_fewer(make, monkeypatch):
    """Finally, with what would work; so is a memory for another number of them."""
    balanced = {"mode": "balanced"}
    with pytest.raises(RequestError, match='torch sees no GPU here: leave mode out, or write mode = "offload"'):
        make("tiny-ltx", clip(options=balanced))
    monkeypatch.setattr(pipelines, "free_memory", lambda: [24_000_000_000])
    with pytest.raises(RequestError, match="torch sees one GPU here"):
        make("tiny-ltx", clip(options=balanced))
    monkeypatch.setattr(pipelines, "free_memory", lambda: [24_000_000_000] * 2)
    with pytest.raises(RequestError, match="option memory: 3 numbers, and torch sees 2 GPUs"):
        make("tiny-ltx", clip(options=balanced | {"memory": "8, 8, 8"}))


def test_a_denoiser_in_a_file_of_its_own_is_not_spread(tiny_engines):
    """diffusers places only what it loads itself; the other parts would look for it on another GPU."""
    entry = msgspec.structs.replace(catalogue().entries["tiny-wan"], file="tuned.safetensors")
    with pytest.raises(RequestError, match="tiny-wan has its denoiser in a file of its own"):
        loading(entry, clip(options={"mode": "balanced"}), "cuda", "full")


@pytest.mark.parametrize(("quantise", "backend"), [("int8", "bitsandbytes_8bit"), ("int4", "bitsandbytes_4bit")])
def test_bitsandbytes_is_asked_in_its_own_words(tiny_engines, monkeypatch, quantise, backend):
    """Backends and settings are those that diffusers and transformers know, for the denoiser alone."""
    import torch

    for library in ("diffusers", "transformers"):  # what else is installed is looked for before anything is made up
        importlib.import_module(f"{library}.quantizers.auto")
    there, version = importlib.util.find_spec, importlib.metadata.version
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *more: name == "bitsandbytes" or there(name, *more))
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.48" if name == "bitsandbytes" else version(name))
    wanted = Loading("cuda", "bfloat16", "full", quantise=quantise, quantise_with="bitsandbytes")
    settings = pipelines._quantisation(catalogue().entries["tiny-wan"], wanted)
    assert (settings.quant_backend, settings.components_to_quantize) == (backend, ["transformer"])
    resolved = settings._resolve_quant_config(module_name="transformer")
    assert (resolved.load_in_8bit, resolved.load_in_4bit) == (quantise == "int8", quantise == "int4")
    assert quantise == "int8" or resolved.bnb_4bit_compute_dtype is torch.bfloat16
    assert settings._resolve_quant_config(module_name="text_encoder") is None
    with pytest.raises(EngineError, match="bitsandbytes has no fp8"):
        pipelines._quantisation(catalogue().entries["tiny-wan"], replace(wanted, quantise="fp8"))


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
def test_the_denoiser_can_be_compiled(make):
    """The option reaches the denoiser, and the compiled one paints the same, but for the last digits."""
    engine = open_engine("tiny-ltx")
    compiled = make(engine, clip(options={"compile": True}))
    assert engine._pipelines["text"].transformer._compiled_call_impl is not None
    plain = make("tiny-ltx", clip())
    assert np.abs(plain.astype(int) - compiled).mean() < 2
