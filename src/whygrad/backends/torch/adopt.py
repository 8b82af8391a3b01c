"""Questions to autograd's own graph: what a tensor hangs on, and whether gradient gets there.

Nodes are compared by identity while they are held for the length of one question, never
longer: a node kept alive keeps its saved activations alive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

LIMIT: Final = 20_000
"""Nodes visited in one question; beyond them the answer is what was found so far."""


def grad_fn(tensor: Any) -> Any:
    """Give the node, or None where torch 2.13 refuses to say: asking it of a view that was taken
    and written under `no_grad` (as `nn.Embedding` does with its padding) raises RuntimeError.
    """
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def is_leaf(tensor: Any) -> bool:
    """`tensor.is_leaf`, where torch says it; see `grad_fn`."""
    try:
        return bool(tensor.is_leaf)
    except RuntimeError:
        return False


def live_nodes(entries: Iterable[list[Any]]) -> dict[Any, int]:
    """The autograd node and output number of every known live tensor, to its value."""
    index: dict[Any, int] = {}
    for entry in entries:
        tensor = entry[0]() if entry[2] else None
        if tensor is not None:
            node = grad_fn(tensor)
            if node is not None:
                index[(node, tensor.output_nr)] = entry[1]
    return index


def roots(node: Any, index: Mapping[Any, int]) -> tuple[list[Any], list[int]]:
    """Walk back from `node`: the leaves that it reaches, and the known values met on the way."""
    leaves: list[Any] = []
    values: list[int] = []
    seen = {node}
    todo = [node]
    for current in todo:
        for following, output in current.next_functions:
            if following is None:
                continue
            known = index.get((following, output))
            if known is not None:
                values.append(known)
            elif following not in seen and len(seen) < LIMIT:
                seen.add(following)
                leaf = getattr(following, "variable", None)
                if leaf is None:
                    todo.append(following)
                else:
                    leaves.append(leaf)
    return leaves, values


def missed(outputs: Sequence[Any], inputs: Sequence[Any], limit: int = 400) -> list[Any]:
    """Those of `inputs` (all require gradient) that gradient from `outputs` does not get to.

    Too large a graph between them gives none: what is not certain is not said.
    """
    wanted: dict[Any, Any] = {}
    for tensor in inputs:
        node = grad_fn(tensor)
        wanted[("leaf", id(tensor)) if node is None else node] = tensor
    seen: set[Any] = set()
    todo = [node for t in outputs if (node := grad_fn(t)) is not None]
    for current in todo:
        if not wanted:
            return []
        for following, _ in current.next_functions:
            if following is None or following in seen:
                continue
            if len(seen) >= limit:
                return []
            seen.add(following)
            leaf = getattr(following, "variable", None)
            if leaf is not None:
                wanted.pop(("leaf", id(leaf)), None)
            elif following in wanted:
                del wanted[following]
                todo.append(following)
            else:
                todo.append(following)
    return list(wanted.values())
