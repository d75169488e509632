"""Dog, cat and horse."""

import numpy as np

from ..description import SubjectDescription
from ..mesh import Material, Mesh, limb, merge
from ..scene import Figure
from .body import euler
from .four_legged import STRIDES, Beast, Leg, build_beast, sitting_on_four, standing_on_four, travelling
from .shapes import ball, lengthwise, loft, refine, tube
from .traits import colour_of, shade

F, H, S, G = Material.FUR, Material.HAIR, Material.SKIN, Material.GLOSS


def _dog(subject: SubjectDescription, cat: bool = False) -> Beast:
    """A dog 0.58 m at the shoulder, or a cat on the same plan."""
    if cat:
        tone = colour_of(subject)
        tone = {True: (0.80, 0.45, 0.18)}.get(
            subject.colour in (None, "orange") and tone[0] > 0.85 and tone[2] < 0.3, tone
        )
    else:
        tone = colour_of(subject)
        if subject.colour is None and tone[0] > 0.7 and tone[2] < 0.3:
            tone = (0.78, 0.58, 0.32)
    light, dark = shade(tone, 1.5), shade(tone, 0.55)
    k = 0.46 if cat else 1.0
    slim = 0.82 if cat else 1.0
    rows = [(-0.365, 0.455, 0.515, 0.02), (-0.345, 0.42, 0.545, 0.065), (-0.27, 0.385, 0.57, 0.095), (-0.12, 0.365,
        0.575, 0.098), (0.06, 0.335, 0.58, 0.108), (0.20, 0.305, 0.60, 0.118), (0.30, 0.33, 0.615, 0.10),
        (0.365, 0.39, 0.60, 0.065), (0.385, 0.45, 0.56, 0.02)]  # fmt: skip
    rows = np.array(rows) * (1, 1, 1, slim)
    if cat:
        rows[:, 0] *= 1.08
        rows[3:6, 1] += 0.015
    rows[:, 1:3] -= 0.46
    centre = 0.46
    trunk = lengthwise(rows * k, 14, tone, F, 2.2, 15)
    under = np.clip((-trunk.positions[:, 1] / k - 0.02) / 0.08, 0, 1)[:, None] * 0.7
    trunk.colours = (trunk.colours * (1 - under) + np.float32(light) * under).astype(np.float32)
    head = merge([_dog_head(tone, light, dark) if not cat else _cat_head(tone, light, dark)])
    head.positions *= np.float32(k if cat else 1.1)
    if cat:
        path = [(0, 0, 0), (0, 0.02, -0.12), (0, 0.08, -0.28), (0, 0.22, -0.42), (0, 0.40, -0.46), (0, 0.52, -0.40)]
        tail = tube(refine(path, 12) * k, np.linspace(0.035, 0.022, 12) * k, 7, tone, F)
    else:
        path = [(0, 0, 0), (0, 0.05, -0.09), (0, 0.15, -0.17), (0, 0.28, -0.20), (0, 0.38, -0.17)]
        tail = tube(refine(path, 9) * k, np.interp(np.arange(9), [0, 3, 8], [0.030, 0.034, 0.012]) * k, 7, tone, F)
    fore = Leg(0.078 * k * slim, -0.03 * k, 0.245 * k, 0.165 * k, 0.175 * k, 0.075 * k, 0.035 * k, 0.062 * k,
        0.245 * k, -0.05, tuple(np.array((0.075, 0.042, 0.028, 0.024)) * k * slim), False)  # fmt: skip
    hind = Leg(0.070 * k * slim, 0.025 * k, -0.255 * k, 0.215 * k, 0.205 * k, 0.125 * k, 0.035 * k, 0.062 * k,
        -0.29 * k, 0.22, tuple(np.array((0.105, 0.052, 0.027, 0.024)) * k * slim), True)  # fmt: skip
    return Beast(centre * k, trunk, head, ((0.10 if cat else 0.075) * k, (0.30 if cat else 0.285) * k), tail,
        (0.075 * k, -0.345 * k), fore, hind, tone, dark, 0.9 * k, (0.86 if not cat else 0.80) * k)  # fmt: skip


