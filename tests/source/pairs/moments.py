"""What the modules of a PyTorch program hold while it runs: for drives of programs that make their
model and train it in one go, and of classes that nobody trains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim.optimizer import (
    Optimizer,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from tests.source.pairs.driving import copied

Values = Callable[[Any], dict[str, Any]]


def at_calls(run: Callable[[], object], name: str, values: Values) -> Iterator[dict[str, Any]]:
    """The values of the module of this class, before each of its calls and at the end."""
    seen: list[dict[str, Any]] = []
    called: list[Any] = []

    def note(module: Any, _: object) -> None:
        if type(module).__name__ == name:
            called[:] = [module]
            seen.append(copied(values(module)))

    hook = register_module_forward_pre_hook(note)
    try:
        run()
    finally:
        hook.remove()
    yield from seen
    yield values(*called)


def at_steps(model: Any, x: Tensor, values: Values) -> Iterator[dict[str, Any]]:
    """The values of a model of which nothing is said but what it computes, over three steps."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    yield values(model)
    for _ in range(3):
        optimizer.zero_grad()
        (model(x) - 1).square().mean().backward()
        optimizer.step()
        yield values(model)


def around_last_step(
    run: Callable[[], object], name: str, values: Values
) -> Iterator[dict[str, Any]]:
    """The same, but before and after the last step of an optimizer."""
    called: list[Any] = []
    before: list[dict[str, Any]] = []
    after: list[dict[str, Any]] = []

    def note(module: Any, _: object) -> None:
        if type(module).__name__ == name:
            called[:] = [module]

    def begins(_: Optimizer, __: object, ___: object) -> None:
        before[:] = [copied(values(*called))]

    def ends(_: Optimizer, __: object, ___: object) -> None:
        after[:] = [copied(values(*called))]

    hooks = (
        register_module_forward_pre_hook(note),
        register_optimizer_step_pre_hook(begins),
        register_optimizer_step_post_hook(ends),
    )
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    yield from before + after


def first_parameter(run: Callable[[], object], name: str) -> Iterator[dict[str, Any]]:
    """What the first `nn.Parameter` that the program itself makes holds then, and at the end."""
    made: list[Tensor] = []
    begins: list[dict[str, Any]] = []

    def noted(*args: Any, **options: Any) -> Tensor:
        made.append(parameter(*args, **options))
        begins.append(copied({name: made[-1]}))
        return made[-1]

    parameter = nn.Parameter
    with patch.object(nn, "Parameter", noted):
        run()
    yield begins[0]
    yield {name: made[0]}
