"""A gradient is nan or infinite: the first op that made it so, with the numbers it was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from whygrad.causes.mend import mended
from whygrad.causes.numerics.keeping_off import Row, kept_off
from whygrad.causes.numerics.nan_loss import silent
from whygrad.causes.numerics.offence import Offence, offence
from whygrad.causes.numerics.sick import Sick, path_of, scaled_too_high, sick_steps
from whygrad.causes.rule import Match, Rule, Subject, Undoing
from whygrad.causes.undoing import impossible
from whygrad.causes.words import at, number, optimizer_named
from whygrad.flow.kinds import Kind
from whygrad.flow.recording import EventKind
from whygrad.flow.run import Run
from whygrad.flow.variable import Observed, Variable
from whygrad.model.finding import Severity
from whygrad.model.report import Gradient
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.files import Sources
from whygrad.source.guarding import guard_operand, replace_infinity

_FAR_TOO_LARGE = 10.0
"""An update of so many times the weight's own size is no refinement of it."""


def in_run(run: Run, sources: Sources) -> Iterator[Match]:
    every = list(sick_steps(run))
    every = [sick for sick in every if not scaled_too_high(sick)]
    told = [sick for sick in every if not sick.quiet]
    # Once a gradient was nan the weights are, and so is every loss after it.
    before = told[0].number if told else len(run.recording.steps)
    yield from silent(run, [sick for sick in every if sick.quiet and sick.number < before])
    if not told:
        return
    # Once the weights themselves are not finite, what a later step was given tells nothing.
    first = next((one for one in told if one.bad is not None and not one.bad.data), told[0])
    if first.bad is None:
        yield _unmeasured(run, first, told)
    elif first.bad.data:
        yield _given(run, first, told)
    else:
        yield _made(run, first, told, sources)


def _made(run: Run, sick: Sick, told: Sequence[Sick], sources: Sources) -> Match:
    bad, op = sick.bad, sick.op
    assert bad is not None
    assert op is not None
    found = offence(sick)
    grown = _grown(run, sick) if found.too_large else None
    fix = Fix(grown[1]) if grown is not None else _safe_form(run, sick, found, sources)
    on = "its derivative, on the way back" if bad.backward else "its result, in the forward pass"
    made = "nan" if bad.nans else "inf"
    return Match(
        _severity(run, told),
        op.place or _backward(run, sick),
        lambda n: f"{_has(n, told)}: {found.said}{at(op.place)}",
        evidence=(
            found.why,
            *((grown[0],) if grown is not None else ()),
            *_where(sick, op.kind),
            f"{on}: {max(bad.nans, bad.infs)} of {bad.count} entries are {made}",
            *_when(run, sick),
        ),
        fix=fix,
        path=path_of(sick),
        variables=_names(told),
        undo=kept_off(partial(_uncovered, run, sources), (sick,)),
    )


def _uncovered(run: Run, sources: Sources, row: Row, undo: Undoing) -> Match:
    """What is behind the first op, as a replay showed it in which that one was mended."""
    sick, bad, op = row[-1], row[-1].bad, row[-1].op
    assert bad is not None
    assert op is not None
    found = offence(sick)
    first = row[0].op
    one = f"`{first.name}`{at(first.place)}" if first is not None and len(row) == 2 else ""
    once = f"once {one} is mended" if one else "once the ops before it are mended"
    # How large numbers get depends on how the first is mended.
    large = found.too_large or found.wider or op.kind is Kind.EXPONENTIAL
    return Match(
        Severity.NOTE if large else Severity.ERROR,
        op.place or _backward(run, sick),
        lambda n: (
            f"the gradient{'' if n.one else 's'} of {n} {n.is_} still not finite {once}:"
            f" {found.said}{at(op.place)}"
        ),
        evidence=(
            found.why,
            *_where(sick, op.kind),
            "seen when the step was run again with what came before mended",
        ),
        fix=_safe_form(run, sick, found, sources),
        path=path_of(sick),
        variables=_names([sick]),
        behind=(first.place if first is not None else None) or _backward(run, row[0]),
        undo=undo,
    )


