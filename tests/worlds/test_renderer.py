import numpy as np
import pytest

from oner.errors import EngineError
from oner.worlds import gpu, renderer
from oner.worlds.atmosphere import atmosphere
from oner.worlds.mesh import Material, Mesh, box, heightfield, merge, quad, translation
from oner.worlds.renderer import Light, Renderer, View
from oner.worlds.scene import Place, flat_ground

GROUND = heightfield(flat_ground, (-30, 30), (-40, 20), (12, 12), (0.5, 0.5, 0.5))
FRONT = View((0.0, 1.5, 6.0), (0.0, 1.0, 0.0), 0.6)


def draw(
    static: Mesh, moving=(), matrices=None, view=FRONT, time="noon", size=(96, 54), sky="open", **frame
) -> np.ndarray:
    place = Place(static, sky=sky, indoor=sky == "none", ambient=(0.2, 0.2, 0.2) if sky == "none" else None)
    light = atmosphere(place, time, "clear")
    drawn = Renderer(static, list(moving), sky, light, [], "natural", size, 1, lamps=True)
    places = np.tile(np.eye(4), (len(moving), 1, 1)) if matrices is None else np.array(matrices)
    picture = drawn.frame(view, 0.0, places, (np.zeros(3), 3.0), frame.pop("lamps", []), **frame)
    drawn.close()
    return picture


def test_a_picture_has_the_asked_size_and_the_sky_above():
    """A frame is (H, W, 3) uint8 with the first row on top: blue sky over grey ground."""
    picture = draw(GROUND)
    assert picture.shape == (54, 96, 3)
    assert picture.dtype == np.uint8
    top, bottom = picture[2].mean(0), picture[-3].mean(0)
    assert top[2] > top[0] + 15
    assert np.ptp(bottom) < 30


def test_matrices_move_parts():
    """The second moving mesh goes where its own matrix puts it."""
    cubes = [box((0.8, 0.8, 0.8), (1, 0, 0)), box((0.8, 0.8, 0.8), (0, 0.1, 1))]
    picture = draw(GROUND, cubes, [translation(-1.2, 1, 0), translation(1.2, 1, 0)]).astype(int)
    left, right = picture[:, :48], picture[:, 48:]
    assert (left[..., 0] - left[..., 1]).max() > 80 > (right[..., 0] - right[..., 1]).max()


def test_more_parts_than_one_block_holds():
    """Three hundred moving parts are all drawn, though a uniform block holds 256 matrices."""
    cubes = [box((0.3, 0.3, 0.3), (1, 0, 0)) for _ in range(300)]
    away = [translation(0, -50, 0)] * 299 + [translation(0, 1, 2)]
    picture = draw(GROUND, cubes, away).astype(int)
    assert (picture[..., 0] - picture[..., 1]).max() > 80


def test_the_sun_casts_shadows():
    """A slab over the ground darkens the ground on the side away from the sun, both as scenery and as a moving part."""
    slab = box((3, 0.2, 3), (0.5, 0.5, 0.5), centre=(0, 2.5, 0))
    above = View((0.0, 1.9, 5.5), (1.0, 0.0, -1.0), 0.9)
    bare = draw(GROUND, view=above).astype(int)
    static, moving = draw(merge([GROUND, slab]), view=above), draw(GROUND, [slab], view=above)
    for shadowed in (static.astype(int), moving.astype(int)):
        ground = slice(30, 54)
        assert (bare[ground].mean(2) - shadowed[ground].mean(2)).max() > 25


def test_a_lamp_lights_what_is_near():
    """In a dark room the wall beside a lamp is brighter than the wall far from it."""
    wall = quad((-6, 0, -2), (6, 0, -2), (6, 4, -2), (-6, 4, -2), (0.8, 0.8, 0.8), Material.PLASTER)
    picture = draw(wall, sky="none", lamps=[Light((-1.6, 1.2, -1.0), (2.0, 2.0, 2.0), 4.0)])
    assert picture[20:34, 20:36].mean() > picture[20:34, 76:90].mean() + 40


def test_glow_blooms():
    """A glowing box brightens the pixels round it, a plain white one does not."""
    room = quad((-9, -3, -4), (9, -3, -4), (9, 9, -4), (-9, 9, -4), (0.02, 0.02, 0.02))
    glowing, plain = (
        draw(merge([room, box((0.7, 0.7, 0.1), (1, 1, 1), m, centre=(0, 1, 0))]), sky="none")
        for m in (Material.GLOW, Material.MATTE)
    )
    ring = np.s_[18:20, 44:52]
    assert glowing[ring].mean() > plain[ring].mean() + 8


@pytest.mark.parametrize("material", list(Material))
def test_every_material_draws(material):
    """Each material compiles and shows something that is neither black nor all one colour with what is behind it."""
    wall = box((3, 2.4, 0.4), (0.6, 0.5, 0.4), material, centre=(0, 1.2, 0))
    with_it, without = draw(merge([GROUND, wall]), time="night").astype(int), draw(GROUND, time="night").astype(int)
    assert np.abs(with_it - without).max() > 12


def test_wrong_windings_leave_no_holes():
    """A floor whose triangles were listed clockwise is seen from above all the same."""
    good = quad((-9, 0, 9), (9, 0, 9), (9, 0, -9), (-9, 0, -9), (0.9, 0.2, 0.2), Material.TILES)
    bad = quad((-9, 0, -9), (9, 0, -9), (9, 0, 9), (-9, 0, 9), (0.9, 0.2, 0.2), Material.TILES)
    assert np.abs(draw(good).astype(int) - draw(bad).astype(int)).max() < 24


def test_the_context_is_shared_within_a_process():
    """Two clips of one thread use the same context, programs and frame buffers."""
    assert gpu.gpu() is gpu.gpu()
    target = gpu.gpu().target(64, 36, 4)
    assert target is gpu.gpu().target(64, 36, 4)
    assert target.large == (128, 72)


def test_without_opengl_the_error_says_what_to_install(monkeypatch):
    """Where no context can be opened, the error names the packages."""
    monkeypatch.setenv("EGL_PLATFORM", "nonsense")
    monkeypatch.setattr(gpu.moderngl, "create_context", _refuse)
    with pytest.raises(EngineError, match=r"libegl1|driver"):
        gpu._open_context()


def _refuse(**_):
    raise RuntimeError("libEGL.so not loaded")


def test_many_lamps_are_weighed():
    """Of twenty lamps eight are used, the nearest at full strength and the last one dimmed to nothing."""
    lamps = [Light((0.0, 3.0, -4.0 * i), (1.0, 1.0, 1.0), 8.0) for i in range(20)]
    chosen = renderer.weighed(lamps, FRONT, np.array([0.0, 0.0, -1.0]))
    assert len(chosen) == renderer.LAMPS
    assert chosen[0].colour == (1.0, 1.0, 1.0)
    assert chosen[-1].colour[0] < 0.6
