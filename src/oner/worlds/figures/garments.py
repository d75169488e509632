"""Bodies and their clothes, part by part. Every mesh is local to its joint; limbs hang along -y."""

import numpy as np

from ..mesh import Material, Mesh, limb, merge
from .body import Body
from .shapes import ball, loft, refine, shell, surface, tube
from .traits import Traits, shade

C, S, G = Material.CLOTH, Material.SKIN, Material.GLOSS
LONG_SLEEVES = ("coat", "jacket", "hoodie", "suit", "raincoat")
SKIRTED = ("coat", "raincoat", "dress", "skirt")
Parts = dict[str, list[Mesh]]
Extra = tuple[str, tuple[float, float, float], str, Mesh]

# Chest above the waist joint, shares of the height: y, half width, front z, back z.
CHEST = {
    "man": [(-0.035, 0.077, 0.058, -0.052), (0.0, 0.084, 0.064, -0.058), (0.05, 0.092, 0.069, -0.064),
        (0.10, 0.101, 0.074, -0.070), (0.145, 0.109, 0.076, -0.074), (0.176, 0.110, 0.067, -0.072), (0.196, 0.105,
        0.052, -0.065), (0.213, 0.083, 0.037, -0.055), (0.228, 0.056, 0.027, -0.047), (0.240, 0.038, 0.022, -0.042),
        (0.252, 0.033, 0.020, -0.038)],
    "woman": [(-0.035, 0.074, 0.054, -0.050), (0.0, 0.070, 0.054, -0.050), (0.05, 0.077, 0.062, -0.056),
        (0.092, 0.087, 0.086, -0.061), (0.125, 0.091, 0.093, -0.063), (0.158, 0.094, 0.076, -0.064), (0.184, 0.096,
        0.055, -0.060), (0.200, 0.089, 0.043, -0.054), (0.214, 0.068, 0.030, -0.046), (0.226, 0.045, 0.022, -0.040),
        (0.238, 0.031, 0.017, -0.036), (0.252, 0.027, 0.016, -0.033)],
    "child": [(-0.035, 0.080, 0.064, -0.056), (0.0, 0.082, 0.066, -0.058), (0.05, 0.086, 0.068, -0.060),
        (0.10, 0.091, 0.069, -0.063), (0.142, 0.094, 0.066, -0.063), (0.170, 0.094, 0.056, -0.060), (0.189, 0.087,
        0.043, -0.053), (0.204, 0.062, 0.029, -0.045), (0.220, 0.033, 0.020, -0.038), (0.234, 0.029, 0.019,
        -0.036)],
}  # fmt: skip
PELVIS = [(-0.062, 0.040, 0.030, -0.040), (-0.045, 0.082, 0.050, -0.060), (-0.015, 0.098, 0.060, -0.072),
    (0.02, 0.099, 0.062, -0.073), (0.06, 0.090, 0.062, -0.064), (0.09, 0.082, 0.060, -0.056), (0.11, 0.074, 0.054,
    -0.050)]  # fmt: skip


def _grown(sections, amount: float, girth: float, h: float) -> np.ndarray:
    """Sections in metres, `amount` (share of the height) thicker all round."""
    s = np.array(sections, float)
    s[:, 1] = s[:, 1] * girth + amount
    s[:, 2] = s[:, 2] * girth + amount
    s[:, 3] = s[:, 3] * girth - amount
    return s * h


def _hanging(profile, h: float, sides: int, colour, material: Material) -> Mesh:
    """A limb from rows (y, half width, front, back) given top to bottom."""
    return loft(np.array(profile[::-1], float) * h, sides, colour, material)


def _arm_rows(top: float, bottom: float, length: float, bulge: float) -> list:
    rows = [(top * 0.60, 0.36 * top), (top * 0.40, 0.76 * top), (0, top)]
    rows += [
        (-length * f, top + (bottom - top) * f + bulge * np.sin(np.pi * min(f * 1.35, 1))) for f in (0.2, 0.45, 0.7, 1)
    ]
    rows += [(-length - bottom * 0.55, bottom * 0.83), (-length - bottom * 0.9, bottom * 0.4)]
    return [(y, r, r, -r) for y, r in rows]


