"""The reference: public functions and classes with their docstrings, read from the source without importing it."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

# What a user imports, in the order of the page: from each module these names, or every public one.
MODULES: dict[str, tuple[str, ...]] = {
    "hw3": (),
    "hw3.testing": ("assert_gradient",),
    "hw3.verify": (),
    "hw3.verify.checking.results": ("CheckResult", "ClaimResult", "Aside", "Refuted"),
    "hw3.verify.derived": ("Derived",),
    "hw3.verify.divergence": ("kl", "kl_standard"),
    "hw3.verify.compiled": ("compile_torch", "compile_together", "Compiled", "Together"),
    "hw3.verify.verdicts": ("Verdict", "Evidence", "Report"),
    "hw3.vae.runs": ("Run",),
    "hw3.errors": ("UserError",),
}
_SECTION = re.compile(r"^(Args|Returns|Raises|Yields|Attributes|Example|Examples):$")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def page(root: Path) -> str:
    """The page in Markdown; a module that is not there is left out."""
    parts = ["# Reference\n\nThe functions and classes to use from Python, from their docstrings.\n"]
    for module, names in MODULES.items():
        if (tree := _parsed(root, module)) is not None:
            parts += _module(root, module, names, tree)
    return "\n".join(parts) + "\n"


def _parsed(root: Path, module: str) -> ast.Module | None:
    path = root / Path(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else None


def _module(root: Path, module: str, names: tuple[str, ...], tree: ast.Module) -> Iterator[str]:
    yield f"## {module}\n"
    yield rendered(ast.get_docstring(tree) or "")
    for node in _public(root, names, tree):
        yield f"### {node.name} {{#{module}.{node.name}}}\n"
        yield f"```python\n{_signature(node)}\n```\n"
        yield rendered(ast.get_docstring(node) or "")
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and _is_public(method):
                    yield f"#### {node.name}.{method.name} {{#{module}.{node.name}.{method.name}}}\n"
                    yield f"```python\n{_signature(method)}\n```\n"
                    yield rendered(ast.get_docstring(method) or "")


def _public(root: Path, names: tuple[str, ...], tree: ast.Module) -> list[Definition]:
    """The definitions that are asked for, also those that the module takes from another."""
    found = [node for node in tree.body if isinstance(node, Definition) and _is_public(node, names)]
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            asked = tuple(alias.name for alias in node.names if alias.name in names)
            if asked and (source := _parsed(root, node.module)) is not None:
                found += _public(root, asked, source)
    return sorted(found, key=lambda node: names.index(node.name)) if names else found


def _is_public(node: Definition, names: tuple[str, ...] = ()) -> bool:
    asked = node.name in names if names else not node.name.startswith("_")
    return asked and ast.get_docstring(node) is not None


def _plain(annotation: ast.expr | None) -> ast.expr | None:
    """An annotation that is written as a string, as what it says."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ast.parse(annotation.value, mode="eval").body
    return annotation


def _signature(node: Definition) -> str:
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        fields = [f"    {ast.unparse(n)}" for n in node.body if isinstance(n, ast.AnnAssign) and _is_field(n)]
        return "\n".join([f"class {node.name}{f'({bases})' if bases else ''}:", *fields]).removesuffix(":")
    arguments = list(_arguments(node.args))
    returned = _plain(node.returns)
    returns = f" -> {ast.unparse(returned)}" if returned else ""
    line = f"{node.name}({', '.join(arguments)}){returns}"
    split = "".join(f"    {argument},\n" for argument in arguments)
    return line if len(line) <= 88 else f"{node.name}(\n{split}){returns}"


def _arguments(node: ast.arguments) -> Iterator[str]:
    """Each argument as it is written, without `self`."""
    positional = [*node.posonlyargs, *node.args]
    defaults = [None] * (len(positional) - len(node.defaults)) + node.defaults
    for argument, default in zip(positional, defaults, strict=True):
        if argument.arg not in {"self", "cls"}:
            yield _argument(argument, default)
    if node.vararg or node.kwonlyargs:
        yield "*" + (_argument(node.vararg) if node.vararg else "")
    for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        yield _argument(argument, default)
    if node.kwarg:
        yield "**" + _argument(node.kwarg)


def _argument(node: ast.arg, default: ast.expr | None = None) -> str:
    annotation = _plain(node.annotation)
    typed = f"{node.arg}: {ast.unparse(annotation)}" if annotation else node.arg
    return typed if default is None else f"{typed}{' = ' if annotation else '='}{ast.unparse(default)}"


def _is_field(node: ast.AnnAssign) -> bool:
    return isinstance(node.target, ast.Name) and not node.target.id.startswith("_")


def rendered(docstring: str) -> str:
    r"""A docstring as Markdown: its examples and formulae as code, its sections as lists.

    >>> print(rendered("It adds.\n\nReturns:\n    the sum."))
    It adds.
    <BLANKLINE>
    **Returns**
    <BLANKLINE>
    - the sum.
    <BLANKLINE>
    """
    out = []
    for block in re.split(r"\n\s*\n", docstring):
        lines = block.splitlines()
        while lines:
            if _SECTION.match(lines[0]):
                name = lines.pop(0).removesuffix(":")
                rest = textwrap.dedent("\n".join(lines))
                lines = []
                out.append(f"**{name}**\n\n" + (_code(rest) if rest.lstrip().startswith(">>>") else _items(rest)))
            elif lines[0].startswith(">>>") or lines[0].startswith("    "):
                out.append(_code(textwrap.dedent("\n".join(lines))))
                lines = []
            else:
                text = []
                while lines and not lines[0].startswith((">>>", "    ")) and not _SECTION.match(lines[0]):
                    text.append(lines.pop(0))
                out.append("\n".join(text) + "\n")
    return "\n".join(out)


def _code(text: str) -> str:
    return f"```{'pycon' if text.startswith('>>>') else 'text'}\n{text}\n```\n"


def _items(text: str) -> str:
    """Each entry of a section begins at the margin; what is indented goes on with the one before."""
    entries: list[str] = []
    for line in text.splitlines():
        if line.startswith(" ") and entries:
            entries[-1] += " " + line.strip()
        else:
            entries.append(line.strip())
    if not any(": " in e for e in entries):
        entries = [" ".join(entries)]
    return "\n".join("- " + re.sub(r"^([\w, *]+): ", r"`\1`: ", entry) for entry in entries if entry) + "\n"
