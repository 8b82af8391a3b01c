"""The numerics causes on recordings made by hand: no framework, only numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.flows import Flow, adam, at, events, flow, observed, recording, variable
from whygrad.diagnosis.diagnose import diagnose
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Bad, Numbers, Passed, Probe
from whygrad.flow.recording import Event, EventKind, Recording
from whygrad.flow.variable import Holding, Variable
from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Status

NET = "h = linear(x, w); p = softmax(h); q = log(p); l = mean(q)"
KINDS = {
    "linear": Kind.CONTRACTION,
    "softmax": Kind.SOFTMAX,
    "log": Kind.LOG,
    "sqrt": Kind.ROOT,
    "where": Kind.SELECTION,
    "div": Kind.DIVISION,
    "exp": Kind.EXPONENTIAL,
    "acos": Kind.INVERSE,
    "mul": Kind.PRODUCT,
    "mean": Kind.REDUCTION,
    "sigmoid": Kind.SQUASH,
}


def kinded(text: str) -> Flow:
    made = flow(text, loss="l")
    made.graph.ops[:] = [op._replace(kind=KINDS.get(op.name, op.kind)) for op in made.graph.ops]
    return made


def numbers(**facts: Any) -> Numbers:
    return replace(Numbers(64, 0.1, 1.0, 0.5, 4.0), **facts)


def made_bad(net: Flow, name: str, seen: Mapping[str, Numbers], **facts: Any) -> Probe:
    """The op called `name` spoils its first operand among `seen`."""
    graph = net.graph
    op = max(n for n, one in enumerate(graph.ops) if one.name == name)
    values = tuple(net[value] for value in seen)
    edge = next(
        e for e, n in enumerate(graph.edge_ops) if n == op and graph.sources[e] == values[0]
    )
    bad = replace(Bad(op, False, edge, 3, 0, 64, values), **facts)
    return Probe(numbers={net[value]: one for value, one in seen.items()}, bad=bad)


def sick(net: Flow, probe: Probe | None, kinds: str = "nan nan nan", **facts: Any) -> Recording:
    steps = tuple(observed(net["w"], kind) for kind in kinds.split())
    made = recording(net, [variable("model.w", steps=steps)], **facts)
    first = next((n for n, s in enumerate(steps) if s.gradient.value in ("nan", "inf")), None)
    probed = [replace(s, probe=probe) if n == first else s for n, s in enumerate(made.steps)]
    return replace(made, steps=tuple(probed))


def of(made: Recording, cause: str) -> list[Finding]:
    return [found for found in diagnose([made]).findings if found.cause == cause]


def only(made: Recording) -> Finding:
    (found,) = diagnose([made]).findings
    return found


def test_log_of_zero() -> None:
    net = kinded(NET)
    found = only(sick(net, made_bad(net, "log", {"p": numbers(zeros=3, low=0.0)})))
    assert (found.cause, found.severity) == ("nan-gradient", Severity.ERROR)
    assert found.location == at(3) and found.variables == ("model.w",)
    assert "3 of 64 entries of what `log` was given are 0" in found.message
    assert found.fix is not None and "clamp_min" in found.fix.message and not found.fix.safe
    assert [(step.op, step.cut) for step in found.path] == [
        ("linear", False),
        ("softmax", False),
        ("log", True),
        ("mean", False),
    ]


@pytest.mark.parametrize(
    ("text", "name", "seen", "facts", "said"),
    [
        ("h = mul(x, w); r = sqrt(h); l = mean(r)", "sqrt", {"h": numbers(zeros=2)},
         {"backward": True}, "2 of 64 entries of what `sqrt` was given are 0"),
        ("h = mul(x, w); r = sqrt(h); l = mean(r)", "sqrt", {"h": numbers(low=-0.5)}, {},
         "numbers down to -0.5"),
        ("h = mul(x, w); r = div(h, n); l = mean(r)", "div",
         {"n": numbers(count=4, zeros=1, low=0.0), "h": numbers()}, {},
         "divides by 0 in 1 of 4 entries"),
        ("h = mul(x, w); r = exp(h); l = mean(r)", "exp", {"h": numbers(high=235.0)},
         {"nans": 0, "infs": 9}, "`exp` was given numbers up to 235"),
        ("h = mul(x, w); r = softmax(h); l = mean(r)", "softmax", {"h": numbers(infs=8)}, {},
         "a mask leaves `softmax` a row"),
        ("h = mul(x, w); r = acos(h); l = mean(r)", "acos", {"h": numbers(high=1.0)},
         {"backward": True, "nans": 0, "infs": 2}, "`acos` was given 1,"),
        ("h = mul(x, w); r = mul(h, m); l = mean(r)", "mul",
         {"h": numbers(infs=1), "m": numbers(zeros=60)}, {}, "multiplies an infinite number by 0"),
        ("h = mul(x, w); l = mean(h)", "mean", {"h": numbers(count=0)}, {}, "nothing to average"),
        ("h = linear(x, w); l = mean(h)", "linear", {"x": numbers(high=1e25), "w": numbers()},
         {"nans": 0, "infs": 64}, "more than the type holds"),
    ],
)  # fmt: skip
def test_what_an_op_was_given(
    text: str, name: str, seen: dict[str, Numbers], facts: dict[str, Any], said: str
) -> None:
    net = kinded(text)
    found = only(sick(net, made_bad(net, name, seen, **facts)))
    assert found.cause == "nan-gradient" and said in found.message


def test_a_where_behind_the_op_does_not_shield_it() -> None:
    net = kinded("h = mul(x, w); r = sqrt(h); z = where(c, r); l = mean(z)")
    found = only(sick(net, made_bad(net, "sqrt", {"h": numbers(zeros=2)}, backward=True)))
    assert any("`where` (train.py:3) does not shield it" in line for line in found.evidence)


def test_nan_in_the_data_and_nan_in_the_weights() -> None:
    net = kinded(NET)
    given = {"x": numbers(nans=1), "w": numbers()}
    found = only(sick(net, made_bad(net, "linear", given, data=True)))
    assert "the data holds nan in 1 of 64 entries" in found.message
    spoilt = {"w": numbers(nans=64)}
    later = sick(net, made_bad(net, "linear", spoilt, data=True), "finite nan nan")
    found = only(later)
    assert "`model.w` itself holds nan when step 2 begins" in found.message
    assert any("Adam `optimizer`" in line for line in found.evidence)


def test_steps_that_grew_the_weights_are_to_blame_for_what_overflows() -> None:
    net = kinded("h = linear(x, w); l = mean(h)")
    seen = {"x": numbers(high=1e25), "w": numbers()}
    made = sick(net, made_bad(net, "linear", seen, nans=0, infs=64), "finite inf inf")
    (held,) = made.variables
    steps = tuple(replace(s, update_ratio=1e6) for s in held.steps)
    found = only(replace(made, variables=(replace(held, steps=steps),)))
    assert any("step 1 of Adam `optimizer`" in line for line in found.evidence)
    assert found.fix is not None and "lower the learning rate" in found.fix.message


def test_one_finding_for_all_that_an_op_spoils_in_any_step() -> None:
    net = kinded("h = linear(x, w, b); p = log(h); l = mean(p)")
    probe = made_bad(net, "log", {"h": numbers(zeros=1)})
    made = sick(net, probe, "finite nan nan")
    late = variable("model.b", steps=tuple(observed(net["b"], k) for k in ("finite", "inf", "nan")))
    found = only(replace(made, variables=(*made.variables, late)))
    assert found.variables == ("model.w", "model.b")
    assert any("first in step 2 of 3" in line for line in found.evidence)


def test_a_step_that_could_not_be_measured_is_told_all_the_same() -> None:
    net = kinded(NET)
    found = only(sick(net, Probe(failed="it was too large to keep")))
    assert found.severity is Severity.ERROR and "was not seen" in found.message
    assert any("it was too large to keep" in line for line in found.evidence)


def skips(*steps: int, scale: str = "65536") -> tuple[Event, ...]:
    left_out = (Event(EventKind.SKIPPED, n, at(73), "optimizer", scale) for n in steps)
    return (*events(("cleared", "backward")), *left_out)


def test_what_a_scaler_skips_on_its_way_is_no_finding() -> None:
    net = kinded(NET)
    overflow = made_bad(
        net, "linear", {"x": numbers(), "w": numbers()}, nans=0, infs=4, backward=True
    )
    told = diagnose([sick(net, overflow, "inf finite finite", events=skips(0))])
    assert told.findings == ()
    assert any("left out 1 step" in notice for notice in told.notices)


def test_a_scale_that_is_far_too_high_is() -> None:
    net = kinded(NET)
    overflow = made_bad(
        net, "linear", {"x": numbers(), "w": numbers()}, nans=0, infs=4, backward=True
    )
    made = sick(net, overflow, "inf inf inf", events=skips(0, 1, 2, scale="1.8e19"))
    made = replace(made, steps=tuple(replace(step, stepped=False) for step in made.steps))
    (found,) = of(made, "underflow")
    assert found.severity is Severity.WARNING and found.location == at(73)


def test_a_loss_that_is_nan_at_any_scale_is_told() -> None:
    net = kinded(NET)
    probe = made_bad(net, "log", {"p": numbers(zeros=3)})
    made = sick(net, probe, "nan finite finite", events=skips(0))
    assert [found.severity for found in of(made, "nan-gradient")] == [Severity.WARNING]
    made = sick(net, probe, "nan nan nan", events=skips(0, 1, 2))
    made = replace(made, steps=tuple(replace(step, stepped=False) for step in made.steps))
    assert [found.severity for found in of(made, "nan-gradient")] == [Severity.ERROR]


@pytest.mark.parametrize(
    ("kinds", "steps", "severity"),
    [
        ("zero zero zero", (0, 1, 2), Severity.ERROR),
        ("finite zero finite", (1,), Severity.NOTE),
        ("finite finite finite", (0, 1, 2), Severity.WARNING),
    ],
)
def test_a_loss_alone_can_be_nan(kinds: str, steps: tuple[int, ...], severity: Severity) -> None:
    net = kinded("h = linear(x, w); s = getitem(h, m); l = mean(s)")
    probe = made_bad(net, "mean", {"s": replace(numbers(), count=0)})
    edges = {edge.number: Passed(1.0, 0.0) for edge in net.graph.edges()}
    probe = replace(probe, edges=edges if "zero" in kinds else {})
    seen = tuple(observed(net["w"], kind) for kind in kinds.split())
    made = recording(net, [variable("model.w", steps=seen)])
    probed = [replace(s, probe=probe) if n in steps else s for n, s in enumerate(made.steps)]
    found = only(replace(made, steps=tuple(probed)))
    assert (found.cause, found.severity) == ("nan-gradient", severity)
    assert "the loss is nan" in found.message and "nothing to average" in found.message
    assert found.location == at(3) and found.variables == ("model.w",)


def test_what_is_rounded_to_zero_on_the_way_underflows() -> None:
    net = kinded("h = linear(x, w); y = mul(h, s); l = mean(y)")
    dead = net.graph.into(net["y"])[0]
    above, below = net.graph.into(net["l"])[0], net.graph.out_of(net["w"])[0]
    probe = Probe(
        edges={above: Passed(1.0, 1e-3), dead: Passed(1e-3, 0.0), below: Passed(0.0, 0.0)},
        flushed={dead: 1.0},
        wider={net["w"]: 1e-8},
        numbers={net["h"]: numbers()},
    )
    made = recording(net, [variable("model.w", steps=(observed(net["w"], "zero"),) * 3)])
    made = replace(made, steps=tuple(replace(step, probe=probe) for step in made.steps))
    (found,) = diagnose([made]).findings
    assert (found.cause, found.severity) == ("underflow", Severity.ERROR)
    assert found.location == at(2) and "too small" in found.message
    assert any("1e-08" in line for line in found.evidence)


def tower(sizes: list[float], slope: str = "sigmoid") -> Recording:
    """Layers in a row; `sizes` is the norm of each bias's gradient, from the input to the loss."""
    text, last = [], "x"
    for n in range(len(sizes)):
        text += [f"h{n} = linear({last}, w{n}, b{n})", f"a{n} = {slope}(h{n})"]
        last = f"a{n}"
    net = kinded("; ".join([*text, f"l = mean({last})"]))
    held = []
    for n, size in enumerate(sizes):
        for name, shape in (("w", (4, 4)), ("b", (4,))):
            seen = observed(net[f"{name}{n}"], gradient_norm=size)
            held.append(variable(f"model.{n}.{name}", steps=(seen,) * 3, shape=shape))
    return recording(net, held)


