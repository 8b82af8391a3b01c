"""Two runs of one script, before and after its code was edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Report, Status, VariableRow


class Outcome(Enum):
    """What became of the files."""

    KEPT = "kept"
    """They are edited."""
    RESTORED = "restored"
    """They were edited, and are as they were."""
    NOTHING = "nothing"
    """There was nothing to edit."""


@dataclass(frozen=True, slots=True)
class VariableChange:
    """One variable before and after; None where that run does not have it."""

    name: str
    before: VariableRow | None
    after: VariableRow | None

    @property
    def newly_trains(self) -> bool:
        """Whether it is the edits that make it train."""
        return _trains(self.after) and not _trains(self.before)

    @property
    def changed(self) -> bool:
        """Whether there is more to say than another norm."""
        if self.before is None or self.after is None:
            return True
        verdicts = [(row.status, row.gradient) for row in (self.before, self.after)]
        return verdicts[0] != verdicts[1]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `whygrad fix` did, and the two reports that show what it was good for."""

    outcome: Outcome
    before: Report
    after: Report | None = None
    """With the edits, whether or not they were kept; None where there were none."""
    diff: str = ""
    files: tuple[str, ...] = ()
    message: str = ""
    """Why the files are as they were, or which edits were tried in vain: one sentence."""
    failed: bool = False
    """Whether the script fails, with the files as they are now."""
    said: str = ""
    """The end of what the script wrote to standard error, where a run failed."""
    unsafe: int = 0
    """Edits that were not made since they change what is computed."""

    @property
    def now(self) -> Report:
        """The report on the files as they are now."""
        return self.after if self.outcome is Outcome.KEPT and self.after else self.before

    def variables(self) -> tuple[VariableChange, ...]:
        """Every variable of either run, in the order of the first."""
        after = {row.name: row for row in (self.after.variables if self.after else ())}
        pairs = [(row, after.pop(row.name, None)) for row in self.before.variables]
        # A script that failed too early may not have had a name for its model yet.
        renamed = _by_place_in_model(after.values())
        alone = _by_place_in_model(row for row, new in pairs if new is None)
        rows = []
        for old, new in pairs:
            part = _place_in_model(old)
            if new is None and len(alone[part]) == len(renamed.get(part, ())) == 1:
                new = after.pop(renamed[part][0].name)
            rows.append(VariableChange((new or old).name, old, new))
        return (*rows, *(VariableChange(name, None, row) for name, row in after.items()))

    def gone(self) -> tuple[Finding, ...]:
        """Errors and warnings of the first run that the second does not have."""
        return gone(self.before, self.after if self.after else self.before)


def gone(before: Report, after: Report) -> tuple[Finding, ...]:
    """Errors and warnings of one report that another does not have."""
    left = pressing(after)
    return tuple(old for old in pressing(before) if not any(_same(old, new) for new in left))


def pressing(report: Report) -> tuple[Finding, ...]:
    """The errors and warnings."""
    return tuple(f for f in report.findings if f.severity is not Severity.NOTE)


def trained(report: Report) -> Iterator[str]:
    """The names of the variables that train."""
    return (row.name for row in report.variables if _trains(row))


def _by_place_in_model(rows: Iterable[VariableRow]) -> dict[str, list[VariableRow]]:
    found: dict[str, list[VariableRow]] = {}
    for row in rows:
        found.setdefault(_place_in_model(row), []).append(row)
    return found


def _place_in_model(row: VariableRow) -> str:
    return row.name.removeprefix(f"{row.model}.")


def _trains(row: VariableRow | None) -> bool:
    return row is not None and row.status is Status.TRAINS


def _same(old: Finding, new: Finding) -> bool:
    """Whether it is the same finding, although lines may have moved."""
    if old.cause != new.cause:
        return False
    if old.variables or new.variables:
        return not set(old.variables).isdisjoint(new.variables)
    places = old.location, new.location
    functions = [(place.path, place.function) if place else None for place in places]
    return functions[0] == functions[1]
