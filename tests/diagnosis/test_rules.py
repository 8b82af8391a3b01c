"""Each cause on a recording made by hand: found where it holds, silent where it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.flows import adam, at, events, flow, observed, recording, variable
from whygrad.diagnosis.diagnose import diagnose
from whygrad.flow.recording import Message, Recording, Step
from whygrad.flow.tags import CREATED_IN_STEP, EMPTY_GROUP, OVERWRITTEN_BY_TENSOR, SIBLING_USED
from whygrad.flow.variable import Home, Making, Origin, Variable
from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Status

NET = flow("h = matmul(x, w); r = relu(h); o = matmul(r, v); l = sum(o)", loss="l")
CUT = flow("h = matmul(x, w); z = detach(h) !detached; o = matmul(z, v); l = sum(o)", loss="l")
NONE = {"kind": "none"}


def healthy(name: str, value: int | None, **facts: Any) -> Variable:
    return variable(name, steps=(observed(value),) * 3, **facts)


def starved(name: str, value: int | None, **facts: Any) -> Variable:
    return variable(name, steps=(observed(value, "none"),) * 3, **facts)


def piling(value: int) -> tuple[Any, ...]:
    return tuple(
        observed(value, gradient_norm=0.07 * (n + 1), moved=False, carried_over=n > 0)
        for n in range(3)
    )


def findings(made: Recording) -> tuple[Finding, ...]:
    return diagnose([made]).findings


def only(made: Recording) -> Finding:
    (found,) = findings(made)
    return found


def test_nothing_to_say_of_a_healthy_run() -> None:
    told = diagnose(
        [recording(NET, [healthy("model.a.w", NET["w"]), healthy("model.b.v", NET["v"])])]
    )
    assert told.findings == () and told.notices == ()
    assert [row.status for row in told.variables] == [Status.TRAINS] * 2


def test_unregistered_tensor() -> None:
    beta = variable(
        "model.beta", home=Home.PLAIN_ATTRIBUTE, holders=(), steps=piling(NET["w"]), made_at=at(9)
    )
    found = only(recording(NET, [beta, healthy("model.b.v", NET["v"])]))
    assert (found.cause, found.severity) == ("unregistered-tensor", Severity.ERROR)
    assert found.location == at(9) and found.variables == ("model.beta",)
    for words in ("`model.parameters()`", "Adam `optimizer`", "`.to(device)`", "`state_dict()`"):
        assert words in found.message
    assert "norms 0.07, 0.14, 0.21" in found.evidence[0]
    assert "`matmul` (train.py:1)" in found.evidence[-1]
    assert [step.op for step in found.path] == ["matmul", "relu", "matmul", "sum"]
    assert found.fix is not None and "nn.Parameter" in found.fix.message


@pytest.mark.parametrize(
    "facts",
    [
        {"trainable": False, "making": Making.CONSTANT},
        {"trainable": False, "making": Making.DATA},
        {"trainable": False, "making": Making.RANDOM, "floating": False},
        {"trainable": True, "leaf": False},
    ],
)
def test_a_plain_tensor_that_is_no_variable(facts: dict[str, Any]) -> None:
    plain = starved("model.mask", NET["w"], home=Home.PLAIN_ATTRIBUTE, holders=(), **facts)
    assert findings(recording(NET, [plain, healthy("model.v", NET["v"])])) == ()


def test_random_numbers_used_like_a_weight_are_a_warning() -> None:
    for home, cause in (
        (Home.PLAIN_ATTRIBUTE, "unregistered-tensor"),
        (Home.PLAIN_CONTAINER, "unregistered-container"),
        (Home.BUFFER, "buffer-not-parameter"),
    ):
        plain = starved(
            "model.w", NET["w"], home=home, holders=(), trainable=False, making=Making.RANDOM
        )
        found = only(recording(NET, [plain, healthy("model.v", NET["v"])]))
        assert (found.cause, found.severity) == (cause, Severity.WARNING)


def test_one_finding_for_a_whole_container() -> None:
    hidden = [
        variable(
            f"model.blocks.{n}.weight",
            home=Home.PLAIN_CONTAINER,
            holders=(),
            held_at=at(10),
            steps=piling(NET[name]),
        )
        for n, name in enumerate("wv")
    ]
    found = only(recording(NET, [*hidden, healthy("model.out", NET["x"])]))
    assert found.cause == "unregistered-container" and found.location == at(10)
    assert len(found.variables) == 2


def test_a_teacher_kept_out_of_sight_is_no_error() -> None:
    teacher = starved(
        "model.teacher.0.w", CUT["w"], home=Home.PLAIN_CONTAINER, holders=(), held_at=at(10)
    )
    told = findings(recording(CUT, [teacher, healthy("model.v", CUT["v"])]))
    assert {f.severity for f in told} == {Severity.NOTE}


def test_non_leaf_parameter_and_the_message_it_ends_in() -> None:
    weight = starved(
        "model.weight",
        NET["w"],
        home=Home.PLAIN_ATTRIBUTE,
        holders=(),
        leaf=False,
        made_at=at(10),
        origin=Origin("mul", at(10), True),
    )
    said = Message("Trying to backward through the graph a second time (or ...)", True, at(34))
    told = diagnose([recording(NET, [weight, healthy("model.v", NET["v"])], messages=(said,))])
    (found,) = told.findings
    assert found.cause == "non-leaf-parameter" and found.location == at(10)
    (notice,) = told.notices
    assert "`model.weight`" in notice and "`retain_graph=True` is not the remedy" in notice


def test_buffer_that_asks_for_a_gradient() -> None:
    t = variable("model.t", home=Home.BUFFER, holders=(), steps=piling(NET["w"]))
    found = only(recording(NET, [t, healthy("model.v", NET["v"])]))
    assert (found.cause, found.severity) == ("buffer-not-parameter", Severity.ERROR)


def test_replaced_and_created() -> None:
    anew = tuple(observed(NET["w"], moved=False, identity=n) for n in range(3))
    for tags, cause in (
        (frozenset(), "replaced-variable"),
        (frozenset({OVERWRITTEN_BY_TENSOR}), "replaced-variable"),
        (frozenset({CREATED_IN_STEP}), "created-in-forward"),
    ):
        made = variable("model.w", holders=(), steps=anew, tags=tags)
        found = only(recording(NET, [made, healthy("model.v", NET["v"])]))
        assert (found.cause, found.severity) == (cause, Severity.ERROR)


def test_a_frozen_part_is_one_note() -> None:
    body = [
        starved(f"model.body.{n}", NET["w"], trainable=False, holders=(), frozen_at=at(12))
        for n in ("weight", "bias")
    ]
    told = diagnose([recording(NET, [*body, healthy("model.head", NET["v"])])])
    (found,) = told.findings
    assert (found.cause, found.severity) == ("frozen", Severity.NOTE)
    assert [row.status for row in told.variables][:2] == [Status.FROZEN] * 2


def test_everything_frozen_is_an_error_and_answers_the_message() -> None:
    said = Message("element 0 of tensors does not require grad and ...", True, at(30))
    steps = (Step(NET.graph, True, False),)
    weight = variable(
        "model.w",
        trainable=False,
        frozen_at=at(12),
        steps=(observed(NET["w"], "none", trainable=False),),
    )
    told = diagnose([recording([NET], [weight], steps=steps, messages=(said,))])
    (found,) = told.findings
    assert (found.cause, found.severity) == ("frozen", Severity.ERROR)
    assert "`frozen` (train.py:12)" in told.notices[0]


def test_detached_is_one_finding_for_all_behind_it() -> None:
    weights = [starved(f"model.encoder.{n}", CUT["w"]) for n in ("weight", "bias")]
    found = only(recording(CUT, [*weights, healthy("model.v", CUT["v"])]))
    assert (found.cause, found.severity) == ("detached", Severity.ERROR)
    assert found.location == at(2) and len(found.variables) == 2
    assert [(s.op, s.cut) for s in found.path][1] == ("detach", True)


@pytest.mark.parametrize(
    ("statement", "cause", "line"),
    [
        ("z = relu(h) !grad-disabled @no_grad", "grad-disabled", 100),
        ("z = item(h) !left-framework", "left-framework", 2),
        ("z = tensor(h) !rewrapped", "rewrapped", 2),
        ("z = argmax(h) !not-differentiable", "non-differentiable-op", 2),
        ("z = thing(h) !unexplained", "non-differentiable-op", 2),
        ("z = long(h) !integer", "non-differentiable-op", 2),
        ("z = Scale(h) !custom-gradient", "custom-gradient", 2),
    ],
)
def test_every_barrier_has_its_cause(statement: str, cause: str, line: int) -> None:
    f = flow(f"h = matmul(x, w); {statement}; o = matmul(z, v); l = sum(o)", loss="l")
    found = only(recording(f, [starved("model.a.w", f["w"]), healthy("model.b.v", f["v"])]))
    assert (found.cause, found.severity) == (cause, Severity.ERROR)
    assert found.location is not None and found.location.line == line
    assert found.fix is not None


def test_two_cuts_behind_one_another_are_both_told() -> None:
    f = flow(
        "a = matmul(x, w); b = relu(a) !grad-disabled @no_grad; z = detach(b) !detached;"
        "o = matmul(z, v); l = sum(o)",
        loss="l",
    )
    found = findings(recording(f, [starved("model.a.w", f["w"]), healthy("model.b.v", f["v"])]))
    assert [one.cause for one in found] == ["detached", "grad-disabled"]
    assert "a second time" in found[1].message


def test_a_target_network_is_no_error() -> None:
    f = flow("q = matmul(x, w); t = matmul(x, v) !grad-disabled @no_grad; l = mse(q, t)", loss="l")
    target = starved("target.v", f["v"], holders=())
    told = findings(recording(f, [healthy("model.w", f["w"]), target]))
    assert {one.severity for one in told} <= {Severity.NOTE}


def test_a_gradient_in_any_step_is_enough() -> None:
    steps = (observed(CUT["w"], "none"), observed(CUT["w"], "none"), observed(CUT["w"]))
    made = variable("model.w", steps=steps)
    assert findings(recording(CUT, [made, healthy("model.v", CUT["v"])])) == ()


def test_unused() -> None:
    lost = {"used_in_source": False, "made_at": at(10)}
    cases: list[tuple[dict[str, Any], Severity]] = [
        (lost, Severity.ERROR),
        ({"used_in_source": True}, Severity.NOTE),
        ({"used_in_source": None}, Severity.NOTE),
        ({**lost, "owned_by_library": True}, Severity.NOTE),
        ({**lost, "tags": frozenset({SIBLING_USED})}, Severity.NOTE),
    ]
    for facts, severity in cases:
        found = only(recording(NET, [starved("model.n.w", None, **facts), healthy("model.v", 1)]))
        assert (found.cause, found.severity) == ("unused", severity), facts


def test_a_result_that_is_dropped() -> None:
    f = flow("h = matmul(x, w); n = layer_norm(h, s); o = matmul(h, v); l = sum(o)", loss="l")
    lost = starved("model.norm.s", f["s"])
    found = only(recording(f, [lost, healthy("model.w", f["w"]), healthy("model.v", f["v"])]))
    assert (found.cause, found.severity) == ("unused", Severity.ERROR)
    assert found.location == at(2)


def test_not_in_optimizer() -> None:
    held = healthy("model.body.v", NET["v"])
    given = tuple(observed(NET["w"], moved=False) for _ in range(3))
    alone = variable("model.body.w", holders=(), steps=given)
    assert only(recording(NET, [alone, held])).severity is Severity.ERROR
    part = variable("model.backbone.w", holders=(), steps=given)
    found = only(recording(NET, [part, held]))
    assert (found.cause, found.severity) == ("not-in-optimizer", Severity.WARNING)
    assert "is that meant?" in found.message
    exhausted = replace(part, tags=frozenset({EMPTY_GROUP}))
    assert only(recording(NET, [exhausted, held])).severity is Severity.ERROR
    assert findings(recording(NET, [alone, held], optimizers_known=False)) == ()


def test_stale_optimizer() -> None:
    given = tuple(observed(NET["w"], moved=False) for _ in range(3))
    head = variable("model.fc.weight", holders=(), steps=given, replaced_at=at(20))
    found = only(
        recording(NET, [head, healthy("model.b.v", NET["v"])], optimizers=(adam(4, stale=2),))
    )
    assert (found.cause, found.location) == ("stale-optimizer", at(20))
    assert "2 tensors" in found.evidence[0]


def test_zero_learning_rate() -> None:
    still = tuple(observed(NET["w"], moved=False) for _ in range(3))
    stuck = variable("model.w", steps=still)
    stuck = replace(stuck, holders=(replace(stuck.holders[0], learning_rate=0.0),))
    rest = healthy("model.v", NET["v"])
    assert only(recording(NET, [stuck, rest])).severity is Severity.ERROR
    order = ("cleared", "backward", "step", "scheduler")
    assert only(recording(NET, [stuck, rest], events=events(order))).severity is Severity.WARNING


def test_update_underflow() -> None:
    still = tuple(observed(NET["w"], moved=False, weight_norm=100.0) for _ in range(3))
    lost = variable("model.w", steps=still, dtype="bfloat16")
    lost = replace(lost, holders=(replace(lost.holders[0], learning_rate=1e-5),))
    found = only(recording(NET, [lost, healthy("model.v", NET["v"])]))
    assert found.cause == "update-underflow" and "`bfloat16`" in found.message


def test_gradients_cleared_before_the_step() -> None:
    gone = tuple(
        observed(NET["w"], "none", had_gradient_after_backward=True, moved=False) for _ in range(3)
    )
    order = ("backward", "cleared", "step")
    found = only(recording(NET, [variable("model.w", steps=gone)], events=events(order)))
    assert (found.cause, found.location) == ("step-missing", at(72))
    assert "backward, zero_grad, step" in found.evidence[0]


def test_a_step_that_never_comes() -> None:
    given = tuple(observed(NET["w"], moved=None) for _ in range(3))
    steps = (Step(NET.graph, True, False),) * 3
    found = only(
        recording(
            NET,
            [variable("model.w", steps=given)],
            steps=steps,
            events=events(("cleared", "backward")),
            optimizers=(adam(steps_taken=0),),
        )
    )
    assert (found.cause, found.location) == ("step-missing", at(72))


def test_gradients_that_pile_up() -> None:
    piled = tuple(
        observed(NET["w"], gradient_norm=float(n + 1), carried_over=n > 0) for n in range(3)
    )
    told = diagnose(
        [recording(NET, [variable("model.w", steps=piled)], events=events(("backward", "step")))]
    )
    (found,) = told.findings
    assert (found.cause, found.severity) == ("grads-not-cleared", Severity.WARNING)
    assert told.variables[0].status is Status.TRAINS


def test_zero_gradients_are_told_without_a_cause() -> None:
    zero = variable("model.w", steps=(observed(NET["w"], "zero"),) * 3)
    told = diagnose([recording(NET, [zero, healthy("model.v", NET["v"])])])
    assert told.findings == ()
    assert "exactly zero in all 3 observed steps" in told.notices[0]
    assert told.variables[0].status is Status.UNKNOWN


@pytest.mark.parametrize("read", [True, False])
def test_what_a_step_did_not_show_to_the_end_is_not_called_unused(read: bool) -> None:
    f = flow("h = matmul(x, v); d = relu(w); l = sum(h)", loss="l")
    lost = starved("model.a.w", f["w"] if read else None, used_in_source=False)
    made = recording(f, [lost, healthy("model.b.v", f["v"])])
    assert only(made).severity is Severity.ERROR
    for step in made.steps:
        step.graph.complete = False
    assert only(made).severity is Severity.NOTE
