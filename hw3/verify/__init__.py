"""Whether it is true: numbers, with torch; judging, verdicts and reports.

    hw3.verify.kl()             the claims on the divergence of two Gaussians, judged
    hw3.verify.autoencoder()    those on the tied-weight autoencoder
    hw3.verify.cnn()            those on backpropagation through a convolutional network

Each gives a `hw3.verify.verdicts.Report`; see `hw3.verify.entry.Target` for the options.
"""

TYPE_CHECKING = False  # typing's own, without importing it
if TYPE_CHECKING:
    from types import ModuleType

_TARGETS = ("autoencoder", "cnn", "kl")  # imported when they are first asked for


def __getattr__(name: str) -> "ModuleType":
    if name in _TARGETS:
        import importlib

        return importlib.import_module(f"hw3.verify.{name}")
    raise AttributeError(f"module 'hw3.verify' has no attribute {name!r}")


def __dir__() -> "list[str]":
    return sorted({*globals(), *_TARGETS})