def _dog_head(tone, light, dark) -> Mesh:
    """Neck and head, local to the neck's joint."""
    parts = [tube(refine([(0, -0.10, -0.10), (0, 0.0, 0.0), (0, 0.12, 0.09), (0, 0.20, 0.13)], 8),
        np.linspace(0.125, 0.092, 8), 10, tone, F)]  # fmt: skip
    skull = [(0.04, 0.17, 0.25, 0.03), (0.06, 0.135, 0.285, 0.070), (0.13, 0.125, 0.305, 0.088), (0.20, 0.13, 0.295,
        0.075), (0.25, 0.14, 0.25, 0.050), (0.32, 0.138, 0.228, 0.042), (0.375, 0.145, 0.218, 0.034),
        (0.39, 0.17, 0.20, 0.015)]  # fmt: skip
    parts.append(lengthwise(skull, 12, tone, F, 2.2, 14))
    parts.append(ball((0, 0.213, 0.388), (0.021, 0.016, 0.016), (0.04, 0.03, 0.03), G, 8, 5))
    parts.append(
        lengthwise(
            [
                (0.19, 0.125, 0.15, 0.02),
                (0.25, 0.118, 0.15, 0.034),
                (0.33, 0.124, 0.15, 0.030),
                (0.36, 0.135, 0.15, 0.015),
            ],
            8,
            light,
            F,
        )
    )
    for s in (-1, 1):
        parts.append(ball((s * 0.050, 0.248, 0.222), (0.015, 0.016, 0.014), (0.05, 0.03, 0.02), G, 7, 5))
        ear = tube(refine([(s * 0.066, 0.285, 0.10), (s * 0.100, 0.262, 0.11), (s * 0.108, 0.20, 0.125),
            (s * 0.095, 0.15, 0.135)], 7), np.array([0.02, 0.035, 0.046, 0.050, 0.046, 0.034, 0.016]), 7, dark, F,
            0.35)  # fmt: skip
        parts.append(ear)
    parts.append(tube([(0.118 * np.cos(a), 0.055 + 0.045 * np.sin(a), 0.055 + 0.10 * np.sin(a))
        for a in np.linspace(0, 2 * np.pi, 17)], 0.011, 5, (0.62, 0.10, 0.10), Material.CLOTH))  # fmt: skip
    return merge(parts)


def _cat_head(tone, light, dark) -> Mesh:
    parts = [
        tube(refine([(0, -0.08, -0.06), (0, 0.0, 0.02), (0, 0.10, 0.09)], 6), np.linspace(0.105, 0.08, 6), 10, tone, F)
    ]
    parts.append(ball((0, 0.19, 0.14), (0.125, 0.105, 0.115), tone, F, 14, 10))
    for s in (-1, 1):
        parts.append(ball((s * 0.035, 0.150, 0.235), (0.045, 0.034, 0.032), light, F, 8, 6))
        parts.append(ball((s * 0.056, 0.205, 0.232), (0.027, 0.027, 0.020), (0.62, 0.78, 0.25), G, 8, 6))
        parts.append(ball((s * 0.057, 0.205, 0.249), (0.007, 0.021, 0.008), (0.02, 0.02, 0.02), G, 6, 4))
        ear = loft([(0.0, 0.048, 0.020, -0.022), (0.05, 0.033, 0.012, -0.016), (0.105, 0.004, 0.0, -0.006)], 6, tone, F)
        parts.append(ear.moved(s * 0.075, 0.255, 0.125))
        inner = loft([(0.0, 0.030, 0.012, 0.0), (0.07, 0.006, 0.006, 0.0)], 5, (0.85, 0.55, 0.5), S)
        parts.append(inner.moved(s * 0.075, 0.268, 0.135))
        for up in (-0.01, 0.01):
            parts.append(
                limb(
                    (s * 0.05, 0.150 + up, 0.255),
                    (s * 0.18, 0.155 + up * 3, 0.235),
                    0.0025,
                    0.0015,
                    (0.9, 0.9, 0.88),
                    Material.MATTE,
                    3,
                )
            )
    parts.append(ball((0, 0.172, 0.262), (0.014, 0.010, 0.010), (0.75, 0.42, 0.40), S, 6, 4))
    return merge(parts)


