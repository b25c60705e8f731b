"""Whether an edit took, and what else it changed, as the judge sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hw3.vae.judging.judge import Look


@dataclass(frozen=True)
class Score:
    """What an edit did to n pictures.

    Arguments:
        took: of those that the judge saw without the attribute before (with it, for a removal), the share that it sees
            with it (without it) after.
        kept: of all other attributes of all pictures, but the edit's companions, the share that it sees as before.
        kept_of: the same for each attribute.
        identity: the share whose features are nearer to their own picture before than to any other's.
        distance: of the features to their own picture's before, where two pictures of different people are 1 apart.
    """

    n: int
    took: float
    kept: float
    kept_of: dict[str, float]
    identity: float
    distance: float

    def json(self) -> dict[str, object]:
        rounded = {name: round(share, 4) for name, share in self.kept_of.items()}
        plain = {k: round(getattr(self, k), 4) for k in ("took", "kept", "identity", "distance")}
        if math.isnan(self.took):  # JSON has no nan
            return {"n": self.n, **plain, "took": None, "kept_of": rounded}
        return {"n": self.n, **plain, "kept_of": rounded}


def score(
    names: tuple[str, ...],
    before: Look,
    after: Look,
    attribute: str,
    companions: tuple[str, ...],
    present: bool = True,
) -> Score:
    """Compares what the judge of these names sees in pictures and in what an edit made of them, in the same order."""
    said, says = before.said, after.said
    column, means_there = _column(names, attribute)
    wanted = present if means_there else not present
    due = said[:, column] != wanted
    took = float((says[due, column] == wanted).mean()) if due.any() else float("nan")
    free = {column, *(names.index(name) for name in companions if name in names)}
    others = [j for j in range(len(names)) if j not in free]
    same = (said == says)[:, others].mean(0)
    kept_of = {names[j]: float(share) for j, share in zip(others, same, strict=True)}
    identity, distance = _identity(before.features, after.features)
    return Score(len(said), took, float(same.mean()), kept_of, identity, distance)


def odds(names: tuple[str, ...], look: Look, attribute: str) -> np.ndarray:
    """(n,) the judge's log-odds that the attribute is seen; Beard is not No_Beard."""
    column, means_there = _column(names, attribute)
    return look.odds[:, column] * (1 if means_there else -1)


def _column(names: tuple[str, ...], attribute: str) -> tuple[int, bool]:
    if attribute == "Beard" and "Beard" not in names:
        return names.index("No_Beard"), False
    return names.index(attribute), True


def _identity(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """The share that is nearest to itself; the mean distance to itself over that between two others."""
    scale = before.std(0) + 1e-6
    x, y = before / scale, after / scale
    square = (y**2).sum(1)[:, None] + (x**2).sum(1)[None] - 2 * y @ x.T  # (after, before)
    own = np.sqrt(np.clip(np.diag(square), 0, None))
    apart = np.sqrt(np.clip((x**2).sum(1)[:, None] + (x**2).sum(1)[None] - 2 * x @ x.T, 0, None))
    n = len(x)
    between = apart.sum() / max(n * (n - 1), 1)
    return float((square.argmin(1) == np.arange(n)).mean()), float(own.mean() / max(between, 1e-12))