def arms(traits: Traits, body: Body) -> Parts:
    h, girth = body.height, body.girth
    lean = {"man": 1.0, "woman": 0.86, "child": 0.95}[traits.sex] * (0.6 + 0.4 * girth)
    sleeve = traits.garment in LONG_SLEEVES
    grown = {"coat": 0.009, "raincoat": 0.010, "jacket": 0.007, "hoodie": 0.007, "suit": 0.005}.get(traits.garment, 0.0)
    upper_length, lower_length = body.upper_arm / h, body.forearm / h
    tone = traits.second if traits.garment == "skirt" else traits.colour
    shoulder, elbow, wrist = 0.0325 * lean, 0.0235 * lean, 0.0165 * lean
    made: Parts = {}
    for side, name in ((1, "left"), (-1, "right")):
        upper = [_hanging(_arm_rows(shoulder + grown, elbow + grown, upper_length, 0.002), h, 8,
            tone if sleeve else traits.skin, C if sleeve else S)]  # fmt: skip
        if not sleeve:  # a short sleeve
            short = 0.42 if traits.garment in ("shirt", "skirt") else 0.10
            rows = _arm_rows(shoulder + 0.004, shoulder + 0.001, upper_length * short, 0.002)
            upper.append(_hanging(rows[:-1], h, 9, tone, C))
        low = [_hanging(_arm_rows(elbow + grown, wrist + grown * 1.1 + 0.001, lower_length, 0.004), h, 8,
            tone if sleeve else traits.skin, C if sleeve else S)]  # fmt: skip
        if traits.garment == "suit":
            low.append(_hanging([(-lower_length + 0.002, 0.018, 0.018, -0.018), (-lower_length - 0.011, 0.0185,
                0.0185, -0.0185)], h, 8, (0.93, 0.93, 0.92), C))  # fmt: skip
        made[f"{name}_upper_arm"], made[f"{name}_forearm"] = upper, low
        made[f"{name}_hand"] = [_hand(side, h * (1.04 if traits.sex != "child" else 1.0), lean, traits.skin)]
    return made


def _hand(side: int, h: float, lean: float, skin) -> Mesh:
    """A relaxed hand: palm towards the thigh, thumb ahead, fingers slightly bent."""
    palm = loft(np.array([(-0.062, 0.010, 0.022, -0.016), (-0.045, 0.012, 0.024, -0.021), (-0.02, 0.0125, 0.022,
        -0.020), (0.006, 0.013, 0.015, -0.015)]) * h, 8, skin, S)  # fmt: skip
    fingers = []
    for z, length, flat in ((0.0110, 0.043, 1.75), (-0.0105, 0.038, 1.6)):  # two and two
        path = np.array(
            [(0, -0.052, z), (-side * 0.004, -0.052 - length * 0.5, z * 1.05), (-side * 0.016, -0.052 - length, z)]
        )
        finger = tube(
            path * h * (1, 1, 1 / flat), np.array([0.0068, 0.0062, 0.005]) * h * (0.85 + 0.15 * lean), 5, skin, S
        )
        finger.positions *= np.float32([1, 1, flat])
        fingers.append(finger)
    thumb = np.array([(0, -0.012, 0.016), (-side * 0.006, -0.030, 0.030), (-side * 0.010, -0.050, 0.032)])
    return merge([palm, *fingers, tube(thumb * h, np.array([0.009, 0.008, 0.006]) * h, 4, skin, S)])


