"""What a person reads of a finding of the source: the right line, the right class, no opposite."""

from __future__ import annotations

from textwrap import dedent

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.model.finding import Finding
from whygrad.source.edits import apply
from whygrad.source.project.project import project_of


def check(text: str) -> tuple[Finding, ...]:
    return findings_in(project_of({"/p/net.py": dedent(text)}))


def spans(text: str) -> list[tuple[int, str]]:
    return [
        (f.location.line, f.location.source or "") for f in check(text) if f.location is not None
    ]


TWO = """\
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {line}
    def forward(self, x):
        return {use}
"""


@pytest.mark.parametrize(
    ("first", "second", "mended", "use"),
    [
        (
            "self.a = torch.randn(4, requires_grad=True)",
            "self.b = torch.randn(3, requires_grad=True)",
            "self.a = nn.Parameter(torch.randn(4)); self.b = nn.Parameter(torch.randn(3))",
            "x * self.a + self.b",
        ),
        (
            "self.é = [nn.Linear(4, 4)]",
            "self.b = [nn.Linear(3, 4)]",
            "self.é = nn.ModuleList([nn.Linear(4, 4)]); self.b = nn.ModuleList([nn.Linear(3, 4)])",
            "self.b[0](self.é[0](x))",
        ),
    ],
)
def test_two_statements_of_one_line_are_two_places(first, second, mended, use):
    text = TWO.format(line=f"{first}; {second}", use=use)
    assert sorted(spans(text)) == sorted([(6, first), (6, second)])
    edits = [edit for f in check(text) if f.fix for edit in f.fix.edits]
    assert apply(text, edits) == TWO.format(line=mended, use=use)


LOOP = """\
import torch
from torch import nn
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    loss = net(torch.randn(2, 4)).mean()
    opt.zero_grad()
    {backward}
    {step}
"""


@pytest.mark.parametrize(
    ("backward", "step", "place"),
    [
        ("loss.backward()", "opt.step", (9, "opt.step")),
        ("loss.backward", "opt.step()", (8, "loss.backward")),
    ],
)
def test_a_call_without_its_parentheses_is_told_at_that_line(backward, step, place):
    text = LOOP.format(backward=backward, step=step)
    (found,) = check(text)
    assert found.cause == "step-missing" and spans(text) == [place]
    assert f"`{place[1]}` without `()` calls nothing" in found.evidence
    assert found.fix is not None and found.fix.safe
    healthy = LOOP.format(backward="loss.backward()", step="opt.step()")
    assert apply(text, found.fix.edits) == healthy and check(healthy) == ()


def test_of_another_optimizer_it_says_nothing():
    text = LOOP.format(backward="loss.backward()", step="other.step")
    assert spans(text) == [(8, "loss.backward()")]


def test_the_class_that_computes_with_it_is_named_not_the_mixin_that_makes_it():
    (found,) = check(
        """\
        import torch
        from torch import nn
        class HeadsMixin:
            def make_heads(self, dims):
                self.heads = {name: nn.Linear(4, d) for name, d in dims.items()}
        class MultiTask(HeadsMixin, nn.Module):
            def __init__(self):
                super().__init__()
                self.make_heads({"age": 1})
            def forward(self, x):
                return {name: head(x) for name, head in self.heads.items()}
        """
    )
    assert "`MultiTask` computes with it at /p/net.py:11:49" in found.evidence


@pytest.mark.parametrize(
    ("off", "said"),
    [
        ("torch.set_grad_enabled(False)", "`torch.set_grad_enabled(False)` is in force while"),
        ("torch.autograd.set_grad_enabled(False)", "`torch.set_grad_enabled(False)` is in force"),
    ],
)
def test_that_gradients_are_off_is_not_said_as_if_they_were_on(off, said):
    text = LOOP.format(backward="loss.backward()", step="opt.step()")
    (found,) = check(text.replace("for _", f"{off}\nfor _"))
    assert found.cause == "grad-disabled" and said in found.message
