"""`# whygrad: ignore[cause, cause2]` and `# whygrad: ignore`: what a person said is meant so."""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from whygrad.model.source import SourceLocation
from whygrad.source.files import Sources
from whygrad.source.module import SourceModule

_COMMENT: Final = re.compile(r"#\s*whygrad:\s*ignore(?![\w-])(?:\s*\[([^\]]*)\]?)?", re.IGNORECASE)
_BLANK: Final = (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment, speaking for lines `first` to `last`. Without brackets it silences all."""

    location: SourceLocation
    causes: frozenset[str]
    first: int
    last: int
    every: bool = False
    """Whether it is meant for all causes; in `ignore[]` somebody has forgotten to name one."""

    def silences(self, cause: str, line: int) -> bool:
        """Whether a finding of that cause at that line is covered."""
        return self.first <= line <= self.last and (self.every or cause in self.causes)

    def fault(self, known: Sequence[str]) -> str | None:
        """What is wrong with it, whatever there is to find; `known` are all causes there are."""
        text = self.location.source
        if not self.every and not self.causes:
            return f"`{text}` names no cause, so it silences nothing"
        for name in sorted(self.causes.difference(known)):
            close = difflib.get_close_matches(name, known, 1)
            meant = f"; did you mean `{close[0]}`?" if close else ""
            return f"`{text}`: there is no cause `{name}`{meant}"
        return None


def ignores_in(module: SourceModule) -> tuple[Ignore, ...]:
    """The comments of a file. Comments inside strings are no comments."""
    if "whygrad" not in module.text:
        return ()
    return tuple(_read(module))


def _read(module: SourceModule) -> Iterator[Ignore]:
    comments, logical = _tokens(module.text)
    for token in comments:
        match = _COMMENT.search(token.string)
        if match is None:
            continue
        line, column = token.start[0], token.start[1] + match.start() + 1
        place = SourceLocation(
            path=module.path,
            line=line,
            column=column,
            end_line=line,
            end_column=column + len(match.group()),
            function=module.function_name(line),
            source=match.group(),
        )
        named = (match.group(1) or "").replace(",", " ").split()
        alone = not module.lines[line - 1][: token.start[1]].strip()
        first, last = _covered(module, line, alone)
        for start, end in logical:
            # Several statements may share a line.
            if start <= line <= end:
                first, last = min(first, start), max(last, end)
        causes = frozenset(name.lower() for name in named)
        yield Ignore(place, causes, first, last, every=match.group(1) is None)


def _tokens(text: str) -> tuple[list[tokenize.TokenInfo], list[tuple[int, int]]]:
    """The comments, and the lines that one logical line of Python goes over."""
    comments: list[tokenize.TokenInfo] = []
    logical: list[tuple[int, int]] = []
    start: int | None = None
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type == tokenize.COMMENT:
                comments.append(token)
            elif token.type == tokenize.NEWLINE:
                logical.append((start if start is not None else token.start[0], token.start[0]))
                start = None
            elif token.type not in _BLANK and start is None:
                start = token.start[0]
    except (tokenize.TokenError, SyntaxError):
        pass  # What came before the fault still counts.
    return comments, logical


def lines_for_comments(text: str) -> frozenset[int]:
    """The lines at whose end a comment can stand: it would break a line that ends in a backslash,
    and be part of a string that goes over several lines.
    """
    found = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type in (tokenize.NEWLINE, tokenize.NL):
                found.add(token.start[0])
    except (tokenize.TokenError, SyntaxError):
        pass
    return frozenset(found)


def _covered(module: SourceModule, line: int, alone: bool) -> tuple[int, int]:
    """The lines that a comment speaks for: its statement's, or a compound statement's header.

    A comment on a line of its own speaks for the statement below it, as most linters have it,
    unless it stands inside a statement.
    """
    statement = module.statement_at(line)
    if statement is not None:
        first, last = _header(module, statement)
        if first <= line <= last:
            return first, last
    if alone:
        below = [s for s in module.statements if module.start(s)[0] > line]
        after = min(below, key=module.start, default=None)
        if after is not None:
            first, last = _header(module, after)
            return line, last
    return line, line


def _header(module: SourceModule, statement: object) -> tuple[int, int]:
    first = module.start(statement)[0]  # type: ignore[arg-type]
    last: int = getattr(statement, "end_lineno", None) or first
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        last = max(first, module.start(body[0])[0] - 1)
    return first, last


@dataclass(slots=True)
class Ignores:
    """All ignores of a run. Remembers which of them silenced something."""

    sources: Sources
    _by_path: dict[str, tuple[Ignore, ...]] = field(default_factory=dict)
    _used: set[Ignore] = field(default_factory=set)

    def read(self, path: str) -> tuple[Ignore, ...]:
        """The ignores of a file; none where it cannot be read."""
        if path not in self._by_path:
            module = self.sources.module(path)
            self._by_path[path] = ignores_in(module) if module is not None else ()
        return self._by_path[path]

    def silences(self, cause: str, *places: SourceLocation | None) -> bool:
        """Whether a finding of that cause is meant, by a comment at any of its places."""
        found = False
        for place in places:
            if place is None:
                continue
            for ignore in self.read(place.path):
                if ignore.silences(cause, place.line):
                    self._used.add(ignore)
                    found = True
        return found

    def faulty(self, known: Sequence[str]) -> Iterator[tuple[Ignore, str]]:
        """The ignores of all files read until now that cannot silence what they are meant to."""
        for ignores in self._by_path.values():
            for ignore in ignores:
                fault = ignore.fault(known)
                if fault is not None:
                    yield ignore, fault

    def unused(self) -> tuple[Ignore, ...]:
        """The ignores of all files read until now that silenced nothing."""
        every = (ignore for ignores in self._by_path.values() for ignore in ignores)
        return tuple(ignore for ignore in every if ignore not in self._used)