def legs(traits: Traits, body: Body) -> Parts:
    h, girth = body.height, 0.55 + 0.45 * body.girth
    bare = traits.garment in ("dress", "skirt")
    thigh, shin = body.thigh / h, body.shin / h
    slim = {"man": 1.0, "woman": 0.97, "child": 0.98}[traits.sex] * girth
    tone, material = (traits.skin, S) if bare else (traits.second, C)
    cloth = 0.0 if bare else 0.006
    hem = 0.0 if bare else (0.009 if traits.sex == "woman" else 0.013)
    made: Parts = {}
    for name in ("left", "right"):
        rows = [(0.045, 0.022, 0.022, -0.022), (0.03, 0.042, 0.042, -0.046), (0.0, 0.0515, 0.052, -0.056)]
        rows += [(-thigh * f, r, r * 1.06, -r) for f, r in ((0.2, 0.0505), (0.5, 0.0435), (0.8, 0.0355), (1.0, 0.0325))]
        rows += [(-thigh - 0.019, 0.027, 0.028, -0.024), (-thigh - 0.03, 0.013, 0.014, -0.012)]
        made[f"{name}_thigh"] = [_hanging([(y, r * slim + cloth, f * slim + cloth, b * slim - cloth) for y, r, f,
            b in rows], h, 9, tone, material)]  # fmt: skip
        rows = [(0.028, 0.014, 0.016, -0.012), (0.018, 0.027, 0.029, -0.025), (0.0, 0.0315, 0.033, -0.031)]
        rows += [(-shin * f, r, front, -back) for f, r, front, back in ((0.15, 0.032, 0.031, 0.037), (0.33, 0.0335,
            0.029, 0.044), (0.55, 0.029, 0.026, 0.036), (0.8, 0.021, 0.021, 0.022),
            (0.97, 0.0195, 0.020, 0.019))]  # fmt: skip
        grown = [(y, r * slim + cloth + hem * t**2, f * slim + cloth + hem * t**2, b * slim - cloth - hem * t**2)
                 for (y, r, f, b), t in ((row, np.clip(-row[0] / shin, 0, 1)) for row in rows)]  # fmt: skip
        if not bare:
            grown.append((-shin - 0.006, grown[-1][1] * 0.97, grown[-1][2] * 0.97, grown[-1][3] * 0.97))
        else:
            grown.append((-shin - 0.012, 0.017, 0.02, -0.018))
        made[f"{name}_shin"] = [_hanging(grown, h, 9, tone, material)]
        if not bare:  # an ankle and a sock under the hem
            made[f"{name}_shin"].append(limb((0, -shin * 0.8 * h, 0), (0, -shin * h, 0), 0.018 * h, 0.018 * h,
                shade(traits.shoes, 0.6), C, 6))  # fmt: skip
        made[f"{name}_foot"] = [_shoe(traits, body)]
    return made


def _shoe(traits: Traits, body: Body) -> Mesh:
    """A shoe on a sole, ankle at the origin; its lowest point is the ankle's height below."""
    h, boots = body.height, traits.garment == "raincoat"
    tone = shade(traits.colour, 0.6) if boots else traits.shoes
    stations = [(-0.044, 0.010, 0.016), (-0.042, 0.020, 0.034), (-0.03, 0.026, 0.052), (-0.005, 0.027, 0.062),
        (0.02, 0.027, 0.050), (0.045, 0.031, 0.034), (0.072, 0.033, 0.026), (0.093, 0.027, 0.021), (0.104, 0.014,
        0.014)]  # fmt: skip
    angle = np.arange(10) * 2 * np.pi / 10
    grid = []
    for z, half, top in refine(stations, 10):
        spring = 0.010 * np.clip((z - 0.068) / 0.036, 0, 1) ** 2  # the toe turns up, so that it can roll off
        up = np.sin(angle)
        across = half * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (np.where(up > 0, 0.85, 0.45))
        height = np.where(up > 0, 0.012 + (top - 0.012) * np.abs(up) ** 0.9, 0.012 * (1 + up * 1.0))
        height = np.maximum(height, 0.0) + spring
        grid.append(np.stack([across, height, np.full(10, z)], -1))
    grid = np.array(grid) - (0, body.ankle / h, 0)
    ends = [grid[:1].mean(1, keepdims=True).repeat(10, 1), grid, grid[-1:].mean(1, keepdims=True).repeat(10, 1)]
    grid = np.concatenate(ends)[:, ::-1] * h
    sole = np.tile(np.array(shade(tone, 0.45) if sum(tone) > 0.8 else (0.05, 0.05, 0.05)), (len(grid), 10, 1))
    upper = np.tile(np.array(tone), (len(grid), 10, 1))
    low = (grid[..., 1] < (0.011 - body.ankle / h) * h)[..., None]
    parts = [surface(grid, np.where(low, sole, upper), G if boots else Material.MATTE)]
    if boots:
        parts.append(_hanging([(0.075, 0.036, 0.038, -0.036), (0.03, 0.031, 0.034, -0.032), (-0.01, 0.028, 0.035,
            -0.03)], h, 10, tone, G))  # fmt: skip
    elif traits.garment in ("dress", "skirt"):
        parts.append(
            _hanging([(0.012, 0.021, 0.023, -0.022), (-0.012, 0.022, 0.028, -0.024)], h, 8, tone, Material.MATTE)
        )
    return merge(parts)


