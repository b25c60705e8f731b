"""How well a run edits: strengths are set on the validation split, and judged on the test split.

The yardstick is the same two numbers for true counterfactuals, where the data set can draw them: even the same person
drawn with a beard looks more like a man to the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from torch import Tensor

from hw3.vae.data.faces import Bytes, Faces, Indices
from hw3.vae.edits.coder import Coder
from hw3.vae.edits.directions import Directions
from hw3.vae.judging.judge import Judge
from hw3.vae.judging.measures import as_floats
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
    """The directions, with the strengths of EDITS set on the validation split, each method's by itself, and the method
    that then does best.

    Of the strengths with the most taken and kept together, it is the smallest that makes the judge as sure as the
    median real picture does, or else the one that makes it most sure: faint glasses are seen, but aren't glasses yet.
    The best method has the most taken and kept.
    """
    found = dict(directions.by_name)
    for name in EDITS:
        if name in found:
            strengths: dict[str, float] = {}
            best: dict[str, str] = {}
            for present, way, prefix in ((True, "add", ""), (False, "remove", "remove ")):
                chosen = _strengths_of(run, faces, directions, judge, name, present)
                strengths |= {prefix + method: strength for method, (strength, _) in chosen.items()}
                if chosen:
                    best[way] = max(chosen, key=lambda method: chosen[method][1])
            found[name] = replace(found[name], strengths=strengths, best=best)
    return replace(directions, by_name=found)


def _strengths_of(
    run: Coder, faces: Faces, directions: Directions, judge: Judge, name: str, present: bool
) -> dict[str, tuple[float, float]]:
    """For each method its strength, and the share taken plus the share kept at it."""
    rows = lacking(faces, "validation", name, present=not present)[:VALIDATED]
    real = lacking(faces, "validation", name, present=present)[:VALIDATED]
    if not (len(rows) and len(real)):
        return {}
    sign = 1 if present else -1
    sure = float(np.median(sign * odds(judge.names, judge.looks(faces.images[real]), name)))
    z = run.encode(faces.images[rows])
    before = judge.looks(run.decode(z))

    def tried(move: Tensor, strength: float) -> tuple[float, float]:
        after = judge.looks(run.decode(z + strength * move))
        scored = score(judge.names, before, after, name, directions.of(name).companions, present)
        # None is due where the judge sees it as wanted before: nothing can take.
        return float(np.nan_to_num(scored.took)) + scored.kept, float(np.median(sign * odds(judge.names, after, name)))

    grid = STRENGTHS if present else REMOVALS
    moves = {method: directions.move(z, name, present, method) for method in directions.methods}
    return {method: _strength(partial(tried, move), sure, grid) for method, move in moves.items()}


def _strength(
    tried: Callable[[float], tuple[float, float]], sure: float, grid: Sequence[float] = STRENGTHS
) -> tuple[float, float]:
    """The strength, and its shares. `tried` gives, of a strength, the share taken plus the share kept, and how sure the
    judge is."""
    sums: dict[float, float] = {}
    certain: dict[float, float] = {}
    for strength in grid:
        sums[strength], certain[strength] = tried(strength)
        if sums[strength] < max(sums.values()) - 10 * AS_GOOD:
            break  # more would only spoil more
    good = [s for s in sums if sums[s] >= max(sums.values()) - AS_GOOD]
    chosen = next((s for s in good if certain[s] >= sure), max(good, key=certain.__getitem__))
    return chosen, sums[chosen]


def judged(run: Coder, faces: Faces, directions: Directions, judge: Judge) -> dict[str, dict[str, object]]:
    """For each of EDITS, the scores on the test split: of each method, and of the true pictures."""
    found = {}
    for name in EDITS:
        if name in directions.by_name:
            direction = directions.by_name[name]
            about: dict[str, object] = {
                "strengths": dict(direction.strengths),
                "best": {way: directions.method(name, way == "add") for way in ("add", "remove")},
                "companions": list(direction.companions),
                "pictures": "test, men without a beard" if name == "Beard" else f"test, without {name}",
            }
            for present, key in ((True, "add"), (False, "remove")):
                about[key] = _both_ways(run, faces, directions, name, judge, present)
            found[name] = about
    return found


def _both_ways(
    run: Coder, faces: Faces, directions: Directions, name: str, judge: Judge, present: bool
) -> dict[str, dict[str, object]]:
    rows = lacking(faces, "test", name, present=not present)
    if not len(rows):
        return {}
    z, free = run.encode(faces.images[rows]), directions.of(name).companions
    told: dict[str, dict[str, object]] = {}
    before = judge.looks(run.decode(z))
    true = counterfactuals(faces, rows, name, present)
    for method in directions.methods:
        edited = run.decode(directions.edit(z, name, directions.strength(name, present, method), method))
        told[method] = score(judge.names, before, judge.looks(edited), name, free, present).json()
        if true is not None:
            told[method]["mse_to_counterfactual"] = round((edited.cpu() - as_floats(true)).square().mean().item(), 6)
    if true is not None:
        real = judge.looks(faces.images[rows])
        told["counterfactual"] = score(judge.names, real, judge.looks(true), name, free, present).json()
    return told


def counterfactuals(faces: Faces, rows: Sequence[int] | Indices, attribute: str, present: bool) -> Bytes | None:
    """(n, s, s, c) uint8: the same people drawn with only that part changed; None where pictures aren't drawn."""
    if faces.people is None:
        return None
    from hw3.vae.data.avatars import counterfactual, sample
    from hw3.vae.data.avatars.drawing import draw

    indices = [int(faces.people[row]) for row in rows]
    changed = [counterfactual(sample(i), attribute, present, seed=i) for i in indices]
    return np.stack([draw(person, faces.size, faces.channels) for person in changed])
