import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oner.worlds.description import (
    CAMERA_MOVES,
    COLOURS,
    GARMENTS,
    LOOKS,
    PLACES,
    SHOT_SIZES,
    SUBJECTS,
    TIMES,
    WEATHERS,
    Description,
)
from oner.worlds.language import read
from oner.worlds.vocabulary import lexicon


def fields(prompt: str, *names: str) -> tuple:
    """Fields of the description, those of the first subject written as `.name`."""
    d = read(prompt).description
    return tuple(getattr(d.subjects[0], name[1:]) if name.startswith(".") else getattr(d, name) for name in names)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    ("category", "values"),
    [
        ("place", PLACES), ("subject", SUBJECTS), ("colour", COLOURS), ("time", TIMES), ("weather", WEATHERS),
        ("look", LOOKS), ("camera", CAMERA_MOVES), ("size", SHOT_SIZES), ("garment", GARMENTS),
    ],
)  # fmt: skip
def test_every_word_of_the_vocabulary_can_be_said_in_both_languages(language, category, values):
    """Each value of the description has at least one term in each lexicon, and no term has a value that is unknown."""
    said = {v for term in lexicon(language).exact.values() for name, v in term.effects if name == category}
    assert said - {"person"} == set(values)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_lexicons_are_rich(language):
    """Each language knows well over a thousand spellings."""
    assert len(lexicon(language).exact) > 2000


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("an alley", "city street"), ("avenues", "city street"), ("un boulevard désert", "city street"),
        ("une ruelle", "city street"), ("a high school hallway", "school corridor"), ("un lycée", "school corridor"),
        ("lockers", "school corridor"), ("waves crash", "ocean"), ("des vagues", "ocean"), ("the woods", "forest"),
        ("dans les bois", "forest"), ("au bord de la mer", "beach"), ("sous la mer", "underwater"),
        ("a whale", "ocean"), ("inside a train", "train carriage"), ("dans un train", "train carriage"),
        ("a forest lake", "lake"), ("un lac de montagne", "lake"), ("a lighthouse", "beach"), ("an astronaut", "space"),
        ("a starship", "space"), ("le toit d'un immeuble", "rooftop"), ("fields of poppies", "flower field"),
    ],
)  # fmt: skip
def test_places_have_many_names_and_can_be_implied(prompt, place):
    """Synonyms, plurals, compounds and things that belong to a place lead to it, and subjects to where they live."""
    assert read(prompt).description.place == place


@pytest.mark.parametrize(
    ("prompt", "move"),
    [
        ("dolly in on a house", "push in"), ("travelling avant", "push in"), ("the camera pulls away", "pull back"),
        ("zoom arrière", "pull back"), ("pans to the left", "pan left"), ("panoramique vers la droite", "pan right"),
        ("the camera tilts upwards", "tilt up"), ("panoramique de haut en bas", "tilt down"),
        ("the camera circles", "orbit"), ("travelling circulaire", "orbit"), ("aerial view", "crane up"),
        ("la caméra s'élève", "crane up"), ("the camera follows a dog", "tracking"), ("travelling latéral", "tracking"),
        ("drone flight", "fly-through"), ("the camera flies over the sea", "fly-through"), ("shaky camera", "handheld"),
        ("caméra à l'épaule", "handheld"), ("plan fixe", "static"), ("the camera does not move", "static"),
        ("a bird flies through the forest", "static"), ("no zoom", "static"),
    ],
)  # fmt: skip
def test_camera_moves_are_understood(prompt, move):
    """Film terms in both languages name the camera move; a bird that flies through a forest is not one."""
    assert read(prompt).description.camera == move


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("twilight", ("dusk", "clear", "cinematic")), ("au crépuscule", ("dusk", "clear", "cinematic")),
        ("drizzle at daybreak", ("dawn", "rain", "cinematic")), ("une averse à midi", ("noon", "rain", "cinematic")),
        ("1940s film, night", ("night", "clear", "noir")),
        ("noir et blanc, nuit", ("night", "clear", "black and white")),
        ("film noir, full moon, mist", ("night", "fog", "noir")),
        ("petals at golden hour, cel-shaded", ("golden hour", "petals", "animation")),
    ],
)  # fmt: skip
def test_time_weather_and_look_are_understood(prompt, expected):
    """Times of day, weather and looks have many names in both languages."""
    assert fields(prompt, "time", "weather", "look") == expected


