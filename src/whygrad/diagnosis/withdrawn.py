"""What the source seemed to show, and a run has shown to be otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whygrad.causes.order import family
from whygrad.model.cause import Family
from whygrad.model.finding import Finding
from whygrad.model.report import Report, Status, VariableRow

_LOOP: Final = ("not-in-optimizer", "stale-optimizer")


def contradicted(finding: Finding, report: Report) -> bool:
    """Whether a finding of the source says of variables that they do not train, and all of those
    that the run knows by that name or from that place do.
    """
    told = family(finding.cause) in (Family.REGISTRATION, Family.GRAPH) or finding.cause in _LOOP
    if not told:
        # The other causes may hold for what trains: flags, rates, gradients that are not cleared.
        return False
    rows = [*_made_there(finding, report)] or [*_named(finding, report)]
    return bool(rows) and all(row.status is Status.TRAINS for row in rows)


def told_of_all(finding: Finding, report: Report) -> bool:
    """Whether the run tells the same cause, with an edit, of all variables that a finding of the
    source names: where they differ about the place, the run has seen the way to the loss.
    """
    told = {
        name
        for other in report.findings
        if other.cause == finding.cause and other.fix is not None and other.fix.edits
        for name in other.variables
    }
    rows = [row for row in _named(finding, report) if row.status is not Status.TRAINS]
    return bool(rows) and all(told.intersection((row.name, *row.aliases)) for row in rows)


def _made_there(finding: Finding, report: Report) -> Iterator[VariableRow]:
    place = finding.location
    if place is None or family(finding.cause) is not Family.REGISTRATION:
        return
    last = place.end_line or place.line
    for row in report.variables:
        made = row.location
        if made and made.path == place.path and place.line <= made.line <= last:
            yield row


def _named(finding: Finding, report: Report) -> Iterator[VariableRow]:
    """By its name in the script, or as an attribute of a module of the class it stands in."""
    wanted = {name for name in finding.variables if not name.startswith("self.")}
    function = finding.location.function if finding.location else None
    owner = (function or "").rpartition(".")[0].rpartition(".")[2]
    if owner:
        holders = [model.name for model in report.models if model.class_name == owner]
        holders += [module.name for module in report.modules if module.class_name == owner]
        inside = [name[len("self.") :] for name in finding.variables if name.startswith("self.")]
        wanted |= {f"{holder}.{name}" for holder in holders for name in inside}
    for row in report.variables:
        for name in (row.name, *row.aliases):
            if any(name == one or name.startswith(f"{one}.") for one in wanted):
                yield row
                break
