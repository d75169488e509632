from fractions import Fraction

import numpy as np
import pytest

from oner.worlds.atmosphere import atmosphere, lightning
from oner.worlds.description import TIMES, WEATHERS, Description, SubjectDescription
from oner.worlds.mesh import box
from oner.worlds.scene import Place
from oner.worlds.stage import Stage

OPEN = Place(box((1, 1, 1), (0, 0, 0)))


def brightness(light) -> float:
    return float(np.mean(light.above) + np.mean(light.sun_colour))


@pytest.mark.parametrize("weather", WEATHERS)
@pytest.mark.parametrize("time", TIMES)
def test_every_time_and_weather_has_light(time, weather):
    """All numbers are finite and not negative, the sun's direction has length one, and there is light to see by."""
    light = atmosphere(OPEN, time, weather)
    assert np.linalg.norm(light.sun) == pytest.approx(1.0)
    for colour in (light.sun_colour, light.zenith, light.horizon, light.glow, light.above, light.below, light.fill):
        assert np.isfinite(colour).all()
        assert min(colour) >= 0
    assert np.mean(light.above) + np.mean(light.fill) > 0.15


def test_the_day_brightens_and_darkens():
    """Noon is brighter than dusk and dusk than night; only dawn, dusk and night have stars and lit windows."""
    light = {time: atmosphere(OPEN, time, "clear") for time in TIMES}
    assert brightness(light["noon"]) > brightness(light["dusk"]) > brightness(light["night"])
    assert light["night"].stars > light["noon"].stars == 0
    assert light["night"].windows == 1
    assert light["noon"].windows == 0


def test_weather_takes_the_sun_and_adds_haze():
    """Rain, fog and storm dim the sun and thicken the air; a storm is darker than rain and has lightning."""
    clear, rain, fog, storm = (atmosphere(OPEN, "noon", w) for w in ("clear", "rain", "fog", "storm"))
    assert max(rain.sun_colour) < 0.3 * max(clear.sun_colour)
    assert fog.fog_density > 4 * clear.fog_density
    assert brightness(storm) < brightness(rain)
    assert storm.storm == 1
    assert rain.storm == 0


@pytest.mark.parametrize("weather", ["clear", "rain", "fog"])
@pytest.mark.parametrize("place", ["forest", "mountains", "meadow", "city street", "ocean", "canyon"])
def test_nights_outdoors_can_be_read(place, weather):
    """A night is dark but readable and blue, its subject clearly lit, in woods and in bad weather too."""
    who = SubjectDescription("woman", colour="white", garment="coat", action="stand", facing="camera")
    pictures = {}
    for time in ("night", "noon"):
        with Stage(Description(place, (who,), time, weather), 3, 160, 90, 1, Fraction(24), samples=1) as stage:
            pictures[time] = stage.frame(0).astype(float)
    luma = {time: float(np.median(picture @ [0.299, 0.587, 0.114])) for time, picture in pictures.items()}
    assert 38 < luma["night"] < 90
    assert luma["night"] < luma["noon"]
    blue = {time: picture[..., 2].mean() / picture[..., 0].mean() for time, picture in pictures.items()}
    assert blue["night"] > min(blue["noon"], 1.0)  # lit windows warm a street
    assert np.percentile(pictures["night"][20:80, 50:110] @ [0.299, 0.587, 0.114], 97) > 1.8 * luma["night"]


def test_rooms_have_no_sun():
    """Indoors there is no sun and no shadow map, and night is darker than noon."""
    room = Place(OPEN.static, sky="none", indoor=True, ambient=(0.4, 0.4, 0.4))
    noon, night = atmosphere(room, "noon", "clear"), atmosphere(room, "night", "clear")
    assert max(noon.sun_colour) == 0
    assert not noon.shadows
    assert np.mean(night.above) < np.mean(noon.above)


def test_lightning_is_rare_bright_and_repeatable():
    """A storm flashes every few seconds for a moment, the same on every run, differently for other seeds."""
    times = np.arange(0, 26, 1 / 24)
    flashes = np.array([lightning(t, 4) for t in times])
    assert np.array_equal(flashes, [lightning(t, 4) for t in times])
    assert not np.array_equal(flashes, [lightning(t, 5) for t in times])
    assert flashes.max() > 0.5
    assert (flashes > 0.1).mean() < 0.25
    assert sum((flashes[1:] > 0.3) & (flashes[:-1] <= 0.3)) >= 5
