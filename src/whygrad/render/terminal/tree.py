"""The variables of a report as the tree of their modules, alike ones folded into one.

A node is a module or, with rows, a variable (or several, once folded). Nothing here prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from whygrad.model.report import Gradient, ModuleRow, Report, Status, VariableRow

_LATE = 1 << 30


@dataclass(slots=True, eq=False)
class Node:
    """`labels` are the last parts of the names that it stands for."""

    labels: list[str]
    name: str = ""
    rows: list[VariableRow] = field(default_factory=list)
    module: ModuleRow | None = None
    children: list[Node] = field(default_factory=list)
    order: int = _LATE

    @property
    def label(self) -> str:
        """Give `0`, `0 .. 11` or `0, 2, 4`."""
        return ranged(self.labels)


def ranged(labels: Sequence[str]) -> str:
    """Join numbers in a row by dots: `0 .. 3`, `0, 1, 5 .. 11`."""
    if len(labels) < 2:
        return labels[0] if labels else ""
    runs: list[list[str]] = []
    for label in labels:
        if runs and int(label) == int(runs[-1][-1]) + 1:
            runs[-1].append(label)
        else:
            runs.append([label])
    parts: list[str] = []
    for run in runs:
        parts += [f"{run[0]} .. {run[-1]}"] if len(run) > 2 else run
    return ", ".join(parts)


def planted(report: Report, modules: Iterable[ModuleRow]) -> list[Node]:
    """Make the trees, one a model, in the order in which modules were first used.

    Of modules without variables those in `modules` are in it.
    """
    known = {row.name: (index, row) for index, row in enumerate(report.modules)}
    roots: list[Node] = []
    nodes: dict[str, Node] = {}
    for row in report.variables:
        _reach(roots, nodes, row.name, row.model).rows.append(row)
    models = tuple(dict.fromkeys(row.model for row in report.variables if row.model))
    for each in modules:
        if each.name in nodes:
            continue
        model = next((m for m in models if each.name == m or each.name.startswith(m + ".")), None)
        if model is not None:
            _reach(roots, nodes, each.name, model)
    for name, node in nodes.items():
        if name in known and not node.rows:
            node.order, node.module = known[name]
    for node in reversed(preorder(roots)):
        node.order = min((node.order, *(child.order for child in node.children)))
        node.children.sort(key=lambda child: -1 if child.rows else child.order)
    return roots


def _reach(roots: list[Node], nodes: dict[str, Node], name: str, model: str | None) -> Node:
    inside = model is not None and name.startswith(model + ".")
    parts = [model, *name[len(model) + 1 :].split(".")] if inside and model else [name]
    siblings, prefix = roots, ""
    for part in parts:
        prefix = f"{prefix}.{part}" if prefix else part
        node = nodes.get(prefix)
        if node is None:
            node = nodes[prefix] = Node([part], prefix)
            siblings.append(node)
        siblings = node.children
    return nodes[prefix]


def preorder(roots: Sequence[Node]) -> list[Node]:
    """Every node, parents before children."""
    order: list[Node] = []
    todo = list(reversed(roots))
    while todo:
        node = todo.pop()
        order.append(node)
        todo.extend(reversed(node.children))
    return order


def folded(roots: list[Node]) -> list[Node]:
    """Fold numbered siblings that look alike, such as the layers of a stack. Changes the tree."""
    looks: dict[int, object] = {}
    for node in reversed(preorder(roots)):
        hosts: dict[object, Node] = {}
        kept: list[Node] = []
        for child in node.children:
            look = looks[id(child)]
            host = hosts.get(look) if child.label.isdecimal() else None
            if host is not None:
                _merge(host, child)
                continue
            if child.label.isdecimal():
                hosts[look] = child
            kept.append(child)
        node.children = kept
        looks[id(node)] = (
            node.module.class_name if node.module else None,
            tuple((*verdict(row), row.shape) for row in node.rows),
            tuple((child.label, looks[id(child)]) for child in kept),
        )
    return roots


def _merge(host: Node, other: Node) -> None:
    pairs = [(host, other)]
    host.labels += other.labels
    for one, two in pairs:
        one.rows += two.rows
        pairs.extend(zip(one.children, two.children, strict=True))


def verdict(row: VariableRow) -> tuple[object, ...]:
    """All that is said of a variable besides its numbers."""
    return row.status, row.gradient, row.registered, row.optimizer, row.moved, noise(row)


def noise(row: VariableRow) -> bool:
    """Whether what came back looks like a gradient and is rounding error."""
    return any(step.noise for step in row.steps)


def sick(row: VariableRow) -> bool:
    """Whether a person has to see it, however little room there is."""
    if row.status is Status.BROKEN:
        return True
    return row.trainable and row.gradient in (Gradient.ZERO, Gradient.NAN, Gradient.INF)


def doubtful(row: VariableRow) -> bool:
    """Whether a person should see it where there is room."""
    return sick(row) or row.status is Status.UNKNOWN or noise(row)


def pruned(
    roots: list[Node], wanted: Callable[[VariableRow], bool]
) -> tuple[list[Node], list[VariableRow]]:
    """Take out what is not wanted; give it apart. Changes the tree."""
    rest: list[VariableRow] = []
    top = Node([], children=roots)
    for node in reversed(preorder([top])):
        kept = []
        for child in node.children:
            if child.rows and not any(map(wanted, child.rows)):
                rest += child.rows
            elif child.rows or child.children:
                kept.append(child)
        node.children = kept
    return top.children, rest


def chained(node: Node) -> tuple[str, Node]:
    """A module that holds but one thing shares its line: `norm.weight`, `layers.0 .. 5`."""
    label = node.label
    while not node.rows and len(node.children) == 1:
        node = node.children[0]
        label = f"{label}.{node.label}"
    return label, node
