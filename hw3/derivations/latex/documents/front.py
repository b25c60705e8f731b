"""Front matter: what stands between two lines of --- at a document's top, as flat names and strings.

A small part of YAML, which nothing evaluates: `key: value`, mappings one below the other or in braces, comments.
"""

from __future__ import annotations

import re

_LINE = re.compile(r"(?P<indent>[ ]*+)(?P<key>[A-Za-z_][\w.-]*+)\s*+:(?:\s++(?P<value>.*))?$")
_PAIR = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*:\s*(\"[^\"]*\"|'[^']*'|[^,{}\"']*)\s*(?:,|$)")
_LONGEST = 100_000  # characters that are looked through for the closing ---


def front_matter(text: str, comment: str = "") -> tuple[dict[str, str], int]:
    """What the front matter at a text's top says, and where it ends; in TeX its lines begin with a comment sign.

    >>> front_matter("---\\nhw3:\\n  layout: numerator # rows\\nseed: 1\\n---\\nText")[0]
    {'hw3.layout': 'numerator', 'seed': '1'}
    """
    top = text[:1000]
    start = len(top) - len(top.lstrip("\ufeff\n "))
    lines, at = list[str](), start
    while at < min(len(text), start + _LONGEST):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if comment:
            if not line.startswith(comment):
                return {}, 0
            line = line[len(comment) :].removeprefix(" ")
        at = end + 1
        if not lines and line.rstrip() != "---":
            return {}, 0
        lines.append(line.rstrip())
        if len(lines) > 1 and line.rstrip() in ("---", "..."):
            return _flat(lines[1:-1]), min(at, len(text))
    return {}, 0


def _flat(lines: list[str]) -> dict[str, str]:
    found, above = dict[str, str](), list[tuple[int, str]]()
    for line in lines:
        match = _LINE.match(line.expandtabs(2)) if len(line) < 2000 else None
        if not match:
            continue
        indent, value = len(match["indent"]), _plain(match["value"] or "")
        while above and above[-1][0] >= indent:
            above.pop()
        key = ".".join([*(k for _, k in above), match["key"]])
        if not value:
            above.append((indent, match["key"]))
        elif value.startswith("{") and value.endswith("}"):
            found |= {f"{key}.{name}": _plain(said) for name, said in _PAIR.findall(value[1:-1])}
        else:
            found[key] = value
    return found


def _plain(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] in "\"'" and (end := value.find(value[0], 1)) > 0:
        return value[1:end]
    return value.split(" #", 1)[0].strip() if not value.startswith("#") else ""
