"""SARIF 2.1.0: what code scanning services and editors read."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import quote

from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Report
from whygrad.model.source import Edit, Fix, SourceLocation
from whygrad.render.escape import printable
from whygrad.source.project.cells import cell_at, file_of, line_in_file

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def render(report: Report, *, color: bool, width: int, full: bool, blocks: bool) -> str:
    """Give the findings as one run of whygrad; the variables of the report have no place in it."""
    causes = sorted({finding.cause for finding in report.findings})
    driver = {
        "name": "whygrad",
        "version": report.whygrad,
        "rules": [{"id": cause} for cause in causes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, causes.index(f.cause)) for f in report.findings],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "note", "message": _message(notice)} for notice in report.notices
                ],
            }
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(finding: Finding, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.cause,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": _message(_told(finding)),
    }
    if finding.location is not None:
        result["locations"] = [_location(finding.location)]
    steps = [step for step in finding.path if step.location is not None]
    if steps:
        way = [{"location": _location(s.location)} for s in steps if s.location is not None]
        result["codeFlows"] = [{"threadFlows": [{"locations": way}]}]
    # A cell is no file: how an edit of its text changes the file is the notebook's affair.
    if finding.fix is not None and finding.fix.edits and not _in_cells(finding.fix):
        result["fixes"] = [_fix(finding.fix)]
    return result


def _told(finding: Finding) -> str:
    text = "\n".join((finding.message, *finding.evidence))
    cell = cell_at(finding.location.path) if finding.location is not None else None
    if finding.location is None or cell is None:
        return text
    return f"cell {cell[1]}, line {finding.location.line}: {text}"


def _location(place: SourceLocation) -> dict[str, Any]:
    physical = {"artifactLocation": _artifact(file_of(place.path)), "region": _region(place)}
    location: dict[str, Any] = {"physicalLocation": physical}
    if place.function is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(place.function)}]
    return location


def _region(place: SourceLocation) -> dict[str, Any]:
    cell = cell_at(place.path)
    if cell is not None:
        return {"startLine": line_in_file(*cell, place.line) or 1}
    region: dict[str, Any] = {"startLine": place.line}
    if place.column is not None:
        region["startColumn"] = place.column
    if place.end_line is not None:
        region["endLine"] = place.end_line
    if place.end_column is not None:
        region["endColumn"] = place.end_column
    if place.source is not None:
        region["snippet"] = _message(place.source)
    return region


def _artifact(path: str) -> dict[str, str]:
    path = path.replace("\\", "/")
    try:
        # How Python spells the bytes of a name that is not of the file system's encoding.
        uri = quote(path, safe="/~", errors="surrogateescape")
    except UnicodeEncodeError:
        uri = quote(path, safe="/~", errors="surrogatepass")
    if re.match("/?[A-Za-z]%3A/", uri):  # a drive
        return {"uri": f"file:///{uri.lstrip('/').replace('%3A', ':', 1)}"}
    # What begins with a slash is a path on no host in particular: `//x` would be the host `x`.
    return {"uri": f"file://{uri}" if uri.startswith("/") else uri}


def _in_cells(fix: Fix) -> bool:
    return any(cell_at(edit.path) is not None for edit in fix.edits)


def _message(text: str) -> dict[str, str]:
    # What has no spelling in UTF-8, or would move a cursor, is spelt out.
    return {"text": printable(text, "\n\t")}


def _fix(fix: Fix) -> dict[str, Any]:
    paths = dict.fromkeys(edit.path for edit in fix.edits)
    return {
        "description": _message(fix.message),
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path),
                "replacements": [_replacement(e) for e in fix.edits if e.path == path],
            }
            for path in paths
        ],
    }


def _replacement(edit: Edit) -> dict[str, Any]:
    region = {
        "startLine": edit.start[0],
        "startColumn": edit.start[1],
        "endLine": edit.end[0],
        "endColumn": edit.end[1],
    }
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}
