"""The causes of a zero gradient on steps made by hand, with numbers as a probe would give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.flows import Flow, flow, observed, recording, variable
from whygrad.diagnosis.diagnose import diagnose
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Numbers, Passed, Probe, Units
from whygrad.flow.recording import Recording, Step
from whygrad.flow.variable import Variable
from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Gradient, Status

KINDS = {
    "relu": Kind.RECTIFIER,
    "threshold": Kind.RECTIFIER,
    "logsigmoid": Kind.RECTIFIER,
    "clamp": Kind.CLAMP,
    "sigmoid": Kind.SQUASH,
    "hardtanh": Kind.SQUASH,
    "softmax": Kind.SOFTMAX,
    "log_softmax": Kind.SOFTMAX,
    "mul": Kind.PRODUCT,
    "matmul": Kind.CONTRACTION,
    "linear": Kind.CONTRACTION,
    "layer_norm": Kind.NORMALIZATION,
    "batch_norm": Kind.NORMALIZATION,
    "normalize": Kind.NORMALIZATION,
    "dropout": Kind.DROPOUT,
    "getitem": Kind.SELECTION,
    "masked_fill": Kind.SELECTION,
    "maximum": Kind.SELECTION,
    "sub": Kind.DIFFERENCE,
    "div": Kind.DIVISION,
    "pow": Kind.POWER,
    "add": Kind.SUM,
    "mean": Kind.REDUCTION,
    "mse": Kind.LOSS,
    "cross_entropy": Kind.LOSS,
    "triplet_margin_loss": Kind.LOSS,
}
FINE = Passed(1.0, 1.0)
DIED = Passed(1.0, 0.0)
NOISE = Passed(1.0, 1e-7, noise=True)
GONE = Passed(0.0, 0.0)
ZEROS = Numbers(8, 0.0, 0.0, 0.0, 0.0, zeros=8)
ONES = Numbers(8, 1.0, 1.0, 1.0, 2.8, positive=8)
MIXED = Numbers(8, -2.0, 2.0, 0.1, 3.0, positive=4)
BELOW = Numbers(8, -103.0, -97.0, -100.0, 280.0)
ABOVE = Numbers(8, 97.0, 103.0, 100.0, 280.0, positive=8)
EMPTY = Numbers(0, 0.0, 0.0, 0.0, 0.0)


class Made:
    """A run of three equal steps in which some variables get nothing but zero or noise."""

    def __init__(self, text: str, died: Mapping[str, Passed], **facts: Any) -> None:
        """Edges are named `source>target`; those before a death get nothing."""
        made = flow(text, facts.pop("loss", "l"))
        graph = made.graph
        graph.ops[:] = [op._replace(kind=KINDS.get(op.name, Kind.OTHER)) for op in graph.ops]
        names = {number: name for name, number in made.values.items()}
        numbers = {made[n]: v for n, v in facts.pop("numbers", {}).items()}
        edges = {}
        for edge in graph.edges():
            edges[edge.number] = died.get(f"{names[edge.source]}>{names[edge.target]}", FINE)
        totals = {made[n]: v for n, v in died.items() if ">" not in n}
        self.flow: Flow = made
        self.probe = Probe(edges=edges, totals=totals, numbers=numbers, **facts)

    def run(self, steps: int = 3, dead: str = "w", **kinds: str) -> Recording:
        """`dead` are the variables without a gradient; the keywords say what came to others."""
        variables = [self._variable(name, "zero", steps) for name in dead]
        variables += [self._variable(name, kind, steps) for name, kind in kinds.items()]
        made = recording([self.flow] * steps, variables)
        told = tuple(replace(one, probe=self.probe) for one in made.steps)
        return replace(made, steps=told)

    def _variable(self, name: str, kind: str, steps: int) -> Variable:
        seen = (observed(self.flow[name], kind),) * steps
        return variable(f"model.{name}", steps=seen, shape=(4,) if name in "bc" else (4, 4))


def only(made: Recording) -> Finding:
    (found,) = diagnose([made]).findings
    return found


DEAD = {"h>r": DIED, "w>h": GONE, "b>h": GONE, "r>o": FINE, "v>o": DIED}
NET = "h = linear(x, w, b); r = relu(h); o = linear(r, v, c); l = mse(o, y)"


def test_a_dead_relu_is_one_finding_for_all_that_it_killed() -> None:
    seen = {"h": BELOW, "r": ZEROS, "b": replace(BELOW, low=-100.0, high=-100.0), "x": MIXED}
    made = Made(NET, DEAD, numbers=seen, units={1: Units(b"\1" * 4)})
    found = only(made.run(dead="wbv", c="finite"))
    assert (found.cause, found.severity) == ("dead-activation", Severity.ERROR)
    assert found.variables == ("model.w", "model.b", "model.v")
    assert found.location is not None and found.location.line == 2
    assert "all 4 units were at most 0 in all 3 observed steps" in found.message
    assert "`relu` (train.py:2)" in found.message
    told = " ".join(found.evidence)
    assert "from -103 to -97" in told and "`model.b` -100 everywhere" in told
    assert found.fix is not None and "`model.b`" in found.fix.message
    assert [(step.op, step.cut) for step in found.path] == [
        ("linear", False),
        ("relu", True),
        ("linear", False),
        ("mse", False),
    ]


def test_one_dead_step_is_a_warning() -> None:
    made = Made(NET, DEAD, numbers={"h": BELOW, "r": ZEROS})
    assert only(made.run(steps=1, dead="wb", v="finite")).severity is Severity.WARNING


def died_late(text: str, died: Mapping[str, Passed], ratio: float, alive: int = 1) -> Recording:
    """Three steps; in the first `alive` all is well, and the first moves `w` by `ratio`."""
    made = Made(text, died, numbers={"h": BELOW, "r": ZEROS}).run(dead="wb", v="finite")
    variables = []
    for one in made.variables[:2]:
        fine = replace(one.steps[0], gradient=Gradient.FINITE, gradient_norm=1.0, moved=True)
        first = replace(fine, update_ratio=ratio, weight_norm=2.0)
        seen = (first, *(fine,) * (alive - 1), *one.steps[alive:])
        variables.append(replace(one, steps=seen))
    steps = tuple(
        replace(step, probe=None) if index < alive else step
        for index, step in enumerate(made.steps)
    )
    return replace(made, variables=(*variables, *made.variables[2:]), steps=steps)


def test_a_relu_that_one_large_step_killed_is_a_warning() -> None:
    found = only(died_late(NET, DEAD, ratio=12.0))
    assert (found.cause, found.severity) == ("dead-activation", Severity.WARNING)
    assert found.variables == ("model.w", "model.b")
    assert "in every observed step from step 2 on" in found.message
    assert any("moved `model.w` by 12 times its own size" in line for line in found.evidence)
    assert found.fix is not None and "learning rate" in found.fix.message


@pytest.mark.parametrize(
    ("text", "ratio", "alive"),
    [
        (NET, 0.1, 1),
        (NET, 12.0, 2),
        ("o = linear(x, v); h = linear(o, w, b); r = relu(h); l = mean(r)", 12.0, 1),
    ],
    ids=["no step was large", "one dead step", "a hinge that is satisfied"],
)
def test_what_was_alive_at_first_may_rest(text: str, ratio: float, alive: int) -> None:
    assert not diagnose([died_late(text, DEAD, ratio, alive)]).findings


@pytest.mark.parametrize(
    ("op", "went", "came", "cause"),
    [
        ("relu", BELOW, ZEROS, "dead-activation"),
        ("threshold", MIXED, ZEROS, "dead-activation"),
        ("clamp", BELOW, ZEROS, "dead-activation"),
        ("hardtanh", BELOW, ZEROS, "dead-activation"),
        ("hardtanh", ABOVE, ONES, "saturated"),
        ("clamp", ABOVE, ONES, "saturated"),
        ("sigmoid", ABOVE, ONES, "saturated"),
        ("sigmoid", replace(BELOW, low=-500.0, high=-200.0), ZEROS, "saturated"),
        ("logsigmoid", ABOVE, ZEROS, "saturated"),
        ("dropout", MIXED, ZEROS, "multiplied-by-zero"),
        ("getitem", MIXED, EMPTY, "multiplied-by-zero"),
        ("masked_fill", MIXED, ZEROS, "multiplied-by-zero"),
        ("mul", MIXED, ZEROS, "multiplied-by-zero"),
    ],
)
def test_what_an_op_did_is_read_from_its_numbers(
    op: str, went: Numbers, came: Numbers, cause: str
) -> None:
    text = f"h = linear(x, w, b); r = {op}(h); o = linear(r, v, c); l = mse(o, y)"
    died = {**DEAD, "v>o": FINE} if came is ONES else DEAD
    made = Made(text, died, numbers={"h": went, "r": came})
    found = only(made.run(dead="wb", v="finite" if came is ONES else "zero", c="finite"))
    assert found.cause == cause
    assert found.location is not None and found.location.line == 2
    assert found.variables == ("model.w", "model.b", "model.v")[: 2 if came is ONES else 3]
    assert found.fix is not None


@pytest.mark.parametrize(
    ("op", "words"),
    [
        ("softmax", "a single entry, so it gives 1"),
        ("log_softmax", "a single entry, so it gives 0"),
        ("layer_norm", "single numbers"),
        ("normalize", "only their sign is left"),
    ],
)
@pytest.mark.parametrize("how", [DIED, NOISE])
def test_an_axis_of_one_entry(op: str, words: str, how: Passed) -> None:
    text = f"h = linear(x, w); r = {op}(h); l = mse(r, y)"
    died = {"h>r": how, "w>h": replace(how, arrived=how.passed)}
    made = Made(text, died, axis={1: 1}, numbers={"h": MIXED, "r": ONES})
    found = only(made.run() if how is DIED else made.run(dead="", w="finite"))
    assert (found.cause, found.severity) == ("constant-output", Severity.ERROR)
    assert words in found.message
    assert ("rounding noise" in found.message) is (how is NOISE)


def test_noise_is_an_error_though_the_variable_moves() -> None:
    text = "h = linear(x, w); r = layer_norm(h, v, c); l = mse(r, y)"
    made = Made(text, {"h>r": NOISE, "v>r": NOISE}, axis={1: 1}, numbers={"h": MIXED})
    told = diagnose([made.run(dead="", w="finite", v="finite", c="finite")])
    (found,) = told.findings
    assert found.variables == ("model.w", "model.v")
    assert "the optimizer makes moves of it all the same" in found.evidence[0]
    status = {row.name: row.status for row in told.variables}
    assert status["model.w"] is Status.BROKEN and status["model.c"] is Status.TRAINS
    noise = {row.name: [step.noise for step in row.steps] for row in told.variables}
    assert noise["model.w"] == [True] * 3 and noise["model.c"] == [None] * 3


def test_cross_entropy_of_a_single_class() -> None:
    made = Made("h = linear(x, w); l = cross_entropy(h, y)", {"h>l": DIED}, axis={1: 1})
    found = only(made.run())
    assert found.cause == "constant-output" and "single class" in found.message
    assert found.fix is not None and "BCEWithLogits" in found.fix.message


def test_the_sum_of_a_softmax_is_told_where_it_is_taken() -> None:
    text = "h = linear(x, w); p = softmax(h); v = view(p); m = mean(v); l = add(m, z)"
    made = Made(text, {"h>p": NOISE}, axis={1: 4}, numbers={"h": MIXED})
    found = only(made.run(dead="", w="finite"))
    assert found.cause == "constant-output" and "adds up what `softmax`" in found.message
    assert found.location is not None and found.location.line == 4


def test_a_sharp_softmax_is_saturated() -> None:
    one_hot = Numbers(8, 0.0, 1.0, 0.25, 2.0**0.5, zeros=6, positive=2)
    text = "h = linear(x, w); p = softmax(h); o = matmul(p, v); l = mse(o, y)"
    made = Made(text, {"h>p": DIED}, axis={1: 4}, numbers={"h": MIXED, "p": one_hot})
    found = only(made.run(v="finite"))
    assert found.cause == "saturated" and "one entry all" in found.message


@pytest.mark.parametrize(
    ("text", "died", "words"),
    [
        ("h = linear(x, w); l = mse(h, h)", {"h>l": DIED}, "compares a value with itself"),
        ("h = linear(x, w); d = sub(h, h); l = mean(d)", {"h": DIED}, "from itself"),
        ("h = linear(x, w); d = div(h, h); l = mean(d)", {"h": NOISE}, "by itself"),
        (
            "h = linear(x, w); d = sub(h, h); q = pow(d); l = mean(q)",
            {"d>q": DIED, "h>d": GONE},
            "from itself",
        ),
    ],
)
def test_a_value_and_itself(text: str, died: Mapping[str, Passed], words: str) -> None:
    made = Made(text, died, numbers={"h": MIXED, "d": ZEROS} if "d = " in text else {})
    found = only(made.run())
    assert (found.cause, found.severity) == ("constant-output", Severity.ERROR)
    assert words in found.message


MASKED = "h = linear(x, w); f = lt(t); m = float(f); r = mul(h, m); o = linear(r, v); l = mse(o, y)"


def test_a_mask_of_zeros_is_told_where_it_is_multiplied() -> None:
    died = {"h>r": DIED, "w>h": GONE, "v>o": DIED}
    made = Made(MASKED, died, numbers={"h": MIXED, "m": ZEROS, "r": ZEROS})
    found = only(made.run(dead="wv"))
    assert (found.cause, found.severity) == ("multiplied-by-zero", Severity.ERROR)
    assert found.location is not None and found.location.line == 4
    assert found.variables == ("model.w", "model.v")
    assert "from `lt` (train.py:2)" in " ".join(found.evidence)


LORA = "t = matmul(x, a); s = transpose(b); u = matmul(t, s); o = add(u, z); l = mse(o, y)"


def test_two_zero_factors_wait_for_each_other() -> None:
    died = {"t>u": DIED, "s>u": DIED, "a>t": GONE, "b>s": GONE}
    numbers = {"a": ZEROS, "b": ZEROS, "s": ZEROS, "t": ZEROS, "x": MIXED}
    found = only(Made(LORA, died, numbers=numbers).run(dead="ab"))
    assert (found.cause, found.severity) == ("multiplied-by-zero", Severity.ERROR)
    assert found.variables == ("model.a", "model.b")
    assert found.location is not None and found.location.line == 3
    assert "neither ever leaves zero" in " ".join(found.evidence)


@pytest.mark.parametrize("steps", [1, 3])
def test_a_zero_factor_that_trains_is_nothing(steps: int) -> None:
    died = {"t>u": DIED, "a>t": GONE}
    numbers = {"b": ZEROS, "s": ZEROS, "t": MIXED, "x": MIXED}
    told = diagnose([Made(LORA, died, numbers=numbers).run(steps, dead="a", b="finite")])
    assert told.findings == ()
    (notice,) = told.notices
    assert "`model.a`" in notice and "`model.b`" in notice


def test_a_bias_before_a_normalisation_is_a_note_and_trains() -> None:
    text = "h = linear(x, w, b); n = batch_norm(h, v); l = mse(n, y)"
    told = diagnose([Made(text, {"b>h": NOISE}).run(dead="", w="finite", b="finite", v="finite")])
    (found,) = told.findings
    assert (found.cause, found.severity) == ("constant-output", Severity.NOTE)
    assert found.variables == ("model.b",) and "no difference" in found.message
    assert "`batch_norm` (train.py:2)" in found.message
    assert {row.status for row in told.variables} == {Status.TRAINS}


def test_a_hinge_that_is_satisfied_is_no_error_where_others_train() -> None:
    text = "h = linear(x, w); r = relu(h); m = mean(r); g = linear(z, v); l = add(m, g)"
    made = Made(text, {"h>r": DIED, "w>h": GONE}, numbers={"h": BELOW, "r": ZEROS})
    assert only(made.run()).severity is Severity.ERROR
    assert only(made.run(v="finite")).severity is Severity.WARNING


def test_a_zero_that_was_not_measured_is_said_and_no_cause_made_up() -> None:
    made = Made(NET, DEAD)
    made.probe = Probe(failed="the step is too large to be run again")
    told = diagnose([made.run(c="finite")])
    assert told.findings == ()
    (notice,) = told.notices
    assert "exactly zero in all 3 observed steps" in notice and "too large" in notice


def test_steps_are_not_compared_without_a_probe() -> None:
    made = Made(NET, DEAD).run(c="finite")
    bare = replace(made, steps=tuple(Step(s.graph, True, True) for s in made.steps))
    assert diagnose([bare]).findings == ()
