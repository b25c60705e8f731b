"""How long deriving takes, and what other symbolic engines return for the same gradients.

    python benchmarks/derive.py [--markdown docs/derive.md] [--quick]

hw3: the median time to find a derivation inside one process, the expression already built; beside it the time
that the kernel takes to prove every line. SymPy: its matrix derivatives, with the answer in its own words and
whether it is right at random numbers. tensorgrad: its symbolic part (derivative and simplification), if it is
installed.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import sympy

from hw3.derivations.autoencoder.forms import Autoencoder, C
from hw3.derivations.cnn import Network
from hw3.derivations.gradients import Derivation, gradient, hessian
from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.operations import (
    apply,
    dot,
    inverse,
    log,
    logdet,
    matrix,
    norm,
    sigmoid,
    softmax,
    square,
    trace,
    transpose,
    vector,
)


def perceptron(layers: int) -> tuple[Expr, tuple[Expr, ...]]:
    """A loss of many layers, and its weights and biases."""
    h, parameters = vector("x", "n_0"), []
    for n in range(1, layers + 1):
        w, b = matrix(f"W_{n}", f"n_{n}", f"n_{n - 1}"), vector(f"b_{n}", f"n_{n}")
        h = apply("a", w @ h + b)
        parameters += [w, b]
    return square(norm(h - vector("y", f"n_{layers}"))), tuple(parameters)


def cases(quick: bool) -> list[tuple[str, Callable[[], Derivation], bool]]:
    """Name, what is timed, whether every line is proved too."""
    tied, net = Autoencoder(), Network()
    made: list[tuple[str, Callable[[], Derivation], bool]] = [
        ("tied autoencoder: W, b, c", lambda: gradient(tied.loss, (tied.w, tied.b, C)), True),
        ("tied autoencoder: Hessian in x", lambda: hessian(tied.loss, tied.x), True),
        (
            "CNN: six parameters and the image",
            lambda: gradient(net.loss, (*net.parameters, net.x), net.given),
            True,
        ),
    ]
    for layers in (10, 20, 50):
        loss, parameters = perceptron(layers)
        made.append(
            (
                f"perceptron of {layers} layers: {len(parameters)} parameters",
                lambda loss=loss, parameters=parameters: gradient(loss, parameters),  # type: ignore[misc]
                layers <= 10,  # a proof differentiates the whole loss at each of its steps
            )
        )
    return made


def median(call: Callable[[], Any], count: int) -> float:
    times = []
    for _ in range(count):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def own(quick: bool) -> list[tuple[str, ...]]:
    rows = []
    for name, call, prove in cases(quick):
        seconds = median(call, 5 if quick else 25)  # what was found is dropped each time: nothing is found again
        found = call()
        nodes = len({n for s in found.steps for n in walk(s.value)})
        proof = "-"
        if prove:
            start = time.perf_counter()
            checked = found.check()
            proof = f"{time.perf_counter() - start:.2f} s" if checked.proved else "not proved"
        rows.append((name, f"{1000 * seconds:.1f} ms", str(len(found.steps)), str(nodes), proof))
        print(*rows[-1], sep="\t", flush=True)
    return rows


# --- SymPy ------------------------------------------------------------------------------------------------


def sympy_rows() -> list[tuple[str, ...]]:
    """The same gradients by SymPy's matrix derivatives: time, what it returned, whether it is right."""
    n, m, k = 3, 2, 3
    N, M, K = sympy.symbols("n m k", integer=True, positive=True)
    s = sympy.Symbol("s")
    x, b, c = (sympy.MatrixSymbol(name, size, 1) for name, size in (("x", N), ("b", M), ("c", N)))
    W, X, S = sympy.MatrixSymbol("W", M, N), sympy.MatrixSymbol("X", N, N), sympy.MatrixSymbol("S", N, N)
    y, z = sympy.MatrixSymbol("y", K, 1), sympy.MatrixSymbol("z", K, 1)
    act = sympy.Lambda(s, 1 / (1 + sympy.exp(-s)))
    rebuilt = (W.T * (W * x + b).applyfunc(act) + c).applyfunc(act)
    loss = (x - rebuilt).T * (x - rebuilt)
    total = (sympy.OneMatrix(1, K) * z.applyfunc(sympy.exp))[0, 0]
    entropy = -(y.T * z)[0, 0] + (y.T * sympy.OneMatrix(K, 1))[0, 0] * sympy.log(total)
    ow, ob, oc, ox = matrix("W", "m", "n"), vector("b", "m"), vector("c", "n"), vector("x", "n")
    oX, oS, oy, oz = matrix("X", "n", "n"), matrix("S", "n", "n"), vector("y", "k"), vector("z", "k")
    mine = square(norm(ox - sigmoid(transpose(ow) @ sigmoid(ow @ ox + ob) + oc)))
    ask: list[tuple[str, Any, Any, Expr, Expr]] = [
        ("tied autoencoder, sigmoid: W", loss, W, mine, ow),
        ("tied autoencoder, sigmoid: b", loss, b, mine, ob),
        ("tied autoencoder, sigmoid: c", loss, c, mine, oc),
        ("x^T X x: x", x.T * X * x, x, ox.T @ oX @ ox, ox),
        ("log det X: X", sympy.log(sympy.Determinant(X)), X, logdet(oX), oX),
        ("tr(X^-1 S): X", sympy.Trace(X.inv() * S), X, trace(inverse(oX) @ oS), oX),
        ("tr(X S) + tr(X): X", sympy.Trace(X * S) + sympy.Trace(X), X, trace(oX @ oS) + trace(oX), oX),
        ("softmax cross-entropy: z", entropy, z, -dot(oy, log(softmax(oz))), oz),
    ]
    g = np.random.default_rng(0)
    sizes = {N: n, M: m, K: k}
    values = {v: g.normal(size=tuple(int(d.subs(sizes)) for d in v.shape)) for v in (x, b, c, W, X, S, y, z)}
    values[X] = values[X] @ values[X].T + np.eye(n)
    rows = []
    for name, expression, wrt, loss_here, wrt_here in ask:
        start = time.perf_counter()
        try:
            found = expression.diff(wrt)
            told = str(found)
        except Exception as error:
            found, told = None, f"{type(error).__name__}: {error}"
        seconds = time.perf_counter() - start
        right = verdict(found, values, sizes, numbers(loss_here, wrt_here, values)) if found is not None else "raises"
        told = " ".join(told.split())
        shown = told if len(told) < 70 else told[:67] + "..."
        ours = median(lambda a=loss_here, v=wrt_here: gradient(a, v), 15)  # type: ignore[misc]
        proved = "proved" if gradient(loss_here, wrt_here).check().proved else "not proved"
        rows.append((name, f"{1000 * seconds:.0f} ms", f"`{shown}`", right, f"{1000 * ours:.1f} ms, {proved}"))
        print(*rows[-1], sep="\t", flush=True)
    return rows


