"""The writer makes whole films: any song and any idea give a film.toml that reads back, with an arc."""

import re
import tomllib
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oner.errors import InputError
from oner.film import SectionLabel, TransitionKind
from oner.script.film_edit import refresh_times, set_shot_value
from oner.script.film_file import storyboard
from oner.script.writer import WriteRequest, write_film

from .conftest import written_song

IDEA = (
    "A woman in a red coat leaves her school at night and crosses a dreaming city until the sea, where the dawn waits"
)
IDEAS = [
    IDEA,
    "",
    "Mountains at dawn",
    "Un robot et un chien cherchent un phare sous la neige",
    "A boy rides his bicycle through a town in summer, chasing a white bird",
    "two lovers dance on a rooftop under falling petals, film noir",
    "A whale dreams of the desert",
]
LABELS = st.sampled_from(["intro", "verse", "chorus", "bridge", "instrumental", "outro"])
FORMS = st.lists(st.tuples(LABELS, st.integers(1, 12), st.floats(0.05, 1.0)), min_size=1, max_size=6)


def write(song, idea=IDEA, **more):
    text = write_film(WriteRequest(title="Night Walk", song="song.ogg", idea=idea, **more), song)
    return text, storyboard(text, song, ["native"])


@settings(max_examples=50, deadline=None)
@given(
    bpm=st.floats(60, 180),
    meter=st.sampled_from([3, 4]),
    form=FORMS,
    lead=st.floats(0, 5),
    grid=st.booleans(),
    idea=st.sampled_from(IDEAS),
    one_take=st.booleans(),
    seed=st.integers(0, 1000),
    rate=st.sampled_from([Fraction(24), Fraction(30000, 1001), Fraction(12)]),
)
def test_any_song_and_idea_make_a_film(bpm, meter, form, lead, grid, idea, one_take, seed, rate):
    """What is written reads back, covers the song to the frame, and is the same each time."""
    song = written_song(bpm, meter, form, lead, grid=grid)
    text, board = write(song, idea, one_take=one_take, seed=seed, rate=rate)
    assert [shot.span.start for shot in board.shots] == [0, *(shot.span.end for shot in board.shots[:-1])]
    assert board.shots[-1].span.end == board.frames
    if song.samples > 2 * song.sample_rate:
        assert all(2 * rate - 1 <= len(shot.span) <= 8 * rate + 1 for shot in board.shots)
    assert write(song, idea, one_take=one_take, seed=seed, rate=rate)[0] == text
    assert "@" not in "".join(shot.prompt for shot in board.shots)
    if not one_take:
        assert all(a.camera != b.camera for a, b in pairwise(board.shots))


@pytest.mark.parametrize("seed", range(8))
def test_choruses_return_to_one_place_and_verses_move_on(song, seed):
    """Both choruses begin where the idea's city is; the verses play elsewhere; the film ends by the sea at dawn."""
    _, board = write(song, seed=seed)
    by_section = {label: [shot for shot in board.shots if shot.section is label] for label in SectionLabel}
    choruses = by_section[SectionLabel.CHORUS]
    assert sum("a dreaming city street" in shot.prompt for shot in choruses) > len(choruses) / 2
    assert not any("city street" in shot.prompt for shot in by_section[SectionLabel.VERSE])
    assert "a school corridor at night" in board.shots[0].prompt
    assert "beach" in board.shots[-1].prompt
    assert "at dawn" in board.shots[-1].prompt


@pytest.mark.parametrize("idea", IDEAS)
def test_sizes_and_pictures_vary(song, idea):
    """All three sizes are used, no size three times running, some shots show nobody and no two are the same."""
    _, board = write(song, idea)
    sizes = [
        next(size for size in ("wide", "medium", "close") if f"{size} shot" in shot.prompt) for shot in board.shots
    ]
    assert set(sizes) == {"wide", "medium", "close"}
    assert not any(a == b == c for a, b, c in zip(sizes, sizes[1:], sizes[2:]))
    assert sum(a == b for a, b in pairwise(sizes)) <= 2
    prompts = [(shot.prompt, shot.camera) for shot in board.shots]
    assert len(set(prompts)) == len(prompts)


def test_a_character_has_the_same_words_everywhere(song):
    """The woman's full words stand in every shot that shows her, and there are shots without her."""
    text, board = write(song)
    words = tomllib.loads(text)["characters"]["woman"]
    with_her = [shot for shot in board.shots if words.removeprefix("a ") in shot.prompt]
    assert len(board.shots) > len(with_her) >= len(board.shots) / 2
    assert not any("woman" in shot.prompt for shot in board.shots if shot not in with_her)


def test_the_last_shot_echoes_the_first(song):
    """The sign of the first shot comes back in the last one, and the camera that pushed in pulls back."""
    _, board = write(song)
    assert "red balloon" in board.shots[0].prompt
    assert "red balloon" in board.shots[-1].prompt
    assert (board.shots[0].camera, board.shots[-1].camera) == ("push in", "pull back")


def test_transitions_have_intent(song):
    """Most shots are cut; choruses are entered by a whip or zoom, the last part through black."""
    _, board = write(song)
    kinds = [shot.transition.kind for shot in board.shots]
    assert kinds.count(TransitionKind.CUT) > len(kinds) * 0.7
    into_chorus = [
        b.transition.kind
        for a, b in pairwise(board.shots)
        if b.section is SectionLabel.CHORUS and a.section is not SectionLabel.CHORUS
    ]
    assert set(into_chorus) <= {TransitionKind.WHIP, TransitionKind.ZOOM}
    first_of_outro = next(shot for shot in board.shots if shot.section is SectionLabel.OUTRO)
    assert first_of_outro.transition.kind is TransitionKind.DIP


