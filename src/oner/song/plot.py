"""A picture of what was heard: waveform, energy, beats, downbeats and sections over time."""

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..film import SectionLabel, SongAnalysis
from ..media import decode_sound, replacing

COLOURS = {
    SectionLabel.INTRO: "#8fb8de", SectionLabel.VERSE: "#9ccc9c", SectionLabel.CHORUS: "#f2a65a",
    SectionLabel.BRIDGE: "#c39bd3", SectionLabel.INSTRUMENTAL: "#e6d36a", SectionLabel.OUTRO: "#a9b4bd",
}  # fmt: skip
ROW_SECONDS = 100.0  # a row of the picture; longer songs get more rows, at most MOST_ROWS
MOST_ROWS = 5


def draw_plot(analysis: SongAnalysis, sound_path: Path | str, out_png: Path | str) -> None:
    """Write a PNG of the analysis, 1600 pixels wide, one row for every 100 s (five rows at most).

    Raises MediaError if the sound cannot be decoded.
    """
    wave = decode_sound(sound_path, mono=True).samples[0]
    seconds = analysis.samples / analysis.sample_rate
    rows = min(MOST_ROWS, max(1, int(np.ceil(seconds / ROW_SECONDS))))
    figure = Figure(figsize=(16, 1.0 + 2.4 * rows), dpi=100, layout="constrained")
    tempo = "no regular beat" if analysis.bpm is None else f"{analysis.bpm:.2f} BPM, {analysis.meter}/4"
    loudness = "silent" if analysis.lufs is None else f"{analysis.lufs:.1f} LUFS"
    name = Path(sound_path).name.replace("$", r"\$")
    figure.suptitle(f"{name} · {tempo} · confidence {analysis.confidence:.0%} · {loudness}", fontsize=13)
    for row, axes in enumerate(np.atleast_1d(figure.subplots(rows, 1))):
        _draw_row(axes, analysis, wave, row * seconds / rows, (row + 1) * seconds / rows)
    axes.set_xlabel("bars start at the long lines, beats at the ticks below; the red line is energy", fontsize=9)
    with replacing(Path(out_png)) as temporary:
        FigureCanvasAgg(figure).print_png(str(temporary))


def _draw_row(axes, analysis: SongAnalysis, wave: np.ndarray, start: float, end: float) -> None:
    rate = analysis.sample_rate
    piece = wave[int(start * rate) : int(end * rate)]
    columns = min(1500, max(1, len(piece)))
    cuts = np.linspace(0, len(piece), columns, endpoint=False).astype(int)
    if len(piece):
        top, bottom = np.maximum.reduceat(piece, cuts), np.minimum.reduceat(piece, cuts)
        scale = max(float(np.abs(wave).max()), 1e-6)
        axes.fill_between(start + cuts / rate, bottom / scale, top / scale, color="#34495e", linewidth=0, zorder=2)
    for section in analysis.sections:
        a, b = section.span.start / rate, section.span.end / rate
        if b > start and a < end:
            axes.axvspan(max(a, start), min(b, end), color=COLOURS[section.label], alpha=0.55, linewidth=0, zorder=0)
            axes.axvline(max(a, start), color="#202020", linewidth=1.2, zorder=3)
            axes.text(
                max(a, start) + (end - start) * 0.003,
                1.03,
                str(section.label),
                fontsize=10,
                weight="bold",
                va="bottom",
                clip_on=False,
            )
    beats = [beat.sample / rate for beat in analysis.beats if start <= beat.sample / rate < end]
    bars = [beat.sample / rate for beat in analysis.downbeats if start <= beat.sample / rate < end]
    axes.vlines(beats, -1.18, -1.06, color="#505050", linewidth=0.7, zorder=3)
    axes.vlines(bars, -1.18, 1.0, color="#b03030", linewidth=0.6, alpha=0.6, zorder=3)
    energy = np.array(analysis.energy)
    times = np.arange(len(energy)) * analysis.energy_hop / rate
    inside = (times >= start) & (times <= end)
    axes.plot(times[inside], energy[inside] * 2 - 1, color="#c0392b", linewidth=1.3, zorder=4)
    axes.set_xlim(start, max(end, start + 1e-3))
    axes.set_ylim(-1.2, 1.25)
    axes.set_yticks([])
    step = next((s for s in (1, 2, 5, 10, 20, 30, 60, 120, 300) if (end - start) / s <= 16), 600)
    ticks = np.arange(np.ceil(start / step) * step, end + 1e-6, step)
    axes.set_xticks(ticks, [f"{int(t) // 60}:{int(t) % 60:02d}" for t in ticks], fontsize=9)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
