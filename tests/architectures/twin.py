"""Two steps of training, once plain and once observed, and what plain autograd says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

import whygrad

STEPS = 2
ORDER = ("finite", "nan", "inf", "zero", "none")


@dataclass
class Fact:
    """One parameter, measured without whygrad. `gradient` is the best over the steps."""

    trainable: bool
    held: bool
    gradient: str = "none"
    moved: bool = False


@dataclass
class Run:
    """What training left behind."""

    losses: list[float]
    weights: dict[str, torch.Tensor]
    gradients: dict[str, torch.Tensor | None]
    random: torch.Tensor
    facts: dict[str, Fact] = field(default_factory=dict)

    def unused(self) -> set[str]:
        """The names of trainable parameters that never got a gradient, as the report says them."""
        found = {n for n, f in self.facts.items() if f.trainable and f.gradient == "none"}
        return {f"model.{name}" for name in found}


def loss_of(outputs: Any) -> torch.Tensor:
    """The model's own loss, or for want of one the mean square of all it gives."""
    loss = outputs.get("loss") if isinstance(outputs, dict) else getattr(outputs, "loss", None)
    if loss is not None:
        return loss
    values = outputs.values() if hasattr(outputs, "values") else [outputs]
    floats = [v for v in values if torch.is_tensor(v) and v.is_floating_point()]
    return sum(v.pow(2).mean() for v in floats)


def kind(gradient: torch.Tensor | None) -> str:
    """Classify a gradient the slow and certain way."""
    if gradient is None:
        return "none"
    gradient = gradient.to_dense()
    if gradient.isnan().any():
        return "nan"
    if gradient.isinf().any():
        return "inf"
    return "finite" if gradient.any() else "zero"


def train(
    model: Any,
    batch: dict[str, Any],
    optimizer: torch.optim.Optimizer,
    around: Callable[[Callable[[], None]], None] = lambda step: step(),
    call: Callable[..., Any] | None = None,
) -> list[float]:
    """Plain steps; `around` is given each optimizer step to call."""
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of((call or model)(**batch))
        loss.backward()
        around(optimizer.step)
        losses.append(loss.item())
    return losses


def plain(make: Callable[[], tuple[Any, dict[str, Any], torch.optim.Optimizer]]) -> Run:
    """Train without whygrad and measure everything."""
    model, batch, optimizer = make()
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    named = dict(model.named_parameters())
    facts = {n: Fact(p.requires_grad, id(p) in held) for n, p in named.items()}

    def measured(step: Callable[[], None]) -> None:
        before = {n: p.detach().clone() for n, p in named.items()}
        for name, parameter in named.items():
            seen = kind(parameter.grad)
            facts[name].gradient = min(facts[name].gradient, seen, key=ORDER.index)
        step()
        for name, parameter in named.items():
            facts[name].moved |= not torch.equal(before[name], parameter.detach())

    losses = train(model, batch, optimizer, measured)
    return left(model, losses, facts)


def observed(
    make: Callable[[], tuple[Any, dict[str, Any], torch.optim.Optimizer]],
) -> tuple[Run, whygrad.Report]:
    """Train under observation."""
    model, batch, optimizer = make()
    with whygrad.watch(model, optimizer) as watch:
        losses = train(model, batch, optimizer)
    return left(model, losses), watch.report


def left(model: Any, losses: list[float], facts: dict[str, Fact] | None = None) -> Run:
    """Take down what training left in the model and in the random state."""
    weights = {n: t.detach().clone() for n, t in model.state_dict().items()}
    gradients = {n: p.grad for n, p in model.named_parameters()}
    return Run(losses, weights, gradients, torch.get_rng_state(), facts or {})


def differences(one: Run, other: Run) -> list[str]:
    """Names of what is not bit for bit the same."""
    found = [] if one.losses == other.losses else [f"losses {one.losses} {other.losses}"]
    found += [f"weight {n}" for n, t in one.weights.items() if not same(t, other.weights[n])]
    found += [f"gradient {n}" for n, g in one.gradients.items() if not same(g, other.gradients[n])]
    if not torch.equal(one.random, other.random):
        found.append("random state")
    return found


def same(a: torch.Tensor | None, b: torch.Tensor | None) -> bool:
    """Bit-identical, with nan equal to itself."""
    if a is None or b is None:
        return a is b
    a, b = a.to_dense(), b.to_dense()
    return a.dtype == b.dtype and torch.equal(a.nan_to_num(), b.nan_to_num())


def disagreements(run: Run, report: whygrad.Report) -> list[str]:
    """Where a row of the report says something else of a parameter than the plain twin."""
    rows = {name: row for row in report.variables for name in (row.name, *row.aliases)}
    found = []
    for name, fact in run.facts.items():
        row = rows.get(f"model.{name}")
        if row is None:
            found.append(f"{name}: no row")
            continue
        said = Fact(row.trainable, row.optimizer is not None, row.gradient.value, bool(row.moved))
        if said != fact or not row.registered:
            found.append(f"{name}: {said}, but it is {fact}")
        verdict = expected_status(fact)
        if row.status.value not in verdict:
            found.append(f"{name}: {row.status.value}, not {' or '.join(verdict)}")
    return found


def expected_status(fact: Fact) -> tuple[str, ...]:
    """What the verdict may be, from the facts alone."""
    if not fact.trainable:
        return ("frozen",)
    if fact.gradient == "finite" and fact.held and fact.moved:
        return ("trains",)
    return ("broken", "constant", "unknown")