def test_vanishing_is_judged_against_the_models_own_layers() -> None:
    sizes = [10.0 ** (n - 8) for n in range(8)]
    found = only(tower(sizes))
    assert (found.cause, found.severity) == ("vanishing", Severity.WARNING)
    assert found.location == at(1)
    assert found.variables[:2] == ("model.0.w", "model.0.b")
    assert "model.7.w" not in found.variables
    assert found.evidence[0].startswith("gradient that arrives, from the input to the loss")
    # The same course at another size, and so it is for any absolute size.
    assert only(tower([1e6 * size for size in sizes])).variables == found.variables


def test_exploding_is_the_same_the_other_way_round() -> None:
    found = only(tower([10.0**-n for n in range(8)], "relu"))
    assert (found.cause, found.severity) == ("exploding", Severity.WARNING)
    assert found.variables[0] == "model.0.w"


@pytest.mark.parametrize(
    "sizes",
    [
        [1e-9] * 8,
        [10.0 ** (n / 2 - 8) for n in range(6)],  # not far enough apart
        [1e-6, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],  # only the first
        [1.0, 1e-5, 1.0, 1e-5, 1.0, 1e-5, 1.0, 1e-5],  # in no direction
        [1e-9, 1e-4, 1.0],  # too few layers for a trend
    ],
)
def test_sizes_that_differ_are_no_trend(sizes: list[float]) -> None:
    causes = {found.cause for found in diagnose([tower(sizes)]).findings}
    assert not causes & {"vanishing", "exploding"}


