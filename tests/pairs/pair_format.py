"""A pair is one program: its guilty lines carry `# <-`, its mend stands in `# fix` comments.

    self.beta = torch.randn(8)  # <- unregistered-tensor: model.beta
    # fix: self.beta = nn.Parameter(torch.randn(8))

`# <- [warning|note] CAUSE: NAMES` tells the finding of that line; without a word it is an error.
NAMES may be patterns (`model.blocks.*`); `NAMES -> OTHERS` where the mend gives other names.
`# fix: CODE` puts CODE in place of the line above (several in a row: in place of that one line;
without CODE the line goes; indented as that line was), `# fix+ CODE` adds a line. The mended twin is made from the broken
program, so the two cannot drift apart.

Every error and warning is to be proved by a replay. `# no proof: REASON`, on a line of its own below
a mark and its fix, tells that this one cannot be, and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
_MARK = re.compile(
    r"# <- (?:(?P<severity>warning|note) )?(?P<cause>[a-z-]+): (?P<names>[^>]*?)(?: -> (?P<after>.*))?$"
)
_UNPROVED = re.compile(r"\s*# no proof: (?P<reason>.+)$")
_FIX = re.compile(r"(?P<indent>\s*)# fix(?P<kind>[:+])(?: (?P<code>.*))?$")


@dataclass(frozen=True)
class Mark:
    """One expected finding."""

    severity: str
    cause: str
    path: str
    line: int
    names: tuple[str, ...]
    after: tuple[str, ...]
    """The names of the same variables in the mended program."""
    unproved: str | None = None
    """Why no replay can show it; None where one must."""


@dataclass(frozen=True)
class Pair:
    """One broken program and its mend: a file, or a folder whose `main.py` is run."""

    id: str
    cause: str
    folder: Path
    main: str
    files: tuple[str, ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(mark for file in self.files for mark in _marks(self.folder, file))

    def mend(self, target: Path) -> Path:
        """Write the mended program into a folder; gives the script to run."""
        for file in self.files:
            path = target / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(mended((self.folder / file).read_text()))
        return target / self.main


def pairs(programs: Path = PROGRAMS) -> Iterator[Pair]:
    """Every program of a folder, in order."""
    for family in sorted(p for p in programs.iterdir() if p.is_dir()):
        for entry in sorted(family.iterdir()):
            if entry.suffix == ".py":
                name = f"{family.name}/{entry.stem}"
                yield Pair(name, family.name, family, entry.name, (entry.name,))
            elif (entry / "main.py").exists():
                files = tuple(str(p.relative_to(entry)) for p in sorted(entry.rglob("*.py")))
                yield Pair(f"{family.name}/{entry.name}", family.name, entry, "main.py", files)


def mended(text: str) -> str:
    """The program with its `# fix` comments applied."""
    lines: list[str] = []
    replaced: str | None = None
    for line in text.splitlines():
        if _UNPROVED.match(line):
            continue
        fix = _FIX.match(line)
        if fix is None:
            lines.append(line)
            replaced = None
            continue
        if fix["kind"] == ":" and replaced is None:
            replaced = lines.pop()
        if fix["code"]:
            like = fix["indent"] if fix["kind"] == "+" else _indent(replaced or "")
            lines.append(like + fix["code"])
    return "\n".join(re.sub(r"\s*# <- .*$", "", line) for line in lines) + "\n"


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _marks(folder: Path, file: str) -> list[Mark]:
    marks: list[Mark] = []
    for number, line in enumerate((folder / file).read_text().splitlines(), 1):
        if unproved := _UNPROVED.match(line):
            assert marks, f"{file}:{number}: no mark stands above"
            marks[-1] = replace(marks[-1], unproved=unproved["reason"])
        if "# <-" not in line:
            continue
        found = _MARK.search(line)
        assert found is not None, f"{file}:{number}: cannot read the mark: {line.strip()}"
        names = _split(found["names"])
        after = _split(found["after"]) if found["after"] else names
        severity = found["severity"] or "error"
        marks.append(Mark(severity, found["cause"], file, number, names, after))
    return marks


def _split(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
