"""Assembling one film with Oner, MoviePy, and ffmpeg's own concat and xfade: same clips, same encoder settings.

    python benchmarks/cutting.py [--seconds 240] [--clips 55] [--dissolves 10] [--size 1280x720] [--keep FOLDER]

Makes the source clips once (into FOLDER, or a temporary one), then runs every contender in a process of its own and
prints wall time, processor time and their ratios. The encoder is x264 with the settings of a final film for all.
"""

import argparse
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from oner.cutting import assemble
from oner.film import Clip, MediaRef, Timeline, Transition, TransitionKind
from oner.media import FrameWriter, probe, write_sound
from oner.media.pictures import QUALITY
from oner.timing import Span

RATE, HANDLE, DISSOLVE, SAMPLE_RATE = Fraction(24), 12, 16, 48_000
ENCODER = QUALITY["final"]
GOP = round(RATE / 2)


def make_sources(folder: Path, lengths: list[int], size: tuple[int, int]) -> list[Path]:
    """Clips with moving, photograph-like texture, each with its handles; those already there are kept."""
    width, height = size
    paths = [folder / f"clip{n:02d}-{length + 2 * HANDLE}-{width}x{height}.mp4" for n, length in enumerate(lengths)]
    for n, path in enumerate(paths):
        if path.exists():
            continue
        generator = np.random.default_rng(n)
        texture = sum(
            cv2.resize(generator.uniform(0, 200 / cells**0.4, (cells, cells, 3)).astype(np.float32), (1024, 1024))
            for cells in (4, 16, 64, 256)
        )
        texture = np.clip(texture, 0, 255).astype(np.uint8)
        drift, grow = generator.uniform(-4, 4, 2), generator.uniform(0.997, 1.003)
        with FrameWriter(path, width, height, RATE, "take") as writer:
            for frame in range(lengths[n] + 2 * HANDLE):
                scale = 2.0 * grow**frame * width / 1280
                matrix = np.array([[scale, 0, drift[0] * frame], [0, scale, drift[1] * frame]])
                picture = cv2.warpAffine(texture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
                cv2.circle(picture, (int(width * (0.2 + 0.005 * frame)), height // 2), height // 8, (230, 90, 40), -1)
                writer.write(picture)
        print(f"\rclip {n + 1} of {len(paths)}", end="", file=sys.stderr, flush=True)
    return paths


def plan(paths: list[Path], lengths: list[int], dissolves: int, size: tuple[int, int]) -> Timeline:
    """Clips end to end, with dissolves into evenly spread ones."""
    entered = {round((k + 1) * len(paths) / (dissolves + 1)) for k in range(dissolves)} if dissolves else set()
    edges = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    clips = tuple(
        Clip(
            f"s{n:02d}",
            path.stem,
            MediaRef(path.stem, 0, ".mp4"),
            Span(HANDLE, HANDLE + length),
            Span(0, length + 2 * HANDLE),
            Span(edges[n], edges[n + 1]),
            Transition(TransitionKind.DISSOLVE, DISSOLVE) if n in entered else Transition(),
            "static",
        )
        for n, (path, length) in enumerate(zip(paths, lengths, strict=True))
    )
    heard = Span(0, round(edges[-1] * SAMPLE_RATE / RATE))
    return Timeline("Benchmark", RATE, *size, edges[-1], clips, MediaRef("song", 0, ".wav"), heard, SAMPLE_RATE)


def with_oner(timeline: Timeline, paths: list[Path], song: Path, out: Path) -> None:
    where = {path.stem: path for path in paths}
    assemble(timeline, lambda media: where[media.sha256], song, out)


def with_moviepy(timeline: Timeline, paths: list[Path], song: Path, out: Path) -> None:
    """Its quickest way: a chain of plain pieces, and a composite only for the frames of each dissolve."""
    from moviepy import CompositeVideoClip, VideoFileClip, concatenate_videoclips, vfx

    half, rate = DISSOLVE // 2, float(RATE)
    sources = [VideoFileClip(str(path), audio=False) for path in paths]
    pieces = []
    for n, clip in enumerate(timeline.clips):
        entered = clip.transition.frames > 0
        left = n + 1 < len(timeline.clips) and timeline.clips[n + 1].transition.frames > 0
        first, last = clip.source.start + half * entered, clip.source.end - half * left
        if entered:
            before = timeline.clips[n - 1]
            span = (before.source.end - half) / rate, (before.source.end + half) / rate
            outgoing = sources[n - 1].subclipped(*span)
            incoming = sources[n].subclipped((clip.source.start - half) / rate, first / rate)
            fading = incoming.with_effects([vfx.CrossFadeIn(DISSOLVE / rate)])
            pieces.append(CompositeVideoClip([outgoing, fading]).with_duration(DISSOLVE / rate))
        pieces.append(sources[n].subclipped(first / rate, last / rate))
    _write_with_moviepy(concatenate_videoclips(pieces, method="chain"), song, out)


def with_moviepy_composite(timeline: Timeline, paths: list[Path], song: Path, out: Path) -> None:
    """As MoviePy's guide shows it: every clip placed in one composite, with a cross-fade where it dissolves in."""
    from moviepy import CompositeVideoClip, VideoFileClip, vfx

    half, rate, placed = DISSOLVE // 2, float(RATE), []
    for n, (clip, path) in enumerate(zip(timeline.clips, paths, strict=True)):
        before = half if clip.transition.frames else 0
        after = half if n + 1 < len(timeline.clips) and timeline.clips[n + 1].transition.frames else 0
        source = VideoFileClip(str(path), audio=False)
        piece = source.subclipped((clip.source.start - before) / rate, (clip.source.end + after) / rate)
        fading = [vfx.CrossFadeIn(DISSOLVE / rate)] if before else []
        placed.append(piece.with_start((clip.place.start - before) / rate).with_effects(fading))
    _write_with_moviepy(CompositeVideoClip(placed).with_duration(timeline.frames / rate), song, out)


def _write_with_moviepy(film, song: Path, out: Path) -> None:
    from moviepy import AudioFileClip

    film.with_audio(AudioFileClip(str(song))).write_videofile(
        str(out), fps=float(RATE), codec="libx264", preset=ENCODER["preset"], pixel_format="yuv420p",
        audio_codec="aac", audio_bitrate="320k", logger=None, temp_audiofile_path=str(out.parent),
        ffmpeg_params=["-crf", ENCODER["crf"], "-g", str(GOP), "-movflags", "+faststart"],
    )  # fmt: skip


def with_ffmpeg(timeline: Timeline, paths: list[Path], song: Path, out: Path) -> None:
    """One filter graph: trim every input, xfade where there is a dissolve, concat the rest."""
    import imageio_ffmpeg

    half, graph, groups = DISSOLVE // 2, [], []
    for n, clip in enumerate(timeline.clips):
        entered = clip.transition.frames > 0
        left = n + 1 < len(timeline.clips) and timeline.clips[n + 1].transition.frames > 0
        first, last = clip.source.start - half * entered, clip.source.end + half * left
        graph.append(f"[{n}:v]trim=start_frame={first}:end_frame={last},setpts=PTS-STARTPTS,settb=1/{RATE}[v{n}]")
        if entered:
            label, length = groups.pop()
            offset = float((length - DISSOLVE) / RATE)
            graph.append(f"[{label}][v{n}]xfade=duration={float(DISSOLVE / RATE)}:offset={offset}[x{n}]")
            groups.append((f"x{n}", length + (last - first) - DISSOLVE))
        else:
            groups.append((f"v{n}", last - first))
    graph.append("".join(f"[{label}]" for label, _ in groups) + f"concat=n={len(groups)}:v=1:a=0[film]")
    inputs = [argument for path in [*paths, song] for argument in ("-i", str(path))]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *inputs, "-filter_complex", ";".join(graph),
         "-map", "[film]", "-map", f"{len(paths)}:a", "-r", str(RATE), "-c:v", "libx264", "-preset", ENCODER["preset"],
         "-crf", ENCODER["crf"], "-g", str(GOP), "-profile:v", "high", "-pix_fmt", "yuv420p", "-c:a", "aac",
         "-b:a", "320k", "-movflags", "+faststart", str(out)],
        check=True,
    )  # fmt: skip


CONTENDERS = {
    "Oner": with_oner,
    "ffmpeg concat + xfade": with_ffmpeg,
    "MoviePy, quickest way": with_moviepy,
    "MoviePy, one composite": with_moviepy_composite,
}


def measured(name: str, *arguments) -> tuple[float, float]:
    """Wall and processor seconds of a contender, its helpers' included, in a fresh process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = multiprocessing.get_context("spawn").Process(target=CONTENDERS[name], args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{name} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, used


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=240)
    options.add_argument("--clips", type=int, default=55)
    options.add_argument("--dissolves", type=int, default=10)
    options.add_argument("--size", default="1280x720")
    options.add_argument("--keep", type=Path, help="folder for clips and films, kept for the next run")
    options.add_argument("--only", nargs="*", choices=CONTENDERS, default=list(CONTENDERS))
    chosen = options.parse_args()
    width, height = (int(side) for side in chosen.size.split("x"))
    frames = round(chosen.seconds * RATE)
    edges = [round(n * frames / chosen.clips) for n in range(chosen.clips + 1)]
    lengths = [b - a for a, b in pairwise(edges)]
    if min(lengths) < 2 * DISSOLVE:
        raise SystemExit(f"--seconds {chosen.seconds:g}: too short for {chosen.clips} clips; give fewer with --clips")
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        paths = make_sources(folder, lengths, (width, height))
        timeline = plan(paths, lengths, chosen.dissolves, (width, height))
        song = folder / f"song-{frames}.wav"
        if not song.exists():
            sound = 0.1 * np.random.default_rng(0).standard_normal((2, len(timeline.song_span)))
            write_sound(song, sound.astype(np.float32), SAMPLE_RATE)
        print(f"\n{frames} frames of {width}x{height}, {chosen.clips} clips, {chosen.dissolves} dissolves, "
              f"x264 {ENCODER['preset']} crf {ENCODER['crf']}, {os.cpu_count()} cores\n")  # fmt: skip
        print("| | wall s | frames/s | processor s | wall, Oner = 1 | processor, Oner = 1 | frames | MB |")
        print("|---|---|---|---|---|---|---|---|")
        ours = None
        for name in chosen.only:
            out = folder / f"film-{list(CONTENDERS).index(name)}.mp4"
            wall, used = measured(name, timeline, paths, song, out)
            ours = ours or (wall, used)
            counted, size = probe(out).video.frames, out.stat().st_size / 1e6
            print(
                f"| {name} | {wall:.1f} | {frames / wall:.0f} | {used:.1f} | {wall / ours[0]:.2f} | "
                f"{used / ours[1]:.2f} | {counted} | {size:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
