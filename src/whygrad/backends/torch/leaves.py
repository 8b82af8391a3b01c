"""The leaves of an autograd graph, found without running it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch

NODES = 100_000
"""Larger graphs are looked at in part."""


def leaves_of(roots: Iterable[Any]) -> Iterator[Any]:
    """Every leaf that a backward from `roots` would give a gradient to."""
    todo = [r.grad_fn for r in roots if isinstance(r, torch.Tensor) and r.grad_fn is not None]
    seen = set(todo)
    for node in todo:
        if len(seen) > NODES:
            return
        for inner, _ in node.next_functions:
            if inner is None or inner in seen:
                continue
            seen.add(inner)
            if type(inner).__name__ == "AccumulateGrad":
                yield inner.variable  # type: ignore[attr-defined]
            else:
                todo.append(inner)
