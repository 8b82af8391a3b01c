"""Where gradient dies on a whole way: hand-made steps, with numbers as a probe would give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.flows import Flow, flow, observed, recording, variable
from whygrad.flow.case import Case
from whygrad.flow.dead_units import dead_in_all, same_op
from whygrad.flow.death import Death, How, deaths
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Numbers, Passed, Probe, Units
from whygrad.flow.recording import Step
from whygrad.flow.run import Run

KINDS = {
    "relu": Kind.RECTIFIER,
    "softmax": Kind.SOFTMAX,
    "mul": Kind.PRODUCT,
    "matmul": Kind.CONTRACTION,
    "linear": Kind.CONTRACTION,
    "batch_norm": Kind.NORMALIZATION,
    "layer_norm": Kind.NORMALIZATION,
    "sub": Kind.DIFFERENCE,
    "add": Kind.SUM,
    "mean": Kind.REDUCTION,
    "cdist": Kind.ROOT,
    "cross_entropy": Kind.LOSS,
}
ZERO = Passed(1.0, 0.0)
NOISE = Passed(1.0, 1e-8, noise=True)


def net(text: str, loss: str = "l") -> Flow:
    made = flow(text, loss)
    graph = made.graph
    graph.ops[:] = [op._replace(kind=KINDS.get(op.name, Kind.OTHER)) for op in graph.ops]
    return made


def probe(made: Flow, sick: Mapping[str, Passed], **facts: object) -> Probe:
    """Every edge carries 1.0, but for those named `source>target`; a bare name is a total."""
    graph = made.graph
    names = {number: name for name, number in made.values.items()}
    edges = {}
    for edge in graph.edges():
        way = f"{names[edge.source]}>{names[edge.target]}"
        edges[edge.number] = sick.get(way, Passed(1.0, 1.0))
    totals = {made[name]: passed for name, passed in sick.items() if ">" not in name}
    return Probe(edges=edges, totals=totals, **facts)  # type: ignore[arg-type]


def died(made: Flow, measured: Probe, name: str) -> tuple[Death, ...]:
    values = made.values.values()
    return deaths(made.graph, measured, values).get(made[name], ())


def op_of(made: Flow, death: Death) -> str:
    return made.graph.ops[made.graph.edge_ops[death.edge]].name


def because(made: Flow, death: Death) -> str | None:
    return None if death.because is None else made.graph.ops[death.because].name


def test_a_dead_rectifier_kills_all_before_it_and_nothing_after() -> None:
    made = net("h = linear(x, w, b); r = relu(h); o = linear(r, v, c); l = mean(o)")
    measured = probe(made, {"h>r": ZERO, "w>h": Passed(0.0, 0.0), "b>h": Passed(0.0, 0.0)})
    (death,) = died(made, measured, "w")
    assert op_of(made, death) == "relu"
    assert (death.how, death.arrived, death.passed) == (How.ZERO, 1.0, 0.0)
    assert not death.spared
    assert not death.symmetric
    assert {made["w"], made["b"]} <= death.values
    assert died(made, measured, "b") == (death,)
    assert died(made, measured, "v") == ()


def test_a_zero_factor_spares_its_partner() -> None:
    made = net("h = matmul(x, a); o = matmul(h, b); l = mean(o)")
    zeros = Numbers(4, 0.0, 0.0, 0.0, 0.0, zeros=4)
    numbers = {made["b"]: zeros, made["h"]: Numbers(4, -1.0, 1.0, 0.0, 1.0)}
    measured = probe(made, {"h>o": ZERO, "a>h": Passed(0.0, 0.0)}, numbers=numbers)
    (death,) = died(made, measured, "a")
    assert op_of(made, death) == "matmul"
    assert death.spared
    assert not death.symmetric, "the other operand was zero"
    assert died(made, measured, "b") == ()


@pytest.mark.parametrize("shift", [NOISE, ZERO])
def test_a_bias_before_a_normalisation_is_symmetric(shift: Passed) -> None:
    made = net("h = linear(x, w, b); s = view(h); n = batch_norm(s, g, c); l = mean(n)")
    (death,) = died(made, probe(made, {"b>h": shift}), "b")
    assert op_of(made, death) == "linear"
    assert death.spared
    assert death.symmetric
    assert because(made, death) == "batch_norm"


def test_the_bias_of_a_key_is_symmetric_because_of_the_softmax() -> None:
    made = net(
        "k = linear(x, w, b); s = matmul(q, k); p = softmax(s); o = matmul(p, v); l = sum(o)"
    )
    (death,) = died(made, probe(made, {"b>k": NOISE}), "b")
    assert (op_of(made, death), because(made, death), death.how) == ("linear", "softmax", How.NOISE)


def test_a_normalisation_of_one_number_is_not_symmetric() -> None:
    made = net("h = linear(x, w, b); n = layer_norm(h, g, c); l = mean(n)")
    measured = probe(made, {"h>n": NOISE, "g>n": ZERO})
    (death,) = died(made, measured, "w")
    assert op_of(made, death) == "layer_norm"
    assert not death.symmetric
    assert death.how is How.NOISE


def test_ways_that_cancel_die_where_they_part_and_name_where_they_meet() -> None:
    made = net("h = mul(x, w); d = sub(h, h); l = mean(d)")
    (death,) = died(made, probe(made, {"h": Passed(2.0, 0.0)}), "w")
    assert death.how is How.CANCELLED
    assert (death.arrived, death.passed) == (2.0, 0.0)
    assert not death.symmetric, "all of `h` is lost"
    assert because(made, death) == "sub"


def test_a_value_divided_by_its_own_sum_is_lost_and_not_symmetric() -> None:
    made = net("h = mul(x, w); s = sum(h); d = div(h, s); l = mean(d)")
    (death,) = died(made, probe(made, {"h": Passed(2.0, 1e-8, noise=True)}), "w")
    assert (death.how, death.spared, death.symmetric) == (How.CANCELLED, False, False)
    assert because(made, death) == "div"


def test_a_critics_last_bias_cancels_in_the_difference_of_its_scores() -> None:
    made = net("r = linear(x, w, b); f = linear(y, w, b); u = mean(r); v = mean(f); l = sub(u, v)")
    measured = probe(made, {"b": Passed(2.0, 0.0), "w": Passed(2.0, 0.5)})
    (death,) = died(made, measured, "b")
    assert death.how is How.CANCELLED
    assert death.spared
    assert death.symmetric
    assert because(made, death) == "sub"
    assert died(made, measured, "w") == ()


def test_what_cancelled_without_a_total_ends_there_and_not_further_up() -> None:
    made = net("h = mul(x, w); d = sub(h, h); l = mean(d)")
    (death,) = died(made, probe(made, {"w>h": Passed(0.0, 0.0)}), "w")
    assert death.how is How.CANCELLED
    assert op_of(made, death) == "sub"


def test_the_last_bias_before_pairwise_distances_is_symmetric() -> None:
    made = net("z = linear(x, w, b); d = cdist(z, z); l = mean(d)")
    (death,) = died(made, probe(made, {"b>z": NOISE}), "b")
    assert because(made, death) == "cdist"


def test_a_shift_of_all_logits_is_symmetric_because_of_the_loss() -> None:
    made = net("z = add(x, b); l = cross_entropy(z, y)")
    (death,) = died(made, probe(made, {"b>z": NOISE}), "b")
    assert because(made, death) == "cross_entropy"


def test_one_way_that_carries_is_enough() -> None:
    made = net("h = mul(x, w); r = relu(h); o = add(r, h); l = mean(o)")
    assert died(made, probe(made, {"h>r": ZERO}), "w") == ()


def test_each_of_two_dead_ways_is_named_most_downstream_first() -> None:
    made = net("h = mul(x, w); r = relu(h); s = softmax(h); o = add(r, s); l = mean(o)")
    found = died(made, probe(made, {"h>r": ZERO, "h>s": NOISE}), "w")
    assert [op_of(made, death) for death in found] == ["softmax", "relu"]


def test_a_dead_way_beside_a_cut_one_names_the_dead_op_only() -> None:
    made = net("h = mul(x, w); d = detach(h) !detached; r = relu(h); o = add(r, d); l = mean(o)")
    (death,) = died(made, probe(made, {"h>r": ZERO}), "w")
    assert op_of(made, death) == "relu"


def test_a_cut_beside_ways_that_cancel_does_not_hide_them() -> None:
    made = net("h = mul(x, w); d = sub(h, h); e = detach(h) !detached; o = add(d, e); l = mean(o)")
    (death,) = died(made, probe(made, {"h": Passed(2.0, 0.0)}), "w")
    assert because(made, death) == "sub"


def test_a_gradient_that_is_not_a_number_did_not_die() -> None:
    made = net("h = mul(x, w); r = relu(h); l = mean(r)")
    assert died(made, probe(made, {"h>r": Passed(1.0, float("nan"))}), "w") == ()


def test_what_was_read_while_it_asked_for_none_carries_none() -> None:
    """A critic that is frozen while the generator learns: only its own loss counts."""
    made = net("g = mul(x, w); l = mean(g); d = sub(w, w); o = mean(d)")
    made.graph.losses = (made["l"], made["o"])
    (frozen,) = [e for e in made.graph.edges() if made.graph.ops[e.op].name == "mul"][1:]
    sick = {"w": Passed(2.0, 0.0)}
    (death,) = died(made, probe(made, sick, deaf=frozenset({frozen.number})), "w")
    assert because(made, death) == "sub"


def test_each_update_is_judged_by_what_was_measured_before_it() -> None:
    """The generator's loss reads the critic's weight too, after the critic's own update."""
    made = net("h = mul(x, w); r = relu(h); l = mean(r); i = mul(z, w); s = tanh(i); o = mul(s, v)")
    made.graph.losses = (made["l"], made["o"])
    whole = probe(made, {"h>r": ZERO, "w>h": Passed(0.0, 0.0), "s>o": ZERO, "v>o": ZERO})
    edges = {made.graph.edge(e).number: one for e, one in whole.edges.items()}
    later = min(e.number for e in made.graph.edges() if e.target >= made["i"])
    first = Probe(edges={e: one for e, one in edges.items() if e < later}, measured=later)
    (vote,) = [e.number for e in made.graph.edges() if e.source == made["v"]]
    second = Probe(edges={vote: ZERO}, measured=len(made.graph.targets))
    (death,) = died(made, replace(first, parts=(first, second)), "w")
    assert op_of(made, death) == "relu"
    (death,) = died(made, replace(first, parts=(first, second)), "v")
    assert death.edge == vote


