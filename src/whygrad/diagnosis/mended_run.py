"""Edits that are tried: the script is run before and after, and what does not help is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from whygrad.diagnosis.check import Wanted, check, fixable
from whygrad.diagnosis.same import same
from whygrad.diagnosis.withdrawn import contradicted, told_of_all
from whygrad.model.comparison import Comparison, Outcome, gone, pressing, trained
from whygrad.model.errors import InputError
from whygrad.model.finding import Finding
from whygrad.model.report import ExceptionRow, Status
from whygrad.model.source import Fix
from whygrad.runtime.child import Observed
from whygrad.source.mending import Mending, mended, not_writable, why, write_bytes
from whygrad.source.project.cells import cell_at
from whygrad.source.project.project import read_project

_ROUNDS = 4
"""What lies behind one fault is seen once that is mended; each round is a run."""

Observe = Callable[[], Observed]
Tell = Callable[[str], None]


@dataclass(slots=True)
class MendedRun:
    """One script, run as it is and then with edits in its files."""

    observe: Observe
    wanted: Wanted = field(default_factory=Wanted)
    unsafe: bool = False
    tell: Tell = lambda line: None
    """Given a line about what is being done, since a run takes its time."""

    def planned(self) -> tuple[Observed, Mending]:
        """The run as it is, and the edits of the first round, not written."""
        self.tell("running it as it is")
        seen = self.observe()
        return seen, mended(self._fixes(seen))

    def tried(self) -> Comparison:
        """Edit the files, run again, and keep the edits if they prove to be good. Where that
        cannot be done to its end, all files are as they were.
        """
        seen, mending = self.planned()
        comparison = Comparison(Outcome.NOTHING, seen.report, unsafe=self._left_unsafe(seen))
        if seen.failed:
            comparison = replace(comparison, failed=True, said=seen.said)
        files = _Files()
        try:
            return self._rounds(seen, mending, comparison, files)
        except BaseException:
            files.as_before()
            raise

    def _rounds(
        self, seen: Observed, mending: Mending, comparison: Comparison, files: _Files
    ) -> Comparison:
        kept = False
        for _ in range(_ROUNDS):
            if not mending.after:
                break
            files.write(mending)
            self.tell(f"running it with the edits in {', '.join(files.changed())}")
            now = self.observe()
            why = _in_vain(seen, now)
            if why is not None:
                tried = _told(comparison, files, now)
                lost = files.back()
                why = "; ".join([why, *(f"`{path}` was changed meanwhile" for path in lost)])
                if kept:
                    return replace(comparison, message=f"further edits were taken back: {why}")
                return replace(tried, outcome=Outcome.RESTORED, message=why, failed=seen.failed)
            files.keep()
            kept = True
            comparison = _told(comparison, files, now)
            comparison = replace(comparison, unsafe=self._left_unsafe(now))
            seen = now
            mending = mended(self._fixes(now))
        return comparison

    def _fixes(self, seen: Observed) -> list[Fix]:
        """What the run found comes first: where edits overlap, it knows better."""
        return list(_distinct(fixable(list(self._found(seen)), unsafe=self.unsafe)))

    def _left_unsafe(self, seen: Observed) -> int:
        if self.unsafe:
            return 0
        every = list(_distinct(fixable(list(self._found(seen)), unsafe=True)))
        return sum(not fix.safe for fix in every)

    def _found(self, seen: Observed) -> Iterator[Finding]:
        for finding in pressing(seen.report):
            if self.wanted.has(finding.cause):
                yield finding
        for finding in pressing(check(read_project(seen.files, jobs=1), self.wanted)):
            # What the run found as well, it has the edit of, if that is one.
            known = any(same(told, finding) for told in seen.report.findings)
            known = known or told_of_all(finding, seen.report)
            if not known and not contradicted(finding, seen.report):
                yield finding


def _distinct(fixes: list[Fix]) -> Iterator[Fix]:
    known = set()
    for fix in fixes:
        # Cells of a notebook are no part of a script.
        if fix.edits not in known and not any(cell_at(edit.path) for edit in fix.edits):
            known.add(fix.edits)
            yield fix


def _told(comparison: Comparison, files: _Files, now: Observed) -> Comparison:
    """The comparison with the edits as they are at this moment, and the run with them."""
    return replace(
        comparison,
        outcome=Outcome.KEPT,
        after=now.report,
        diff=files.diff(),
        files=tuple(files.changed()),
        failed=now.failed,
        said=now.said if now.failed else "",
    )


def _in_vain(before: Observed, after: Observed) -> str | None:
    """Why edits are not kept; None where something is better for them and nothing worse."""
    if after.failed and not before.failed:
        return f"with them the script fails: {_failure(after)}"
    old, new = before.report, after.report
    # Of runs that reach the limit this says nothing: what counts as a step is up to the optimizers.
    if new.steps < old.steps and new.stopped != "steps":
        return f"with them the script gets to {new.steps} training steps and not to {old.steps}"
    broken = {row.name for row in new.variables if row.status is Status.BROKEN}
    lost = [name for name in trained(old) if name in broken]
    if lost:
        more = f" and {len(lost) - 1} more" if lost[1:] else ""
        return f"with them `{lost[0]}`{more} would no longer train"
    gained = set(trained(new)) - set(trained(old))
    further = before.failed and (not after.failed or new.steps > old.steps)
    if gained or further:
        return None
    if len(new.errors) > len(old.errors):
        return f"with them there are {len(new.errors)} errors and not {len(old.errors)}"
    if gone(old, new) and len(pressing(new)) <= len(pressing(old)):
        # Perhaps it was only the first of several in a row; the next is in the report now.
        return None
    if before.failed:
        return f"with them the script fails as well: {_failure(after)}"
    same_as = "with them the run shows the same as without"
    if any(f.fix is not None and f.fix.edits for f in pressing(old)):
        return same_as
    return f"{same_as} (`whygrad check --fix` makes edits that no run shows)"


def _failure(seen: Observed) -> str:
    error: ExceptionRow | None = seen.report.exception
    if error is None:
        return f"it ends with status {seen.status}"
    first = (error.message.strip().splitlines() or [""])[0]
    return f"{error.type}: {first}" if first else error.type


@dataclass(slots=True)
class _Files:
    """What files held before they were edited, and before the edits that are being tried."""

    first: dict[str, str] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    _trying: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    """The bytes before and with the edits that are not kept yet."""
    _ours: dict[str, list[bytes]] = field(default_factory=dict)
    """All that a file held at any time: the bytes that were found there, then what was written."""

    def write(self, mending: Mending) -> None:
        """Edit the files. Raises InputError where one cannot be written; `back` undoes the rest."""
        new: dict[str, bytes] = {}
        for path, text in mending.after.items():
            refused = not_writable(path)
            if refused is not None:
                raise InputError(f"cannot edit `{path}`: {refused}")
            try:
                new[path] = text.encode(mending.encodings[path])
            except UnicodeEncodeError as error:
                raise InputError(f"cannot edit `{path}`: {why(error)}") from None
        for path, data in new.items():
            try:
                old = Path(path).read_bytes()
                self._trying[path] = old, data
                self._ours.setdefault(path, [old]).append(data)
                write_bytes(Path(path), data)
            except OSError as error:
                raise InputError(f"cannot edit `{path}`: {why(error)}") from None
        for path, text in mending.after.items():
            self.first.setdefault(path, mending.before[path])
            self.last[path] = text

    def keep(self) -> None:
        """The edits are good."""
        self._trying.clear()

    def back(self) -> list[str]:
        """Take the edits back; gives the files that somebody else has changed meanwhile."""
        theirs = []
        for path, (old, new) in self._trying.items():
            now = Path(path).read_bytes() if Path(path).exists() else None
            if now == new:
                write_bytes(Path(path), old)
            elif now != old:
                theirs.append(path)
        self._trying.clear()
        return theirs

    def as_before(self) -> None:
        """Take back the edits of all rounds, but what somebody else has written meanwhile."""
        for path, ours in self._ours.items():
            if Path(path).exists() and Path(path).read_bytes() in ours[1:]:
                write_bytes(Path(path), ours[0])

    def changed(self) -> list[str]:
        """The files that are edited."""
        return list(self.last)

    def diff(self) -> str:
        """All edits of all rounds, as `patch` reads them."""
        return Mending(before=self.first, after=self.last).diff()