# ------------------------------------------------------------------------------------------------------ trunks


def trunk(traits: Traits, body: Body) -> Parts:
    """Pelvis, chest and neck in their garment."""
    h, girth, garment = body.height, body.girth, traits.garment
    top_tone = traits.second if garment == "skirt" else traits.colour
    grown = {"coat": 0.010, "raincoat": 0.012, "jacket": 0.008, "hoodie": 0.009, "suit": 0.006}.get(garment, 0.002)
    sections = CHEST[traits.sex]
    wide = body.shoulder_half / (0.104 * h)
    sections = [
        (y, w * (1 if y < 0.1 else wide ** (0.6 if traits.sex == "man" else 0)), f, b) for y, w, f, b in sections
    ]
    neck_top = sections[-1][0]
    cloth = _grown(refine(sections[:-1], 13), grown, girth, h)
    keep = cloth[:, 0] < (0.232 if traits.sex != "child" else 0.214) * h
    cloth = cloth[keep]
    bottom = {"jacket": -0.075, "hoodie": -0.085, "suit": -0.125, "shirt": -0.06, "coat": -0.05, "raincoat": -0.05}.get(
        garment
    )
    material = G if garment == "raincoat" else C
    hip = {"man": 1.0, "woman": 1.05, "child": 0.98}[traits.sex]
    if bottom is not None:  # the hem lies outside the hips
        around = np.array(PELVIS, float)
        levels = np.linspace(bottom, -0.012, 4)
        y_pelvis = levels + body.waist / h
        hem = np.stack([levels] + [np.interp(y_pelvis, around[:, 0], around[:, k]) for k in (1, 2, 3)], 1)
        hem[:, 1] *= hip
        hem = _grown(hem, grown + 0.004, girth, h)
        if garment == "suit":  # cut to flare a little
            hem[:, 1:] *= np.linspace(1.07, 1.0, 4)[:, None]
        cloth = np.concatenate([hem, cloth[cloth[:, 0] > 0.0]])
    chest = [loft(cloth, 16, top_tone, material, 2.25)]
    neck_radius = {"man": 0.031, "woman": 0.0255, "child": 0.026}[traits.sex] * (0.7 + 0.3 * girth) * h
    z = -0.010 * h
    chest.append(limb((0, (neck_top - 0.05) * h, z - 0.004 * h), (0, body.neck + 0.02 * h, z + 0.004 * h),
        neck_radius * 1.08, neck_radius, traits.skin, S, 10))  # fmt: skip
    if garment not in ("dress",):  # the slope from neck to shoulder, filled where the arms join
        for side in (-1, 1):
            at = (side * body.shoulder_half * 0.84, body.shoulder - 0.007 * h, -0.006 * h)
            radii = np.array([0.046, 0.030 + grown * 0.6, 0.037 + grown * 0.5]) * h
            chest.append(ball(at, radii, top_tone, material, 8, 5))
    chest += _details(traits, body, cloth)
    hips = np.array(PELVIS, float)
    hips[:, 1] *= hip
    if bottom is not None:  # out of sight under the hem
        hips[hips[:, 0] > 0.03, 1:] *= 0.86
    lower = traits.colour if garment in ("dress", "skirt") else traits.second
    pelvis = [loft(_grown(refine(hips, 5 if garment in SKIRTED else 7), 0.003, girth, h), 12, lower, C, 2.3)]
    if garment == "skirt":
        belt = _grown([(0.066, 0.090 * hip, 0.064, -0.066), (0.088, 0.085 * hip, 0.062, -0.062)], 0.005, girth, h)
        pelvis.append(loft(belt, 16, shade(lower, 0.5), C, 2.3))
    return {"chest": chest, "pelvis": pelvis}


