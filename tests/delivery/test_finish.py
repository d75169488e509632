from fractions import Fraction
from itertools import islice

import numpy as np
import pytest

from oner.delivery.finish import Finish, finish, frames_out, pictures_for
from oner.errors import RequestError

EIGHT = Fraction(8)
SAME = {"width": 96, "height": 64, "upscaling": "lanczos", "grain": 0.0}


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return 10 * np.log10(255**2 / max(np.mean((a.astype(np.float64) - b) ** 2), 1e-6))


def flat(level: int, width: int = 36, height: int = 20) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("pictures", "rate", "frames"),
    [(41, 24, 123), (41, 25, 129), (41, 30, 154), (41, 12, 62), (41, 8, 41), (1, 24, 3), (481, 24, 1443), (0, 24, 0)],
)
def test_the_number_of_frames_is_promised(pictures, rate, frames):
    """As many frames come as `frames_out` says: those that begin while the last picture lasts."""
    assert frames_out(pictures, EIGHT, Fraction(rate)) == frames
    if pictures <= 41:
        look = Finish(Fraction(rate), 18, 10, "none", "lanczos")
        assert len(list(finish((flat(9, 18, 10) for _ in range(pictures)), EIGHT, look))) == frames


def test_ntsc_rates_are_exact():
    """60 seconds at 24000/1001 are 1,439 frames and the beginning of one more."""
    assert frames_out(480, EIGHT, Fraction(24000, 1001)) == 1439
    assert frames_out(481, EIGHT, Fraction(24000, 1001)) == 1442


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 120, 121, 1440])
@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(24000, 1001), Fraction(5)])
def test_pictures_for_a_length_are_as_few_as_can_be(frames, rate):
    """The last frame lies on or before the last picture, and after the one before."""
    pictures = pictures_for(frames, EIGHT, rate)
    last = (frames - 1) / rate
    assert (pictures - 2) / EIGHT < last <= (pictures - 1) / EIGHT


@pytest.mark.parametrize("rate", [24, 25, 30, 12, 5])
def test_a_pan_goes_on_steadily_at_any_rate(pan, rate):
    """Frames of a pan of 5 pixels a picture are what a camera would have seen at their own times."""
    look = Finish(Fraction(rate), **SAME)
    made = list(finish((pan(5 * k) for k in range(5)), EIGHT, look))
    for i, frame in enumerate(made):
        time = Fraction(i, rate) * 8
        if time <= 4:
            assert psnr(frame[4:-4, 8:-8], pan(float(5 * time))[4:-4, 8:-8]) > 36, f"frame {i}"
    blended = list(finish((pan(5 * k) for k in range(5)), EIGHT, Finish(Fraction(24), **SAME, interpolation="blend")))
    assert psnr(blended[1][4:-4, 8:-8], pan(5 / 3)[4:-4, 8:-8]) < 30


def test_pictures_stay_themselves(pan):
    """Frames that lie on a picture are that picture, and the last is held to the end of its time."""
    pictures = [pan(5 * k) for k in range(4)]
    made = list(finish(iter(pictures), EIGHT, Finish(Fraction(24), **SAME)))
    for k, picture in enumerate(pictures):
        np.testing.assert_array_equal(made[3 * k], picture)
    np.testing.assert_array_equal(made[-1], pictures[-1])


def test_what_comes_into_the_picture_is_not_smeared(pan):
    """At the side where a fast pan uncovers the scene, the new picture alone is shown."""
    made = list(finish((pan(9 * k) for k in range(2)), EIGHT, Finish(Fraction(24), **SAME)))
    assert psnr(made[2][4:-4, -6:], pan(6)[4:-4, -6:]) > 28


@pytest.mark.parametrize("interpolation", ["flow", "blend"])
def test_a_cut_is_not_morphed(pan, interpolation):
    """Over a hard cut the first shot is held until the picture that begins the second."""
    pictures = [pan(0), pan(2), 255 - pan(230)[::-1], 255 - pan(232)[::-1]]
    made = list(finish(iter(pictures), EIGHT, Finish(Fraction(24), **SAME, interpolation=interpolation)))
    for frame in made[3:6]:
        np.testing.assert_array_equal(frame, pictures[1])
    np.testing.assert_array_equal(made[6], pictures[2])
    assert (made[1] != pictures[0]).any()
    assert (made[7] != pictures[2]).any()


