"""What is told of programs that nobody runs: the pairs, broken and mended, and healthy programs."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.pairs.pair_format import Pair, mended, pairs
from whygrad.causes.catalogue import rules
from whygrad.diagnosis.in_source import findings_in
from whygrad.model.finding import Finding, Severity
from whygrad.source.edits import apply
from whygrad.source.project.project import project_of

HEALTHY = sorted((Path(__file__).parent.parent / "healthy" / "programs").glob("*.py"))
SEEN = {rule.id for rule in rules() if rule.in_source is not None}
_FUNCTIONS = "what the backward of an `autograd.Function` gives is not followed"
NOT_SEEN = {
    "buffer-not-parameter/mixin_position": "a random buffer may be meant to stay as it is",
    "buffer-not-parameter/random_weight": "a random buffer may be meant to stay as it is",
    "custom-gradient/hook_returns_zeros": "what a hook gives is not followed",
    "custom-gradient/marked_non_differentiable": _FUNCTIONS,
    "detached/hook_cache": "what a hook keeps is not followed to where it is read",
    "frozen/copy_of_teacher": "a copy of what is frozen may be meant to be frozen",
    "frozen/filter_matches_all": "which names a test lets through is known in a run",
    "frozen/trainer_never_unfreezes": "whether a method is called depends on a setting",
    "grad-disabled/checkpoint_reentrant": "whether an input asks for a gradient is known in a run",
    "grads-not-cleared/one_group_cleared_by_hand": "`.grad` is written by hand",
    "integer-dtype/arange_levels": "dtypes are not followed",
    "integer-dtype/computed_names_package": "dtypes are not followed",
    "integer-dtype/full_of_integers": "dtypes are not followed",
    "integer-dtype/integer_parameter": "dtypes are not followed",
    "integer-dtype/numpy_table": "dtypes are not followed",
    "non-differentiable-op/cast_like_labels": "the dtype of the labels is known in a run",
    "non-differentiable-op/written_into_long": "dtypes are not followed",
    "non-leaf-parameter/helper_returns_scaled": "the operation stands in a function of its own",
    "not-in-optimizer/name_groups": "which names a test lets through is known in a run",
    "replaced-variable/pruned_by_hand": "that an attribute was deleted before is not followed",
    "replaced-variable/restored_from_snapshot": "an attribute is stored under a computed name",
    "stale-optimizer/adapter_package": "an attribute is stored under a computed name",
    "unregistered-container/dataclass_parts": "a dataclass may be handed on whole",
    "unregistered-container/helper_class": "an object that is no module may do more with its layers",
    "unregistered-tensor/gain_behind_detach": "a random tensor may be meant to stay as it is",
    "unregistered-tensor/random_without_grad": "a random tensor may be meant to stay as it is",
    "unregistered-tensor/setattr_computed_names": "an attribute is stored under a computed name",
    "zero-learning-rate/set_by_hand": "the rate is written into the optimizer's groups",
}
"""Pairs that only a run can tell, and why."""


def check(texts: dict[str, str]) -> tuple[Finding, ...]:
    return findings_in(project_of({f"/p/{path}": text for path, text in texts.items()}))


def texts_of(pair: Pair) -> dict[str, str]:
    return {file: (pair.folder / file).read_text() for file in pair.files}


@pytest.mark.parametrize("pair", [*pairs()], ids=lambda pair: pair.id)
def test_pairs(pair: Pair) -> None:
    texts = texts_of(pair)
    found = {(f.cause, f.location.path, f.location.line) for f in check(texts) if f.location}
    expected = {(m.cause, f"/p/{m.path}", m.line) for m in pair.marks if m.cause in SEEN}
    assert found < expected if pair.id in NOT_SEEN else found == expected
    assert check({file: mended(text) for file, text in texts.items()}) == ()


@pytest.mark.parametrize("path", HEALTHY, ids=lambda path: path.stem)
def test_nothing_is_found_in_a_healthy_program(path: Path) -> None:
    assert check({path.name: path.read_text()}) == ()


PROGRAM = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, n):
        super().__init__()
        {line}

    def forward(self, x):
        return {use}
"""


