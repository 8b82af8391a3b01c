"""Custom autograd functions, reentrant checkpoints, and hooks that change a gradient.

A call of `Function.apply` is one op: what its forward does inside is hidden from autograd, and
what its backward gives back is seen by a hook on its node.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any
from weakref import ref

import torch

from whygrad.backends.torch.regions import CHECKPOINT_KIND
from whygrad.backends.torch.replay.entries import Call, Entry, Hooked, template
from whygrad.backends.torch.replay.random import states_of
from whygrad.backends.torch.values import tensors_in

if TYPE_CHECKING:
    from whygrad.backends.torch.tape import Tape


class Outcome:
    """What a custom backward or a hook gave, over all its calls in the step, per input.

    None is a cut however little arrived; zeros are one only where something did arrive.
    """

    __slots__ = ("arrived", "asking", "calls", "flowed", "given", "sources")

    def __init__(self, sources: tuple[int, ...], asking: tuple[bool, ...]) -> None:
        self.sources = sources
        self.asking = asking
        self.calls = 0
        self.arrived = False
        self.given = [False] * len(sources)
        self.flowed = [False] * len(sources)

    def lost(self) -> frozenset[int]:
        """The values that asked for gradient and got none, or nothing but zeros."""
        return self._without(self.given, self.calls > 0) | self._without(self.flowed, self.arrived)

    def detail(self) -> str | None:
        """What to say of it, if anything was lost."""
        if self._without(self.given, self.calls > 0):
            return "its backward gives None"
        return "its backward gives only zeros" if self.lost() else None

    def _without(self, got: list[bool], known: bool) -> frozenset[int]:
        if not known:
            return frozenset()
        rows = list(zip(self.sources, self.asking, got, strict=True))
        kept = {source for source, _, ok in rows if ok}
        return frozenset(s for s, asks, _ in rows if asks and s not in kept)


class Hidden:
    """Follows what a custom forward reads besides its arguments."""

    def __init__(self, given: set[int]) -> None:
        self.inside: dict[int, Any] = {}
        self.given = given
        self.captured: dict[int, Any] = {}

    def call(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Run one inner op and note the tensors that came from outside."""
        for tensor in tensors_in((args, kwargs)):
            key = id(tensor)
            if key not in self.given and self.inside.get(key, _nothing)() is not tensor:
                self.captured.setdefault(key, tensor)
        out = func(*args, **kwargs)
        for tensor in tensors_in(out):
            if id(tensor) not in self.given:
                self.inside[id(tensor)] = ref(tensor)
        return out


def applied(tape: Tape, original: Callable[..., Any], cls: Any, args: Any, kwargs: Any) -> Any:
    """Stand in for `cls.apply` while observation is on."""
    frame: FrameType | None = sys._getframe(2)
    if tape.off or torch._C._len_torch_function_stack() == 0:
        return original(*args, **kwargs)
    if cls.__name__ == "CheckpointFunction" and cls.__module__ == "torch.utils.checkpoint":
        return _checkpointed(tape, original, args, kwargs, frame)
    try:
        tensors = tensors_in((args, kwargs))
        numbers = tuple(tape.number(t, frame) for t in tensors)
        asking = tuple(t.requires_grad for t in tensors)
        again = _again(tape, original, args, kwargs, numbers)
    except Exception as error:
        tape.fail(error)
        return original(*args, **kwargs)
    # The hidden ops tell which tensors are used without being arguments: no gradient for them.
    tape.hidden, outer = Hidden({id(t) for t in tensors}), tape.hidden
    tape.off += 1
    try:
        out = original(*args, **kwargs)
    finally:
        hidden, tape.hidden = tape.hidden, outer
        tape.off -= 1
    try:
        _note_apply(tape, cls, out, numbers, asking, hidden, frame)
        if cls.__name__ == "BackwardHookFunction":
            tape.capture.called(tape.records, again, tuple(range(len(numbers))))
        else:
            tape.capture.done(tape.records, again)
    except Exception as error:
        tape.fail(error)
    return out


def _again(
    tape: Tape, original: Callable[..., Any], args: Any, kwargs: Any, numbers: tuple[int, ...]
) -> Entry:
    if tape.values.wrapped:
        return "a custom function ran inside a transform of torch.func"
    found: list[Any] = []
    shape, named = template(tuple(args), found), template(dict(kwargs), found)
    return Call(original, shape, named, numbers, states_of() if tape.capture.on else None)