def test_one_take_never_cuts(song):
    """In a one-take film every shot carries on the one before or is entered by a zoom, moving forward all along."""
    _, board = write(song, one_take=True)
    assert {shot.camera for shot in board.shots[:-1]} <= {"fly-through", "push in"}
    for before, shot in pairwise(board.shots):
        assert shot.continues == before.id or shot.transition.kind is TransitionKind.ZOOM
        assert not shot.continues or shot.prompt == before.prompt


def test_lyrics_are_kept_and_seen(make_song):
    """A sung line stands on its shot, and the things it names are seen there."""
    song = make_song(lyrics=((9.0, 11.0, "I saw a train go by"), (30.0, 32.0, "oh oh oh")))
    _, board = write(song)
    sung = {shot.lyric: shot for shot in board.shots if shot.lyric}
    assert set(sung) == {"I saw a train go by", "oh oh oh"}
    assert "train" in sung["I saw a train go by"].prompt


def test_the_file_explains_itself(song):
    """The header says how to edit; parts and times are comments, so that the values stay plain."""
    text, _ = write(song)
    assert text.startswith("# Night Walk\n# A woman in a red coat")
    assert "# ---- chorus 1 ---- bars 13 to 20, 0:24.00 to 0:40.00, energy 1.00 ---" in text
    assert 'at = "start"    # 0:00.00, 8.00 s\n' in text
    assert all(len(line) <= 120 or line.startswith("prompt") for line in text.splitlines())
    assert refresh_times(text, song) == text


def test_comments_survive_a_later_edit(song):
    """Changing one prompt changes one line."""
    text, board = write(song)
    changed = set_shot_value(text, board.shots[3].id, "prompt", "The sea")
    assert sum(a != b for a, b in zip(text.splitlines(), changed.splitlines())) == 1


def test_look_weather_and_times_follow_the_idea(song):
    """A look in the idea ends every prompt; its weather is there, and only as strong as the music."""
    _, board = write(song, "a man walks through a forest in the rain, film noir")
    assert all(shot.prompt.endswith(", noir.") for shot in board.shots)
    assert any("in the rain" in shot.prompt for shot in board.shots)
    assert not any("snow" in shot.prompt for shot in board.shots)


def test_the_goal_of_the_idea_is_seen_at_the_end_alone(song):
    """A lighthouse that the idea ends with is kept for the last part; the bus that it names is seen before."""
    _, board = write(song, "A man takes a bus through the city to a lighthouse by the sea")
    with_goal = [shot for shot in board.shots if "lighthouse" in shot.prompt]
    assert with_goal
    assert all(shot.section is SectionLabel.OUTRO for shot in with_goal)
    assert any(" bus " in shot.prompt for shot in board.shots)


def test_neighbouring_sections_of_one_kind_are_one_passage(make_song):
    """Short sections of the same kind do not each get a place, and a chorus after a chorus is entered by a cut."""
    form = [("intro", 4, 0.3), *[("verse", 2, 0.5)] * 4, *[("chorus", 4, 1.0)] * 3, ("outro", 4, 0.3)]
    _, board = write(make_song(form=form))
    verses = [shot.prompt for shot in board.shots if shot.section is SectionLabel.VERSE]
    places = {
        re.search(r"(?:in|on|along|across|down|over|by|at|past) (an? [a-z ]+?|the [a-z]+?) (?:at|in|among) ", p)[1]
        for p in verses
    }
    assert len(places) <= 2
    choruses = [shot for shot in board.shots if shot.section is SectionLabel.CHORUS]
    assert {shot.transition.kind for shot in choruses[1:]} == {TransitionKind.CUT}


def test_the_guides_example_is_a_film(song):
    """The first example of docs/film-toml.md reads as it stands."""
    guide = Path(__file__).parents[2] / "docs" / "film-toml.md"
    example = guide.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    assert [shot.id for shot in storyboard(example, song, ["native"]).shots] == ["intro-1", "verse1-1"]


def test_an_excerpt_is_filmed_alone(song):
    """A film of 20 seconds of the song is 20 seconds long and keeps the song's bar numbers."""
    text, board = write(song, excerpt="13.1 - 23.1")
    assert board.frames == 480
    assert tomllib.loads(text)["excerpt"] == "13.1 - 23.1"
    assert {shot.section for shot in board.shots} == {SectionLabel.CHORUS, SectionLabel.VERSE}


@pytest.mark.parametrize("pace", [(0.5, 3.0), (4.0, 12.0), (3.0, 6.0)])
def test_the_users_lengths_win(song, pace):
    """Shots keep to the lengths that the user gives, downbeats or not."""
    _, board = write(song, min_seconds=pace[0], max_seconds=pace[1])
    assert all(pace[0] * 24 - 1 <= len(shot.span) <= pace[1] * 24 + 1 for shot in board.shots)


def test_impossible_requests_are_refused(song):
    """Lengths that contradict each other and an excerpt outside the song are refused."""
    with pytest.raises(InputError, match=r"shots of 5\.0 to 2\.0 s: the shortest must be"):
        write(song, min_seconds=5.0, max_seconds=2.0)
    with pytest.raises(InputError, match="is not in the song, which has bars 1 to 40"):
        write(song, excerpt="50.1 - 60.1")


def test_titles_and_names_in_any_letters_read_back(song):
    """Quotes, line ends and accents in the title, idea and song's name do no harm."""
    request = WriteRequest(title='L\'"été"\n', song="à l'aube.ogg", idea='Zoé, une femme "rouge"\nà la plage')
    board = storyboard(write_film(request, song), song)
    assert board.title == 'L\'"été"\n'
