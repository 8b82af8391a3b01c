"""What is behind the framework's own messages, in place of the usual wrong advice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from whygrad.causes.words import at, listed
from whygrad.diagnosis.tape_answers import ANSWERS, first_of, pointer
from whygrad.flow.graph import FlowGraph, Op
from whygrad.flow.recording import EventKind, Message
from whygrad.flow.run import Run
from whygrad.model.finding import Finding, Severity

_NO_GRAD = "does not require grad"
_TWICE = "backward through the graph a second time"
_NOT_USED = "appears to not have been used in the graph"
_DDP = "Expected to have finished reduction in the prior iteration"
_WRITTEN = "has been modified by an inplace operation"
_CHECKPOINT = "None of the inputs have requires_grad=True"


def answers(run: Run, findings: Sequence[Finding]) -> Iterator[str]:
    """One sentence for each message that is understood, naming the finding that answers it."""
    told = set()
    for message in run.recording.messages:
        for text, answer in _ANSWERS.items():
            if text in ANSWERS and not run.recording.variables:
                continue  # another framework's recording answers it
            if text in message.text and text not in told:
                told.add(text)
                yield answer(run, findings, message)


def _no_grad(run: Run, findings: Sequence[Finding], message: Message) -> str:
    quoted = f'PyTorch says "{message.text.splitlines()[0]}"{at(message.place)}'
    graph = ("frozen", "detached", "grad-disabled", "left-framework", "rewrapped")
    found = first_of(findings, *graph, "non-differentiable-op", "custom-gradient", "integer-dtype")
    if found is None:
        return f"{quoted}: no variable that asks for a gradient feeds this loss"
    return (
        f"{quoted}: no gradient can leave the loss, because of {pointer(found)}. Setting"
        " `requires_grad` on the loss would silence the message and train nothing"
    )


def _twice(run: Run, findings: Sequence[Finding], message: Message) -> str:
    quoted = f'PyTorch says "Trying to backward through the graph a second time"{at(message.place)}'
    remedy = "`retain_graph=True` is not the remedy"
    found = first_of(findings, "non-leaf-parameter")
    if found is not None:
        return (
            f"{quoted}: {listed(found.variables[:3])} was computed once, before the loop, and every"
            f" step goes back through that one op: {pointer(found)}; {remedy}"
        )
    kept = [v for v in run.recording.variables if not v.leaf]
    if kept:
        return (
            f"{quoted}: {listed(v.name for v in kept[:3])} keeps the graph of an earlier step"
            f"{at(kept[0].made_at)}; `.detach()` it between steps; {remedy}"
        )
    backwards = run.events(EventKind.DIFFERENTIATED)
    if len(backwards) > 1 and backwards[-1].step == backwards[-2].step:
        return (
            f"{quoted}: backward ran twice in one step{at(backwards[-2].place)}; add the losses and"
            f" call it once; {remedy}"
        )
    entered = _entered(run)
    what = f"something that enters{at(entered.place)}" if entered is not None else "something"
    return (
        f"{quoted}: {what} was computed in an earlier step, or before the loop, and is still part"
        f" of this loss; compute it anew in every step or `.detach()` it; {remedy}"
    )


def _entered(run: Run) -> Op | None:
    """The call that met a graph which the step did not make: known by autograd's names alone."""
    ops = [op for step in run.recording.steps[-1:] for op in step.graph.ops]
    return next((op for op in ops if op.place and re.fullmatch(r"\w+Backward\d*", op.name)), None)


_WRITES = re.compile(r"[-+*/|&^%]=|\w_\(|\]\s*=[^=]|out=")
"""How a write in place is spelled."""


def _written(run: Run, findings: Sequence[Finding], message: Message) -> str:
    quoted = (
        'PyTorch says "one of the variables needed for gradient computation has been modified by'
        f' an inplace operation"{at(message.place)}'
    )
    maker = re.search(r"is output \d+ of (\w+?)(?:Backward\d*)?,", message.text)
    for step in run.recording.steps[-1:]:
        found = _overwriting(step.graph, maker.group(1)) if maker is not None else None
        if found is not None:
            made, write = found
            return (
                f"{quoted}: `{write.name}`{at(write.place)} writes over what `{made.name}`"
                f"{at(made.place)} gave, and the backward of `{made.name}` needs that; write the"
                " result to a new tensor, as in `h = h + 1` for `h += 1`"
            )
    last = run.events(EventKind.DIFFERENTIATED)[-1:]
    steps = [e for e in run.events(EventKind.STEPPED) if last and e.step == last[0].step]
    if steps:
        return (
            f"{quoted}: the optimizer's step{at(steps[-1].place)} changed weights in place after"
            " this loss was computed with them; call every backward before the first step, or"
            " compute the loss anew after it"
        )
    return (
        f"{quoted}: a tensor was changed in place after an op had kept it for its backward; give"
        " the result a tensor of its own"
    )


def _overwriting(graph: FlowGraph, maker: str) -> tuple[Op, Op] | None:
    """The op of that name whose result was written over, and the last write to it."""
    made_by = {edge.target: graph.ops[edge.op] for edge in graph.edges()}
    wanted = maker.lower().replace("_", "")
    for edge in reversed(list(graph.edges())):
        made, write = made_by.get(edge.source), graph.ops[edge.op]
        if made is None or write.place is None or made.name.lower().replace("_", "") != wanted:
            continue
        if write.name == "setitem" or _WRITES.search(write.place.source or ""):
            return made, write
    return None


def _not_used(run: Run, findings: Sequence[Finding], message: Message) -> str:
    quoted = (
        'PyTorch says "One of the differentiated Tensors appears to not have been used in the'
        f' graph"{at(message.place)}'
    )
    found = first_of(findings, "unused", "detached", "grad-disabled", "left-framework", "rewrapped")
    if found is None:
        return f"{quoted}: one of its inputs does not feed the loss"
    return (
        f"{quoted}: the one is {listed(found.variables[:3])}, because of {pointer(found)};"
        " `allow_unused=True` would only hide it"
    )


def _ddp(run: Run, findings: Sequence[Finding], message: Message) -> str:
    quoted = 'PyTorch says "Expected to have finished reduction in the prior iteration"'
    errors = [f for f in findings if f.severity is Severity.ERROR]
    found = errors[0] if errors else first_of(findings, "unused", "detached", "grad-disabled")
    if found is None:
        return f"{quoted}: some parameter got no gradient in this process"
    return (
        f"{quoted}: the parameters without a gradient are {listed(found.variables[:3])}, because of"
        f" {pointer(found)}; `find_unused_parameters=True` would hide that"
    )


def _checkpoint(run: Run, findings: Sequence[Finding], message: Message) -> str:
    found = first_of(findings, "grad-disabled")
    where = f": {pointer(found)}" if found is not None else at(message.place)
    return (
        'PyTorch warns "None of the inputs have requires_grad=True": a reentrant checkpoint'
        f" records nothing then, so what is used inside it gets no gradient{where};"
        " `use_reentrant=False` does not need such inputs"
    )


_ANSWERS = {
    _NO_GRAD: _no_grad,
    _TWICE: _twice,
    _NOT_USED: _not_used,
    _DDP: _ddp,
    _WRITTEN: _written,
    _CHECKPOINT: _checkpoint,
    **ANSWERS,
}
