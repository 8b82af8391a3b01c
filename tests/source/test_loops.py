"""Edits to the order of a training loop."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from whygrad.model.source import SourceLocation
from whygrad.source.edits import (
    apply,
    clear_after_step,
    clear_each_step,
    drop_loss_flags,
    step_after,
)
from whygrad.source.module import SourceModule
from whygrad.source.splice import Edits

Make = Callable[[SourceModule, SourceLocation, SourceLocation], Edits | None]


def made(make: Make, text: str, first: str, second: str) -> str | None:
    places = []
    for snippet in (first, second):
        start = text.index(snippet)
        line = text.count("\n", 0, start) + 1
        column = start - (text.rfind("\n", 0, start) + 1) + 1
        places.append(SourceLocation("a.py", line, column, line, column + len(snippet)))
    edits = make(SourceModule("a.py", text), *places)
    return apply(text, edits) if edits is not None else None


LOOP = textwrap.dedent(
    """\
    def epoch(self):
        for x in xs:
            loss = f(x)
            loss.backward()  # here
            self.optimizer.step()
    """
)


def test_clear_before_backward() -> None:
    changed = made(clear_each_step, LOOP, "loss.backward()", "self.optimizer.step()")
    assert changed == LOOP.replace(
        "        loss.backward()", "        self.optimizer.zero_grad()\n        loss.backward()"
    )


def test_clear_that_is_named_and_not_called() -> None:
    text = LOOP.replace("loss = f(x)", "self.optimizer.zero_grad\n        loss = f(x)")
    changed = made(clear_each_step, text, "loss.backward()", "self.optimizer.step()")
    assert changed == text.replace("zero_grad\n", "zero_grad()\n")


def test_a_step_that_is_named_and_not_called() -> None:
    text = LOOP.replace("loss = f(x)", "self.optimizer.zero_grad()\n        loss = f(x)")
    healthy, text = text, text.replace("optimizer.step()", "optimizer.step")
    places = "loss.backward()", "self.optimizer.zero_grad()"
    assert made(step_after, text, *places) == healthy
    other = text.replace("self.optimizer.step", "self.other.step")
    line = "        loss.backward()  # here\n"
    expected = other.replace(line, f"{line}        self.optimizer.step()\n")
    assert made(step_after, other, *places) == expected


def test_no_name_of_the_optimizer_no_edit() -> None:
    text = LOOP.replace("self.optimizer.step()", "scaler.update(self.optimizer)")
    assert made(clear_each_step, text, "loss.backward()", "scaler.update(self.optimizer)") is None
    text = "def a():\n    loss.backward()\n\ndef b():\n    opt.step()\n"
    assert made(clear_each_step, text, "loss.backward()", "opt.step()") is None


def test_clear_after_the_step() -> None:
    text = "for x in xs:\n    loss.backward()\n    opt.zero_grad()  # oh\n    opt.step()\n"
    changed = made(clear_after_step, text, "opt.zero_grad()", "opt.step()")
    assert changed == (
        "for x in xs:\n    loss.backward()\n    opt.step()\n    opt.zero_grad()  # oh\n"
    )
    apart = text.replace("    opt.step()", "    clip()\n    opt.step()")
    assert made(clear_after_step, apart, "opt.zero_grad()", "opt.step()") is None


def test_step_after_backward() -> None:
    text = LOOP.replace("loss = f(x)", "self.optimizer.zero_grad()").replace(
        "        self.optimizer.step()\n", ""
    )
    changed = made(step_after, text, "loss.backward()", "self.optimizer.zero_grad()")
    assert changed == text + "        self.optimizer.step()\n"
    scaled = text.replace("loss.backward()", "scaler.scale(loss).backward()")
    changed = made(step_after, scaled, "scaler.scale(loss)", "self.optimizer.zero_grad()")
    assert changed == scaled + "        scaler.step(self.optimizer)\n"


def test_flags_that_silence_an_error() -> None:
    text = textwrap.dedent(
        """\
        def step(loss, h):
            h.requires_grad_()
            loss.requires_grad = True
            loss.backward()
        def other(loss):
            loss = f(loss)
            loss.requires_grad_()
            loss.backward()
        def third(loss):
            loss.requires_grad = False
            loss.backward()
        """
    )
    module = SourceModule("a.py", text)
    dropped = ("    loss.requires_grad = True\n", "    loss.requires_grad_()\n")
    expected = text.replace(dropped[0], "").replace(dropped[1], "")
    assert apply(text, drop_loss_flags(module)) == expected