def _front(cloth, y: float) -> float:
    return float(np.interp(y, cloth[:, 0], cloth[:, 2]))


def _strip(cloth, points, width: float, colour, lift: float = 0.006, material: Material = C) -> Mesh:
    """A band lying on the front of the chest along (x, y) points."""
    points = np.asarray(points, float)
    path = []
    for x, y in points:
        w = np.interp(y, cloth[:, 0], cloth[:, 1])
        f, b = np.interp(y, cloth[:, 0], cloth[:, 2]), np.interp(y, cloth[:, 0], cloth[:, 3])
        bow = max(1 - abs(x / w) ** 2.25, 0.0) ** (1 / 2.25)
        path.append((x, y, (f + b) / 2 + (f - b) / 2 * bow + lift * 0.4))
    path = np.array(path)
    widths = np.broadcast_to(np.asarray(width, float), len(path))
    grid = np.stack(
        [path - np.outer(widths, (1, 0, 0)), np.add(path, (0, 0, lift * 0.7)), path + np.outer(widths, (1, 0, 0))], 1
    )
    grid[:, [0, 2], 2] -= 0.15 * lift
    made = surface(grid, colour, material, closed=False)
    if float(made.normals[:, 2].sum()) < 0:
        made.normals, made.faces = -made.normals, made.faces[:, ::-1]
    return made