def unrolled(times: int, bias: float, weight: float) -> Recording:
    """A cell that is applied again and again, and a head behind it with a gradient of 1."""
    text, last = [], "x"
    for n in range(times):
        text += [f"h{n} = linear({last}, w, b)", f"a{n} = sigmoid(h{n})"]
        last = f"a{n}"
    net = kinded("; ".join([*text, f"o = linear({last}, v, c)", "l = mean(o)"]))
    sizes = {"cell.w": weight, "cell.b": bias, "head.v": 1.0, "head.c": 1.0}
    held = [
        variable(
            f"model.{name}",
            steps=(observed(net[name[-1]], gradient_norm=size),) * 3,
            shape=(4, 4) if name[-1] in "wv" else (4,),
        )
        for name, size in sizes.items()
    ]
    return recording(net, held)


def test_a_cell_that_is_applied_again_and_again_may_explode() -> None:
    found = only(unrolled(20, 1e5, 1e4))
    assert (found.cause, found.severity) == ("exploding", Severity.WARNING)
    assert found.location == at(1) and found.variables == ("model.cell.w", "model.cell.b")
    assert "`model.cell` is applied 20 times" in found.message


@pytest.mark.parametrize(
    ("times", "bias", "weight"), [(20, 1e5, 1.0), (20, 1.0, 1e5), (8, 1e5, 1e5)]
)
def test_a_cell_is_judged_by_all_that_it_has(times: int, bias: float, weight: float) -> None:
    """What is added at the last layer may sum to nothing, and a head may have little to work on."""
    assert not diagnose([unrolled(times, bias, weight)]).findings


