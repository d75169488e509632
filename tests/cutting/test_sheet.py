import numpy as np

from oner.cutting import assemble, film_sheet, plan_cut
from oner.media import read_png


def test_the_sheet_shows_the_middle_of_every_shot(kit):
    """One tile a shot, each with the film's frame in the middle of it."""
    shots = kit.shots([24, 12, 36])
    picks = {
        s.id: kit.take(s.id, 1, np.full((len(s.span) + 12, 64, 96, 3), 60 + 60 * n, np.uint8))
        for n, s in enumerate(shots)
    }
    song_path, analysis = kit.song(3.0)
    timeline = plan_cut(kit.storyboard(shots), picks, {}, analysis)
    out = kit.folder / "film.mp4"
    assemble(timeline, kit.locate, song_path, out)
    film_sheet(out, timeline, kit.folder / "sheet.png")
    row = read_png(kit.folder / "sheet.png")[100]
    for grey in (60, 120, 180):
        assert np.count_nonzero(np.abs(row.astype(int) - grey).max(axis=1) < 4) > 250