def _note_apply(
    tape: Tape,
    cls: Any,
    out: Any,
    numbers: tuple[int, ...],
    asking: tuple[bool, ...],
    hidden: Hidden,
    frame: FrameType | None,
) -> None:
    captured = [tape.number(t, frame) for t in hidden.captured.values()]
    hidden.captured.clear()
    outs = tensors_in(out)
    plan = tape.named(cls.__name__)
    site = tape.callsites.capture(frame)
    region = 0 if torch.is_grad_enabled() else tape.regions.unknown
    # An output that was an input was written in place (`ctx.mark_dirty`), and autograd has
    # given even an output returned unchanged a new node.
    made = []
    for tensor in outs:
        known = tape.values.entry(tensor)
        made.append(
            tape.values.fresh(tensor) if known is None else tape.values.rewritten(tensor)[1]
        )
    if not made:
        return
    node = next((t.grad_fn for t in outs if t.grad_fn is not None), None)
    outcome = Outcome(tuple(numbers), asking)
    if cls.__name__ == "BackwardHookFunction":
        # An identity, tensor by tensor; the module's hook is put on its node after this.
        tape.waiting = outcome
        for source, value in zip(numbers, made, strict=False):
            tape.notes[len(tape.records)] = (frozenset(), outcome)
            tape.records.append((plan.index, site, region, (source,), (value,)))
        return
    if node is not None:
        _watch_node(node, outcome)
    tape.notes[len(tape.records)] = (frozenset(captured), outcome)
    tape.records.append((plan.index, site, region, (*numbers, *captured), tuple(made)))


def _watch_node(node: Any, outcome: Outcome) -> None:
    def seen(gradients: Any, arrived: Any) -> None:
        outcome.calls += 1
        outcome.arrived |= any(_is_nonzero(g) for g in arrived)
        for position, gradient in enumerate(gradients[: len(outcome.flowed)]):
            outcome.given[position] |= gradient is not None
            outcome.flowed[position] |= _is_nonzero(gradient)

    node.register_hook(seen)


def _checkpointed(
    tape: Tape, original: Callable[..., Any], args: Any, kwargs: Any, frame: FrameType | None
) -> Any:
    """A reentrant checkpoint: its inside is differentiated later if an input asks for gradient."""
    tensors = [a for a in args if isinstance(a, torch.Tensor)]
    regions = tape.regions
    differentiable = torch.is_grad_enabled() and any(t.requires_grad for t in tensors)
    before = regions.current
    if differentiable:
        regions.recomputed += 1
    elif torch.is_grad_enabled():
        regions.current = regions.open(CHECKPOINT_KIND, frame)
    try:
        out = original(*args, **kwargs)
    finally:
        if differentiable:
            regions.recomputed -= 1
        regions.current = before
    # The results got their node after the last op inside, or are new tensors over it.
    for tensor in tensors_in(out):
        known = tape.values.entry(tensor)
        if known is not None:
            known[2] = tensor.requires_grad
            if known[2]:
                tape.values.flags[known[1]] |= 3
    return out


def watch_hook(tape: Tape, tensor: Any, hook: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Wrap a tensor's hook so that a gradient made zero is seen; the hook's answer is kept."""
    value = tape.number(tensor)
    outcome = Outcome((value,), (True,))
    tape.hooks.setdefault(value, []).append(outcome)
    answered: list[bool] = []
    tape.capture.hooks.append(Hooked(len(tape.records), value, hook, answered))

    @functools.wraps(hook)
    def watched(gradient: Any) -> Any:
        arrived = _is_nonzero(gradient) if tape.installed else False
        answer = hook(gradient)
        if answer is not None and not answered:
            answered.append(True)
        if arrived:
            outcome.calls += 1
            outcome.arrived = outcome.given[0] = True
            outcome.flowed[0] |= answer is None or _is_nonzero(answer)
        return answer

    return watched


def watch_module_hook(tape: Tape, node: Any) -> None:
    """Look at a module's backward hook from behind: what came out of it, after it ran."""
    waiting, tape.waiting = tape.waiting, None
    if waiting is not None and tape.installed:
        _watch_node(node, waiting)


def _is_nonzero(gradient: Any) -> bool:
    if not isinstance(gradient, torch.Tensor):
        return False
    with torch._C.DisableTorchFunction(), torch.no_grad():
        return bool((gradient != 0).any())


def _nothing() -> None:
    return None
