"""Song analysis against known beats: accuracy and time, beside librosa, on synthesised songs; one run, one table.

    python benchmarks/song_analysis.py                 # 48 songs of a minute, with librosa beside, about 3 minutes
    python benchmarks/song_analysis.py --tracks 16 --without-librosa --each
    python benchmarks/song_analysis.py --fit           # find the metre's weights again from other songs, print them

Songs come from `tracks.py` with seeds from 5000 (the weights were fitted on seeds from 20000; tests use seeds below
100). A beat counts if it lies within 70 ms. Times are processor seconds of this process; compare them as ratios.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import tracks
from oner.film import SongAnalysis
from oner.media import write_sound
from oner.song import analyse

FIRST_SEED, FIT_SEED = 5000, 20000
WINDOW = 0.07


def f_measure(found: np.ndarray, true: np.ndarray, window: float = WINDOW) -> float:
    """F of two ascending lists of seconds; each true time is matched once."""
    if not len(found) or not len(true):
        return float(len(found) == len(true))
    used, hits = np.zeros(len(found), bool), 0
    for time_ in true:
        near = np.abs(found - time_) + 10.0 * used
        if near.min() <= window:
            used[near.argmin()] = True
            hits += 1
    return 2 * hits / (len(found) + len(true))


def offset(found: np.ndarray, true: np.ndarray) -> float:
    """Mean seconds by which matched beats come late."""
    late = np.array([found[np.abs(found - t).argmin()] - t for t in true]) if len(found) else np.zeros(0)
    late = late[np.abs(late) <= WINDOW]
    return float(late.mean()) if len(late) else 0.0


def octave_error(bpm: float | None, true: float) -> bool:
    """The tempo is off by a simple ratio (or anything else beyond the 3 % of a drift)."""
    return bpm is None or abs(np.log(bpm / true)) > 0.05


def seconds(analysis: SongAnalysis, samples: list[int]) -> np.ndarray:
    return np.array(samples) / analysis.sample_rate


def score(analysis: SongAnalysis, track: tracks.Track) -> dict[str, float]:
    """Figures of one song."""
    beats = seconds(analysis, [beat.sample for beat in analysis.beats])
    downbeats = seconds(analysis, [beat.sample for beat in analysis.downbeats])
    borders = seconds(analysis, [section.span.start for section in analysis.sections[1:]])
    true_borders = np.array([start for _, start, _ in track.sections[1:]])
    moments = np.arange(track.sections[0][1], track.sections[-1][2], 0.25)
    said = [
        next((str(s.label) for s in analysis.sections if int(m * analysis.sample_rate) in s.span), "") for m in moments
    ]
    meant = [next((label for label, a, b in track.sections if a <= m < b), "") for m in moments]
    return {
        "beat F": f_measure(beats, track.beats), "downbeat F": f_measure(downbeats, track.downbeats),
        "octave": float(octave_error(analysis.bpm, track.bpm)), "meter": float(analysis.meter == track.meter),
        "offset ms": 1000 * offset(beats, track.beats), "border F": f_measure(borders, true_borders, 1.0),
        "labels": float(np.mean([a == b for a, b in zip(said, meant)])), "confidence": analysis.confidence,
    }  # fmt: skip


def librosa_beats(path: Path) -> tuple[float, np.ndarray]:
    """What librosa's beat tracker gives with its own defaults."""
    import librosa

    sound, rate = librosa.load(path, sr=22050)
    tempo, frames = librosa.beat.beat_track(y=sound, sr=rate)
    return float(np.atleast_1d(tempo)[0]), librosa.frames_to_time(frames, sr=rate)


def songs(count: int, first: int, length: float) -> Iterator[tracks.Track]:
    """Tempi spread evenly from 60 to 180 BPM; the rest is drawn from the seed."""
    for i in range(count):
        yield tracks.make_track(first + i, length, bpm=60.0 + 120.0 * ((i * 29) % count + 0.5) / count)


def run(arguments: argparse.Namespace) -> None:
    rows: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    with TemporaryDirectory() as folder:
        for track in songs(arguments.tracks, FIRST_SEED, arguments.seconds):
            path = Path(folder) / "song.wav"
            write_sound(path, track.samples, track.rate)
            began = time.process_time()
            analysis = analyse(path)
            cost = time.process_time() - began
            row = {
                "bpm": track.bpm,
                **score(analysis, track),
                "cost": cost,
                "length": track.samples.shape[1] / track.rate,
            }
            rows.append(row)
            if arguments.each:
                keys = ("beat F", "downbeat F", "offset ms", "border F", "labels", "confidence")
                print(f"{track.name:26s} {', '.join(t for t in track.traits[1:] if t):50s} found {analysis.bpm}, "
                      f"{analysis.meter}/4, " + ", ".join(f"{key} {row[key]:.2f}" for key in keys))  # fmt: skip
            if not arguments.without_librosa:
                began = time.process_time()
                tempo, beats = librosa_beats(path)
                cost = time.process_time() - began
                theirs.append({"bpm": track.bpm, "beat F": f_measure(beats, track.beats), "cost": cost,
                               "octave": float(octave_error(tempo, track.bpm)), "length": row["length"],
                               "offset ms": 1000 * offset(beats, track.beats)})  # fmt: skip
        beatless = [_beatless(kind, Path(folder) / "song.wav") for kind in tracks.BEATLESS]
    table([("oner", rows), *([("librosa", theirs)] if theirs else [])])
    print("\nwithout a beat: " + ", ".join(f"{kind} {found}" for kind, found in beatless))


