"""docs/training.png: how errors fell while the shipped weights were trained, and what sheets of those runs showed.

    python scripts/training_pictures.py --model RUN [RUN ...] --looks RUN [RUN ...] [--out docs/training.png]

Runs are named in the order in which each went on from the one before. Needs matplotlib (`pip install oner[dev]`).
"""

import argparse
import io
import json
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).parents[1] / "docs"
LEVELS = {"0.3": "noise 0.3", "0.5": "noise 0.5", "0.9": "noise 0.9", "drafts": "drafts"}
PROMPTS = (0, 1, 7, 9)  # of a model's sheet, which has twelve
MOMENTS = 5  # sheets of each kind that are shown
WINDOW = 20  # lines of metrics that a point of the looks' curve is the mean of


def metrics(runs: Sequence[Path]) -> list[dict]:
    """All lines of the runs' metrics with steps counted on from run to run; of steps taken twice the later counts."""
    found: list[dict] = []
    for run in runs:
        begun = found[-1]["step"] if found else 0
        lines = {}
        for line in map(json.loads, (run / "metrics.jsonl").read_text().splitlines()):
            lines[line["step"], "held_out_averaged" in line] = {**line, "step": begun + line["step"]}
        found += sorted(lines.values(), key=lambda line: line["step"])
    return found


def curves(model: Sequence[Path], looks: Sequence[Path], width: int) -> np.ndarray:
    """Held-out loss of the model by level, and the error of what the decoder guesses, over steps: (H, width, 3)."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(width / 100, 3.4), dpi=100)
    lines = [line for line in metrics(model) if "held_out_averaged" in line]
    for key, name in LEVELS.items():
        left.plot([line["step"] for line in lines], [line["held_out_averaged"][key] for line in lines], label=name)
    left.set(xlabel="steps of the transformer", ylabel="held-out loss, averaged weights", ylim=(0.3, 0.75))
    lines = [line for line in metrics(looks) if "loss" in line]
    parts = [lines[begin : begin + WINDOW] for begin in range(0, len(lines) - WINDOW + 1, WINDOW)]
    right.plot([part[-1]["step"] for part in parts], [np.mean([line["error"] for line in part]) for part in parts])
    right.set(xlabel="steps of what the decoder remembers", ylabel="square error of the guess, -1..1")
    left.legend(frameon=False)
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.tight_layout()
    file = io.BytesIO()
    figure.savefig(file)
    return np.asarray(Image.open(file).convert("RGB").resize((width, 340)))


def sheets(runs: Sequence[Path]) -> list[Path]:
    """MOMENTS sheets of runs, from the first to the last."""
    found = [path for run in runs for path in sorted((run / "sheets").glob("*.png"))]
    return [found[round(i * (len(found) - 1) / (MOMENTS - 1))] for i in range(MOMENTS)]


def of_model(sheet: Path) -> list[np.ndarray]:
    """First tiles of some prompts of a model's sheet, which has two prompts of three pictures in a row."""
    picture = np.asarray(Image.open(sheet).convert("RGB"))
    height, width = picture.shape[0] / 6, picture.shape[1] / 6
    return [tile(picture, prompt // 2 * height, prompt % 2 * 3 * width, height, width) for prompt in PROMPTS]


def of_looks(sheet: Path) -> list[np.ndarray]:
    """What the decoder guesses of three clips, whose renders stand above: the fourth to sixth of the sheet's rows."""
    picture = np.asarray(Image.open(sheet).convert("RGB"))
    height, width = picture.shape[0] / 15, picture.shape[1] / 5
    return [tile(picture, row * height, 0, height, width) for row in (3, 4, 5)]


def tile(picture: np.ndarray, top: float, left: float, height: float, width: float) -> np.ndarray:
    return picture[int(top) : int(top + height), int(left) : int(left + width)]


def row(tiles: Sequence[np.ndarray], width: int) -> np.ndarray:
    """Tiles beside one another, `width` pixels in all."""
    side = width // len(tiles)
    made = [Image.fromarray(part).resize((side, round(side * part.shape[0] / part.shape[1]))) for part in tiles]
    line = np.full((max(image.height for image in made), width, 3), 24, np.uint8)
    for number, image in enumerate(made):
        line[: image.height, number * side : number * side + side] = np.asarray(image)
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, nargs="+", required=True)
    parser.add_argument("--looks", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, default=DOCS / "training.png")
    options = parser.parse_args()
    width = 1200
    found = [curves(options.model, options.looks, width)]
    for runs, tiles_of in ((options.model, of_model), (options.looks, of_looks)):
        columns = [tiles_of(sheet) for sheet in sheets(runs)]
        found += [row(tiles, width) for tiles in zip(*columns, strict=True)]
    Image.fromarray(np.concatenate(found)).quantize(256).save(options.out, optimize=True)


if __name__ == "__main__":
    main()
