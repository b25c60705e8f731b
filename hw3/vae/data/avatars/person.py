"""A cartoon person: the parts that are drawn, sampled from an index, and the labels that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hw3.errors import UserError
from hw3.vae.data.avatars import parts
from hw3.vae.data.faces import Bools

# Part of every seed and of the cache's key: raise it when the same index would give another picture.
GENERATOR = 1


@dataclass(frozen=True)
class Person:
    """What is drawn: parts by their names in python-avatars, colours as #rrggbb, the part of the canvas seen."""

    male: bool
    top: str
    hat: bool
    hair_colour: str
    fabric: str
    facial_hair: str
    frame: str
    mouth: str
    eyes: str
    brows: str
    skin: str
    background: str
    box: tuple[float, float, float]  # left, top, side, in the drawing's units


def sample(index: int) -> Person:
    """The person with this index, the same on every machine: every draw comes from a generator seeded by the index.

    >>> sample(7) == sample(7), sample(7) == sample(8)
    (True, False)
    """
    draw = np.random.default_rng([GENERATOR, index])
    male = bool(draw.random() < parts.MALE)
    skin = _pick(draw, parts.SKINS)
    shares = parts.COLOUR_OF_SKIN[list(parts.SKINS).index(skin)]
    colour = _pick(draw, _seen_on(skin, _pick(draw, dict(zip(parts.HAIR_COLOURS, shares, strict=True)))))
    hat = bool(draw.random() < parts.HAT)
    styles = [(style, share) for style, share in parts.HAIR_OF[male]]
    style = styles[draw.choice(len(styles), p=[share for _, share in styles])][0]
    hair = _pick(draw, style)
    side = 160 * draw.uniform(0.97, 1.03)
    return Person(
        male=male,
        top=_pick(draw, parts.HATS) if hat else hair,
        hat=hat,
        hair_colour=colour,
        fabric=_pick(draw, parts.FABRICS),
        facial_hair=_facial_hair(draw, male),
        frame=_pick(draw, parts.FRAMES) if draw.random() < parts.GLASSES[male] else "NONE",
        mouth=_pick(draw, parts.SMILES if draw.random() < parts.SMILE[male] else parts.OTHER_MOUTHS),
        eyes=_pick(draw, parts.EYES),
        brows=_pick(draw, parts.BROWS) + "_NATURAL" * male,
        skin=skin,
        background="#{:02x}{:02x}{:02x}".format(*draw.integers(50, 235, 3)),
        box=(132 - side / 2 + draw.uniform(-3, 3), 106 - side / 2 + draw.uniform(-3, 3), side),
    )


def labels(person: Person) -> Bools:
    """(a,) bool in the order of `parts.NAMES`: what the drawing shows, by CelebA's names."""
    hair_seen = not person.hat and person.top != "NONE"
    shown: dict[str, bool] = {
        "Arched_Eyebrows": person.brows.startswith("RAISED"),
        "Bald": person.top == "NONE",
        "Bangs": person.top in parts.BANGS,
        "Eyeglasses": person.frame != "NONE",
        "Male": person.male,
        "Mouth_Slightly_Open": person.mouth in parts.OPEN,
        "Mustache": person.facial_hair != "NONE",
        "Narrow_Eyes": person.eyes in parts.NARROW,
        "No_Beard": person.facial_hair not in parts.BEARDS,
        "Pale_Skin": person.skin == parts.PALE,
        "Receding_Hairline": person.top == "SIDES",
        "Smiling": person.mouth in parts.SMILES,
        "Wearing_Hat": person.hat,
    }
    for name, colours in parts.HAIR_COLOURS.items():
        shown[name] = hair_seen and person.hair_colour in colours
    return np.array([shown[name] for name in parts.NAMES])


def counterfactual(person: Person, attribute: str, present: bool, seed: int = 0) -> Person:
    """The same person in the same pose with only a beard, a smile or glasses put on or taken off.

    Arguments:
        attribute: "Beard", "Smiling", "Eyeglasses" or "Mustache".
        present: whether it is to be seen afterwards; a person who is so already is returned as is.
        seed: which beard, mouth or frame, in the data set's own frequencies.
    """
    column = {"Beard": "No_Beard"}.get(attribute, attribute)
    if column not in _CHANGED:
        raise UserError(f"no counterfactual of {attribute!r} is drawn: there are Beard, Smiling, Eyeglasses, Mustache")
    has = bool(labels(person)[parts.NAMES.index(column)]) != (attribute == "Beard")
    if has == present:
        return person
    part, on, off = _CHANGED[column]
    choices = on if present else off
    return replace(person, **{part: _pick(np.random.default_rng([GENERATOR, 1, seed]), choices)})  # type: ignore[arg-type]


_CHANGED: dict[str, tuple[str, parts.Weights, parts.Weights]] = {
    "No_Beard": ("facial_hair", parts.BEARDS, {"NONE": 1}),
    "Mustache": ("facial_hair", parts.MOUSTACHES, {"NONE": 1}),
    "Smiling": ("mouth", parts.SMILES, parts.OTHER_MOUTHS),
    "Eyeglasses": ("frame", parts.FRAMES, {"NONE": 1}),
}


def _seen_on(skin: str, name: str) -> parts.Weights:
    """The colours by that name that stand out from the skin: a beard in the skin's own colour can't be seen."""
    return {c: w for c, w in parts.HAIR_COLOURS[name].items() if _distance(c, skin) > parts.CONTRAST}


def _distance(one: str, other: str) -> float:
    first, second = (np.frombuffer(bytes.fromhex(c[1:]), np.uint8).astype(float) for c in (one, other))
    return float(np.linalg.norm(first - second))


def _facial_hair(draw: np.random.Generator, male: bool) -> str:
    chance = draw.random()
    beard, moustache = parts.BEARD[male], parts.MOUSTACHE[male]
    if chance < beard:
        return _pick(draw, parts.BEARDS)
    return _pick(draw, parts.MOUSTACHES) if chance < beard + moustache else "NONE"


def _pick(draw: np.random.Generator, weights: Mapping[str, float]) -> str:
    shares = np.array(list(weights.values()), float)
    return str(list(weights)[draw.choice(len(shares), p=shares / shares.sum())])