def numbers(loss: Expr, wrt: Expr, values: dict[Any, np.ndarray]) -> np.ndarray:
    """The gradient as numbers, by central differences of the loss: neither engine's word."""
    import torch

    from hw3.verify.compiled import compile_torch

    by_name = {str(v): a for v, a in values.items()}
    symbols = list(dict.fromkeys(v for v in walk(loss) if v.operation.name == "symbol"))
    compiled = compile_torch(loss, symbols)
    at = [torch.tensor(by_name[v.data[0]]).reshape([*by_name[v.data[0]].shape][: len(v.shape)]) for v in symbols]
    where = symbols.index(wrt)
    result = torch.zeros_like(at[where]).reshape(-1)
    for i in range(len(result)):
        ends = []
        for sign in (1, -1):
            moved = at[where].clone().reshape(-1)
            moved[i] += sign * 1e-5
            ends.append(compiled(*at[:where], moved.reshape(at[where].shape), *at[where + 1 :]))
        result[i] = (ends[0] - ends[1]) / 2e-5
    return np.asarray(result.reshape(at[where].shape))


def verdict(found: Any, values: dict[Any, np.ndarray], sizes: dict[Any, int], expected: np.ndarray) -> str:
    """Whether an answer is right at random numbers."""
    try:
        with_sizes = found.subs(sizes)
        if hasattr(with_sizes, "as_explicit"):
            with_sizes = with_sizes.as_explicit()
        numeric = with_sizes.subs({v.subs(sizes): sympy.Matrix(a) for v, a in values.items()}).doit()
        got = np.array(sympy.Matrix(numeric).evalf().tolist() if hasattr(numeric, "shape") else numeric.evalf(), float)
    except Exception as error:
        return f"not evaluated ({type(error).__name__})"
    if not got.any() and expected.any():
        return "**silently 0**"
    if got.size != expected.size:
        return "**wrong shape**"
    off = np.abs(got.reshape(-1) - expected.reshape(-1)).max()
    return "right" if off < 1e-6 else f"**wrong by {off:.1g}**"


# --- tensorgrad -------------------------------------------------------------------------------------------


