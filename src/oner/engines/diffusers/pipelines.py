"""Loading pipelines with `diffusers`, from folders on disk alone: nothing is fetched here, and no pickle is read."""

import contextlib
import inspect
import json
import struct
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ...errors import EngineError, OnerError, RequestError
from .catalogue import Entry
from .machine import SPARE
from .options import BALANCED, Loading, needs

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


def check_files(entry: Entry) -> None:
    """Refuse a folder that is missing, is not a pipeline, holds only pickles or cut-off weights. Raises EngineError."""
    place = entry.place
    again = f"`oner engines pull {entry.name}` fetches it" if entry.hub else "mend the folder in engines.toml"
    if entry.hub and not entry.folder and not entry.present:
        raise EngineError(f"{entry.name} is not on this machine: {again}")
    if not (place / "model_index.json").is_file():
        raise EngineError(f"{place} holds no model_index.json: it is not a pipeline that diffusers saved; {again}")
    for file in sorted(place.rglob("*.safetensors")):
        check_safetensors(file, again)
    weights = {folder.parent for folder in place.rglob("*.safetensors")}
    for pattern in PICKLES:
        for file in place.rglob(pattern):
            if file.parent not in weights:
                raise EngineError(
                    f"{file} is a pickle, which can hold programs and is never read: "
                    f"save the model as .safetensors, or find a version of it that is"
                )
    if entry.file:
        _check_single(Path(entry.file).expanduser())


def check_safetensors(file: Path, again: str) -> None:
    """Compare a file's length with what its header says. Raises EngineError."""
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            if length > min(size, 100_000_000):
                raise ValueError("no header")
            header = json.loads(opened.read(length))
        ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
    except (OSError, struct.error, ValueError, KeyError, TypeError) as error:
        raise EngineError(f"{file} is damaged ({error}): {again}") from error
    if size != 8 + length + max(ends, default=0):
        raise EngineError(f"{file} is damaged: it has {size} bytes, its header says {8 + length + max(ends)}; {again}")


def _check_single(file: Path) -> None:
    if not file.is_file():
        raise EngineError(f"there is no {file}: mend `file` in engines.toml")
    if file.suffix not in (".safetensors", ".gguf"):
        raise EngineError(f"{file} is neither .safetensors nor .gguf: other formats can hold programs and are not read")
    if file.suffix == ".safetensors":
        check_safetensors(file, "fetch it again")


@contextlib.contextmanager
def speaking(what: str) -> Iterator[None]:
    """Every way in which the libraries fail becomes an EngineError with their own words; out of memory passes."""
    try:
        yield
    except OnerError:
        raise
    except ImportError as error:
        raise EngineError(f"{what}: {error}") from error
    except Exception as error:
        if out_of_memory(error):
            raise
        raise EngineError(f"{what}: {type(error).__name__}: {error}") from error


def out_of_memory(error: BaseException) -> bool:
    """Whether a GPU (or the machine) ran out of memory."""
    return type(error).__name__ == "OutOfMemoryError" or "out of memory" in str(error).lower()


def libraries() -> Any:
    """Import diffusers. Raises EngineError saying what to install."""
    try:
        import diffusers
        import transformers
    except ImportError as error:
        raise EngineError(f"open models need more packages ({error}): pip install 'oner[diffusers]'") from error
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return diffusers


def pipeline_class(name: str) -> type:
    """A pipeline class of diffusers by its name. Raises EngineError where the installed version has none."""
    diffusers = libraries()
    found = getattr(diffusers, name, None)
    if not isinstance(found, type) or not issubclass(found, diffusers.DiffusionPipeline):
        raise EngineError(f"diffusers {diffusers.__version__} has no pipeline {name!r}: pip install -U diffusers")
    return found


def _kind(entry: Entry, operation: str) -> type:
    """The class that does an operation. Raises RequestError where the entry has arguments that it does not take."""
    kind = pipeline_class(entry.pipelines[operation])
    known = inspect.signature(kind.__call__).parameters
    for name in entry.arguments:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise RequestError(
                f"{entry.name} has {name!r} among its arguments, and {kind.__name__} takes none of this name; {hint}"
                "mend it in engines.toml"
            )
    return kind


def load(entry: Entry, operation: str, loading: Loading):
    """A pipeline ready to run. Raises EngineError, RequestError for several GPUs that are not there or arguments that
    the pipeline does not take; out of memory as torch raises it."""
    check_files(entry)
    kind = _kind(entry, operation)
    with speaking(f"{entry.name} cannot be loaded from {entry.place}"):
        arguments = _arguments(entry, loading)
        pipeline = kind.from_pretrained(entry.place, **arguments)
        _check_spread(pipeline, entry, arguments)
        return place(_dressed(pipeline, loading), loading)


