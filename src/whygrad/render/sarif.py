"""SARIF 2.1.0: what code scanning services and editors read."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Report
from whygrad.model.source import Edit, Fix, SourceLocation
from whygrad.render.escape import printable

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
        "message": _message("\n".join((finding.message, *finding.evidence))),
    }
    if finding.location is not None:
        result["locations"] = [_location(finding.location)]
    steps = [step for step in finding.path if step.location is not None]
    if steps:
        way = [{"location": _location(s.location)} for s in steps if s.location is not None]
        result["codeFlows"] = [{"threadFlows": [{"locations": way}]}]
    if finding.fix is not None and finding.fix.edits:
        result["fixes"] = [_fix(finding.fix)]
    return result


def _location(place: SourceLocation) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": place.line}
    if place.column is not None:
        region["startColumn"] = place.column
    if place.end_line is not None:
        region["endLine"] = place.end_line
    if place.end_column is not None:
        region["endColumn"] = place.end_column
    if place.source is not None:
        region["snippet"] = _message(place.source)
    physical = {"artifactLocation": _artifact(place.path), "region": region}
    location: dict[str, Any] = {"physicalLocation": physical}
    if place.function is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(place.function)}]
    return location


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path.replace("\\", "/"), safe="/:~", errors="surrogatepass")}


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
