"""Which parts of python-avatars are drawn, how often, and what CelebA would call them.

The parts are named as in that package's enums. Left out, for they would make a label lie without a word of warning:

- STRAIGHT_2, SHAVED_SIDES: the hair's colour isn't applied;
- LONG_HAIR_CURLY, LOOSE_HAIR, CURLY_2, ASTRONAUT, HIJAB: the beard (or the glasses too) isn't drawn;
- hats that show hair of a colour of their own; sunglasses, which hide what the eyes do;
- noses: the three differ in too few pixels for a label.
"""

from __future__ import annotations

from typing import Final

Weights = dict[str, float]

# Hair that most often a woman has, that most often a man has, and that either has.
LONG: Final[Weights] = {
    "BOB": 3,
    "LONG_NOT_TOO_LONG": 3,
    "STRAIGHT_1": 3,
    "STRAIGHT_STRAND": 3,
    "MIA_WALLACE": 3,
    "CURVY": 2,
    "CURLY": 2,
    "BIG_HAIR": 2,
    "BUN": 2,
}
SHORT: Final[Weights] = {
    "SHORT_FLAT": 4,
    "SHORT_ROUND": 3,
    "SHORT_WAVED": 3,
    "CAESAR": 3,
    "CAESAR_SIDE_PART": 2,
    "SHORT_CURLY": 2,
    "QUIFF": 2,
    "SIDES": 1.5,
    "NONE": 1.5,
}
EITHER: Final[Weights] = {"PIXIE": 2, "FRO": 2, "SHAGGY": 2, "MOWGLI": 1.5, "FRIZZLE": 1}
HATS: Final[Weights] = {"WINTER_HAT_1": 2, "WINTER_HAT_2": 2, "WINTER_HAT_3": 2}

# By sex: women first. Never 0 on either side, so that no attribute tells another for certain.
HAIR_OF: Final = ((LONG, 0.74), (EITHER, 0.19), (SHORT, 0.07)), ((LONG, 0.06), (EITHER, 0.18), (SHORT, 0.76))
MALE: Final = 0.45
HAT: Final = 0.06
BEARD: Final = (0.012, 0.43)
MOUSTACHE: Final = (0.004, 0.11)  # without a beard
GLASSES: Final = (0.16, 0.25)
SMILE: Final = (0.56, 0.44)

BANGS: Final = frozenset({"MIA_WALLACE", "CURVY"})  # hair right across the forehead

BEARDS: Final[Weights] = {"BEARD_MEDIUM": 5, "BEARD_LIGHT": 4, "BEARD_MAGESTIC": 1.5}  # all with a moustache
MOUSTACHES: Final[Weights] = {"MOUSTACHE_MAGNUM": 3, "MOUSTACHE_FANCY": 2}
FRAMES: Final[Weights] = {"PRESCRIPTION_2": 3, "ROUND": 2}

SMILES: Final[Weights] = {"SMILE": 4, "TWINKLE": 3, "BIG_SMILE": 2, "DEFAULT": 1}
OTHER_MOUTHS: Final[Weights] = {"SERIOUS": 5, "SAD": 2, "DISBELIEF": 1.2, "CONCERNED": 1, "SCREAM_OPEN": 0.8}
OPEN: Final = frozenset({"SMILE", "BIG_SMILE", "DEFAULT", "DISBELIEF", "CONCERNED", "SCREAM_OPEN"})

EYES: Final[Weights] = {"DEFAULT": 6, "SIDE": 1.2, "SURPRISED": 0.8, "HAPPY": 1.2, "CLOSED": 0.8}
NARROW: Final = frozenset({"HAPPY", "CLOSED"})
# The brows are what always tells a man from a woman: full ("_NATURAL") or a thin line.
BROWS: Final[Weights] = {"DEFAULT": 5, "RAISED_EXCITED": 2.5, "SAD_CONCERNED": 1, "ANGRY": 1}

HAIR_COLOURS: Final = {
    "Black_Hair": {"#2C1B18": 1.0},
    "Brown_Hair": {"#724133": 3.0, "#A55728": 1.5, "#5B3A2E": 1.0},
    "Blond_Hair": {"#D6B370": 3.0, "#B58143": 1.0, "#ECDCBF": 1.0},
    "Gray_Hair": {"#C9C4C4": 1.0},
}
CONTRAST: Final = 50.0  # at least so far, in red, green and blue of 0 to 255, hair is from skin
SKINS: Final[Weights] = {"#FFDBB4": 2.2, "#EDB98A": 3.5, "#D08B5B": 1.8, "#AE5D29": 1.3, "#614335": 1.2}
PALE: Final = "#FFDBB4"
# How often each hair colour goes with each skin, in the order of SKINS and HAIR_COLOURS; gray by itself.
COLOUR_OF_SKIN: Final = (
    (0.14, 0.42, 0.36, 0.08),
    (0.20, 0.44, 0.28, 0.08),
    (0.48, 0.36, 0.08, 0.08),
    (0.66, 0.22, 0.04, 0.08),
    (0.80, 0.09, 0.03, 0.08),
)
FABRICS: Final[Weights] = {"#FF5C5C": 1, "#5199E4": 1, "#25557C": 1, "#3C4F5C": 1, "#A7FFC4": 1, "#FF488E": 1}

NAMES: Final = (
    "Arched_Eyebrows",
    "Bald",
    "Bangs",
    "Black_Hair",
    "Blond_Hair",
    "Brown_Hair",
    "Eyeglasses",
    "Gray_Hair",
    "Male",
    "Mouth_Slightly_Open",
    "Mustache",
    "Narrow_Eyes",
    "No_Beard",
    "Pale_Skin",
    "Receding_Hairline",
    "Smiling",
    "Wearing_Hat",
)
