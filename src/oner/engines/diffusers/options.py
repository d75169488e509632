"""The options of `[engine_options]` that open models know, and what they come to on this machine."""

from dataclasses import dataclass

from ...errors import EngineError, RequestError
from ...film import ClipRequest, Locate
from ..fitting import RETIMES
from .catalogue import Entry

DTYPES = ("auto", "bfloat16", "float16", "float32")
MODES = ("auto", "full", "offload", "stream", "sequential")
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
    "mode": MODES,  # where weights wait: on the GPU, in memory by part or by layer
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


def loading(entry: Entry, request: ClipRequest, device: str, mode: str, locate: Locate | None = None) -> Loading:
    """How a request wants its model loaded on `device` ("cuda", "mps", "cpu"); `mode` is what "auto" comes to.

    `locate` finds the request's LoRA files; without it they are left out.
    """
    given = request.options
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
    )


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
