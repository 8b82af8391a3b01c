"""The picture of gradient flow: what is in it, what is left out, and how far the bars reach."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from rich.cells import cell_len

from tests.render import reports
from whygrad.model.report import Gradient, Report, Status, StepRow
from whygrad.render import draws, render
from whygrad.render.terminal.tree import ranged


def shown(report: Report, *, width: int = 80, full: bool = False, blocks: bool = True) -> list[str]:
    text = render(report, "terminal", width=width, full=full, blocks=blocks)
    return text.splitlines()


def bars(lines: list[str]) -> dict[str, int]:
    return {line.split()[0]: line.count("\u2588") for line in lines if "\u2588" in line}


def plain(*rows: tuple[str, float | None, Gradient]) -> Report:
    variables = tuple(
        reports.variable(f"model.{name}", shape=(100,), gradient=kind, gradient_norm=size)
        for name, size, kind in rows
    )
    return replace(reports.NOTHING, variables=variables, modules=())


def test_bars_are_on_a_log_scale_of_the_size_of_one_entry() -> None:
    report = plain(*((f"w{i}", 10.0**i, Gradient.FINITE) for i in range(-4, 1)))
    lines = shown(report, full=True)
    assert bars(lines) == {"w-4": 1, "w-3": 2, "w-2": 5, "w-1": 8, "w0": 10}
    assert any("1e-5..1e-1" in line for line in lines)


def test_what_has_no_size_has_a_word() -> None:
    kinds = (Gradient.NONE, Gradient.ZERO, Gradient.NAN, Gradient.INF)
    lines = shown(plain(*((kind.name, None, kind) for kind in kinds)), full=True)
    for kind in kinds:
        assert any(line.split()[:3] == [kind.name, "100", kind.value] for line in lines)


def test_noise_has_a_word_and_its_size_and_sets_no_scale() -> None:
    report = plain(("w", 1.0, Gradient.FINITE), ("b", 1e-8, Gradient.FINITE))
    noise = StepRow(Gradient.FINITE, 1e-8, 1.0, 1e-3, noise=True)
    rows = (report.variables[0], replace(report.variables[1], steps=(noise,)))
    lines = shown(replace(report, variables=rows), full=True)
    assert any(line.split()[:4] == ["b", "100", "noise", "1e-09"] for line in lines)
    assert any("1e-4..1e-1" in line for line in lines)


@pytest.mark.parametrize("size", [0.0, float("inf"), float("nan"), 1e-44, 1e38, 1.0])
def test_any_size_makes_a_bar_or_none(size: float) -> None:
    assert shown(plain(("w", size, Gradient.FINITE)), full=True)


def test_a_scale_has_no_more_than_ten_decades() -> None:
    lines = shown(reports.FLOW, full=True)
    assert any("1e-8..1e2" in line for line in lines)
    assert bars(lines)["scale"] == 1


def test_layers_that_are_alike_are_one_and_the_dead_one_stands_apart() -> None:
    few = replace(
        reports.FLOW,
        variables=tuple(row for row in reports.FLOW.variables if ".up." not in row.name),
    )
    lines = shown(few)
    assert any("layers.0 .. 11" in line or "0 .. 2, 4 .. 11" in line for line in lines)
    (dead,) = [line for line in lines if "zero" in line and "norm" in line]
    assert "not judged" in dead


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("seed", range(6))
def test_one_screen_unless_all(width: int, seed: int) -> None:
    chance = random.Random(seed)
    statuses = chance.choices(list(Status), weights=[60, 20, 5, 5, 1], k=300)
    rows = tuple(
        reports.variable(f"model.a{chance.randrange(40)}.b{i}.weight", status)
        for i, status in enumerate(statuses)
    )
    report = replace(reports.NOTHING, variables=rows)
    # Narrow ones tell the verdict on a line of its own.
    assert len(shown(report, width=width)) <= (28 if width >= 80 else 48)
    assert len(shown(report, full=True, width=width)) > 300
    for line in shown(report, width=width) + shown(report, full=True, width=width):
        assert cell_len(line) <= max(width, 60)


def test_the_sick_are_seen_before_those_that_nobody_judged() -> None:
    rows = [reports.variable(f"model.a{i}.weight", Status.UNKNOWN, shape=(i,)) for i in range(30)]
    dead = reports.variable("model.z.weight", Status.UNKNOWN, gradient=Gradient.ZERO)
    lines = shown(replace(reports.NOTHING, variables=(*rows, dead)))
    assert any("z.weight" in line and "zero" in line for line in lines)
    assert any("and 30 more that are not judged" in line for line in lines)


def test_a_variable_that_only_a_note_is_about_needs_no_picture() -> None:
    row = reports.variable("model.pooler.0", Status.UNKNOWN)
    noted = replace(reports.NOTHING, variables=(row,), findings=(reports.note(0),))
    assert not any("gradient" in line for line in shown(noted))
    assert any("pooler.0" in line for line in shown(replace(noted, findings=())))


def test_what_is_left_out_is_counted() -> None:
    lines = shown(reports.FLOW)
    assert any("and 35 more that train" in line for line in lines)
    assert any("and 1 more that is frozen" in line for line in lines)
    assert any("`--all` shows every variable" in line for line in lines)
    watched = shown(replace(reports.FLOW, kind="watch"))
    assert any("`report.variables` has every variable" in line for line in watched)


def test_all_shows_every_variable_and_what_every_module_gave() -> None:
    lines = shown(reports.FLOW, full=True)
    named = sum(line.split()[0].endswith(("weight", "bias", "scale")) for line in lines if line)
    assert named == len(reports.FLOW.variables)
    assert any("act" in line and "output all zero" in line for line in lines)
    assert any("act" in line and "output 1.25, 50% zeros" in line for line in lines)
    assert any("head" in line and "output 25% nan or inf" in line for line in lines)


def test_all_shows_every_note() -> None:
    assert sum("note[unused]" in line for line in shown(reports.MANY, full=True)) == 7


def test_nothing_but_ascii_where_a_stream_spells_no_more() -> None:
    assert "\n".join(shown(reports.FLOW, blocks=False, full=True)).isascii()
    assert [draws(name) for name in ("utf-8", "cp437", "cp1252", "ascii", None, "no such")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip


def test_a_report_from_before_the_picture_has_one_too() -> None:
    assert all(not row.steps for row in reports.ONE.variables)
    assert "beta" in bars(shown(reports.ONE))


def test_a_name_deeper_than_any_stack() -> None:
    name = "model." + "x." * 3000 + "weight"
    report = replace(reports.NOTHING, variables=(reports.variable(name, Status.BROKEN),))
    assert any("broken" in line for line in shown(report))


def test_numbers_in_a_row() -> None:
    assert ranged(["0", "1", "2", "5", "7", "8"]) == "0 .. 2, 5, 7, 8"
    assert ranged(["weight"]) == "weight"