def _beatless(kind: str, path: Path) -> tuple[str, str]:
    track = tracks.make_beatless(kind, FIRST_SEED)
    write_sound(path, track.samples, track.rate)
    analysis = analyse(path)
    return (
        kind,
        f"{'no beat' if analysis.bpm is None else f'{analysis.bpm:.0f} BPM'} (confidence {analysis.confidence:.2f})",
    )


def table(columns: list[tuple[str, list[dict[str, float]]]]) -> None:
    """Print means; octave errors also for the tempi at which none is allowed."""

    def mean(rows: list[dict[str, float]], key: str) -> float | None:
        return float(np.mean([row[key] for row in rows])) if key in rows[0] else None

    lines: list[tuple[str, list[float | None], str]] = [
        (f"songs of {mean(columns[0][1], 'length'):.0f} s", [len(r) for _, r in columns], ".0f")
    ]
    for key in ("beat F", "downbeat F", "meter", "offset ms", "border F", "labels"):
        lines.append((key, [mean(rows, key) for _, rows in columns], ".3f" if key != "offset ms" else ".1f"))
    lines.append(("largest offset ms", [max(abs(row["offset ms"]) for row in rows) for _, rows in columns], ".1f"))
    lines.append(("lowest beat F", [min(row["beat F"] for row in rows) for _, rows in columns], ".3f"))
    middle = [[row for row in rows if 70 <= row["bpm"] <= 160] for _, rows in columns]
    lines.append(
        (
            f"tempo wrong, 70-160 BPM (of {len(middle[0])})",
            [sum(row["octave"] for row in rows) for rows in middle],
            ".0f",
        )
    )
    lines.append(("tempo wrong, all", [sum(row["octave"] for row in rows) for _, rows in columns], ".0f"))
    lines.append(
        (
            "song seconds per second of computing",
            [sum(r["length"] for r in rows) / sum(r["cost"] for r in rows) for _, rows in columns],
            ".0f",
        )
    )
    print(f"{'':40s}" + "".join(f"{name:>10s}" for name, _ in columns))
    for name, values, style in lines:
        print(f"{name:40s}" + "".join(f"{'-' if value is None else format(value, style):>10s}" for value in values))


def fit(arguments: argparse.Namespace) -> None:
    """Conditional logit over all readings of each song; prints the weights for `song/metre.py`."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    from oner.song.features import measure, mono_at_analysis_rate
    from oner.song.metre import MEASURES, readings
    from oner.song.pulse import find_pulse

    cases = []
    for track in songs(arguments.tracks, FIT_SEED, arguments.seconds):
        mono, rate = mono_at_analysis_rate(track.samples, track.rate)
        features = measure(mono, rate)
        found = readings(features, find_pulse(features))
        bars = [f_measure(r.beats[r.first :: r.meter], track.downbeats) for r in found]
        right = np.array([f_measure(r.beats, track.beats) > 0.93 and bar > 0.85 for r, bar in zip(found, bars)])
        if right.any():
            cases.append((np.stack([r.measures for r in found]), right))
    spread = np.concatenate([case for case, _ in cases]).std(axis=0) + 1e-6

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = 0.003 * float(weights @ weights), 0.006 * weights
        for case, right in cases:
            scaled = case / spread
            scores = scaled @ weights
            every, good = logsumexp(scores), logsumexp(scores[right])
            value += (every - good) / len(cases)
            slope += (np.exp(scores - every) @ scaled - np.exp(scores[right] - good) @ scaled[right]) / len(cases)
        return value, slope

    weights = minimize(loss, np.zeros(len(MEASURES)), jac=True, method="L-BFGS-B").x / spread
    print(f"{len(cases)} songs")
    for name, weight in zip(MEASURES, weights):
        print(f"{name:20s}{weight:8.2f}")
    print("WEIGHTS = (" + ", ".join(f"{weight:.2f}" for weight in weights) + ")")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, default=48)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--without-librosa", action="store_true")
    parser.add_argument("--each", action="store_true", help="one line for every song")
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    (fit if given.fit else run)(given)
