"""What a name of a file means: through imports, aliases, re-exports and `*`, over all files."""

from __future__ import annotations

import builtins
from enum import Enum
from typing import Final, NamedTuple

from whygrad.source.classes.known import canonical, is_known
from whygrad.source.facts.model import ClassFacts, FileFacts, FunctionFacts
from whygrad.source.project.project import Project


class Sort(Enum):
    """What a name can stand for."""

    CLASS = "class"
    FUNCTION = "function"
    MODULE = "module"
    OUTSIDE = "outside"
    """Something of a library, by its full name."""


class Symbol(NamedTuple):
    """What a name means. `path` is empty for what is outside."""

    sort: Sort
    name: str
    """Canonical: `torch.nn.Linear`; of the project's own, module and qualified name."""
    path: str = ""
    qualname: str = ""


Meanings = tuple[Symbol, ...] | None
"""All that a name may mean; None where that is not known."""

_BUILTINS: Final = frozenset(dir(builtins))
_FRAMEWORKS: Final = (
    "torch.",
    "tensorflow.",
    "keras.",
    "jax.",
    "flax.",
    "numpy.",
    "math.",
    "tf_keras.",
)
_DEEPEST: Final = 40
"""Re-exports followed in a row; a circle ends here."""


class _Ask(NamedTuple):
    path: str
    name: str
    absolute: bool
    depth: int


def resolve(project: Project, path: str, name: str) -> Meanings:
    """What a dotted name at module level of a file means."""
    key = ("resolve", path, name)
    if key not in project.answers:
        project.answers[key] = _resolve(project, _Ask(path, name, False, 0))
    found: Meanings = project.answers[key]  # type: ignore[assignment]
    return found


def _resolve(project: Project, first: _Ask) -> Meanings:
    todo, found = [first], []
    while todo:
        ask = todo.pop()
        if ask.depth > _DEEPEST:
            return None
        answer = _absolute(project, ask) if ask.absolute else _in_file(project, ask)
        if answer is None:
            return None
        for item in answer:
            if isinstance(item, Symbol):
                found.append(item)
            else:
                todo.append(item)
    return tuple(dict.fromkeys(found))


def _in_file(project: Project, ask: _Ask) -> list[Symbol | _Ask] | None:
    facts = project.facts(ask.path)
    if facts is None:
        return None
    head, _, rest = ask.name.partition(".")
    meanings = facts.bindings.get(head)
    if meanings is None:
        return _starred(project, facts, ask)
    answer: list[Symbol | _Ask] = []
    for meaning in meanings:
        if meaning == "None":
            continue  # what stands there where an optional package is missing
        if meaning == "=":
            own = _defined(project, facts, ask.path, ask.name)
            if own is None:
                return None
            answer.append(own)
        elif meaning == "?":
            return None
        elif meaning.startswith("@"):
            if meaning[1:].partition(".")[0] == head:
                return None
            answer.append(_Ask(ask.path, _joined(meaning[1:], rest), False, ask.depth + 1))
        else:
            answer.append(_Ask(ask.path, _joined(meaning, rest), True, ask.depth + 1))
    return answer


def _defined(project: Project, facts: FileFacts, path: str, name: str) -> Symbol | None:
    full = f"{project.layout.module_name(path)}.{name}"
    if class_in(facts, name) is not None:
        return Symbol(Sort.CLASS, canonical(full), path, name)
    if function_in(facts, name) is not None:
        return Symbol(Sort.FUNCTION, canonical(full), path, name)
    return None


def _starred(project: Project, facts: FileFacts, ask: _Ask) -> list[Symbol | _Ask] | None:
    head = ask.name.partition(".")[0]
    for module in facts.stars:
        if is_known(canonical(f"{module}.{ask.name}")):
            return [Symbol(Sort.OUTSIDE, canonical(f"{module}.{ask.name}"))]
        target = project.layout.find(ask.path, module)
        inner = project.facts(target) if target is not None else None
        if target is None or inner is None:
            return None
        if _offers(inner, head):
            return [_Ask(target, ask.name, False, ask.depth + 1)]
    if head in _BUILTINS:
        return [Symbol(Sort.OUTSIDE, f"builtins.{ask.name}")]
    return None


def _offers(facts: FileFacts, name: str) -> bool:
    """Whether `from module import *` may bring in a name."""
    if facts.public is not None:
        return name in facts.public
    return not name.startswith("_") and (name in facts.bindings or bool(facts.stars))


def _absolute(project: Project, ask: _Ask) -> list[Symbol | _Ask] | None:
    """A name by its module, as an import in `ask.path` gives it: `torch.nn.Linear`, `..a.B`."""
    name = canonical(ask.name)
    if is_known(name):
        return [Symbol(Sort.OUTSIDE, name)]
    if name.startswith(_FRAMEWORKS) and name.rpartition(".")[2][:1].islower():
        return [Symbol(Sort.OUTSIDE, name)]  # a function of theirs: never a class to follow
    dots = len(ask.name) - len(ask.name.lstrip("."))
    parts = ask.name[dots:].split(".") if ask.name[dots:] else []
    for size in range(len(parts), -1 if dots else 0, -1):
        module = "." * dots + ".".join(parts[:size])
        target = project.layout.find(ask.path, module)
        if target is None:
            continue
        rest = ".".join(parts[size:])
        if not rest:
            return [Symbol(Sort.MODULE, project.layout.module_name(target), target)]
        facts = project.facts(target)
        if facts is None:
            return None
        if rest.partition(".")[0] in facts.bindings or facts.stars:
            return [_Ask(target, rest, False, ask.depth + 1)]
        return None
    return None if dots else [Symbol(Sort.OUTSIDE, name)]


def class_in(facts: FileFacts, qualname: str) -> ClassFacts | None:
    """The last class of that qualified name."""
    return next((c for c in reversed(facts.classes) if c.qualname == qualname), None)


def function_in(facts: FileFacts, name: str) -> FunctionFacts | None:
    """The last function of that name at module level."""
    return next((f for f in reversed(facts.functions) if f.name == name), None)


def _joined(name: str, rest: str) -> str:
    if not rest:
        return name
    return f"{name}{rest}" if name.endswith(".") else f"{name}.{rest}"
