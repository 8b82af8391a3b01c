"""Whole, ordinary training programs in which nothing is wrong: nothing may be found in them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy
import pytest
import torch
from healthy.plain import PROGRAMS, untrained

from whygrad import api
from whygrad.model.finding import Severity
from whygrad.model.report import Status

STILL = {
    "moe_top1": "experts to which no token was sent",
    "moe_top2": "experts to which no token was sent",
    "wgan_critic": "the critic's last bias: it cancels in the difference of two means",
    "wgan_gp": "the same",
    "hf_encoder_head": "the pooler of the encoder, whose result nobody uses",
    "hinge_gan_satisfied": "the critic, whose hinges are all satisfied",
    "vqgan_adaptive_weight": "the same, as long as both hinges are open",
}
"""Programs in which autograd itself leaves something that an optimizer holds without a gradient."""

WARNED = {
    "fourier_features": "a random buffer that is multiplied in may be a weight put in the wrong"
    " place; only its author knows",
}
"""Programs that get a warning and cannot but get one."""

NEEDS = {"lora_peft": "peft", "lightning_module": "lightning", "hf_encoder_head": "transformers"}


@pytest.fixture(autouse=True)
def _as_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parent / "programs")
    for seed in (random.seed, numpy.random.seed, torch.manual_seed):
        seed(0)
    torch.set_num_threads(1)


def test_there_are_enough() -> None:
    assert len(PROGRAMS) > 100
    names = {program.stem for program in PROGRAMS}
    assert names >= STILL.keys() | WARNED.keys() | NEEDS.keys()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_nothing_is_found(program: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if program.stem in NEEDS:
        pytest.importorskip(NEEDS[program.stem])
    held, still = untrained(program)
    assert bool(still) is (program.stem in STILL), f"{still} of {held} never get a gradient"
    plainly = capfd.readouterr().out

    _again()
    outcome = api.run(program.name, keep_going=True)
    # Losses are printed in full, so the same text is the same training, random state included.
    assert capfd.readouterr().out == plainly

    report = outcome.report
    assert outcome.ending.status == 0
    assert report.steps >= 3 or program.stem == "early_stopping"
    wrong = [f for f in report.findings if f.severity is not Severity.NOTE]
    if program.stem in WARNED:
        assert {f.severity for f in wrong} == {Severity.WARNING}
    else:
        assert not wrong, report
        assert not [v.name for v in report.variables if v.status is Status.BROKEN]
    assert any(v.status is Status.TRAINS for v in report.variables), report


def _again() -> None:
    for seed in (random.seed, numpy.random.seed, torch.manual_seed):
        seed(0)
