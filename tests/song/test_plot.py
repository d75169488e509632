import pytest

from oner.errors import MediaError
from oner.media import read_png
from oner.song import draw_plot
from oner.song.plot import COLOURS


def test_plot_shows_the_sections(rock_path, rock_heard, tmp_path):
    """The picture is 1600 wide, coloured by section, and nothing else is left in the folder."""
    draw_plot(rock_heard, rock_path, tmp_path / "song.png")
    picture = read_png(tmp_path / "song.png")
    assert picture.shape[1] == 1600
    assert [p.name for p in tmp_path.iterdir()] == ["song.png"]
    for label in {section.label for section in rock_heard.sections}:
        colour = [int(COLOURS[label][i : i + 2], 16) for i in (1, 3, 5)]
        pale = [round(255 + 0.55 * (c - 255)) for c in colour]
        assert (abs(picture[..., :3].astype(int) - pale).max(axis=2) <= 3).mean() > 0.005


def test_plot_of_nothing(rock_heard, tmp_path):
    """Without the sound there is no picture and no half of one."""
    with pytest.raises(MediaError):
        draw_plot(rock_heard, tmp_path / "gone.wav", tmp_path / "song.png")
    assert list(tmp_path.iterdir()) == []