def another(pipeline, entry: Entry, operation: str, loading: Loading):
    """A pipeline for another operation with the weights that are loaded already."""
    kind = _kind(entry, operation)
    if type(pipeline) is kind:
        return pipeline
    with speaking(f"{entry.name} cannot {operation}"):
        wanted, _ = kind._get_signature_keys(kind)
        parts = {name: part for name, part in pipeline.components.items() if name in wanted}
        if loading.mode not in ("full", BALANCED):
            pipeline.remove_all_hooks()
        made = kind(**parts, **_kept_settings(pipeline, kind))
        made.hf_device_map = pipeline.hf_device_map  # parts that lie on several GPUs stay where they are
        return place(made, loading)


def _kept_settings(pipeline, kind: type) -> dict:
    """Values of the pipeline's configuration that are no parts, such as Wan 2.2's `expand_timesteps`."""
    _, optional = kind._get_signature_keys(kind)
    return {
        name: value for name, value in pipeline.config.items() if name in optional and name not in pipeline.components
    }


def place(pipeline, loading: Loading):
    """Put a pipeline's weights where the mode wants them."""
    pipeline.set_progress_bar_config(disable=True)
    if loading.mode == BALANCED:  # `from_pretrained` has put it there
        return pipeline
    if loading.device == "cpu" or loading.mode == "full":
        return pipeline.to(loading.device)
    import torch

    with speaking(f"mode {loading.mode}"):
        if loading.mode == "offload":
            pipeline.enable_model_cpu_offload(device=loading.device)
        elif loading.mode == "sequential":
            pipeline.enable_sequential_cpu_offload(device=loading.device)
        else:
            pipeline.enable_group_offload(
                onload_device=torch.device(loading.device),
                offload_type="leaf_level",
                use_stream=loading.device.startswith("cuda"),
            )
    return pipeline


def _arguments(entry: Entry, loading: Loading) -> dict:
    import torch

    dtype = getattr(torch, loading.dtype)
    exact = entry.vae_dtype and loading.dtype == entry.dtype
    arguments = {
        "dtype": {"default": dtype, "vae": getattr(torch, entry.vae_dtype)} if exact else dtype,
        "local_files_only": True,
        "use_safetensors": True,
        "trust_remote_code": False,
    }
    if loading.mode == BALANCED:
        arguments |= {"device_map": BALANCED, "max_memory": _memory_by_gpu(entry, loading)}
    if loading.quantise != "no":
        arguments["quantization_config"] = _quantisation(entry, loading)
    if entry.file:
        arguments["transformer"] = _single_file(entry, getattr(torch, loading.dtype))
    return arguments


def _memory_by_gpu(entry: Entry, loading: Loading) -> dict[int, int]:
    """Bytes of weights that each GPU may hold: as the option `memory` says, else what is free beside the work.

    Raises RequestError where there are fewer than two GPUs, or not as many as `memory` has numbers.
    """
    free = free_memory()
    count = len(free)
    if count < 2:
        here = "one GPU" if count else "no GPU"
        raise RequestError(
            f'mode = "{BALANCED}" spreads a model over several GPUs, and torch sees {here} here: leave mode out, or '
            'write mode = "offload" or "stream" for a model that is too large for it'
        )
    if loading.memory and len(loading.memory) != count:
        raise RequestError(f"option memory: {len(loading.memory)} numbers, and torch sees {count} GPUs here")
    if loading.memory:
        return {number: round(gigabytes * 1e9) for number, gigabytes in enumerate(loading.memory)}
    work = round((SPARE + entry.working) * 1e9)
    return {number: max(size - work, 0) for number, size in enumerate(free)}


def free_memory() -> list[int]:
    """Free bytes of every GPU that torch sees."""
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return [torch.cuda.mem_get_info(number)[0] for number in range(count)]


def _check_spread(pipeline, entry: Entry, arguments: Mapping[str, Any]) -> None:
    """Raise EngineError where a part was left out of the GPUs: diffusers moves whole parts and splits none."""
    if "device_map" not in arguments:
        return
    import torch

    places = pipeline.hf_device_map or {}
    parts = [name for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)]
    if left := [name for name in parts if places.get(name, "cpu") == "cpu"]:
        room = ", ".join(f"{size / 1e9:.1f}" for size in arguments["max_memory"].values())
        raise EngineError(
            f"{entry.name} does not fit: {', '.join(left)} found no room on the GPUs, which may hold {room} GB of "
            'weights: write mode = "offload" or "stream", quantise = "int8", or other numbers as memory'
        )


