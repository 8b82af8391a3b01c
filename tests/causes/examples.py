"""The examples on the causes' pages: the broken program, its mended twin, what is to be found."""

from __future__ import annotations

import re
from fnmatch import fnmatch

from whygrad.causes.page import Example

_MARK = re.compile(r"#\s*<-\s*(.+)$")


def marked(code: str) -> tuple[int, list[str]]:
    """The guilty line and the patterns of the variables that it concerns."""
    for number, line in enumerate(code.splitlines(), 1):
        if match := _MARK.search(line):
            return number, [name.strip() for name in match[1].split(",")]
    raise AssertionError("no line of the example is marked `# <- names`")


def mended(example: Example) -> str:
    """Apply the page's diff. Its lines stand in the code exactly once, one after the other."""
    old, new = [], []
    for line in example.mend.splitlines():
        if line[:1] in ("-", " ", ""):
            old.append(line[1:])
        if line[:1] in ("+", " ", ""):
            new.append(line[1:])
    before, after = "\n".join(old) + "\n", "\n".join(new) + "\n"
    assert example.code.count(before) == 1, f"the diff does not apply:\n{before}"
    return example.code.replace(before, after)


def concerns(patterns: list[str], names: tuple[str, ...]) -> bool:
    """Whether exactly these variables are meant: each by some pattern, each pattern by some."""
    return all(any(fnmatch(n, p) for p in patterns) for n in names) and all(
        any(fnmatch(n, p) for n in names) for p in patterns
    )
