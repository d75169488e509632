"""The form of a song: borders where the sound changes for good, labels by repetition, energy and place.

Units are bars (or two-second pieces where there is no beat). Four bars before a border are compared with four after, so
that a chord sequence of four bars counts as one colour; a dynamic program then places borders so that they gain more
change than they cost, preferring lengths of 4, 8 and 16 bars (81 % of the borders in Harmonix fall on downbeats; most
parts of popular songs last a multiple of four bars).
"""

import numpy as np
from scipy import fft
from scipy.cluster import hierarchy

from ..film import SectionLabel
from .features import Features

CONTEXT = 4  # units compared on either side of a border
SHORTEST, LONGEST = 5.0, 45.0  # seconds
BORDER_COST = 0.75
SAME = 0.55  # average-linkage distance below which two parts are the same
ODD_COST = {0: 0.0, 4: 0.05, 2: 0.25, 6: 0.25}  # by length modulo 8; others cost most


def unit_edges(downbeats: np.ndarray, seconds: float) -> np.ndarray:
    """Edges in seconds of the units that sections are made of: bars, or two-second pieces without a beat."""
    if len(downbeats) >= 4:
        inner = downbeats[(downbeats > 0.2) & (downbeats < seconds - 0.5 * np.median(np.diff(downbeats)))]
        return np.concatenate([[0.0], inner, [seconds]])
    count = max(1, int(seconds / 2))
    return np.linspace(0.0, seconds, count + 1)


def describe(features: Features, edges: np.ndarray) -> np.ndarray:
    """(units, columns): chords, bass, timbre, loudness and how busy each band is; every group has variance 1 in all."""
    place = np.clip(np.rint(edges * features.slow_fps).astype(int), 0, len(features.level))
    fine = np.clip(np.rint(edges * features.fps).astype(int), 0, features.flux.shape[1])

    def means(values: np.ndarray, at: np.ndarray) -> np.ndarray:
        sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
        return (sums[at[1:]] - sums[at[:-1]]) / np.maximum(at[1:] - at[:-1], 1)[:, None]

    def unit(values: np.ndarray) -> np.ndarray:
        return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9)

    chroma, bass = unit(means(features.chroma, place)), unit(means(features.bass_chroma, place))
    timbre = fft.dct(means(features.timbre, place), axis=1, norm="ortho")[:, 1:13]
    loud = 20 * np.log10(np.maximum(means(features.level[:, None], place), 1e-4))
    busy = np.sqrt(means(features.flux.T, fine))
    groups = [(chroma, 1.0), (bass, 0.6), (timbre, 1.0), (loud, 0.5), (busy, 1.0)]
    # A group that hardly varies must not be blown up to full variance: floors are about what noise does.
    floors = (0.15, 0.15, 0.4, 1.5, 0.05)
    out = []
    for (values, weight), floor in zip(groups, floors):
        centred = values - values.mean(axis=0)
        out.append(weight * centred / max(float(np.sqrt((centred**2).sum(axis=1).mean())), floor))
    return np.concatenate(out, axis=1)


def _change(units: np.ndarray) -> np.ndarray:
    """(n+1) distance between what lies before and after each edge; nothing at the ends."""
    count = len(units)
    sums = np.concatenate([np.zeros((1, units.shape[1])), np.cumsum(units, axis=0)])
    change = np.zeros(count + 1)
    for edge in range(1, count):
        a, b = max(0, edge - CONTEXT), min(count, edge + CONTEXT)
        before, after = (sums[edge] - sums[a]) / (edge - a), (sums[b] - sums[edge]) / (b - edge)
        trust = np.sqrt(min(edge - a, b - edge) / CONTEXT)
        change[edge] = trust * np.linalg.norm(after - before)
    peak = np.maximum(np.r_[0, change[:-1]], np.r_[change[1:], 0])
    return np.where(change >= peak, change, 0.5 * change)


def borders(units: np.ndarray, edges: np.ndarray, in_bars: bool) -> list[int]:
    """Indices of the chosen edges, the first and the last included."""
    count = len(units)
    gain = _change(units) - BORDER_COST
    best, source = np.full(count + 1, -np.inf), np.zeros(count + 1, int)
    best[0] = 0.0
    for end in range(1, count + 1):
        for start in range(end - 1, -1, -1):
            length = edges[end] - edges[start]
            if length > LONGEST and end - start > 16 and start > 0:
                break
            if not np.isfinite(best[start]) or (length < SHORTEST and not (start == 0 and end == count)):
                continue
            cost = ODD_COST.get((end - start) % 8, 0.4) if in_bars and start > 0 and end < count else 0.0
            cost += max(0.0, length - LONGEST) / 20
            score = best[start] - cost + (gain[end] if end < count else 0.0)
            if score > best[end]:
                best[end], source[end] = score, start
    chosen = [count]
    while chosen[-1] > 0:
        chosen.append(int(source[chosen[-1]]))
    return chosen[::-1]


