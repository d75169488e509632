"""The phrases of written captions. In every row the first is the canonical one; all of them read back the same.

French nouns carry their gender: "f", "m". French colours are given as masculine, feminine (plural adds an s unless
the word never changes).
"""

# ruff: noqa: E501  (tables: one row, one line)

# ------------------------------------------------------------------------------------------------- English

NOUNS_EN = {
    "man": ("man",), "woman": ("woman", "lady"), "child": ("child", "kid"), "couple": ("couple", "pair of lovers"),
    "car": ("car", "automobile"), "bicycle": ("bicycle", "bike"), "train": ("train", "locomotive"),
    "boat": ("boat", "vessel"), "balloon": ("hot air balloon", "balloon"), "house": ("house", "cottage", "cabin"),
    "tree": ("tree", "oak tree"), "dog": ("dog", "hound"), "horse": ("horse", "pony"), "bird": ("bird", "seagull"),
    "whale": ("whale", "humpback whale"), "robot": ("robot", "android"), "lighthouse": ("lighthouse",),
    "piano": ("piano", "grand piano"), "cat": ("cat", "kitten"), "astronaut": ("astronaut", "cosmonaut"),
    "dancer": ("dancer", "ballet dancer"), "guitarist": ("guitarist", "guitar player"),
}  # fmt: skip
ACTIONS_EN = {  # participles
    "stand": ("standing", "standing still", "waiting"), "walk": ("walking", "strolling"), "run": ("running", "sprinting"),
    "dance": ("dancing", "twirling"), "sit": ("sitting", "seated"), "turn": ("turning around", "spinning"),
    "wave": ("waving",), "play": ("playing", "performing"), "ride": ("riding a bicycle", "riding a bike"),
    "fly": ("flying", "soaring", "gliding"), "float": ("floating", "drifting"), "drive": ("driving", "cruising"),
    "swim": ("swimming",),
}  # fmt: skip
FACING_EN = {
    "camera": ("towards the camera", "facing the camera", "towards us"),
    "away": ("away from the camera", "seen from behind"),
    "side": ("",),
}
PLACES_EN = {
    "mountains": ("in the mountains", "among mountains", "on a mountainside"),
    "desert": ("in the desert", "among desert dunes"), "ocean": ("on the ocean", "on the open sea"),
    "beach": ("on a beach", "on the seashore"), "city street": ("in a city street", "on an avenue", "in an alley"),
    "school corridor": ("in a school corridor", "in a school hallway", "in a corridor"),
    "forest": ("in a forest", "in the woods"), "snowfield": ("in a snowfield", "on a frozen plain"),
    "neon grid": ("on a neon grid", "in cyberspace"), "tunnel": ("in a tunnel", "in an underpass"),
    "road": ("on a road", "on a highway"), "bedroom": ("in a bedroom", "in a room"),
    "train carriage": ("in a train carriage", "inside a train"), "rooftop": ("on a rooftop", "on a roof"),
    "flower field": ("in a field of flowers", "in a flower field"), "underwater": ("under water", "at the bottom of the sea"),
    "space": ("in outer space", "in deep space"), "cave": ("in a cave", "in a cavern"),
    "lake": ("by a lake", "by a pond"), "fairground": ("at a fairground", "at a carnival"),
    "meadow": ("in a meadow", "in a green field"), "ballroom": ("in a ballroom", "in a palace hall"),
    "canyon": ("in a canyon", "in a gorge"), "stage": ("on stage", "on a concert stage"),
}  # fmt: skip
TIMES_EN = {
    "dawn": ("at dawn", "at sunrise", "at daybreak"), "morning": ("in the morning", "in morning light"),
    "noon": ("at noon", "at midday"), "golden hour": ("at golden hour", "in the late afternoon"),
    "dusk": ("at dusk", "at twilight", "at sunset"), "night": ("at night", "after dark"),
}  # fmt: skip
WEATHERS_EN = {
    "clear": ("under a clear sky", "in clear weather"), "rain": ("in the rain", "in pouring rain"),
    "snow": ("in falling snow", "in the snow"), "fog": ("in the fog", "in the mist"),
    "fireflies": ("among fireflies", "surrounded by fireflies"), "petals": ("among drifting petals", "among falling petals"),
    "storm": ("in a storm", "in a thunderstorm"),
}  # fmt: skip
LOOKS_EN = {
    "cinematic": ("Cinematic look", "Cinematic style", "Anamorphic film look"),
    "black and white": ("Black and white", "Monochrome"), "watercolour": ("Watercolour look", "Watercolor painting"),
    "animation": ("Animation look", "Cel-shaded anime style"), "synthwave": ("Synthwave look", "Retrowave style"),
    "sepia": ("Sepia 16 mm film", "Sepia look"), "vhs": ("VHS look", "VHS tape"),
    "infrared": ("Infrared film", "Infrared look"), "pencil": ("Pencil drawing", "Pencil sketch"),
    "noir": ("Film noir", "High-contrast noir look"), "natural": ("Natural look", "Realistic style"),
}  # fmt: skip
CAMERA_EN = {
    "static": ("The camera does not move", "Static shot", "The camera stays still"),
    "push in": ("The camera pushes in", "Slow push in", "The camera moves closer"),
    "pull back": ("The camera pulls back", "Slow pull back", "Dolly out"),
    "pan left": ("The camera pans left", "Pan to the left"), "pan right": ("The camera pans right", "Pan to the right"),
    "tilt up": ("The camera tilts up", "Tilt up"), "tilt down": ("The camera tilts down", "Tilt down"),
    "orbit": ("The camera orbits", "Orbit shot"), "crane up": ("The camera cranes up", "Crane shot", "The camera rises"),
    "tracking": ("Tracking shot", "The camera follows alongside"),
    "fly-through": ("The camera flies through", "Fly-through", "FPV drone shot"),
    "handheld": ("Handheld camera", "Handheld shot"),
}  # fmt: skip
SIZES_EN = {
    "wide": ("Wide shot", "Establishing shot"), "medium": ("Medium shot", "Mid shot"), "close": ("Close-up", "Close shot"),
}  # fmt: skip
THINGS_EN = {"school corridor": ("lockers", "doors"), "city street": ("doors", "awnings"), "bedroom": ("curtains",)}
BESIDE_EN = ("beside", "next to", "near")