def test_edges_without_a_number_carry_if_they_were_there_when_others_were_measured() -> None:
    made = net("h = mul(x, w); r = relu(h); v = view(r); l = mean(v)")
    known = probe(made, {"h>r": ZERO, "w>h": Passed(0.0, 0.0)}).edges
    ends = {e.number for e in made.graph.edges() if e.source in (made["r"], made["v"])}
    edges = {number: one for number, one in known.items() if number not in ends}
    assert died(made, Probe(edges=edges), "w") == ()
    (death,) = died(made, Probe(edges=edges, measured=len(made.graph.targets)), "w")
    assert op_of(made, death) == "relu"


def test_nothing_is_said_without_a_measurement() -> None:
    made = net("h = mul(x, w); r = relu(h); l = mean(r)")
    assert died(made, Probe(), "w") == ()
    assert died(made, Probe(failed="too large"), "w") == ()


def cases(*probes: Probe | None, gradients: tuple[str, ...]) -> Case:
    made = net("h = mul(x, w); r = relu(h); l = mean(r)")
    w = variable("model.w", steps=tuple(observed(made["w"], kind) for kind in gradients))
    rec = recording([made] * len(gradients), [w])
    steps = tuple(Step(s.graph, True, True, p) for s, p in zip(rec.steps, probes, strict=True))
    return Case(Run(replace(rec, steps=steps)), w)


