"""How well a run edits: strengths are set on the validation split, and judged on the test split.

The yardstick is the same two numbers for true counterfactuals, where the data set can draw them: even the same person
drawn with a beard looks more like a man to the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from hw3.vae.data.faces import Bytes, Faces, Indices
from hw3.vae.edits.coder import Coder
from hw3.vae.edits.directions import METHODS, Directions
from hw3.vae.judging.judge import Judge
from hw3.vae.judging.scores import odds, score

EDITS = ("Beard", "Smiling", "Eyeglasses")
STRENGTHS = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
# More than was ever put on paints the reverse: a white beard for a black one, which the judge takes for none.
REMOVALS = (0.75, 1.0, 1.25)
AS_GOOD = 0.005  # two strengths whose shares taken and kept sum up so nearly alike are as good as one another
MOST, VALIDATED = 500, 150  # test pictures that an edit is judged on, validation pictures that set its strength


def lacking(faces: Faces, split: str, attribute: str, present: bool = False) -> Indices:
    """The first pictures of a split without the attribute (with it, for a removal); for a beard, men only."""
    rows = faces.of(split)
    chosen = faces.shows(attribute)[rows] == present
    if attribute == "Beard" and "Male" in faces.names:
        chosen &= faces.shows("Male")[rows]
    return rows[chosen][:MOST]


def strengths_set(run: Coder, faces: Faces, directions: Directions, judge: Judge) -> Directions:
    """The directions, with the strengths of EDITS set on the validation split, each method's by itself.

    Of those with the most taken and kept together, it is the smallest that makes the judge as sure as the median real
    picture does, or else the one that makes it most sure: faint glasses are seen, but aren't glasses yet.
    """
    found = dict(directions.by_name)
    for name in EDITS:
        if name in found:
            strengths: dict[str, float] = {}
            for present in (True, False):
                strengths |= _strengths_of(run, faces, directions, judge, name, present)
            found[name] = replace(found[name], strengths=strengths)
    return replace(directions, by_name=found)


def _strengths_of(
    run: Coder, faces: Faces, directions: Directions, judge: Judge, name: str, present: bool
) -> dict[str, float]:
    rows = lacking(faces, "validation", name, present=not present)[:VALIDATED]
    real = lacking(faces, "validation", name, present=present)[:VALIDATED]
    if not (len(rows) and len(real)):
        return {}
    sign = 1 if present else -1
    sure = float(np.median(sign * odds(judge.names, judge.looks(faces.images[real]), name)))
    z = run.encode(faces.images[rows])
    before = judge.looks(run.decode(z))

    def tried(method: str, strength: float) -> tuple[float, float]:
        after = judge.looks(run.decode(directions.edit(z, name, sign * strength, method)))
        scored = score(judge.names, before, after, name, directions.of(name).companions, present)
        # None is due where the judge sees it as wanted before: nothing can take.
        return float(np.nan_to_num(scored.took)) + scored.kept, float(np.median(sign * odds(judge.names, after, name)))

    grid = STRENGTHS if present else REMOVALS
    return {("" if present else "remove ") + m: _strength(partial(tried, m), sure, grid) for m in METHODS}


def _strength(tried: Callable[[float], tuple[float, float]], sure: float, grid: Sequence[float] = STRENGTHS) -> float:
    """`tried` gives, of a strength, the share taken plus the share kept, and how sure the judge is."""
    sums: dict[float, float] = {}
    certain: dict[float, float] = {}
    for strength in grid:
        sums[strength], certain[strength] = tried(strength)
        if sums[strength] < max(sums.values()) - 10 * AS_GOOD:
            break  # more would only spoil more
    good = [s for s in sums if sums[s] >= max(sums.values()) - AS_GOOD]
    return next((s for s in good if certain[s] >= sure), max(good, key=certain.__getitem__))


def judged(run: Coder, faces: Faces, directions: Directions, judge: Judge) -> dict[str, dict[str, object]]:
    """For each of EDITS, the scores on the test split: of each method, and of the true pictures."""
    found = {}
    for name in EDITS:
        if name in directions.by_name:
            direction = directions.by_name[name]
            about: dict[str, object] = {
                "strengths": dict(direction.strengths),
                "companions": list(direction.companions),
                "pictures": "test, men without a beard" if name == "Beard" else f"test, without {name}",
            }
            for present, key in ((True, "add"), (False, "remove")):
                about[key] = _both_ways(run, faces, directions, name, judge, present)
            found[name] = about
    return found


def _both_ways(
    run: Coder, faces: Faces, directions: Directions, name: str, judge: Judge, present: bool
) -> dict[str, object]:
    rows = lacking(faces, "test", name, present=not present)
    if not len(rows):
        return {}
    z, free, told = run.encode(faces.images[rows]), directions.of(name).companions, {}
    before = judge.looks(run.decode(z))
    for method in METHODS:
        strength = directions.of(name).strength(method, present)
        after = judge.looks(run.decode(directions.edit(z, name, strength, method)))
        told[method] = score(judge.names, before, after, name, free, present)
    if (true := counterfactuals(faces, rows, name, present)) is not None:
        told["counterfactual"] = score(
            judge.names, judge.looks(faces.images[rows]), judge.looks(true), name, free, present
        )
    return {key: scored.json() for key, scored in told.items()}


def counterfactuals(faces: Faces, rows: Sequence[int] | Indices, attribute: str, present: bool) -> Bytes | None:
    """(n, s, s, c) uint8: the same people drawn with only that part changed; None where pictures aren't drawn."""
    if faces.people is None:
        return None
    from hw3.vae.data.avatars import counterfactual, sample
    from hw3.vae.data.avatars.drawing import draw

    indices = [int(faces.people[row]) for row in rows]
    changed = [counterfactual(sample(i), attribute, present, seed=i) for i in indices]
    return np.stack([draw(person, faces.size, faces.channels) for person in changed])