# -------------------------------------------------------------------------------------------------- French

NOUNS_FR = {
    "man": (("homme", "m"),), "woman": (("femme", "f"), ("dame", "f")), "child": (("enfant", "m"), ("bambin", "m")),
    "couple": (("couple", "m"),), "car": (("voiture", "f"), ("automobile", "f")), "bicycle": (("vélo", "m"), ("bicyclette", "f")),
    "train": (("train", "m"), ("locomotive", "f")), "boat": (("bateau", "m"), ("voilier", "m")),
    "balloon": (("montgolfière", "f"), ("ballon", "m")), "house": (("maison", "f"), ("chalet", "m")),
    "tree": (("arbre", "m"), ("chêne", "m")), "dog": (("chien", "m"),), "horse": (("cheval", "m"), ("poney", "m")),
    "bird": (("oiseau", "m"), ("mouette", "f")), "whale": (("baleine", "f"), ("baleine à bosse", "f")),
    "robot": (("robot", "m"), ("androïde", "m")), "lighthouse": (("phare", "m"),), "piano": (("piano", "m"), ("piano à queue", "m")),
    "cat": (("chat", "m"), ("chaton", "m")), "astronaut": (("astronaute", "m"), ("cosmonaute", "m")),
    "dancer": (("danseuse", "f"), ("danseur", "m")), "guitarist": (("guitariste", "m"),),
}  # fmt: skip
ACTIONS_FR = {  # third person
    "stand": ("se tient debout", "attend"), "walk": ("marche", "se promène"), "run": ("court", "galope"),
    "dance": ("danse", "tournoie"), "sit": ("est assis", "est assis"), "turn": ("tourne", "pivote"),
    "wave": ("fait signe", "salue"), "play": ("joue",), "ride": ("roule à vélo",), "fly": ("vole", "plane"),
    "float": ("flotte", "dérive"), "drive": ("roule",), "swim": ("nage",),
}  # fmt: skip
FACING_FR = {
    "camera": ("vers la caméra", "face à la caméra", "vers nous"), "away": ("de dos", "vu de dos"), "side": ("",),
}  # fmt: skip
PLACES_FR = {
    "mountains": ("dans les montagnes", "à la montagne"), "desert": ("dans le désert", "au milieu des dunes"),
    "ocean": ("sur l'océan", "en pleine mer"), "beach": ("sur une plage", "au bord de la mer"),
    "city street": ("dans une rue", "sur un boulevard", "dans une ruelle"),
    "school corridor": ("dans un couloir d'école", "dans un couloir de lycée"),
    "forest": ("dans une forêt", "dans les bois"), "snowfield": ("dans un champ de neige", "sur la banquise"),
    "neon grid": ("sur une grille de néons", "dans le cyberespace"), "tunnel": ("dans un tunnel", "dans un souterrain"),
    "road": ("sur une route", "sur une autoroute"), "bedroom": ("dans une chambre", "dans un salon"),
    "train carriage": ("dans un wagon", "dans un compartiment de train"), "rooftop": ("sur un toit", "sur le toit d'un immeuble"),
    "flower field": ("dans un champ de fleurs", "dans une prairie fleurie"), "underwater": ("sous l'eau", "au fond de la mer"),
    "space": ("dans l'espace", "au milieu du cosmos"), "cave": ("dans une grotte", "dans une caverne"),
    "lake": ("au bord d'un lac", "au bord d'un étang"), "fairground": ("à la fête foraine", "dans un parc d'attractions"),
    "meadow": ("dans une prairie", "dans un pré"), "ballroom": ("dans une salle de bal", "dans un palais"),
    "canyon": ("dans un canyon", "dans une gorge"), "stage": ("sur scène", "sur la scène d'un concert"),
}  # fmt: skip
TIMES_FR = {
    "dawn": ("à l'aube", "au lever du soleil"), "morning": ("le matin", "dans la lumière du matin"),
    "noon": ("à midi", "en plein jour"), "golden hour": ("à l'heure dorée", "en fin d'après-midi"),
    "dusk": ("au crépuscule", "au coucher du soleil"), "night": ("la nuit", "en pleine nuit"),
}  # fmt: skip
WEATHERS_FR = {
    "clear": ("par temps clair", "sous un ciel dégagé"), "rain": ("sous la pluie", "sous une averse"),
    "snow": ("sous la neige", "sous les flocons de neige"), "fog": ("dans le brouillard", "dans la brume"),
    "fireflies": ("parmi les lucioles", "entouré de lucioles"), "petals": ("parmi les pétales qui volent", "sous une pluie de pétales"),
    "storm": ("sous l'orage", "dans la tempête"),
}  # fmt: skip
LOOKS_FR = {
    "cinematic": ("Rendu cinématographique", "Style cinéma"), "black and white": ("Noir et blanc", "En noir et blanc"),
    "watercolour": ("Aquarelle", "À l'aquarelle"), "animation": ("Dessin animé", "Film d'animation"),
    "synthwave": ("Style synthwave", "Style années 80"), "sepia": ("Tons sépia, pellicule 16 mm", "Sépia"),
    "vhs": ("Cassette VHS", "Style VHS"), "infrared": ("Film infrarouge", "Infrarouge"),
    "pencil": ("Dessin au crayon", "Croquis au crayon"), "noir": ("Film noir", "Film noir à fort contraste"),
    "natural": ("Rendu naturel", "Style réaliste"),
}  # fmt: skip
CAMERA_FR = {
    "static": ("Plan fixe", "La caméra ne bouge pas"), "push in": ("Travelling avant", "La caméra avance"),
    "pull back": ("Travelling arrière", "La caméra recule"),
    "pan left": ("Panoramique vers la gauche", "La caméra pivote vers la gauche"),
    "pan right": ("Panoramique vers la droite", "La caméra pivote vers la droite"),
    "tilt up": ("Panoramique vertical vers le haut", "La caméra pivote vers le haut"),
    "tilt down": ("Panoramique vertical vers le bas", "La caméra pivote vers le bas"),
    "orbit": ("Travelling circulaire", "La caméra tourne autour"), "crane up": ("Plan à la grue", "La caméra s'élève"),
    "tracking": ("Travelling latéral", "Plan de suivi"),
    "fly-through": ("La caméra vole à travers le décor", "Vol de drone"), "handheld": ("Caméra à l'épaule", "Caméra portée"),
}  # fmt: skip
SIZES_FR = {"wide": ("Plan large", "Plan d'ensemble"), "medium": ("Plan moyen", "Plan américain"), "close": ("Gros plan", "Plan serré")}  # fmt: skip
THINGS_FR = {
    "school corridor": (("casiers", "mp"), ("portes", "fp")), "city street": (("portes", "fp"), ("volets", "mp")),
    "bedroom": (("rideaux", "mp"),),
}  # fmt: skip
BESIDE_FR = ("à côté", "près")
COLOURS_FR = {  # masculine, feminine; one form only: never changes
    "red": ("rouge", "rouge"), "orange": ("orange",), "yellow": ("jaune", "jaune"), "green": ("vert", "verte"),
    "blue": ("bleu", "bleue"), "purple": ("violet", "violette"), "pink": ("rose", "rose"), "white": ("blanc", "blanche"),
    "black": ("noir", "noire"), "grey": ("gris", "grise"), "brown": ("marron",), "gold": ("doré", "dorée"),
    "turquoise": ("turquoise",),
}  # fmt: skip
HAIR_FR = {
    "black": "noirs", "brown": "bruns", "blonde": "blonds", "red": "roux", "grey": "gris", "white": "blancs",
    "pink": "roses", "blue": "bleus",
}  # fmt: skip
GARMENTS_FR = {
    "coat": ("manteau", "m"), "dress": ("robe", "f"), "jacket": ("veste", "f"), "hoodie": ("pull", "m"),
    "suit": ("costume", "m"), "shirt": ("chemise", "f"), "raincoat": ("imperméable", "m"), "skirt": ("jupe", "f"),
}  # fmt: skip
BUILDS_FR = {"slim": ("mince", "mince"), "average": ("de corpulence moyenne",) * 2, "broad": ("robuste", "robuste")}
