"""Whole, ordinary programs for TensorFlow and Keras in which nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pairs.pair_worker import Worker

pytest.importorskip("keras")

Workers = Callable[[str], Worker]
PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
NEUTRAL = [program for program in PROGRAMS if program.stem.startswith("keras_any_")]

STILL = {"hub_encoder_without_pooler": "the pooler of the encoder, whose result nobody uses"}
"""Programs in which the framework itself leaves something without a gradient."""


OLDEST = ("vector_quantiser", "gan_two_tapes", "transfer_frozen_base", "module_in_function_loop")
"""Run with the oldest versions too, beside those of Keras 2."""


def on_tensorflow() -> Iterator[Any]:
    for program in PROGRAMS:
        oldest = program.stem in OLDEST or program.stem.startswith("tfk_")
        yield pytest.param(program, id=program.stem, marks=() if oldest else pytest.mark.newest)


def test_there_are_enough() -> None:
    assert len(PROGRAMS) >= 25
    assert len(NEUTRAL) >= 8
    assert {program.stem for program in PROGRAMS} >= STILL.keys()


@pytest.mark.parametrize("program", on_tensorflow())
def test_nothing_is_found(program: Path, worker_for: Workers) -> None:
    if program.stem in STILL:
        pytest.importorskip("keras_hub")
    healthy(program, worker_for("tensorflow"))


@pytest.mark.newest
@pytest.mark.parametrize("backend", ["torch", "jax"])
@pytest.mark.parametrize("program", NEUTRAL, ids=lambda program: program.stem)
def test_elsewhere(program: Path, backend: str, worker_for: Workers) -> None:
    healthy(program, worker_for(backend))


def healthy(program: Path, worker: Worker) -> None:
    plain = worker.ask(kind="plain", script=str(program), names=[])
    assert plain.get("raised", "died") is None, plain
    # A program without an optimizer asks a tape, and updates by itself.
    given = [fact for fact in plain["seen"] if fact["held"]] or plain["seen"]
    assert given
    still = [fact for fact in given if not (fact["got"] and fact["moved"] and fact["finite"])]
    assert bool(still) is (program.stem in STILL), still

    answer = worker.ask(kind="whygrad", script=str(program))
    assert answer.get("status") == 0, answer
    report = answer["report"]
    assert report["steps"] >= 3, report["notices"]
    wrong = [finding for finding in report["findings"] if finding["severity"] != "note"]
    assert not wrong, shown(wrong)
    rows = report["variables"]
    assert not [row["name"] for row in rows if row["status"] == "broken"], rows
    assert any(row["status"] == "trains" for row in rows), report["notices"]


def shown(findings: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{f['location'] and f['location']['line']} {f['severity']} {f['cause']} {f['variables']}: {f['message']}"
        for f in findings
    )
