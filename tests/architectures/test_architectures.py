"""Every parameter's verdict is what autograd and the optimizer did; every error is true."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import numpy
import pytest
import torch

transformers = pytest.importorskip("transformers")

from architectures.sizes import Architecture  # noqa: E402
from architectures.tables import ARCHITECTURES  # noqa: E402
from architectures.twin import differences, disagreements, observed, plain  # noqa: E402

from whygrad.model.finding import Severity  # noqa: E402

ERRORS: dict[str, dict[str, str]] = {}
"""Architecture to cause to why the error is true. As they are, none deserves one."""

OPTIMIZERS = {
    "adamw": lambda parameters: torch.optim.AdamW(parameters, lr=1e-3),
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=1e-3),
}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    torch.set_num_threads(1)
    level = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    yield
    transformers.logging.set_verbosity(level)


def test_there_are_enough() -> None:
    assert len({a.config for a in ARCHITECTURES}) >= 90
    assert len({a.name for a in ARCHITECTURES}) == len(ARCHITECTURES)


CASES = [
    pytest.param(architecture, optimizer, id=f"{architecture.name}-{optimizer}")
    for architecture, optimizer in zip(ARCHITECTURES, itertools.cycle(OPTIMIZERS))
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("architecture", "optimizer"), CASES)
def test_verdicts_agree_with_autograd(architecture: Architecture, optimizer: str) -> None:
    def make() -> tuple[Any, dict[str, Any], torch.optim.Optimizer]:
        for seed in (random.seed, numpy.random.seed, torch.manual_seed):
            seed(0)
        model = architecture.build()
        return model, architecture.inputs(), OPTIMIZERS[optimizer](model.parameters())

    plainly = plain(make)
    watched, report = observed(make)
    assert not differences(plainly, watched)
    assert not disagreements(plainly, report)
    errors = {f.cause for f in report.findings if f.severity is Severity.ERROR}
    assert errors == ERRORS.get(architecture.name, {}).keys(), report
    told = {name for f in report.findings for name in f.variables}
    told |= {alias for v in report.variables if v.name in told for alias in v.aliases}
    silent = plainly.unused() - told
    assert not silent, f"no gradient, and nothing said of {silent}"