DEAD = Probe(
    edges={0: Passed(0.0, 0.0), 1: Passed(0.0, 0.0), 2: ZERO, 3: Passed(1.0, 1.0)},
    units={1: Units(b"\1\0\1")},
)


def test_dead_in_one_batch_is_not_dead() -> None:
    assert cases(DEAD, None, gradients=("zero", "finite")).dead_steps == ()
    case = cases(DEAD, replace(DEAD, units={1: Units(b"\1\1\0")}), gradients=("zero", "zero"))
    assert case.dead_steps == (0, 1)
    assert [death.step for death in case.deaths] == [0]
    assert not case.noise


def test_noise_in_every_step_is_dead_though_it_looks_finite() -> None:
    noisy = replace(DEAD, edges={**DEAD.edges, 2: NOISE})
    case = cases(noisy, noisy, gradients=("finite", "finite"))
    assert case.dead_steps == (0, 1)
    assert case.noise
    assert cases(noisy, None, gradients=("finite", "finite")).dead_steps == ()


def test_noise_that_was_established_is_not_measured_again() -> None:
    noisy = replace(DEAD, edges={**DEAD.edges, 2: NOISE})
    w = net("h = mul(x, w); r = relu(h); l = mean(r)")["w"]
    known = Probe(as_before=frozenset((w,)))
    case = cases(noisy, noisy, known, gradients=("finite", "finite", "finite"))
    assert case.dead_steps == (0, 1)
    other = Probe(as_before=frozenset((w + 1,)))
    assert cases(noisy, noisy, other, gradients=("finite", "finite", "finite")).dead_steps == ()


def test_the_first_measured_step_tells_where() -> None:
    case = cases(None, DEAD, gradients=("zero", "zero"))
    assert [death.step for death in case.deaths] == [1]


def test_units_are_dead_when_they_are_in_every_measured_step() -> None:
    case = cases(DEAD, replace(DEAD, units={1: Units(b"\1\1\0")}), gradients=("zero", "zero"))
    dead = case.run.dead_units(0, 1)
    assert dead is not None
    assert (dead.units, dead.count, dead.steps) == (b"\1\0\0", 1, 2)
    assert case.run.dead_units(0, 0) is None
    assert dead_in_all([b"\1", b"\1\1"]) is None


def test_an_op_is_found_again_in_another_step_by_line_and_turn() -> None:
    one, other = net("h = mul(x, w); l = mean(h)"), net("h = mul(x, w); l = mean(h)")
    assert same_op(one.graph, 1, other.graph) == 1
    moved_on = net("z = exp(x); h = mul(x, w); l = mean(h)")
    assert same_op(one.graph, 0, moved_on.graph) is None, "another line"


def test_a_scale_and_an_input_that_die_on_one_line_are_told_apart() -> None:
    made = net("h = linear(x, w, b); n = layer_norm(h, g, c); l = mean(n)")
    measured = probe(made, {"h>n": NOISE, "g>n": ZERO})
    (scale,) = died(made, measured, "g")
    (whole,) = died(made, measured, "w")
    assert (scale.how, whole.how) == (How.ZERO, How.NOISE)
    assert made["g"] not in whole.values