@pytest.mark.parametrize(
    "prompt",
    [
        "a red coat on a woman beside a blue car", "a woman in a red coat beside a blue car",
        "une femme au manteau rouge à côté d'une voiture bleue", "beside a blue car, a woman in a red coat",
    ],
)  # fmt: skip
def test_colours_go_to_their_own_noun_and_the_sentence_subject_comes_first(prompt):
    """The coat is red and the car is blue, whatever the order; the woman is the subject."""
    woman, car = read(prompt).description.subjects
    assert (woman.kind, woman.garment, woman.colour) == ("woman", "coat", "red")
    assert (car.kind, car.colour) == ("car", "blue")


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a red-haired girl", ("child", "red", None, None)),
        ("une jeune femme aux longs cheveux noirs", ("woman", "black", "long", None)),
        ("a slim brunette", ("woman", "brown", None, "slim")),
        ("un homme costaud, chauve", ("man", None, "bald", "broad")),
        ("a lady with a blonde ponytail", ("woman", "blonde", "ponytail", None)),
        ("une fille rousse aux cheveux bouclés", ("child", "red", "curly", None)),
    ],
)  # fmt: skip
def test_hair_and_build(prompt, expected):
    """Hair colour, hair style and build are read from adjectives before and after the noun."""
    assert fields(prompt, ".kind", ".hair", ".hairstyle", ".build") == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a man walks away", ("walk", "away")), ("une femme s'éloigne", ("walk", "away")),
        ("a girl runs towards us", ("run", "camera")), ("un garçon court vers la caméra", ("run", "camera")),
        ("she waves at the camera, a singer", ("wave", "camera")), ("a woman seen from behind", (None, "away")),
        ("un homme de profil qui danse", ("dance", "side")),
    ],
)  # fmt: skip
def test_actions_and_facing(prompt, expected):
    """Verbs in any form and words of direction say what the subject does and where it looks."""
    assert fields(prompt, ".action", ".facing") == expected


@pytest.mark.parametrize(
    "prompt", ["no rain", "sans pluie", "it does not rain", "pas de pluie ni de neige", "without rain or snow"]
)
def test_denied_weather_does_not_appear(prompt):
    """A forbidden thing that is named does not enter the picture."""
    assert read(prompt).description.weather == "clear"


def test_negation_covers_only_what_it_speaks_of():
    """A hat after a denied umbrella is still worn, and denied people are not drawn."""
    assert fields("a woman without an umbrella and with a hat", ".umbrella", ".hat") == (False, True)
    assert read("an empty beach, no people, no cars").description.subjects == ()


def test_accents_of_the_place():
    """The colour of things that belong to a place is the accent, never the clothes."""
    d = read("a woman in a hallway with lockers painted green").description
    assert (d.accent, d.subjects[0].colour) == ("green", None)
    assert read("un couloir aux casiers rouges").description.accent == "red"
    assert read("a red cactus beside a house").description.accent is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Close-up of a young woman with short black hair in a yellow raincoat, in a forest at dawn",
         "Night. A young woman with short black hair in a yellow raincoat runs through a tunnel beside a dog, noir"),
        ("a bearded old man with a hat on a boat", "a city street, a bearded old man with a hat waves at us"),
        ("a slim girl with red hair", "une fille mince aux cheveux roux"),
    ],
)  # fmt: skip
def test_the_same_character_words_give_the_same_person(one, other):
    """Whatever surrounds them, and in either language, the words of a character have one normal form."""
    assert fields(one, ".person") == fields(other, ".person")


def test_different_characters_differ():
    """Words that are not drawn still single a character out."""
    people = ["a woman", "a freckled woman", "a tall woman", "a zany woman", "a woman with glasses"]
    assert len({fields(prompt, ".person") for prompt in people}) == len(people)


def test_report_of_understood_ignored_and_guessed():
    """Unknown words are reported as written, stop words are not, and what was chosen is named."""
    reading = read("A woman on the beach gargles quantum soup, slow dolly in")
    assert reading.ignored == ("gargles", "quantum", "soup")
    assert reading.understood == ("woman", "beach", "slow dolly in")
    assert "time: golden hour" in reading.guessed
    assert read("an orange zebra-striped sofa in a bedroom").ignored


