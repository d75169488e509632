"""The form of a song: borders where the sound changes for good, labels by repetition, energy and place.

Units are bars (or two-second pieces where there is no beat). Timbre, loudness and density are compared as means of four
units before and after a border; chords position by position, each bar with the one four bars earlier, because the mean
of four bars of chords is much the same in every part of a song. A dynamic program then places borders so that they gain
more change than they cost, preferring lengths of 4, 8 and 16 bars (81 % of the borders in Harmonix fall on downbeats;
most parts of popular songs last a multiple of four bars).
"""

import itertools

import numpy as np
from scipy import fft
from scipy.cluster import hierarchy
from scipy.spatial import distance

from ..film import SectionLabel
from .features import Features

CONTEXT = 4  # units compared on either side of a border
SHORTEST, USUAL_SHORTEST, LONGEST = 4.0, 9.0, 45.0  # seconds
MERGED = 20.0  # seconds: neighbours of one kind are one section up to this length
MOST_KINDS = 5  # kinds of part in one song
# The figures below were chosen on 118 synthesised songs: border F (1 s) went from 0.61 to 0.83.
GROUPS = {"chords": 1.0, "bass": 0.6, "timbre": 0.8, "loudness": 1.0, "density": 0.8}  # weights
FLOORS = (0.15, 0.15, 0.4, 1.5, 0.05)  # of each group's spread: what noise does must not count as change
BORDER_COST = 0.7
CHORD_CHANGE, USUAL_CHANGE, STEP_CHANGE = 0.5, 0.2, 0.1
SAME = 0.9  # average-linkage distance below which two parts are the same
ALIKE = 0.45  # sections closer than this are the same music, however much of the song they are
ODD_COST = {0: 0.0, 4: 0.05, 2: 0.25, 6: 0.25}  # by length modulo 8; others cost most


def unit_edges(downbeats: np.ndarray, seconds: float) -> np.ndarray:
    """Edges in seconds of the units that sections are made of: bars, or two-second pieces without a beat."""
    if len(downbeats) >= 4:
        half = 0.5 * np.median(np.diff(downbeats))  # a shorter lead-in or tail belongs to the bar beside it
        inner = downbeats[(downbeats > half) & (downbeats < seconds - half)]
        return np.concatenate([[0.0], inner, [seconds]])
    count = max(1, int(seconds / 2))
    return np.linspace(0.0, seconds, count + 1)


