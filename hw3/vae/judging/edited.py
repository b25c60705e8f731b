"""How well a run edits: strengths are set on the validation split, and judged on the test split.

The yardstick is the same two numbers for true counterfactuals, where the data set can draw them: even the same person
drawn with a beard looks more like a man to the judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import Tensor

from hw3.vae.data.faces import Bytes, Faces, Indices
from hw3.vae.edits.coder import Coder
from hw3.vae.edits.directions import Direction, Directions
from hw3.vae.judging.judge import Judge
from hw3.vae.judging.scores import Score, score

EDITS = ("Beard", "Smiling", "Eyeglasses")
STRENGTHS = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0)
TAKES = 0.99  # of the validation pictures: the smallest strength that does it is an edit's
MOST = 500  # pictures an edit is judged on


def lacking(faces: Faces, split: str, attribute: str, present: bool = False) -> Indices:
    """The first pictures of a split without the attribute (with it, for a removal); for a beard, men only."""
    rows = faces.of(split)
    chosen = faces.shows(attribute)[rows] == present
    if attribute == "Beard" and "Male" in faces.names:
        chosen &= faces.shows("Male")[rows]
    return rows[chosen][:MOST]


def strengths_set(run: Coder, faces: Faces, directions: Directions, judge: Judge) -> Directions:
    """The directions, with the strength of each of EDITS set on the validation split."""
    found = dict(directions.by_name)
    for name in EDITS:
        if name in found and len(rows := lacking(faces, "validation", name)):
            z = run.encode(faces.images[rows])
            found[name] = replace(found[name], strength=_strength(run, z, found[name], judge))
    return Directions(found)


def _strength(run: Coder, z: Tensor, direction: Direction, judge: Judge) -> float:
    before = run.decode(z)
    best, best_took = STRENGTHS[0], -1.0
    for strength in STRENGTHS:
        after = run.decode(moved(z, direction.least_squares, strength))
        took = score(judge, before, after, direction.attribute, direction.companions).took
        if took >= TAKES:
            return strength
        if took > best_took:
            best, best_took = strength, took
    return best


def moved(z: Tensor, direction: Tensor, strength: float) -> Tensor:
    """z + strength times the direction."""
    return z + strength * direction.to(z.device)


def judged(run: Coder, faces: Faces, directions: Directions, judge: Judge) -> dict[str, dict[str, object]]:
    """For each of EDITS, the scores on the test split: by least squares, by mean difference, of the true pictures."""
    found = {}
    for name in EDITS:
        if name in directions.by_name:
            direction = directions.by_name[name]
            about: dict[str, object] = {
                "strength": direction.strength,
                "companions": list(direction.companions),
                "pictures": "test, men without a beard" if name == "Beard" else f"test, without {name}",
            }
            for present, key in ((True, "add"), (False, "remove")):
                about[key] = _both_ways(run, faces, direction, judge, present)
            found[name] = about
    return found


def _both_ways(run: Coder, faces: Faces, direction: Direction, judge: Judge, present: bool) -> dict[str, object]:
    rows = lacking(faces, "test", direction.attribute, present=not present)
    if not len(rows):
        return {}
    z = run.encode(faces.images[rows])
    before, sign = run.decode(z), 1 if present else -1

    def by(vector: Tensor) -> Score:
        after = run.decode(moved(z, vector, sign * direction.strength))
        return score(judge, before, after, direction.attribute, direction.companions, present)

    told = {"least_squares": by(direction.least_squares), "mean_difference": by(direction.mean_difference)}
    true = counterfactuals(faces, rows, direction.attribute, present)
    if true is not None:
        real = faces.images[rows]
        told["counterfactual"] = score(judge, real, true, direction.attribute, direction.companions, present)
    return {name: s.json() for name, s in told.items()}


def counterfactuals(faces: Faces, rows: Sequence[int] | Indices, attribute: str, present: bool) -> Bytes | None:
    """(n, s, s, c) uint8: the same people drawn with only that part changed; None where pictures aren't drawn."""
    if faces.people is None:
        return None
    from hw3.vae.data.avatars import counterfactual, sample
    from hw3.vae.data.avatars.drawing import draw

    indices = [int(faces.people[row]) for row in rows]
    changed = [counterfactual(sample(i), attribute, present, seed=i) for i in indices]
    return np.stack([draw(person, faces.size, faces.channels) for person in changed])