def test_a_trend_in_one_step_alone_is_none() -> None:
    made = tower([10.0 ** (n - 8) for n in range(8)])
    even = tuple(
        replace(v, steps=(v.steps[0], *(replace(s, gradient_norm=1.0) for s in v.steps[1:])))
        for v in made.variables
    )
    assert of(replace(made, variables=even), "vanishing") == []


def half(stayed: float, **facts: Any) -> Variable:
    seen = observed(3, weight_norm=4.0, moved=stayed < 1.0, stayed=stayed)
    plain = {"dtype": "bfloat16", "steps": (seen,) * 3}
    return variable("model.w", holders=(Holding("optimizer", 0, 1e-5),), **(plain | facts))


def test_update_underflow_says_both_sizes_and_the_share() -> None:
    net = kinded(NET)
    found = only(recording(net, [half(1.0)], optimizers=(adam(),)))
    assert (found.cause, found.severity) == ("update-underflow", Severity.ERROR)
    (line,) = found.evidence
    assert "a step of about 1e-05 an entry, on values of about 1:" in line and "100%" in line
    found = only(recording(net, [half(0.97)], optimizers=(adam(),)))
    assert found.severity is Severity.WARNING and "97% of the entries" in found.message


def test_half_precision_that_moves_is_fine() -> None:
    net = kinded(NET)
    told = diagnose([recording(net, [half(0.4)], optimizers=(adam(),))])
    assert told.findings == () and told.variables[0].status is Status.TRAINS