def describe(features: Features, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Harmony (units, 24) and sound (units, 16): timbre, loudness, density; the spread of each group is its weight."""
    place = np.clip(np.rint(edges * features.slow_fps).astype(int), 0, len(features.level))
    fine = np.clip(np.rint(edges * features.fps).astype(int), 0, features.flux.shape[1])

    def means(values: np.ndarray, at: np.ndarray) -> np.ndarray:
        sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
        return (sums[at[1:]] - sums[at[:-1]]) / np.maximum(at[1:] - at[:-1], 1)[:, None]

    def unit(values: np.ndarray) -> np.ndarray:
        return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9)

    loud = 20 * np.log10(np.maximum(means(features.level[:, None], place), 1e-4))
    groups = (
        unit(means(features.chroma, place)),
        unit(means(features.bass_chroma, place)),
        fft.dct(means(features.timbre, place), axis=1, norm="ortho")[:, 1:13],
        loud,
        np.sqrt(means(features.flux.T, fine)),
    )
    # A silent lead-in or the last note's tail would stretch every scale and hide the song's own changes: such units
    # count neither in the mean nor in the spread, and no unit may stand out by more than 2.5 spreads.
    usual = loud[:, 0] > np.median(loud) - 15
    out = []
    for values, weight, floor in zip(groups, GROUPS.values(), FLOORS):
        centred = values - values[usual].mean(axis=0)
        size = np.linalg.norm(centred, axis=1)
        spread = max(float(np.sqrt(np.mean(np.minimum(size[usual], 2.5 * np.median(size[usual])) ** 2))), floor)
        out.append(weight * centred / spread * np.minimum(1, 2.5 * spread / np.maximum(size, 1e-9))[:, None])
    return np.concatenate(out[:2], axis=1), np.concatenate(out[2:], axis=1)


def _change(harmony: np.ndarray, sound: np.ndarray) -> np.ndarray:
    """(n+1) how much the song changes at each edge; nothing at the ends."""
    count = len(sound)
    sums = np.concatenate([np.zeros((1, sound.shape[1])), np.cumsum(sound, axis=0)])
    step = np.zeros(count + 2)
    step[1:count] = np.linalg.norm(np.diff(sound, axis=0), axis=1)
    again = np.linalg.norm(harmony[CONTEXT:] - harmony[:-CONTEXT], axis=1)
    again = np.concatenate([np.full(min(CONTEXT, count), np.median(again) if len(again) else 0.0), again])
    moved = np.concatenate([[0.0], np.cumsum(again)])

    def chords(start: int, end: int) -> float:
        start, end = max(0, start), min(count, end)
        return (moved[end] - moved[start]) / (end - start) if end > start else float(np.median(again))

    change = np.zeros(count + 1)
    for edge in range(1, count):
        a, b = max(0, edge - CONTEXT), min(count, edge + CONTEXT)
        before, after = (sums[edge] - sums[a]) / (edge - a), (sums[b] - sums[edge]) / (b - edge)
        # Chords that never come back after four bars change everywhere alike, which says nothing.
        usual = chords(edge - CONTEXT, edge) + chords(edge + CONTEXT, edge + 2 * CONTEXT)
        new = np.linalg.norm(after - before) + CHORD_CHANGE * (chords(edge, edge + CONTEXT) - USUAL_CHANGE * usual)
        trust = np.sqrt(min(edge - a, b - edge) / CONTEXT)
        # A drum fill in the last bar differs too, but the bar after it differs from it as well.
        change[edge] = trust * new + STEP_CHANGE * (step[edge] - step[edge + 1])
    peak = np.maximum(np.r_[0, change[:-1]], np.r_[change[1:], 0])
    return np.where(change >= peak, change, 0.5 * change)


def borders(harmony: np.ndarray, sound: np.ndarray, edges: np.ndarray, in_bars: bool) -> list[int]:
    """Indices of the chosen edges, the first and the last included."""
    count = len(sound)
    gain = _change(harmony, sound) - BORDER_COST
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
            cost += max(0.0, length - LONGEST) / 20 + (max(0.0, USUAL_SHORTEST - length) / 10 if start > 0 else 0.0)
            score = best[start] - cost + (gain[end] if end < count else 0.0)
            if score > best[end]:
                best[end], source[end] = score, start
    chosen = [count]
    while chosen[-1] > 0:
        chosen.append(int(source[chosen[-1]]))
    return chosen[::-1]


def clusters(harmony: np.ndarray, sound: np.ndarray, chosen: list[int]) -> np.ndarray:
    """Number of the kind of part that each section is: equal numbers, same kind."""
    kinds = []
    for a, b in itertools.pairwise(chosen):
        cycle = [harmony[min(a + place, b - 1) : b : CONTEXT].mean(axis=0) for place in range(CONTEXT)]
        kinds.append(np.concatenate([*cycle, np.sqrt(CONTEXT) * sound[a:b].mean(axis=0)]) / np.sqrt(CONTEXT))
    if len(kinds) < 2:
        return np.zeros(len(kinds), int)
    tree = hierarchy.linkage(np.stack(kinds), "average")
    found = hierarchy.fcluster(tree, SAME, "distance")
    count = min(int(found.max()), MOST_KINDS)
    lengths = np.diff(chosen)
    # No part is most of a long song: look closer until none is, unless the sections of that part are truly alike.
    while True:
        found = hierarchy.fcluster(tree, count, "maxclust")
        bars = np.bincount(found, lengths)
        largest = np.stack(kinds)[found == bars.argmax()]
        alike = len(largest) < 2 or distance.pdist(largest).max() < ALIKE
        if bars.max() <= 0.5 * lengths.sum() or alike or count >= 2 * MOST_KINDS or len(kinds) < 6:
            return found
        count += 1


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

    def aside(i: int) -> bool:
        """An opening or ending: short, and quieter than the rest or heard only once; longer only if much quieter."""
        share = length[i] / total
        return bool(share < 0.3 and (alone[i] or energy[i] < 0.9 * usual)) or bool(
            share < 0.45 and energy[i] < 0.8 * usual
        )

    if aside(0):
        labels[0] = SectionLabel.INTRO
    if count > 2 and aside(last):
        labels[last] = SectionLabel.OUTRO
    free = [i for i in range(count) if labels[i] is None]
    kinds = _split_by_energy(kinds, free, length, energy)
    inside = sorted({int(kinds[i]) for i in free})

    def mean(kind: int) -> float:
        members = [i for i in free if kinds[i] == kind]
        return float(np.average(energy[members], weights=length[members]))

    repeated = [kind for kind in inside if sum(kinds[i] == kind for i in free) > 1]
    # The chorus is the loud part that comes back; a single loud part is one only in a song where nothing comes back.
    chorus = max(repeated or inside, key=mean, default=None)
    loudest = max(inside, key=mean, default=None)
    if len(repeated) == 1 and loudest != chorus and mean(loudest) > 1.1 * mean(chorus):
        chorus = loudest
    others = [kind for kind in repeated if kind != chorus]
    if chorus is not None and len(inside) == 1 and len(free) > 1:
        chorus = None  # all the same: no part stands out
        others = inside
    first_free = free[0] if free else 0
    for i in free:
        place = (spans[i, 0] + spans[i, 1]) / 2 / total
        quiet = energy[i] < 0.75 * usual and 0.45 < place < 0.9
        if quiet and len(free) > 3 and kinds[i] != chorus:
            labels[i] = SectionLabel.BRIDGE
        elif kinds[i] == chorus or (chorus and len(free) > 7 and place > 0.6 and energy[i] >= mean(chorus)):
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


def _split_by_energy(kinds: np.ndarray, free: list[int], length: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """Where one kind of part is most of the song, its loud ones are another kind than its quiet ones."""
    kinds = kinds.copy()
    for kind in set(kinds[free].tolist()):
        members = np.array([i for i in free if kinds[i] == kind])
        if len(members) > 2 and length[members].sum() > 0.55 * length[free].sum():
            levels = np.sort(energy[members])
            gap = int(np.diff(levels).argmax())
            if levels[gap + 1] - levels[gap] >= 0.05:
                kinds[members[energy[members] > levels[gap]]] = kinds.max() + 1
    return kinds


def find_sections(features: Features, downbeats: np.ndarray) -> list[tuple[SectionLabel, float, float]]:
    """(label, start, end) in seconds, covering the song, borders on downbeats where there are any."""
    edges = unit_edges(downbeats, features.seconds)
    harmony, sound = describe(features, edges)
    chosen = borders(harmony, sound, edges, in_bars=len(downbeats) >= 4)
    kinds = list(clusters(harmony, sound, chosen))
    for i in range(len(kinds) - 1, 0, -1):
        if kinds[i] == kinds[i - 1] and edges[chosen[i + 1]] - edges[chosen[i - 1]] <= MERGED:
            del chosen[i], kinds[i]
    spans = np.stack([edges[chosen[:-1]], edges[chosen[1:]]], axis=1)
    energy = section_energy(features, spans)
    labels = label(np.array(kinds), spans, energy)
    return [(name, float(a), float(b)) for name, (a, b) in zip(labels, spans)]


def section_energy(features: Features, spans: np.ndarray) -> np.ndarray:
    """Mean RMS of each (start, end) in seconds relative to the loudest; zeros for silence."""
    place = np.rint(spans * features.slow_fps).astype(int)
    level = np.array([features.level[a : max(b, a + 1)].mean() if a < len(features.level) else 0.0 for a, b in place])
    return level / max(float(level.max()), 1e-9) if level.max() > 1e-6 else np.zeros(len(level))