def _given(run: Run, sick: Sick, told: Sequence[Sick]) -> Match:
    """No op made it: the data had it, or the weights themselves."""
    bad, op = sick.bad, sick.op
    assert bad is not None
    assert op is not None
    value = sick.offender
    numbers = sick.numbers(value)
    kind = "nan" if numbers is None or numbers.nans else "inf"
    count = f" in {max(numbers.nans, numbers.infs)} of {numbers.count} entries" if numbers else ""
    holder = _holder(run, sick.number, value)
    if holder is not None:
        said = f"`{holder.name}` itself holds {kind} when step {sick.number + 1} begins"
        why, advice = _spoiled(run, holder, sick)
    else:
        said = f"the data holds {kind}{count}, and this is where it is read"
        why = f"no op of the step made it: `{op.name}`{at(op.place)} is the first to read it"
        advice = (
            "look for missing values where the data is loaded: `torch.isfinite(x).all()`, and fill"
            " them or leave them out"
        )
    return Match(
        _severity(run, told),
        op.place or _backward(run, sick),
        lambda n: f"{_has(n, told)}: {said}{at(op.place)}",
        evidence=(why, *_when(run, sick)),
        fix=Fix(advice),
        path=path_of(sick),
        variables=_names(told),
        undo=impossible("what the step was given is not finite itself, so no op can be mended"),
    )


def _unmeasured(run: Run, sick: Sick, told: Sequence[Sick]) -> Match:
    probe = sick.probe
    reason = probe.failed if probe is not None and probe.failed else "the step could not be kept"
    return Match(
        _severity(run, told),
        _backward(run, sick),
        lambda n: f"{_has(n, told)}; which op made {n.it} so was not seen",
        evidence=(f"the step was not measured: {reason}", *_when(run, sick)),
        fix=Fix("`torch.autograd.set_detect_anomaly(True)` names the op whose backward gives nan"),
        variables=_names(told),
        undo=impossible("which op made it was not seen"),
    )


def _severity(run: Run, told: Sequence[Sick]) -> Severity:
    """A step that the loss scaler left out did no harm, as long as others were taken."""
    if all(sick.skipped for sick in told) and run.stepped:
        return Severity.WARNING
    return Severity.ERROR


def _has(n: Subject, told: Sequence[Sick]) -> str:
    kinds = {v.steps[sick.number].gradient for sick in told for v in sick.variables}
    word = "nan" if Gradient.NAN in kinds else "infinite"
    return f"the gradient{'' if n.one else 's'} of {n} {n.is_} {word}"


def _names(told: Sequence[Sick]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v.name for sick in told for v in sick.variables))


def _when(run: Run, sick: Sick) -> Iterator[str]:
    steps = len(run.recording.steps)
    if sick.number:
        yield f"first in step {sick.number + 1} of {steps}; the steps before were fine"
    if sick.skipped:
        yield "the loss scaler left the step out; no scale makes this finite"


def _where(sick: Sick, kind: Kind) -> Iterator[str]:
    """A `where` behind the op does not help: it gives the branch not taken a gradient of 0."""
    bad, graph = sick.bad, sick.graph
    if bad is None or not bad.backward or bad.edge is None or kind is Kind.SELECTION:
        return
    for edge in graph.out_of(graph.targets[bad.edge]):
        op = graph.ops[graph.edge_ops[edge]]
        if op.name in ("where", "masked_fill"):
            yield (
                f"`{op.name}`{at(op.place)} does not shield it: to what it does not take it gives a"
                " gradient of 0, and 0 times infinite is nan. Choose on the operand, before the op"
            )
            return


def _grown(run: Run, sick: Sick) -> tuple[str, str] | None:
    """The step before moved a weight by many times its size: evidence, and what to do."""
    for step in range(sick.number):
        ratios = [(v.steps[step].update_ratio or _ratio(v.steps[step]), v) for v in _held(run)]
        ratio, variable = max(ratios, key=lambda pair: pair[0], default=(0.0, None))
        if variable is not None and ratio > _FAR_TOO_LARGE:
            return _too_far(run, step, ratio, variable)
    return None


