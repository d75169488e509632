"""docs/adherence.png: what clips show of their prompts, over how long the transformer was trained.

    python scripts/adherence_picture.py HOURS=FILE [HOURS=FILE ...] [--out docs/adherence.png]

Each FILE is what `oner evaluate --weights WEIGHTS --prompts seen --json FILE` wrote of the weights after so many hours.
Needs matplotlib (`pip install oner[dev]`).
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).parents[1] / "docs"
SHOWN = ("place", "look", "camera", "time", "weather", "colour", "subject")


def point(text: str) -> tuple[float, dict[str, dict]]:
    """Hours and, by attribute, the figures of a file."""
    hours, _, file = text.partition("=")
    return float(hours), json.loads(Path(file).read_text())["lists"]["seen"]["attributes"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("points", type=point, nargs="+", metavar="HOURS=FILE")
    parser.add_argument("--out", type=Path, default=DOCS / "adherence.png")
    options = parser.parse_args()
    points = sorted(options.points, key=lambda found: found[0])
    figure, axes = plt.subplots(figsize=(7, 3.6), dpi=100)
    for name in SHOWN:
        hours = [hour for hour, _ in points]
        right = [figures[name]["generated"] for _, figures in points]
        errors = [figures[name]["error"] for _, figures in points]
        axes.errorbar(hours, right, errors, marker="o", capsize=3, label=name)
    axes.set(
        xlabel="hours of the transformer's training on two cores", ylabel="told right by the recogniser", ylim=(0, 1)
    )
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    figure.savefig(options.out)


if __name__ == "__main__":
    main()
