"""Milliseconds for a frame of the worlds, by place and picture size.

    python benchmarks/worlds.py [--frames 12] [--all]

Prints wall time and processor time a frame (after a first frame, which compiles shaders), the triangles of the place,
and what the set-up of a clip costs. Processor time is the figure to compare when other programs use the cores.
"""

import argparse
import time
from fractions import Fraction

from oner.worlds.description import LOOKS, PLACES, Description, SubjectDescription
from oner.worlds.stage import Stage

SIZES = ((128, 80), (640, 360), (1280, 720))
TYPICAL = ("city street", "forest", "ocean", "school corridor", "space")
WOMAN = SubjectDescription("woman", colour="red", garment="coat", action="walk", facing="camera")


def measure(description: Description, size: tuple[int, int], frames: int, samples: int = 4) -> tuple[float, ...]:
    """Set-up in ms, wall and processor ms a frame, triangles."""
    begin = time.perf_counter()
    with Stage(description, 1, *size, frames, Fraction(24), samples=samples) as stage:
        ready = time.perf_counter() - begin
        stage.frame(0)
        wall, processor = time.perf_counter(), time.process_time()
        for i in range(1, frames + 1):
            stage.frame(i)
        spent = (time.perf_counter() - wall) / frames, (time.process_time() - processor) / frames
        return ready * 1e3, spent[0] * 1e3, spent[1] * 1e3, len(stage.place.static.faces)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--all", action="store_true", help="every place, and every look at 640x360")
    options = parser.parse_args()
    print(f"{'place':16} {'light':12} {'size':>9} {'set-up':>8} {'wall':>8} {'cpu':>8}  triangles   (ms)")
    for place in PLACES if options.all else TYPICAL:
        for light in ("golden hour", "night"):
            for size in SIZES if place in TYPICAL else SIZES[1:2]:
                ready, wall, cpu, triangles = measure(Description(place, (WOMAN,), light), size, options.frames)
                shown = f"{size[0]}x{size[1]}"
                print(f"{place:16} {light:12} {shown:>9} {ready:8.0f} {wall:8.1f} {cpu:8.1f}  {triangles}")
    for look in LOOKS if options.all else ("natural", "watercolour", "pencil"):
        _, wall, cpu, _ = measure(Description("city street", (WOMAN,), look=look), (640, 360), options.frames)
        print(f"look {look:20} 640x360 {wall:25.1f} {cpu:8.1f}")


if __name__ == "__main__":
    main()
