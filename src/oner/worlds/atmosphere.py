"""Light, air and sky of a world: from time of day, weather and place to the numbers that the shaders read.

Everything is linear light. The camera looks towards -z, so a low sun at an azimuth of some 25 degrees off that axis is
in the picture or just beside it: back light, long shadows towards the viewer, glowing haze.
"""

from dataclasses import dataclass, replace

import numpy as np

from .mesh import Mesh
from .scene import Place

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Atmosphere:
    """What the light of a clip is like. `sun` points towards the sun or moon."""

    sun: Colour  # direction
    sun_colour: Colour
    zenith: Colour
    horizon: Colour
    glow: Colour
    above: Colour
    below: Colour
    fill: Colour
    disc: float = 1.0
    moon: bool = False
    stars: float = 0.0
    cloud_cover: float = 0.42
    cloud_softness: float = 0.28
    cloud_brightness: float = 1.0
    cloud_colour: Colour = (1.0, 1.0, 1.0)
    gradient: float = 0.5  # 0: the horizon's colour reaches far up, 1: it stays low
    fog_density: float = 0.003
    fog_falloff: float = 0.03
    fog_fixed: float = 0.0  # 0: fog takes the sky's colour in its direction, 1: `fog_colour`
    fog_colour: Colour = (0.5, 0.5, 0.5)
    windows: float = 0.0  # share of the windows' light that is on
    lamps: float = 0.0  # brightness of the lamps that are lit only at night
    wet: float = 0.0
    snowed: float = 0.0
    wind: float = 1.0
    storm: float = 0.0
    exposure: float = 1.0
    shadows: bool = True
    fill_share: float = 0.25  # share of the camera's fill light that scenery gets


def _direction(azimuth: float, elevation: float) -> Colour:
    """Degrees; azimuth 0 is straight ahead (-z), positive to the right (+x)."""
    a, e = np.radians([azimuth, elevation])
    return (float(np.sin(a) * np.cos(e)), float(np.sin(e)), float(-np.cos(a) * np.cos(e)))


