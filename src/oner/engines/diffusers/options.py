"""The options of `[engine_options]` that open models know, and what they come to on this machine."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import EngineError, RequestError
from ...film import ClipRequest, Locate
from ..fitting import RETIMES
from .catalogue import Entry

DTYPES = ("auto", "bfloat16", "float16", "float32")
BALANCED = "balanced"  # the mode that spreads a pipeline's parts over several GPUs, by diffusers' own name
MODES = ("auto", "full", "offload", "stream", "sequential", BALANCED)
QUANTISE = ("no", "int8", "int4", "fp8")
QUANTISERS = ("torchao", "bitsandbytes")

OPTIONS = {
    "steps": (1, 200),  # denoising steps
    "guidance": (0.0, 30.0),  # how strictly the prompt is followed
    "negative": str,  # what is not to be seen
    "size": str,  # WIDTHxHEIGHT in which the model works
    "full_windows": bool,  # always the longest window, so that takes of a continued scene agree
    "retime": RETIMES,  # how frames between the model's are made
    "dtype": DTYPES,
    "device": str,  # auto, cuda, cuda:1, mps, cpu
    "mode": MODES,  # where weights wait: on the GPU, in memory by part or by layer, by part on several GPUs
    "memory": str,  # "20, 20": gigabytes that each GPU may fill with weights where the mode is balanced
    "quantise": QUANTISE,
    "quantise_with": QUANTISERS,
    "tiling": bool,  # decode in tiles: less memory
    "slicing": bool,  # decode frame by frame: less memory
    "attention": str,  # a back end of diffusers: native, flash, sage, xformers, ...
    "lora": str,  # "file.safetensors:0.8, other.safetensors"
    "compile": bool,  # torch.compile the denoiser: slow to begin, faster then
}


@dataclass(frozen=True)
class Lora:
    """A LoRA file and its weight."""

    file: str
    weight: float = 1.0


@dataclass(frozen=True)
class Loading:
    """How a pipeline is loaded. Equal values mean the loaded one can be used again."""

    device: str
    dtype: str
    mode: str
    quantise: str = "no"
    quantise_with: str = "torchao"
    tiling: bool = True
    slicing: bool = False
    attention: str = ""
    loras: tuple[Lora, ...] = ()
    compiled: bool = False
    memory: tuple[float, ...] = ()  # gigabytes for weights on each GPU in mode "balanced"; empty: what is free


def loading(entry: Entry, request: ClipRequest, device: str, mode: str, locate: Locate | None = None) -> Loading:
    """How a request wants its model loaded on `device` ("cuda", "mps", "cpu"); `mode` is what "auto" comes to.

    `locate` finds the request's LoRA files; without it they are left out. Raises RequestError.
    """
    given = request.options
    _check_balanced(entry, given)
    dtype = str(given.get("dtype", "auto"))
    chosen = str(given.get("mode", "auto"))
    return Loading(
        device=device,
        dtype=entry.dtype if dtype == "auto" else dtype,
        mode=mode if chosen == "auto" else chosen,
        quantise=str(given.get("quantise", "no")),
        quantise_with=str(given.get("quantise_with", "torchao")),
        tiling=bool(given.get("tiling", True)),
        slicing=bool(given.get("slicing", False)),
        attention=str(given.get("attention", "")),
        loras=(
            *(Lora(str(locate(lora.file)), lora.weight) for lora in (request.loras if locate else ())),
            *loras(str(given.get("lora", ""))),
        ),
        compiled=bool(given.get("compile", False)),
        memory=_gigabytes(str(given.get("memory", ""))),
    )


def _check_balanced(entry: Entry, given: Mapping[str, str | int | float | bool]) -> None:
    """Refuse what does not go with several GPUs: diffusers spreads only what it loads itself, over all of them."""
    if given.get("mode") == BALANCED:
        if (device := given.get("device", "auto")) not in ("auto", "cuda"):
            raise RequestError(f'option device={device!r}: mode = "balanced" uses all GPUs; leave device out')
        if entry.file:
            raise RequestError(
                f'option mode="balanced": {entry.name} has its denoiser in a file of its own, which is loaded on one '
                "GPU; leave mode out"
            )
    elif given.get("memory"):
        raise RequestError('option memory: it says how mode = "balanced" fills the GPUs; write that too')


def _gigabytes(text: str) -> tuple[float, ...]:
    """Read `20, 16.5`: one number for each GPU, two at least."""
    if not text.strip():
        return ()
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) < 2 or not all(0 < number < math.inf for number in found):
        raise RequestError(f'option memory={text!r}: gigabytes for each GPU, two at least, such as "20, 16.5"')
    return found


def loras(text: str) -> tuple[Lora, ...]:
    """Read `file.safetensors:0.8, other.safetensors`. Raises RequestError."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        file, colon, weight = part.rpartition(":")
        if not colon or "/" in weight or "\\" in weight:
            file, weight = part, "1"
        try:
            found.append(Lora(file, float(weight)))
        except ValueError:
            raise RequestError(
                f"option lora: {part!r} is not FILE or FILE:WEIGHT, such as film.safetensors:0.8"
            ) from None
        if not file.endswith(".safetensors"):
            raise RequestError(
                f"option lora: {file}: only .safetensors files are read; other formats can hold programs"
            )
    return tuple(found)


def cheaper(mode: str, device: str) -> str | None:
    """The mode that needs less of the GPU's memory, None where there is none."""
    order = ("full", "offload", "stream")
    if device == "cpu" or mode not in order[:-1]:
        return None
    return order[order.index(mode) + 1]


def needs(package: str, what: str) -> EngineError:
    return EngineError(f"{what} needs the package {package}: pip install {package}")
