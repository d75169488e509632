"""A run's result as a file to use or to ship, whatever the run taught."""

from pathlib import Path

from ..errors import InputError
from .model_start import export_model
from .run import Run
from .tokenizer_measure import export_tokenizer


def export_run(folder: Path, out: Path, data: Path | None = None) -> str:
    """Write the averaged weights of a run; gives the digest. Raises InputError if there is nothing to write.

    A tokenizer's scales are settled on `data`, by default the shards that it was trained on.
    """
    facts = Run.facts_in(folder)
    if not facts:
        raise InputError(f"{folder}: no checkpoint there; train first, or name the --run folder of a run")
    if out.suffix != ".safetensors":
        raise InputError(f"{out}: weights are written as .safetensors; give a name that ends so")
    if (folder / "vocabulary.json").exists():
        return export_model(folder, out)
    shards = data or (Path(facts["data"]) if "data" in facts else None)
    if shards is None:
        raise InputError("a tokenizer's scales are settled on shards: name them with --data")
    return export_tokenizer(folder, out, shards, facts["preset"])