def _held(run: Run) -> tuple[Variable, ...]:
    return tuple(v for v in run.recording.variables if v.holders)


def _ratio(seen: Observed) -> float:
    return seen.update_norm / seen.weight_norm if seen.update_norm and seen.weight_norm else 0.0


def _too_far(run: Run, step: int, ratio: float, variable: Variable) -> tuple[str, str]:
    holding = variable.holders[0] if variable.holders else None
    optimizers = run.recording.optimizers
    one = next((o for o in optimizers if holding and o.name == holding.optimizer), None)
    named = optimizer_named(one) if one is not None else "the optimizer"
    rate = number(holding.learning_rate) if holding is not None else "?"
    said = (
        f"step {step + 1} of {named}{at(one.built_at if one else None)} moved `{variable.name}` by"
        f" {number(ratio)} times its own size: a learning rate of {rate} is far too large"
    )
    return said, f"lower the learning rate of {named}"


def _holder(run: Run, step: int, value: int | None) -> Variable | None:
    if value is None:
        return None
    return next((v for v in run.recording.variables if v.steps[step].value == value), None)


def _spoiled(run: Run, variable: Variable, sick: Sick) -> tuple[str, str]:
    if not sick.number:
        return (
            f"it was made or loaded so{at(variable.made_at)}",
            "look at how it is initialized, or at the checkpoint it comes from",
        )
    before = variable.steps[sick.number - 1]
    holding = variable.holders[0] if variable.holders else None
    optimizers = run.recording.optimizers
    one = next((o for o in optimizers if holding and o.name == holding.optimizer), None)
    named = optimizer_named(one) if one is not None else "the update"
    came = number(before.gradient_norm)
    return (
        f"its gradient in the step before was finite (norm {came}); {named}"
        f"{at(one.built_at if one else None)} made it so",
        "lower the learning rate, clip the gradient, and give the optimizer an `eps` above 0",
    )


def _safe_form(run: Run, sick: Sick, found: Offence, sources: Sources) -> Fix:
    op = sick.op
    place = op.place if op is not None else None
    if op is not None and op.kind is Kind.SOFTMAX:
        return mended(
            sources, _mask_place(sick) or place, found.advice,
            partial(replace_infinity, text="-1e9"), safe=False,
        )  # fmt: skip
    # The guards are written in PyTorch's words.
    if found.guard is None or op is None or run.recording.dialect.edits != "torch":
        return Fix(found.advice, safe=False)
    if _clamps_all(sick, op.kind, found.guard):
        return Fix(
            f"begin with other numbers: all that `{op.name}` is given lies there, so to keep it off"
            " with a clamp would leave no gradient"
        )
    make = partial(guard_operand, name=op.name, template=found.guard, position=found.position)
    return mended(sources, place, found.advice, make, safe=False)


def _clamps_all(sick: Sick, kind: Kind, guard: str) -> bool:
    """A clamp passes nothing on of what it changes, and would change every entry."""
    bad = sick.bad
    own = kind in (Kind.LOG, Kind.ROOT, Kind.POWER, Kind.INVERSE)
    return own and "clamp" in guard and bad is not None and max(bad.nans, bad.infs) == bad.count


def _mask_place(sick: Sick) -> SourceLocation | None:
    """Where -inf was put into what the softmax reads."""
    value = sick.offender
    for edge in sick.graph.into(value) if value is not None else ():
        op = sick.graph.ops[sick.graph.edge_ops[edge]]
        if op.kind is Kind.SELECTION:
            return op.place
    return None


def _backward(run: Run, sick: Sick) -> SourceLocation | None:
    events = run.events(EventKind.DIFFERENTIATED)
    return next((event.place for event in events if event.step == sick.number), None)


RULE = Rule("nan-gradient", in_run=in_run)