def _details(traits: Traits, body: Body, cloth) -> list[Mesh]:
    """Collars, lapels, ties, buttons, zips, hoods: what tells one garment from another."""
    h, garment, tone = body.height, traits.garment, traits.colour
    dark, light = shade(tone, 0.62), shade(tone, 1.35)
    low, top = cloth[0, 0], cloth[-1, 0]
    collar_at = top - 0.004 * h
    parts: list[Mesh] = []
    white = (0.93, 0.92, 0.90)

    def collar(radius: float, thick: float, colour, height: float = 0.0):
        a = np.linspace(np.radians(-235), np.radians(55), 10)
        path = np.stack([radius * np.cos(a), np.full(10, collar_at + height) - 0.012 * h * np.sin(a),
            radius * 1.12 * np.sin(a) - 0.010 * h], 1)  # fmt: skip
        return tube(path, thick, 5, colour, C)

    if garment in ("suit", "jacket", "coat"):
        under = (
            white if garment == "suit" else (shade(traits.second, 1.6) if garment == "jacket" else (0.86, 0.84, 0.80))
        )
        depth = {"suit": 0.115, "jacket": 0.24, "coat": 0.075}[garment] * h
        end = max(top - depth, low + 0.004 * h)
        wide_top, wide_end = 0.030 * h, (0.004 if garment != "jacket" else 0.020) * h
        ys = np.linspace(top - 0.002 * h, end, 7)
        parts.append(_strip(cloth, [(0, y) for y in ys], np.linspace(wide_top, wide_end, 7), under, 0.004 * h))
        for s in (-1, 1):
            xs = np.linspace(wide_top + 0.006 * h, wide_end + 0.006 * h, 7) * s
            lapel = (
                np.interp(np.linspace(0, 1, 7), [0, 0.5, 1], [0.008, 0.017 if garment != "jacket" else 0.009, 0.006])
                * h
            )
            parts.append(_strip(cloth, list(zip(xs, ys, strict=True)), lapel, dark if garment != "suit"
                else shade(tone, 0.8), 0.009 * h))  # fmt: skip
        parts.append(collar(0.041 * h, 0.011 * h, dark if garment != "suit" else shade(tone, 0.8)))
        if garment == "suit":
            tie = shade(tone, 0.3) if sum(tone) > 1.2 else (0.62, 0.10, 0.12)
            parts.append(_strip(cloth, [(0, y) for y in np.linspace(top - 0.006 * h, end + 0.006 * h, 6)],
                np.array([0.006, 0.005, 0.008, 0.010, 0.010, 0.004]) * h, tie, 0.010 * h, Material.GLOSS))  # fmt: skip
            parts.append(collar(0.035 * h, 0.007 * h, white, 0.012 * h))
    if garment in ("coat", "suit", "raincoat"):
        for k in range(3):
            y = top - (0.13 + 0.045 * k) * h
            if y > low + 0.01 * h:
                parts.append(
                    ball(
                        (0.012 * h, y, _front(cloth, y) + 0.004 * h),
                        (0.006 * h,) * 2 + (0.004 * h,),
                        shade(tone, 0.4),
                        G,
                        6,
                        4,
                    )
                )
    if garment in ("coat", "raincoat"):
        y = 0.002 * h
        k = np.argmin(np.abs(cloth[:, 0] - y))
        w, f, b = cloth[k, 1:]
        m = 0.003 * h
        parts.append(loft([(y - 0.012 * h, w + m, f + m, b - m), (y - 0.010 * h, w + 2 * m, f + 2 * m, b - 2 * m),
            (y + 0.010 * h, w + 2 * m, f + 2 * m, b - 2 * m), (y + 0.012 * h, w + m, f + m, b - m)], 14, dark, C,
            2.25))  # fmt: skip
    if garment == "hoodie":
        parts.append(_strip(cloth, [(0, y) for y in np.linspace(0.06 * h, low + 0.025 * h, 5)],
            np.array([0.035, 0.05, 0.055, 0.058, 0.058]) * h, dark, 0.012 * h))  # fmt: skip
        for s in (-1, 1):
            parts.append(_strip(cloth, [(s * 0.016 * h, top - 0.012 * h), (s * 0.018 * h, top - 0.04 * h),
                (s * 0.017 * h, top - 0.07 * h)], 0.0022 * h, white, 0.012 * h))  # fmt: skip
        parts.append(collar(0.042 * h, 0.012 * h, tone))
    if garment == "shirt":
        parts.append(collar(0.037 * h, 0.008 * h, light, 0.004 * h))
        parts.append(_strip(cloth, [(0, y) for y in np.linspace(top - 0.01 * h, low + 0.005 * h, 7)], 0.006 * h,
            dark if sum(tone) > 0.5 else light, 0.003 * h))  # fmt: skip
    if garment == "raincoat":
        parts.append(collar(0.045 * h, 0.012 * h, dark))
    if garment in ("dress", "skirt"):  # a neckline shows skin
        ys = np.linspace(top - 0.001 * h, top - (0.05 if garment == "dress" else 0.03) * h, 4)
        parts.append(_strip(cloth, [(0, y) for y in ys], np.array([0.036, 0.028, 0.016, 0.003]) * h, traits.skin,
            0.004 * h, S))  # fmt: skip
    if garment in ("hoodie", "shirt", "jacket") and low < -0.03 * h:
        w, f, b = cloth[0, 1:]
        m = 0.002 * h
        band = [(low - 0.012 * h, w - m, f - m, b + m), (low - 0.010 * h, w + m, f + m, b - m), (low + 0.008 * h,
            w + m, f + m, b - m), (low + 0.010 * h, w, f, b)]  # fmt: skip
        if garment != "shirt":
            parts.append(loft(band, 14, dark, C, 2.25))
    return parts


# ------------------------------------------------------------------------------------------------------ skirts