def test_several_subjects_and_numbers():
    """Number words, plurals, joins and asides decide who is drawn; the same woman mentioned twice is one woman."""
    kinds = lambda prompt: [s.kind for s in read(prompt).description.subjects]
    assert kinds("two horses and a dog") == ["horse", "horse", "dog"]
    assert kinds("A woman waits. The woman leaves with a cat") == ["woman", "cat"]
    assert kinds("she flies like a bird, a dancer") == ["dancer"]
    assert kinds("a woman walks between the trees") == ["woman"]
    assert len(kinds("ten men, nine women, eight dogs, seven cats, six birds")) == 4


def test_empty_prompt_is_a_landscape():
    """Nothing said gives the default world."""
    assert read("").description == Description("mountains", size="wide")


def test_long_prompt_is_read_quickly_enough_to_be_read_at_all():
    """A prompt of 32,000 characters is read to its end."""
    text = "a singer and a dog in red beside " * 969 + "in a cave"
    assert len(text) > 31_000
    assert read(text).description.place == "cave"


@given(st.text(alphabet=st.characters(), max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read(text):
    """No text raises: control characters, emoji, lone surrogates, any alphabet."""
    read(text)


_TERMS = sorted({*lexicon("en").exact, *lexicon("fr").exact})


@given(st.lists(st.sampled_from([*_TERMS, ",", ".", "the", "une", "with", "no", "sans", "and"]), max_size=25))
@settings(max_examples=300, deadline=None)
def test_any_salad_of_known_terms_is_read(words):
    """Known terms in any order give a description within the vocabulary."""
    d = read(" ".join(words)).description
    assert d.place in PLACES
    assert d.camera in CAMERA_MOVES
    assert all(s.kind in SUBJECTS and s.colour in (None, *COLOURS) for s in d.subjects)


def test_reading_does_not_depend_on_the_hash_seed():
    """Two processes with different hash seeds read the same."""
    prompts = ["a bearded zany tall woman in a red coat and a dog, no rain or snow, cyberpunk", "deux gamines rousses"]
    script = f"from oner.worlds.language import read; print([read(p) for p in {prompts}])"
    command = [sys.executable, "-c", script]
    outputs = [
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True)
        for seed in ("1", "77")
    ]
    assert outputs[0].stdout == outputs[1].stdout


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Elle court sous la pluie", ("woman", "run")), ("he waits in the snow", ("man", "stand")),
        ("a man, a woman and a child walk", ("man", "walk")), ("a silhouette of a dancer twirls", ("dancer", "dance")),
        ("une fille court", ("child", "run")), ("a guitar on stage", ("guitarist", None)),
    ],
)  # fmt: skip
def test_who_acts(prompt, expected):
    """Pronouns alone, lists, framing words and things that imply somebody lead to the one who acts."""
    assert fields(prompt, ".kind", ".action") == expected


def test_weather_has_no_body():
    """ "Il pleut" and "we glide" name nobody."""
    assert read("Il pleut sur la ville").description.subjects == ()
    assert read("we glide through a forest").description.subjects == ()


def test_riders_and_what_they_ride_are_one():
    """Bicycles and cars belong to whoever is on or in them; a ridden horse keeps its rider's looks."""
    one = lambda prompt: [(s.kind, s.action) for s in read(prompt).description.subjects]
    assert one("a kid on a bicycle") == one("a kid rides a bike") == one("un enfant à vélo") == [("child", "ride")]
    assert one("une femme conduit une voiture") == [("woman", "drive")]
    assert one("a woman beside a blue car") == [("woman", None), ("car", None)]
    assert one("un garçon roule à vélo à côté d'un vélo rouge") == [("child", "ride"), ("bicycle", None)]
    assert fields("a woman in a coat rides a white horse", ".kind", ".colour", ".garment", ".action") == (
        "horse", "white", "coat", "ride",
    )  # fmt: skip


def test_words_of_both_languages_do_not_decide_which_it_is():
    """ "a", "on" and "car" are French words too; a car on a road is English."""
    for prompt in ("a car", "a car on a road"):
        assert [subject.kind for subject in read(prompt).description.subjects] == ["car"]
