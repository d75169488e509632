"""Words of an idea, English and French, and what they mean in the terms that the worlds engine knows.

Each value is a regular expression of alternatives. Longer meanings stand before shorter ones where they share words
("under the sea" before "sea"); what an earlier term has matched is not read again.
"""

PLACES = {
    "underwater": r"underwater|under ?(?:the )?(?:water|sea|ocean|waves)|deep sea|sea ?bed|coral reefs?"
    r"|sous l['’]eau|sous la mer|sous l['’]oc[ée]an|fonds? marins?",
    "train carriage": r"train carriages?|railway carriages?|train compartments?"
    r"|(?:in|inside|aboard|on) (?:a|the) (?:night )?train|subway|metro|wagon|m[ée]tro"
    r"|(?:dans|[àa] bord d['’]?) ?(?:un|le|du) train|compartiment",
    "flower field": r"flower(?:ing)? fields?|fields? of (?:flowers|poppies|sunflowers|lavender|tulips|roses)"
    r"|gardens?|poppies|sunflowers|champs? (?:de fleurs|fleuris?|de coquelicots|de lavande|de tournesols)"
    r"|jardins?",
    "snowfield": r"snow ?fields?|snowy plains?|tundra|arctic|glaciers?|champs? de neige|banquise|toundra"
    r"|plaine enneig[ée]e",
    "school corridor": r"schools?|corridors?|hallways?|classrooms?|lockers|lyc[ée]es?|[ée]coles?|coll[èe]ges?"
    r"|couloirs?",
    "fairground": r"fair ?grounds?|fun ?fairs?|carnivals?|amusement parks?|carousels?|ferris wheels?|circus"
    r"|f[êe]tes? foraines?|man[èe]ges?|carrousels?|grande roue|cirque",
    "ballroom": r"ballrooms?|palaces?|castles?|cathedrals?|church(?:es)?|museums?|salles? de bal|palais"
    r"|ch[âa]teaux?|[ée]glises?|cath[ée]drales?|mus[ée]es?",
    "neon grid": r"neon (?:grid|world|city|landscape)|cyberspace|virtual (?:world|reality)|grille de n[ée]ons?"
    r"|cyberespace|monde virtuel",
    "space": r"outer space|(?:in|into|through|across|to) space|galax(?:y|ies)|cosmos|the stars|planets?"
    r"|moon(?!light)|l['’]espace|galaxies?|les [ée]toiles|plan[èe]tes?|la lune",
    "city street": r"cit(?:y|ies)|streets?|towns?|downtown|avenues?|boulevards?|alleys?|metropolis|villes?"
    r"|rues?|ruelles?|boulevards?",
    "rooftop": r"roof ?tops?|roofs?|toits?",
    "tunnel": r"tunnels?|underpass(?:es)?|souterrains?",
    "bedroom": r"bed ?rooms?|(?:her|his|their|my) (?:bed|room|apartment|flat)|hotel rooms?|apartments?"
    r"|chambres?|appartements?",
    "forest": r"forests?|woods|jungles?|for[êe]ts?|(?:les|des|aux) bois|jungle",
    "canyon": r"canyons?|gorges?|ravines?|cliffs?|falaises?|ravins?",
    "cave": r"caves?|caverns?|grottos?|grottes?|cavernes?",
    "lake": r"lakes?|rivers?|ponds?|lacs?|rivi[èe]res?|fleuves?|[ée]tangs?",
    "stage": r"(?:the|a|on) stage|concerts?|theat(?:re|er)s?|night ?clubs?|sur (?:la |une )?sc[èe]ne"
    r"|th[ée][âa]tres?|discoth[èe]ques?",
    "beach": r"beach(?:es)?|sea ?shores?|shores?|sea ?side|coasts?|islands?|plages?|rivages?"
    r"|bord de (?:la )?mer|[îi]les?",
    "ocean": r"oceans?|seas?|open water|oc[ée]ans?|mers?",
    "desert": r"deserts?|dunes?|wasteland|d[ée]serts?",
    "road": r"roads?|highways?|motorways?|bridges?|routes?|autoroutes?|ponts?",
    "mountains": r"mountains?|peaks?|summits?|alps|valleys?|montagnes?|sommets?|alpes|vall[ée]es?",
    "meadow": r"meadows?|fields?|prairies?|grasslands?|hills?|countryside|parks?|pr[ée]s?|champs?|collines?"
    r"|campagne|parcs?",
}