def _horse(subject: SubjectDescription) -> Beast:
    """A horse 1.58 m at the withers."""
    tone = colour_of(subject)
    if subject.colour in (None, "brown") and tone[0] > tone[2] * 1.5:
        tone = (0.40, 0.21, 0.11)
    dark = shade(tone, 0.35) if sum(tone) < 2.1 else (0.86, 0.83, 0.76)
    rows = np.array([(-0.93, 1.13, 1.30, 0.04), (-0.90, 1.02, 1.42, 0.15), (-0.78, 0.95, 1.53, 0.25),
        (-0.58, 0.93, 1.57, 0.285), (-0.25, 0.885, 1.50, 0.285), (0.05, 0.865, 1.475, 0.285), (0.32, 0.87, 1.53,
        0.265), (0.52, 0.90, 1.575, 0.235), (0.68, 0.97, 1.53, 0.19), (0.79, 1.08, 1.44, 0.13), (0.83, 1.18, 1.34,
        0.05)])  # fmt: skip
    rows[:, 1:3] -= 1.20
    trunk = lengthwise(rows, 18, tone, F, 2.15, 20)
    crest = refine([(0, -0.16, -0.18), (0, 0.02, 0.0), (0, 0.30, 0.20), (0, 0.55, 0.38), (0, 0.66, 0.50)], 11)
    across = np.interp(np.linspace(0, 1, 11), [0, 0.25, 0.6, 1], [0.20, 0.185, 0.125, 0.095])
    neck = tube(crest, across, 12, tone, F)
    deep = neck.positions - np.float32([0, 0, 0])
    neck.positions = (deep * np.float32([0.72, 1, 1])).astype(np.float32)
    skull = [(-0.06, -0.06, 0.06, 0.05), (0.0, -0.15, 0.10, 0.092), (0.10, -0.16, 0.115, 0.105), (0.22, -0.115,
        0.10, 0.092), (0.36, -0.075, 0.075, 0.070), (0.48, -0.07, 0.062, 0.062), (0.55, -0.075, 0.05, 0.062),
        (0.60, -0.055, 0.03, 0.045), (0.615, -0.02, 0.0, 0.015)]  # fmt: skip
    tints = np.repeat(np.array([tone]), 16, 0)
    tints[12:] = shade(tone, 0.6)
    face = [lengthwise(skull, 12, tints, F, 2.2, 16)]
    for s in (-1, 1):
        face.append(ball((s * 0.093, 0.045, 0.14), (0.016, 0.024, 0.028), (0.03, 0.02, 0.02), G, 7, 5))
        face.append(ball((s * 0.048, -0.01, 0.585), (0.016, 0.020, 0.016), (0.05, 0.03, 0.03), Material.MATTE, 6, 4))
        ear = loft([(0.0, 0.032, 0.026, -0.02), (0.07, 0.034, 0.022, -0.018), (0.17, 0.004, 0.004, -0.004)], 6, tone, F)
        face.append(ear.moved(s * 0.058, 0.09, 0.005))
    forelock = tube(
        refine([(0, 0.13, -0.02), (0, 0.14, 0.07), (0, 0.09, 0.20)], 5),
        [0.04, 0.05, 0.045, 0.035, 0.01],
        6,
        dark,
        H,
        0.6,
    )
    tilt = np.eye(4)
    tilt[:3, :3] = euler(0.82)
    tilt[:3, 3] = 0, 0.66, 0.53
    mane = tube(crest[1:] + np.array([[0.0, 0.085 + 0.02 * np.sin(k), -0.085] for k in range(10)]),
        np.array([0.05, 0.085, 0.10, 0.105, 0.105, 0.10, 0.095, 0.085, 0.07, 0.05]), 7, dark, H, 1.0)  # fmt: skip
    mane.positions *= np.float32([0.62, 1, 1])
    head = merge([neck, mane, merge([*face, forelock]).transformed(tilt)])
    path = refine(
        [(0, 0, 0.03), (0, 0.03, -0.08), (0, -0.10, -0.20), (0, -0.40, -0.25), (0, -0.75, -0.24), (0, -0.95, -0.22)], 12
    )
    tail = tube(
        path, np.interp(np.linspace(0, 1, 12), [0, 0.2, 0.6, 0.9, 1], [0.045, 0.075, 0.12, 0.09, 0.03]), 9, dark, H
    )
    fore = Leg(0.155, -0.16, 0.50, 0.32, 0.40, 0.32, 0.10, 0.085, 0.53, 0.02, (0.16, 0.092, 0.062, 0.045), False)
    hind = Leg(0.165, 0.0, -0.66, 0.44, 0.46, 0.42, 0.10, 0.085, -0.76, 0.12, (0.26, 0.125, 0.066, 0.048), True)
    return Beast(1.20, trunk, head, (0.20, 0.62), tail, (0.24, -0.88), fore, hind, tone, (0.12, 0.10, 0.09), 2.6, 2.08)


def build_four_legged(subject: SubjectDescription) -> Figure:
    kind, action = subject.kind, subject.action
    beast = _horse(subject) if kind == "horse" else _dog(subject, kind == "cat")
    wag = {"dog": 0.45, "cat": 0.12, "horse": 0.10}[kind]
    hooved = kind == "horse"
    if action == "ride" and hooved:
        from .riders import mounted

        return mounted(subject, beast)
    if action in ("run", "dance"):
        stride = STRIDES[kind, "run"]
    elif action == "walk" or (action is None and kind != "cat"):
        stride = STRIDES[kind, "walk"]
    elif action == "sit" and not hooved:
        return build_beast(beast, sitting_on_four(beast, wag), 0.0, hooved)
    else:
        return build_beast(beast, standing_on_four(beast, wag), 0.0, hooved)
    return build_beast(beast, travelling(beast, stride, wag * 0.6), stride.speed, hooved)