TIMES: dict[str, dict] = {  # keys are the fields of Atmosphere; "sun" in degrees
    "dawn": {
        "sun": (17, 4), "sun_colour": (1.9, 0.95, 0.62), "zenith": (0.13, 0.20, 0.42),
        "horizon": (0.92, 0.50, 0.42),
        "glow": (1.3, 0.62, 0.38), "above": (0.30, 0.33, 0.46), "below": (0.17, 0.13, 0.13),
        "fill": (0.20, 0.19, 0.23),
        "cloud_colour": (1.0, 0.62, 0.58),
        "windows": 0.45, "lamps": 0.6, "stars": 0.12, "gradient": 0.25, "fog_density": 0.006,
        "disc": 1.2,
    },
    "morning": {
        "sun": (-62, 24), "sun_colour": (2.05, 1.66, 1.22), "zenith": (0.15, 0.33, 0.70),
        "horizon": (0.70, 0.76, 0.82),
        "glow": (0.75, 0.62, 0.42), "above": (0.31, 0.36, 0.46), "below": (0.20, 0.18, 0.15),
        "fill": (0.13, 0.13, 0.14),
        "cloud_colour": (1.1, 1.04, 0.98),
        "gradient": 0.45, "fog_density": 0.0035,
    },
    "noon": {
        "sun": (-128, 56), "sun_colour": (2.0, 1.86, 1.62), "zenith": (0.085, 0.25, 0.66),
        "horizon": (0.50, 0.68, 0.88),
        "glow": (0.4, 0.4, 0.38), "above": (0.30, 0.38, 0.53), "below": (0.22, 0.20, 0.17),
        "fill": (0.08, 0.08, 0.08),
        "cloud_colour": (1.25, 1.25, 1.25),
        "gradient": 0.6, "fog_density": 0.0018,
    },
    "golden hour": {
        "sun": (27, 10.5), "sun_colour": (3.3, 1.85, 0.85), "zenith": (0.12, 0.24, 0.50),
        "horizon": (0.98, 0.54, 0.27),
        "glow": (1.5, 0.80, 0.32), "above": (0.36, 0.36, 0.43), "below": (0.24, 0.17, 0.11),
        "fill": (0.26, 0.22, 0.20),
        "cloud_colour": (1.55, 0.90, 0.55), "cloud_cover": 0.38,
        "gradient": 0.55, "fog_density": 0.003, "disc": 1.6, "windows": 0.15,
    },
    "dusk": {
        "sun": (-22, 3.0), "sun_colour": (0.75, 0.38, 0.36), "zenith": (0.055, 0.075, 0.22),
        "horizon": (0.62, 0.26, 0.28),
        "glow": (1.0, 0.38, 0.20), "above": (0.19, 0.19, 0.34), "below": (0.10, 0.08, 0.11),
        "fill": (0.17, 0.15, 0.20),
        "cloud_colour": (0.62, 0.33, 0.40),
        "windows": 0.8, "lamps": 1.0, "stars": 0.35, "gradient": 0.3, "fog_density": 0.004,
        "disc": 0.0,
    },
    # Film's own night: blue and readable, the moon as key, as if shot by day through a blue filter.
    "night": {
        "sun": (24, 23), "sun_colour": (0.32, 0.42, 0.68), "zenith": (0.012, 0.024, 0.070),
        "horizon": (0.052, 0.082, 0.165),
        "glow": (0.10, 0.13, 0.20), "above": (0.082, 0.112, 0.205), "below": (0.036, 0.044, 0.072),
        "fill": (0.15, 0.16, 0.19),
        "cloud_colour": (0.11, 0.14, 0.22),
        "windows": 1.0, "lamps": 1.0, "stars": 1.5, "gradient": 0.3, "fog_density": 0.0035,
        "disc": 1.2, "moon": True, "exposure": 1.35, "cloud_cover": 0.36,
    },
}  # fmt: skip


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    return tuple(float(x * (1 - share) + y * share) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def _scaled(a: Colour, by: float) -> Colour:
    return tuple(float(x * by) for x in a)  # type: ignore[return-value]


def _grey(a: Colour, share: float) -> Colour:
    level = 0.3 * a[0] + 0.55 * a[1] + 0.15 * a[2]
    return _mix(a, (level * 0.94, level, level * 1.08), share)


def atmosphere(place: Place, time: str, weather: str) -> Atmosphere:
    """The light of a place at a time of day in a weather."""
    given = dict(TIMES[time])
    light = Atmosphere(**{**given, "sun": _direction(*given["sun"])})
    if place.sky == "synth":
        light = _synth(light)
    elif place.sky == "space":
        light = _space(light)
    elif place.sky == "underwater":
        light = _underwater(light, time)
    light = replace(light, fog_density=light.fog_density * 0.5 + place.fog_density * 0.6)
    if place.indoor or place.sky == "none":
        return _readable(_indoors(light, place, time))
    if place.ambient is not None and place.sky != "open":
        light = replace(light, above=place.ambient, below=_scaled(place.ambient, 0.5))
    if place.fog is not None:
        light = replace(light, fog_colour=place.fog, fog_fixed=0.8)
    if place.sky != "open":
        return _readable(light)
    light = _weathered(light, weather)
    return _readable(_day_for_night(light, place, weather) if time == "night" else light)


def _day_for_night(light: Atmosphere, place: Place, weather: str) -> Atmosphere:
    """Expose a night for its place: dark ground and woods longer than sand and snow; bad weather keeps a moon."""
    ground, cover = _reflectance(place.static)
    ground = max(ground, 0.35) if weather == "snow" else ground
    open_up = float(np.clip((0.14 / max(ground, 0.02)) ** 0.45, 0.62, 1.35)) * (1.0 + 0.5 * cover)
    if weather in ("clear", "fireflies", "petals"):
        return replace(
            light, exposure=light.exposure * open_up, stars=light.stars / open_up,
            above=_scaled(light.above, 1.0 + 0.5 * cover), below=_scaled(light.below, 1.0 + 0.5 * cover),
        )  # fmt: skip
    moon = {"rain": 0.45, "snow": 0.45, "fog": 0.35, "storm": 0.3}[weather]  # light through the clouds
    blue = (1.6, 2.2, 3.2) if weather != "fog" else (1.2, 1.65, 2.4)
    return replace(
        light, exposure=light.exposure * open_up,
        sun_colour=_scaled(TIMES["night"]["sun_colour"], moon),
        above=tuple(a * b for a, b in zip(light.above, blue, strict=True)),
        below=tuple(a * b for a, b in zip(light.below, blue, strict=True)),
        fog_density=light.fog_density * (0.62 if weather == "fog" else 0.8),
    )  # fmt: skip


def _reflectance(static: Mesh) -> tuple[float, float]:
    """What share of the light the ground within 25 m of the stage throws back, and how far leaves and rocks roof it."""
    corners = static.positions[static.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 1] / 2  # area seen from above
    middle = corners.mean(1)
    near = (np.hypot(middle[:, 0], middle[:, 2] + 8.0) < 25.0) & (across > 0)
    low, high = near & (middle[:, 1] < 2.5), near & (middle[:, 1] > 4.0)
    tint = static.colours[static.faces[low, 0]] ** 2.2 @ np.float32([0.30, 0.55, 0.15])
    area = float(across[low].sum())
    ground = float(across[low] @ tint) / area if area > 1.0 else 0.1
    return ground, float(np.clip(across[high].sum() / (np.pi * 25.0**2), 0.0, 1.0))


def _readable(light: Atmosphere) -> Atmosphere:
    """Enough light from the camera's side for people to be read, however dark the place."""
    lacking = 0.50 - float(np.mean(light.above)) * light.exposure - float(np.mean(light.fill))
    return replace(light, fill=tuple(f + max(lacking, 0.0) * 0.8 for f in light.fill)) if lacking > 0 else light


def _synth(light: Atmosphere) -> Atmosphere:
    return replace(
        light, sun=_direction(0, 9), sun_colour=(1.5, 0.45, 0.95), zenith=(0.018, 0.008, 0.07),
        horizon=(0.52, 0.05, 0.40),
        glow=(0.5, 0.05, 0.30), above=(0.22, 0.13, 0.42), below=(0.16, 0.05, 0.20), fill=(0.30, 0.20, 0.34),
        windows=1.0, lamps=1.0, stars=1.0, gradient=0.4, exposure=1.1, shadows=False, fill_share=0.2, fog_falloff=0.06,
    )  # fmt: skip


def _space(light: Atmosphere) -> Atmosphere:
    return replace(
        light, sun=_direction(-55, 28), sun_colour=(2.6, 2.4, 2.2), zenith=(0.05, 0.10, 0.28),
        horizon=(0.02, 0.02, 0.05), glow=(0.85, 0.22, 0.62), above=(0.12, 0.13, 0.22), below=(0.08, 0.05, 0.11),
        fill=(0.16, 0.16, 0.20), windows=1.0,
        lamps=1.0, stars=1.0, exposure=1.1, fog_density=0.0, wind=0.0, disc=0.0, moon=False,
    )  # fmt: skip


def _underwater(light: Atmosphere, time: str) -> Atmosphere:
    day = {"night": 0.30, "dusk": 0.55, "dawn": 0.7}.get(time, 1.0)
    return replace(
        light, sun=_direction(15, 65), sun_colour=_scaled((0.75, 1.5, 1.5), day),
        zenith=_scaled((0.16, 0.62, 0.72), day), horizon=_scaled((0.015, 0.17, 0.30), day),
        glow=_scaled((0.25, 0.65, 0.62), day), above=_scaled((0.16, 0.44, 0.52), day),
        below=_scaled((0.03, 0.12, 0.18), day), fill=(0.16, 0.20, 0.22), stars=0.0, disc=0.0, moon=False, wind=2.5,
        fog_density=0.03, fog_falloff=0.0, exposure=1.1, gradient=0.1, lamps=1.0,
    )  # fmt: skip


def _indoors(light: Atmosphere, place: Place, time: str) -> Atmosphere:
    ambient = place.ambient or (0.30, 0.29, 0.28)
    tint, level = {
        "dawn": ((1.0, 0.88, 0.85), 0.8), "golden hour": ((1.1, 0.95, 0.78), 0.95), "dusk": ((0.85, 0.82, 1.0), 0.7),
        "night": ((0.75, 0.82, 1.05), 0.5),
    }.get(time, ((1.0, 1.0, 1.0), 1.0))  # fmt: skip
    above = tuple(a * t * level for a, t in zip(ambient, tint, strict=True))
    fog = place.fog or _scaled(above, 0.5)  # type: ignore[arg-type]
    return replace(
        light, sun_colour=(0.0, 0.0, 0.0), above=above, below=_scaled(above, 0.62), fill=(0.16, 0.15, 0.15), lamps=1.0,
        windows=1.0, fog_fixed=1.0, fog_colour=_mix(fog, tuple(f * t for f, t in zip(fog, tint, strict=True)), 0.7),
        fog_density=place.fog_density, fog_falloff=0.0, shadows=False, stars=0.0, disc=0.0, exposure=1.1, wind=0.15,
        glow=(0.12, 0.11, 0.10), horizon=_scaled(above, 0.8), zenith=above,
    )  # fmt: skip


def _weathered(light: Atmosphere, weather: str) -> Atmosphere:
    if weather in ("clear", "fireflies", "petals"):
        return replace(light, wind=1.4 if weather == "petals" else 1.0)
    grey = {"rain": 0.75, "snow": 0.6, "fog": 0.7, "storm": 0.85}[weather]
    level = {"rain": 0.62, "snow": 0.68, "fog": 0.85, "storm": 0.36}[weather]
    direct = {"rain": 0.10, "snow": 0.22, "fog": 0.12, "storm": 0.04}[weather]
    cover = {"rain": 0.85, "snow": 0.75, "fog": 0.6, "storm": 0.9}[weather]
    thick = {"rain": 0.009, "snow": 0.014, "fog": 0.042, "storm": 0.010}[weather]
    mean = _mix(light.zenith, light.horizon, 0.6)
    overcast = _scaled(_grey(mean, grey), level)
    return replace(
        light,
        sun_colour=_scaled(light.sun_colour, direct),
        zenith=_mix(_scaled(light.zenith, 0.5), _scaled(overcast, 0.75), 0.85),
        horizon=_mix(_scaled(_grey(light.horizon, grey), level), overcast, 0.5),
        glow=_scaled(light.glow, direct * 1.6),
        above=_scaled(_grey(_mix(light.above, light.horizon, 0.35), grey * 0.8), 0.95 * level + 0.15),
        below=_grey(light.below, 0.4),
        disc=0.0 if weather != "snow" else light.disc * 0.2,
        stars=0.0,
        cloud_cover=cover,
        cloud_softness=0.5,
        cloud_colour=_scaled(overcast, 1.15),
        fog_density=light.fog_density + thick,
        fog_falloff=0.012 if weather == "fog" else 0.02,
        windows=max(light.windows, {"storm": 0.9, "rain": 0.6, "fog": 0.4}.get(weather, 0.35)),
        lamps=max(light.lamps, {"storm": 0.9, "rain": 0.5, "fog": 0.5}.get(weather, 0.3)),
        wet={"rain": 0.8, "storm": 1.0}.get(weather, 0.0),
        snowed=0.75 if weather == "snow" else 0.0,
        wind={"storm": 3.2, "rain": 1.6}.get(weather, 0.8),
        storm=1.0 if weather == "storm" else 0.0,
        exposure=light.exposure * {"storm": 1.25, "rain": 1.15}.get(weather, 1.0),
    )


def lightning(seconds: float, seed: int) -> float:
    """Brightness of the sky's flash at a time, 0..about 1.5: a flicker of three strokes about every 2.6 s, seeded."""
    total = 0.0
    for cell in range(int(seconds // 2.6) - 1, int(seconds // 2.6) + 1):
        rng = np.random.default_rng([abs(seed) % 2**31, cell + 10_000])
        at, strength = (cell + rng.uniform(0.1, 0.8)) * 2.6, rng.uniform(0.5, 1.3)
        for delay, part in ((0.0, 0.7), (0.09, 1.0), (0.24, 0.6)):
            since = seconds - at - delay
            if 0 <= since < 1.2:
                total += strength * part * float(np.exp(-since * 14.0))
    return min(total, 1.6)
