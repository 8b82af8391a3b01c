"""A class with all its bases, over all files: what it is, and whose methods it has."""

from __future__ import annotations

from typing import NamedTuple

from whygrad.source.classes.known import Base, base_of
from whygrad.source.classes.resolve import Sort, Symbol, class_in, resolve
from whygrad.source.facts.model import ClassFacts
from whygrad.source.project.project import Project


class Known(NamedTuple):
    """A class whose file was read."""

    path: str
    facts: ClassFacts
    name: str


class Lineage(NamedTuple):
    """A class and its bases, nearest first."""

    classes: tuple[Known, ...]
    outside: tuple[str, ...]
    """Bases by name whose files were not read, because the table knows them."""
    complete: bool
    """Whether every base was found."""

    @property
    def bases(self) -> frozenset[Base]:
        """The frameworks' bases among them."""
        found = (base_of(name) for name in self.outside)
        return frozenset(base for base in found if isinstance(base, Base))

    def is_a(self, base: Base) -> bool | None:
        """Whether it inherits a framework's base; None where a base is not known."""
        if base in self.bases:
            return True
        return False if self.complete else None


def lineage(project: Project, path: str, qualname: str) -> Lineage | None:
    """The lineage of a class; None where the file has no such class."""
    key = ("lineage", path, qualname)
    if key not in project.answers:
        facts = project.facts(path)
        cls = class_in(facts, qualname) if facts is not None else None
        project.answers[key] = _lineage(project, path, cls) if cls is not None else None
    found: Lineage | None = project.answers[key]  # type: ignore[assignment]
    return found


def _lineage(project: Project, path: str, cls: ClassFacts) -> Lineage:
    # Depth first, and of what is met twice the last one counts: as good as C3 for what is asked.
    own = Known(path, cls, f"{project.layout.module_name(path)}.{cls.qualname}")
    order: list[Known] = []
    outside: list[str] = []
    complete = True
    todo: list[tuple[Known, tuple[tuple[str, str], ...]]] = [(own, ())]
    while todo:
        known, above = todo.pop()
        order.append(known)
        line = (*above, (known.path, known.facts.qualname))
        for name in reversed(known.facts.bases):
            symbol = _base(project, known, name)
            if symbol is None:
                complete = False
            elif symbol.sort is Sort.CLASS:
                facts = project.facts(symbol.path)
                inner = class_in(facts, symbol.qualname) if facts is not None else None
                if inner is None or (symbol.path, symbol.qualname) in line or len(line) > 60:
                    complete = False
                elif base_of(symbol.name) is not None:
                    outside.append(symbol.name)
                else:
                    todo.append((Known(symbol.path, inner, symbol.name), line))
            elif base_of(symbol.name) is None:
                complete = False
            else:
                outside.append(symbol.name)
    last = {(k.path, k.facts.qualname): i for i, k in enumerate(order)}
    classes = tuple(order[i] for i in sorted(last.values()))
    return Lineage(classes, tuple(dict.fromkeys(outside)), complete)


def _base(project: Project, known: Known, name: str) -> Symbol | None:
    """The one class that a base's name means; of several, the one they all are."""
    if name == "?":
        return None
    meanings = resolve_at(project, known, name)
    if not meanings:
        return None
    if len(meanings) > 1:
        # `try: from fast import Norm ... except ImportError: from slow import Norm`
        kinds = {base_of(m.name) for m in meanings if m.sort is Sort.OUTSIDE}
        if len(kinds) != 1 or any(m.sort is not Sort.OUTSIDE for m in meanings):
            return None
    return meanings[0] if meanings[0].sort in (Sort.CLASS, Sort.OUTSIDE) else None


def resolve_at(project: Project, known: Known, name: str) -> tuple[Symbol, ...] | None:
    """What a name means inside a class: also a class defined in the same function or class."""
    outer = known.facts.qualname.rpartition(".")[0]
    facts = project.facts(known.path)
    while outer and facts is not None:
        if class_in(facts, f"{outer}.{name}") is not None:
            full = f"{project.layout.module_name(known.path)}.{outer}.{name}"
            return (Symbol(Sort.CLASS, full, known.path, f"{outer}.{name}"),)
        outer = outer.rpartition(".")[0]
    return resolve(project, known.path, name)