PEOPLE = {
    "couple": r"couples?|lovers|newlyweds|amants|amoureux|mari[ée]s",
    "astronaut": r"astronauts?|cosmonauts?|spacem[ae]n|astronautes?|cosmonautes?",
    "dancer": r"dancers?|ballerinas?|danseu(?:r|se)s?|ballerines?",
    "guitarist": r"guitarists?|guitar players?|rock stars?|guitaristes?",
    "child": r"child(?:ren)?|kids?|girls?|boys?|toddlers?|daughters?|enfants?|filles?|fillettes?|gar[çc]ons?"
    r"|gamine?s?",
    "woman": r"wom[ae]n|lad(?:y|ies)|mothers?|wife|queens?|princess(?:es)?|grandmothers?|femmes?|dames?"
    r"|m[èe]res?|reines?|princesses?|chanteuses?",
    "man": r"m[ae]n|gentlem[ae]n|fathers?|husbands?|kings?|sailors?|strangers?|singers?|grandfathers?|hommes?"
    r"|p[èe]res?|rois?|marins?|chanteurs?|vieillards?",
}  # fmt: skip
GIRL, BOY = r"girls?|daughters?|filles?|fillettes?|gamines?", r"boys?|gar[çc]ons?|gamins?"

THINGS = {
    "lighthouse": r"light ?houses?|phares?",
    "balloon": r"balloons?|ballons?|montgolfi[èe]res?",
    "bicycle": r"bicycles?|bikes?|v[ée]los?|bicyclettes?",
    "robot": r"robots?|androids?|machines?|androïdes?",
    "whale": r"whales?|baleines?",
    "piano": r"pianos?",
    "boat": r"boats?|ships?|sail(?:ing )?boats?|bateaux?|navires?|voiliers?|barques?",
    "train": r"trains?|locomotives?",
    "car": r"cars?|bus(?:es)?|taxis?|trucks?|vans?|automobiles?|cadillacs?|voitures?|camions?|autobus",
    "house": r"houses?|cottages?|cabins?|maisons?|cabanes?",
    "tree": r"trees?|oaks?|willows?|arbres?|ch[êe]nes?|saules?",
    "bird": r"birds?|seagulls?|gulls?|crows?|doves?|swallows?|eagles?|oiseaux?|mouettes?|corbeaux?"
    r"|hirondelles?|colombes?",
    "horse": r"horses?|pon(?:y|ies)|cheva(?:l|ux)",
    "dog": r"dogs?|pupp(?:y|ies)|chiens?|chiots?",
    "cat": r"cats?|kittens?|chats?|chatons?",
}
# What a thing is called where the idea's own noun says more than the term.
NOUNS = {
    "bus": r"bus(?:es)?|autobus",
    "taxi": r"taxis?",
    "truck": r"trucks?|camions?",
    "van": r"vans?",
    "ship": r"ships?|navires?",
    "sailboat": r"sail(?:ing )?boats?|voiliers?",
    "seagull": r"seagulls?|gulls?|mouettes?",
    "crow": r"crows?|corbeaux?",
}
ANIMATE = ("robot", "whale", "bird", "horse", "dog", "cat")