def skirts(traits: Traits, body: Body) -> list[Extra]:
    """Coat tails and skirts: panels that overlap and swing about the waist with the legs."""
    garment, h = traits.garment, body.height
    if garment not in SKIRTED:
        return []
    material = G if garment == "raincoat" else C
    top = 0.012 if garment in ("coat", "raincoat") else 0.005
    length = {"coat": 0.315, "raincoat": 0.275, "dress": 0.345, "skirt": 0.285}[garment] * h
    if traits.kind == "dancer":
        length *= 0.92
    flare = {"coat": 0.052, "raincoat": 0.060, "dress": 0.100, "skirt": 0.075}[garment] * h
    if traits.kind == "dancer" and garment == "dress":
        flare *= 1.35
    hip = {"man": 1.0, "woman": 1.05, "child": 0.98}[traits.sex] * body.girth
    fitted = {"coat": 0.085, "raincoat": 0.088, "dress": 0.075, "skirt": 0.082}[garment] * hip * h
    full = 0.104 * hip * h + (0.012 if top > 0.01 else 0.006) * h
    joint = (0.0, body.waist, 0.0)
    lining = shade(traits.colour, 0.5)

    def panel(start: float, end: float, columns: int, rows: int = 6) -> Mesh:
        angle = np.radians(np.linspace(start, end, columns))
        grid = []
        for t in np.linspace(1, 0, rows):
            over = min(t / 0.28, 1.0)
            r = (
                fitted
                + (full - fitted) * (over * (2 - over))
                + flare * max(t - 0.2, 0) ** 1.15
                - (0.014 * h if t == 0 else 0.0)
            )
            fold = 1 + 0.035 * t * np.sin(angle * (9 if garment == "dress" else 7)) * (0.4 if top > 0.01 else 1)
            squeeze = 0.80 + 0.14 * t
            grid.append(np.stack([r * np.cos(angle) * fold, np.full(columns, top * h - t * length),
                r * squeeze * np.sin(angle) * fold - 0.004 * h], -1))  # fmt: skip
        tints = np.linspace(0.86, 1.0, rows)[:, None, None] * np.array(traits.colour) * np.ones((rows, columns, 1))
        return shell(grid, 0.004 * h, tints, lining, material)

    if garment in ("dress", "skirt"):
        return [
            ("pelvis", joint, "skirt_front", panel(-28, 208, 15)),
            ("pelvis", joint, "skirt_back", panel(152, 388, 15)),
        ]
    return [
        ("pelvis", joint, "coat_back", panel(160, 380, 13)),
        ("pelvis", joint, "coat_left", panel(-28, 94, 9)),
        ("pelvis", joint, "coat_right", panel(86, 208, 9)),
    ]


def lap(traits: Traits, body: Body) -> list[Extra]:
    """The skirt of somebody who sits: over the thighs to the knees, then down."""
    if traits.garment not in SKIRTED:
        return []
    h, material = body.height, G if traits.garment == "raincoat" else C
    thigh, low = body.thigh / h, {"coat": 0.10, "raincoat": 0.07, "dress": 0.13, "skirt": 0.06}[traits.garment]
    path = [(0, 0.090, 0.0), (0, 0.045, 0.010), (0, 0.012, 0.060), (0, 0.010, 0.5 * thigh),
        (0, 0.008, thigh - 0.01), (0, -0.03, thigh + 0.020), (0, -0.03 - low, thigh + 0.022)]  # fmt: skip
    wide = np.array([0.088, 0.112, 0.126, 0.118, 0.110, 0.106, 0.112]) * (0.6 + 0.4 * body.girth)
    made = tube(
        refine(path, 11) * h, np.interp(np.linspace(0, 6, 11), range(7), wide) * h, 14, traits.colour, material, 0.54
    )
    return [("pelvis", (0.0, 0.0, 0.0), "rigid", made)]


def umbrella(traits: Traits, h: float) -> Mesh:
    """An open umbrella; the origin is the hand on its handle."""
    tone = traits.colour
    rim, rise, pole = 0.55 * h / 1.75, 0.22 * h / 1.75, 0.62 * h / 1.75
    ribs = 8
    angle = np.linspace(0, 2 * np.pi, ribs * 3 + 1)
    grid = []
    for t in np.linspace(1, 0.02, 6):
        scallop = 1 - 0.07 * t * (1 - np.abs(np.cos(angle * ribs / 2)))
        grid.append(np.stack([rim * t * scallop * np.cos(angle), pole + rise * (1 - t**2.2) + 0 * angle,
            rim * t * scallop * np.sin(angle)], -1))  # fmt: skip
    stripes = np.where(
        (np.arange(len(angle)) // 3 % 2 == 0)[None, :, None], np.array(tone), np.array(shade(tone, 0.78))
    )
    canopy = shell(np.array(grid), 0.006, stripes * np.ones((6, 1, 1)), shade(tone, 0.55), C)
    stick = limb((0, -0.12, 0), (0, pole + rise + 0.05, 0), 0.008, 0.006, (0.25, 0.22, 0.2), Material.METAL, 6)
    crook = tube(
        [(0, -0.12, 0), (0, -0.17, 0.005), (0, -0.19, 0.03), (0, -0.17, 0.06)],
        0.011,
        6,
        (0.35, 0.2, 0.1),
        Material.WOOD,
    )
    return merge([canopy, stick, crook])