def tensorgrad_rows() -> list[tuple[str, ...]]:
    """Its symbolic derivatives, simplified, where it is installed."""
    try:
        from tensorgrad import Derivative
    except ImportError:
        return []
    rows = []
    for name, expression, wrt in (*tensorgrad_autoencoder(), *tensorgrad_network()):
        start = time.perf_counter()
        try:
            Derivative(expression, wrt).full_simplify()
            told = f"{1000 * (time.perf_counter() - start):.0f} ms"
        except Exception as error:
            told = f"{type(error).__name__}: {error}"[:90]
        rows.append((name, told))
        print(*rows[-1], sep="\t", flush=True)
    return rows


def tensorgrad_autoencoder() -> list[tuple[str, Any, Any]]:
    import tensorgrad.functions as F
    from tensorgrad import Variable

    n, m = sympy.symbols("n m")
    x, w, b, c = Variable("x", n), Variable("W", m, n), Variable("b", m), Variable("c", n)
    rebuilt = F.sigmoid(w @ F.sigmoid(w @ x + b) + c)
    loss = F.sum((x - rebuilt) * (x - rebuilt))
    return [(f"tied autoencoder, sigmoid: {name}", loss, v) for name, v in (("W", w), ("b", b), ("c", c))]


def tensorgrad_network() -> list[tuple[str, Any, Any]]:
    """The CNN with stride 1 and no padding: convolutions as 0/1 tensors, pooling as a maximum after a reshape."""
    import tensorgrad.functions as F
    from tensorgrad import Variable

    batch, c0, c1, c2, h, w, k, classes, two = sympy.symbols("b c0 c1 c2 h w k K two")

    def layer(a: Any, weights: Any, bias: Any, before: str, after: str) -> Any:
        rows, columns, pooled_rows, pooled_columns = sympy.symbols(
            f"r{after} s{after} p{after} q{after}"
        )  # sizes after the convolution and after the pooling
        down = F.Convolution(**{f"h{before}": a.shape[f"h{before}"], "kh": k, f"y{after}": rows})
        across = F.Convolution(**{f"w{before}": a.shape[f"w{before}"], "kw": k, f"z{after}": columns})
        active = F.sigmoid(a @ down @ across @ weights + bias)
        halved = F.Reshape(**{f"y{after}": rows, f"h{after}": pooled_rows, "u": two})
        narrowed = F.Reshape(**{f"z{after}": columns, f"w{after}": pooled_columns, "v": two})
        return F.max(active @ halved @ narrowed, dim=("u", "v"))

    x = Variable("x", batch, c0, h0=h, w0=w)
    w1, b1 = Variable("W1", c0, c1, kh=k, kw=k), Variable("B1", c1)
    w2, b2 = Variable("W2", c1, c2, kh=k, kw=k), Variable("B2", c2)
    last = layer(layer(x, w1, b1, "0", "1"), w2, b2, "1", "2")
    w3, b3 = Variable("W3", c2, classes, h2=last.shape["h2"], w2=last.shape["w2"]), Variable("B3", classes)
    loss = F.mean(F.cross_entropy(last @ w3 + b3, Variable("y", batch, classes), dim="K"), dim="b")
    parts = {"W_1": w1, "B_1": b1, "W_2": w2, "B_2": b2, "W_3": w3, "B_3": b3, "the image": x}
    return [(f"CNN: {name}", loss, v) for name, v in parts.items()]


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the tables to this file")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, and short proofs only")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    parts = [table(("gradients", "to derive", "steps", "nodes", "to prove every line"), own(arguments.quick))]
    parts.append(table(("gradient", "SymPy", "what it returned", "is it", "hw3"), sympy_rows()))
    theirs = tensorgrad_rows()
    if theirs:
        parts.append(table(("gradient", "tensorgrad, symbolic part"), theirs))
    if arguments.markdown is not None:
        command = "python benchmarks/derive.py" + (" --quick" if arguments.quick else "")
        versions = f"SymPy {sympy.__version__}"
        if theirs:
            versions += f", tensorgrad {importlib.metadata.version('tensorgrad')}"
        about = f"`{command}`, {date.today()}, {versions}, Python {platform.python_version()}, {os.cpu_count()} cores"
        arguments.markdown.parent.mkdir(parents=True, exist_ok=True)
        arguments.markdown.write_text(PAGE.format(tables="\n\n".join(parts), about=about))


PAGE = """# Deriving gradients

The median time to find a derivation in one process, steps with named cotangents, symbolic sizes; and what
other symbolic engines return for the same question. "is it": the answer against central differences at random
numbers.

{tables}

Measured by {about}.
"""


if __name__ == "__main__":
    main()