TIMES = {
    "golden hour": r"golden hour|late afternoon|low sun|heure dor[ée]e|fin d['’]apr[èe]s-midi",
    "dawn": r"dawn|sunrise|daybreak|first light|aube|aurore|lever d[ue] (?:soleil|jour)|petit matin",
    "dusk": r"dusk|twilight|sunset|sundown|nightfall|evening|cr[ée]puscule|coucher d[ue] soleil|soir(?:[ée]e)?",
    "morning": r"mornings?|matins?|matin[ée]e",
    "noon": r"noon|midday|daylight|afternoon|midi|plein jour|apr[èe]s-midi",
    "night": r"nights?|midnight|moonlight|moonlit|starry|nuits?|minuit|nocturne|clair de lune",
}

WEATHERS = {
    "storm": r"storms?|stormy|thunder(?:storm)?s?|lightning|tempests?|orages?|temp[êe]tes?|[ée]clairs",
    "fireflies": r"fireflies|firefly|lucioles?",
    "petals": r"petals?|cherry blossoms?|p[ée]tales?|cerisiers? en fleurs?",
    "rain": r"rain(?:y|ing|s)?|drizzle|pluies?|pluvieu(?:x|se)|il pleut|averse",
    "snow": r"snow(?:y|ing|s)?|winter|hiver|blizzard|neiges?|flocons?|enneig[ée]e?s?",
    "clear": r"summer|sunny|sunshine|clear sky|blue sky|[ée]t[ée]|ensoleill[ée]e?s?|ciel bleu",
    "fog": r"fog(?:gy)?|mist(?:y|s)?|haze|hazy|brouillards?|brumes?|brumeu(?:x|se)",
}

LOOKS = {
    "black and white": r"black[- ]and[- ]white|monochrome|noir et blanc",
    "watercolour": r"watercolou?rs?|painterly|aquarelles?|peinture",
    "animation": r"animation|animated film|cartoons?|anime|dessin anim[ée]",
    "synthwave": r"synthwave|retrowave|vaporwave|outrun|ann[ée]es 80|80s|neon (?:look|style|colou?rs)",
    "sepia": r"sepia|16 ?mm|super ?8|old film|s[ée]pia|vieux film",
    "vhs": r"vhs|camcorder|home video|cam[ée]scope",
    "infrared": r"infra-?red|infrarouge",
    "pencil": r"pencil(?: drawing| sketch)?|sketch(?:ed)?|charcoal|au crayon|croquis|fusain",
    "noir": r"film noir|noir(?= (?:film|look|style))|in noir",
    "natural": r"documentary|naturalistic|realistic|documentaire|r[ée]aliste",
    "cinematic": r"cinematic|cin[ée]matographique",
}

COLOURS = {
    "red": r"red|scarlet|crimson|rouges?",
    "orange": r"orange",
    "yellow": r"yellow|jaunes?",
    "green": r"green|emerald|verte?s?",
    "blue": r"blue|navy|bleue?s?",
    "purple": r"purple|violet(?:te)?s?|mauve",
    "pink": r"pink|ros[ée]s?",
    "white": r"white|blanc(?:he)?s?",
    "black": r"black|noire?s?",
    "grey": r"gr[ea]y|silver|grise?s?|argent[ée]e?s?",
    "brown": r"brown|bruns?|marrons?",
    "gold": r"gold(?:en)?|dor[ée]e?s?",
    "turquoise": r"turquoise|teal",
}

GARMENTS = {
    "raincoat": r"rain ?coats?|imperm[ée]ables?|cir[ée]s?",
    "coat": r"coats?|overcoats?|cloaks?|manteaux?|capes?",
    "dress": r"dress(?:es)?|gowns?|robes?",
    "jacket": r"jackets?|blazers?|vestes?|blousons?",
    "hoodie": r"hoodies?|sweaters?|pull-?overs?",
    "suit": r"suits?|tuxedos?|costumes?|smokings?",
    "shirt": r"shirts?|t-?shirts?|blouses?|chemises?",
    "skirt": r"skirts?|jupes?",
}