def _quantisation(entry: Entry, loading: Loading):
    from importlib.util import find_spec

    import torch
    from diffusers import PipelineQuantizationConfig

    if find_spec(loading.quantise_with) is None:
        raise needs(loading.quantise_with, f"quantise = {loading.quantise!r}")
    parts = _quantised_parts(entry)
    if loading.quantise_with == "bitsandbytes":
        worked_in = getattr(torch, loading.dtype)  # four bits are worked on in float32 where nobody says otherwise
        kinds = {
            "int8": ("bitsandbytes_8bit", {"load_in_8bit": True}),
            "int4": ("bitsandbytes_4bit", {"load_in_4bit": True, "bnb_4bit_compute_dtype": worked_in}),
        }
        if loading.quantise not in kinds:
            raise EngineError(f'bitsandbytes has no {loading.quantise}: choose int8, int4 or quantise_with = "torchao"')
        backend, settings = kinds[loading.quantise]
        return PipelineQuantizationConfig(quant_backend=backend, quant_kwargs=settings, components_to_quantize=parts)
    from diffusers import TorchAoConfig
    from torchao.quantization import Float8WeightOnlyConfig, Int4WeightOnlyConfig, Int8WeightOnlyConfig

    kinds = {"int8": Int8WeightOnlyConfig, "int4": Int4WeightOnlyConfig, "fp8": Float8WeightOnlyConfig}
    return PipelineQuantizationConfig(quant_mapping={part: TorchAoConfig(kinds[loading.quantise]()) for part in parts})


def _quantised_parts(entry: Entry) -> list[str]:
    index = json.loads((entry.place / "model_index.json").read_text())
    return [name for name in ("transformer", "transformer_2") if index.get(name, [None])[0]]


def _single_file(entry: Entry, dtype):
    import diffusers

    file = Path(entry.file).expanduser()
    index = json.loads((entry.place / "model_index.json").read_text())
    kind = getattr(diffusers, index["transformer"][1])
    more = {}
    if file.suffix == ".gguf":
        from importlib.util import find_spec

        if find_spec("gguf") is None:
            raise needs("gguf", f"{file.name}")
        more["quantization_config"] = diffusers.GGUFQuantizationConfig(compute_dtype=dtype)
    with speaking(f"{file} cannot be read as a {kind.__name__}"):
        return kind.from_single_file(
            str(file), config=str(entry.place), subfolder="transformer", dtype=dtype, local_files_only=True, **more
        )


def _dressed(pipeline, loading: Loading):
    """Apply LoRA files, attention back end, tiling and compilation."""
    for number, lora in enumerate(loading.loras):
        file = Path(lora.file).expanduser()
        if not file.is_file():
            raise EngineError(f"there is no LoRA file {file}")
        check_safetensors(file, "fetch it again")
        with speaking(f"the LoRA {file.name} does not fit {type(pipeline).__name__}"):
            pipeline.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name=f"lora{number}")
    if loading.loras:
        pipeline.set_adapters(
            [f"lora{number}" for number in range(len(loading.loras))], [lora.weight for lora in loading.loras]
        )
    denoisers = [
        part for name in ("transformer", "transformer_2") if (part := getattr(pipeline, name, None)) is not None
    ]
    for part in denoisers:
        if loading.attention:
            with speaking(f"attention = {loading.attention!r}"):
                part.set_attention_backend(loading.attention)
        if loading.compiled:
            part.compile()
    vae = getattr(pipeline, "vae", None)
    if vae is not None:
        for wanted, name in ((loading.tiling, "enable_tiling"), (loading.slicing, "enable_slicing")):
            if wanted and hasattr(vae, name):
                getattr(vae, name)()
    return pipeline


def best_device(wanted: str) -> str:
    """The device that "auto" comes to. Raises EngineError where the wanted one is not there."""
    import torch

    there = torch.cuda.is_available()
    if wanted == "auto":
        return "cuda" if there else "mps" if torch.backends.mps.is_available() else "cpu"
    if wanted.startswith("cuda") and not there:
        raise EngineError(
            f"device = {wanted!r}: torch sees no GPU here; `oner engines check` says what runs without one"
        )
    return wanted