@pytest.mark.parametrize(
    ("line", "use", "expected"),
    [
        ("self.a = [nn.Linear(n, n)]", "self.a[0](x)", "self.a = nn.ModuleList([nn.Linear(n, n)])"),
        (
            "self.a = {'k': nn.Linear(n, n)}",
            "self.a['k'](x)",
            "self.a = nn.ModuleDict({'k': nn.Linear(n, n)})",
        ),
        (
            "self.a = [nn.Parameter(torch.ones(n))]",
            "self.a[0] * x",
            "self.a = nn.ParameterList([nn.Parameter(torch.ones(n))])",
        ),
        ("self.a = {0: nn.Linear(n, n)}", "self.a[0](x)", None),
        ("self.a = [nn.Linear(n, n), None]", "self.a[0](x)", None),
        ("self.a = {'k': nn.Linear(n, n)}", "self.a.get('k')(x)", None),
        ("self.a = {nn.Linear(n, n)}", "sum(l(x) for l in self.a)", None),
        (
            "self.a = torch.ones(n, requires_grad=True)",
            "self.a * x",
            "self.a = nn.Parameter(torch.ones(n))",
        ),
        (
            "self.a = nn.Parameter(torch.ones(n)) * 2",
            "self.a * x",
            "self.a = nn.Parameter(torch.ones(n) * 2)",
        ),
        (
            "self.a = nn.Parameter(torch.ones(n)).to('cuda')",
            "self.a * x",
            "self.a = nn.Parameter(torch.ones(n).to('cuda'))",
        ),
    ],
)
def test_edits_are_made_where_they_are_certain(line: str, use: str, expected: str | None) -> None:
    text = PROGRAM.format(line=line, use=use)
    (found,) = check({"net.py": text})
    assert found.location is not None and found.location.source == line
    assert found.fix is not None and found.fix.message
    changed = apply(text, found.fix.edits)
    if expected is None:
        assert changed == text
    else:
        assert changed == text.replace(line, expected)
        assert check({"net.py": changed}) == ()


def test_what_a_person_reads() -> None:
    line, use = "self.layers = [nn.Linear(n, n), nn.Conv2d(1, 1, 1)]", "self.layers[0](x)"
    (found,) = check({"net.py": PROGRAM.format(line=line, use=use)})
    assert found.severity is Severity.ERROR and found.variables == ("self.layers",)
    assert found.message == (
        "what is in `self.layers` does not train: `parameters()` does not look into a plain list, "
        "so no optimizer updates it, `.to(device)` leaves it behind and `state_dict()` does not"
        " save it"
    )
    assert found.evidence == (
        "it holds `Conv2d`, `Linear`",
        "`Net` computes with it at /p/net.py:10:16",
    )
    (moved,) = check(
        {"net.py": PROGRAM.format(line="self.a = nn.Parameter(x).cuda()", use="self.a")}
    )
    assert moved.severity is Severity.WARNING
    assert moved.message == (
        "where `.cuda` has anything to do, `self.a` is no parameter but the result of `.cuda` on"
        " one: `parameters()` does not list it, and no optimizer updates it"
    )


def test_errors_come_first_and_causes_in_their_order() -> None:
    text = dedent(
        """\
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a = nn.Parameter(torch.ones(3)).to("cuda")
                self.b = nn.Parameter(torch.ones(3)) * 2
                self.c = [nn.Linear(3, 3)]
                self.d = torch.ones(3, requires_grad=True)
            def forward(self, x):
                return self.c[0](x) * self.a * self.b * self.d
        """
    )
    assert [(f.severity.value, f.cause) for f in check({"net.py": text})] == [
        ("error", "unregistered-tensor"),
        ("error", "unregistered-container"),
        ("error", "non-leaf-parameter"),
        ("warning", "non-leaf-parameter"),
    ]