HAIR = {
    "blonde": r"blond(?:e|es|s)?|fair", "black": r"black|noirs?", "brown": r"brown|dark|bruns?|ch[âa]tains?",
    "red": r"red|ginger|auburn|roux|rousse", "grey": r"gr[ea]y|silver|gris", "white": r"white|blancs?",
    "pink": r"pink|roses?", "blue": r"blue|bleus?",
}  # fmt: skip
HAIRSTYLES = {
    "ponytail": r"pony ?tail|queue de cheval", "curly": r"curly|curls|boucl[ée]s?|fris[ée]s?", "bald": r"bald"
    r"|chauve",
    "bob": r"bob", "long": r"long", "short": r"short|courts?",
}  # fmt: skip
BUILDS = {
    "slim": r"slim|slender|thin|skinny|mince|maigre", "broad": r"broad|stocky|strong|burly|costaud|trapu",
}  # fmt: skip

# Verbs of an idea that ask for an action of the worlds; walking is what people do anyway.
ACTIONS = {
    "dance": r"danc(?:e|es|ing)|dansent?|danser|dansant",
    "run": r"run(?:s|ning)?|rac(?:es|ing)|flee(?:s|ing)?|chas(?:es|ing)|court|courent|courir|s['’]enfuit",
    "swim": r"swim(?:s|ming)?|nage(?:nt|r)?",
    "float": r"float(?:s|ing)?|drift(?:s|ing)?|flotte(?:nt|r)?|d[ée]rive(?:nt|r)?",
    "fly": r"fl(?:y|ies|ying)|vole(?:nt|r)?",
    "drive": r"driv(?:e|es|ing)|conduit|conduire|roule(?:nt|r)?",
    "ride": r"rid(?:e|es|ing)|cycl(?:es|ing)|p[ée]dale(?:nt|r)?",
}
DREAM = r"dream\w*|r[êe]v\w+|onirique|surreal|magic\w*|sleep\w*|endormi\w*|somnambul\w*"
# Adjectives of an idea that go with its places into prompts; none that the worlds read as time, weather or size.
ADJECTIVES = (
    r"abandoned|ancient|bright|burning|cold|crowded|dead|deep|deserted|distant|dreaming|drowned|dying|empty|enchanted"
    r"|endless|fading|floating|flooded|forgotten|frozen|futuristic|ghostly|giant|glittering|glowing|haunted|hidden|huge"
    r"|icy|lonely|lonesome|lost|magical|nameless|narrow|old|open|quiet|ruined|sacred|secret|shining|silent|sleeping|small"
    r"|strange|sunken|surreal|tiny|vast|warm|whispering|wild|red|orange|yellow|green|blue|purple|pink|black|white|grey"
    r"|brown|gold|turquoise"
)
FRENCH_ADJECTIVES = {
    r"endormie?s?": "sleeping",
    r"d[ée]serte?s?": "deserted",
    r"abandonn[ée]e?s?": "abandoned",
    r"perdue?s?": "lost",
    r"infinie?s?|sans fin": "endless",
    r"silencieu(?:x|ses?)": "silent",
    r"immenses?": "vast",
    r"lointaine?s?": "distant",
    r"[ée]tranges?": "strange",
    r"sauvages?": "wild",
    r"gel[ée]e?s?": "frozen",
    r"r[êe]veu(?:r|rs|ses?)|r[êe]v[ée]e?s?": "dreaming",
    r"oubli[ée]e?s?": "forgotten",
    r"hant[ée]e?s?": "haunted",
    r"magiques?": "magical",
    r"engloutie?s?": "sunken",
    r"secr[èe]te?s?": "secret",
}
MALE_NAMES = (
    r"adam|alex|arthur|ben|daniel|david|hugo|jack|james|jean|john|jules|l[eé]o|louis|luc|marc|max|michael|noah|oscar|paul"
    r"|peter|pierre|sam|th[eé]o|thomas|tom|victor"
)