def test_a_cut_between_flat_pictures_is_a_cut():
    """Black to white has no motion, but is no fade either."""
    made = list(finish(iter([flat(0), flat(255)]), EIGHT, Finish(Fraction(24), 36, 20)))
    assert [int(frame[0, 0, 0]) for frame in made] == [0, 0, 0, 255, 255, 255]


def test_part_of_a_clip_equals_the_whole(pan):
    """`start` and `frames` give the same frames as the whole clip does at those numbers, grain included."""
    look = Finish(Fraction(25), **SAME | {"grain": 0.3, "seed": 4})
    whole = list(finish((pan(3 * k) for k in range(6)), EIGHT, look))
    part = list(finish((pan(3 * k) for k in range(6)), EIGHT, look, start=4, frames=7))
    assert len(part) == 7
    for a, b in zip(whole[4:11], part, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_same_pictures_give_the_same_frames(pan):
    """Two runs are equal to the bit; another seed changes the grain."""
    pictures = [pan(4 * k) for k in range(5)]

    def made(seed: int) -> np.ndarray:
        return np.stack(list(finish(iter(pictures), EIGHT, Finish(Fraction(30), 144, 96, grain=0.2, seed=seed))))

    np.testing.assert_array_equal(made(1), made(1))
    assert (made(1) != made(2)).any()


def test_it_reads_at_most_two_pictures_ahead(pan):
    """A frame is given before the second picture after the one that follows it is read."""
    read = 0

    def pictures():
        nonlocal read
        for k in range(12):
            read += 1
            yield pan(k)

    for i, _ in enumerate(finish(pictures(), EIGHT, Finish(Fraction(24), **SAME))):
        assert read - 1 <= i // 3 + 2


def test_leaving_early_ends_the_work(pan):
    """A reader may stop at any frame; the pictures are then closed too."""
    frames = finish((pan(k) for k in range(100)), EIGHT, Finish(Fraction(24), **SAME))
    assert len(list(islice(frames, 4))) == 4
    frames.close()


def test_mean_colour_stays(pan):
    """Enlarging, sharpening, moving and grain change the mean of each channel by less than a level."""
    pictures = [pan(4 * k) for k in range(4)]
    made = list(finish(iter(pictures), EIGHT, Finish(Fraction(24), 432, 288, grain=0.3)))
    for i, frame in enumerate(made[:9]):
        truth = pan(4 * i / 3).reshape(-1, 3).mean(0)
        assert np.abs(frame.reshape(-1, 3).mean(0) - truth).max() < 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"interpolation": "rife"}, "there are flow, blend, none"),
        ({"upscaling": "sharper"}, "there are sharp, lanczos"),
        ({"grain": 1.5}, "between 0 and 1"),
        ({"rate": Fraction(0)}, "must be positive"),
    ],
)
def test_what_cannot_be_is_refused(wrong, words):
    """An unknown choice is refused with those that there are."""
    with pytest.raises(RequestError, match=words):
        Finish(**wrong)


def test_pictures_that_end_too_early_are_an_error():
    """Frames that no picture reaches are not invented."""
    frames = finish(iter([flat(1), flat(1)]), EIGHT, Finish(Fraction(24), 36, 20), frames=7)
    with pytest.raises(RequestError, match="2 pictures at 8 a second are 6 frames at 24; frame 6 was asked for"):
        list(frames)


def test_pictures_of_two_sizes_are_an_error():
    """A clip has one size."""
    with pytest.raises(RequestError, match="a clip has one size"):
        list(finish(iter([flat(1), flat(1), flat(1, 40, 20)]), EIGHT, Finish(Fraction(24), 36, 20)))


def test_an_error_of_the_model_arrives_as_it_is():
    """What the pictures' maker raises reaches the reader."""

    def pictures():
        yield flat(1)
        yield flat(2)
        raise ZeroDivisionError("of the model")

    with pytest.raises(ZeroDivisionError, match="of the model"):
        list(finish(pictures(), EIGHT, Finish(Fraction(24), 36, 20)))
