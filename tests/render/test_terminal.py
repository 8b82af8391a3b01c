"""What holds of every terminal report, whatever the report is about."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.render import reports
from whygrad.model.errors import InputError
from whygrad.model.finding import Severity
from whygrad.model.report import Report, Status
from whygrad.render import render


def shown(report: Report, *, color: bool = False, width: int = 80) -> str:
    return render(report, "terminal", color=color, width=width)


@pytest.mark.parametrize("name", reports.ALL)
def test_without_colour_nothing_but_plain_characters(name: str) -> None:
    text = shown(reports.ALL[name])
    odd = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert odd <= {"\n"}
    text.encode("utf-8")


def test_colour_is_the_only_difference() -> None:
    plain, coloured = shown(reports.MANY), shown(reports.MANY, color=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("variable", ["NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM"])
def test_the_environment_is_the_callers_business(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, coloured = shown(reports.ONE), shown(reports.ONE, color=True)
    monkeypatch.setenv(variable, "1")
    assert (shown(reports.ONE), shown(reports.ONE, color=True)) == (plain, coloured)


def test_no_line_is_wider_than_the_terminal_but_for_what_cannot_be_broken() -> None:
    for line in shown(reports.MANY).splitlines():
        assert cell_len(line) <= 80 or "very_long_name" in line


def test_errors_come_first_and_the_verdict_last() -> None:
    text = shown(reports.MANY)
    lines = text.splitlines()
    order = [m.group(1) for line in lines if (m := re.search(r"(error|warning|note)\[", line))]
    assert order == sorted(order, key=[s.value for s in Severity].index)
    assert "2 errors" in text.rpartition("\n\n")[2]


def test_a_healthy_run_is_one_line() -> None:
    assert shown(reports.NOTHING) == (
        "whygrad: all 4 variables train (3 steps, then stopped; torch 2.13.0)\n"
    )


def test_no_variable_and_no_step_are_said() -> None:
    assert "no variable was judged" in shown(replace(reports.NOTHING, variables=(), steps=0))
    assert "no training step was seen" in shown(replace(reports.NOTHING, steps=0))


def test_the_report_alone_is_enough_for_an_excerpt() -> None:
    path = Path(reports.TRAIN)
    assert not path.exists()
    assert "9 |                     torch.randn(64, requires_grad=True)" in shown(reports.ONE)


def test_a_file_that_has_changed_is_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(reports.TRAIN).write_text("something else\n" * 20)
    assert "something else" not in shown(reports.CHECK)


def test_unknown_format() -> None:
    with pytest.raises(InputError, match="unknown format `pdf`"):
        render(reports.NOTHING, "pdf")


def test_the_verdicts_in_words() -> None:
    broken, frozen = reports.variable("a", Status.BROKEN), reports.variable("b", Status.FROZEN)
    said = {
        (broken, broken): "none of the 2 variables trains",
        (frozen, frozen): "all 2 variables are frozen",
        (broken,): "the only variable does not train",
        (reports.variable("c"), frozen): "of 2 variables, 1 trains, 1 is frozen",
    }
    for variables, words in said.items():
        assert words in shown(replace(reports.NOTHING, variables=variables))