def clusters(units: np.ndarray, chosen: list[int]) -> np.ndarray:
    """Number of the kind of part that each section is: equal numbers, same kind."""
    means = np.stack([units[a:b].mean(axis=0) for a, b in zip(chosen, chosen[1:])])
    if len(means) < 2:
        return np.zeros(len(means), int)
    # Loudness and density decide less here than chords do: a second verse may be fuller than the first.
    return hierarchy.fcluster(hierarchy.linkage(means, "average"), SAME * np.sqrt(4.0) * 0.62, "distance")


def label(kinds: np.ndarray, spans: np.ndarray, energy: np.ndarray) -> list[SectionLabel]:
    """Labels for sections of the given kinds, (start, end) seconds and energy 0..1, in order."""
    count = len(kinds)
    if count == 1:
        return [SectionLabel.INSTRUMENTAL]
    length = spans[:, 1] - spans[:, 0]
    total = spans[-1, 1]
    usual = float(np.average(energy, weights=length))
    labels: list[SectionLabel | None] = [None] * count
    last = count - 1
    alone = np.array([(kinds == kind).sum() == 1 for kind in kinds])
    if spans[0, 1] < 0.3 * total and (alone[0] or energy[0] < 0.9 * usual):
        labels[0] = SectionLabel.INTRO
    if count > 2 and length[last] < 0.3 * total and (alone[last] or energy[last] < 0.9 * usual):
        labels[last] = SectionLabel.OUTRO
    free = [i for i in range(count) if labels[i] is None]
    inside = sorted({int(kinds[i]) for i in free})

    def mean(kind: int) -> float:
        members = [i for i in free if kinds[i] == kind]
        return float(np.average(energy[members], weights=length[members]))

    repeated = [kind for kind in inside if sum(kinds[i] == kind for i in free) > 1]
    # The chorus is the loud part that comes back; a single loud part is one only in a song where nothing comes back.
    chorus = max(repeated or inside, key=mean, default=None)
    others = [kind for kind in repeated if kind != chorus]
    if chorus is not None and len(inside) == 1 and len(free) > 1:
        chorus = None  # all the same: no part stands out
        others = inside
    first_free = free[0] if free else 0
    for i in free:
        place = (spans[i, 0] + spans[i, 1]) / 2 / total
        if kinds[i] == chorus:
            labels[i] = SectionLabel.CHORUS
        elif kinds[i] in others or (i == first_free and not others):
            labels[i] = SectionLabel.VERSE
        elif place > 0.5:
            labels[i] = SectionLabel.BRIDGE
        elif chorus is not None and i < count - 1 and kinds[i + 1] == chorus and not others:
            labels[i] = SectionLabel.VERSE
        else:
            labels[i] = SectionLabel.INSTRUMENTAL
    return [found if found is not None else SectionLabel.INSTRUMENTAL for found in labels]


def find_sections(features: Features, downbeats: np.ndarray) -> list[tuple[SectionLabel, float, float]]:
    """(label, start, end) in seconds, covering the song, borders on downbeats where there are any."""
    edges = unit_edges(downbeats, features.seconds)
    units = describe(features, edges)
    chosen = borders(units, edges, in_bars=len(downbeats) >= 4)
    spans = np.stack([edges[chosen[:-1]], edges[chosen[1:]]], axis=1)
    energy = section_energy(features, spans)
    labels = label(clusters(units, chosen), spans, energy)
    return [(name, float(a), float(b)) for name, (a, b) in zip(labels, spans)]


def section_energy(features: Features, spans: np.ndarray) -> np.ndarray:
    """Mean RMS of each (start, end) in seconds relative to the loudest; zeros for silence."""
    place = np.rint(spans * features.slow_fps).astype(int)
    level = np.array([features.level[a : max(b, a + 1)].mean() if a < len(features.level) else 0.0 for a, b in place])
    return level / max(float(level.max()), 1e-9) if level.max() > 1e-6 else np.zeros(len(level))
