"""What the flow says of each way in which gradient gets lost: the barrier, the op, the place."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402, N812
from torch import nn  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from tests.backends.torch_flow import Seen, see  # noqa: E402
from whygrad.backends.torch.flow import Flow  # noqa: E402
from whygrad.flow.graph import Barrier  # noqa: E402
from whygrad.flow.variable import Making  # noqa: E402

warnings.filterwarnings("ignore", module="torch")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def w():
    torch.manual_seed(3)
    return torch.randn(4, requires_grad=True)


@pytest.fixture
def v():
    torch.manual_seed(4)
    return torch.randn(4, requires_grad=True)


def text(seen: Seen, name: str) -> tuple[str, str, str | None]:
    edge, op = seen.cut(name)
    return Barrier(edge.barrier).name, op.name, op.place.source if op.place else None


def line_with(mark: str) -> int:
    """The line of this file that ends in a comment holding `mark`."""
    lines = inspect.getsource(inspect.getmodule(line_with)).splitlines()
    (found,) = [i for i, line in enumerate(lines, 1) if line.rstrip().endswith(f"# <- {mark}")]
    return found


# -- whole


def test_whole(w):
    seen = see(lambda: (w * 2).tanh().sum(), w=w)
    assert seen.verdict("w") == "whole"
    assert all(b == Barrier.NONE for b in seen.graph.barriers)
    assert not any(seen.graph.inferred)


@pytest.mark.parametrize(
    "body",
    [
        lambda w, v: w + v + (v - w).detach(),
        lambda w, v: F.gumbel_softmax(w, hard=True) * v,
        lambda w, v: torch.where(w > 0, w, v),
        lambda w, v: F.embedding(torch.tensor([0, 1]), torch.stack([w, v])),
        lambda w, v: torch.stack([w, v]).max(dim=0).values,
        lambda w, v: torch.stack([w, v]).to_sparse().to_dense(),
        lambda w, v: F.scaled_dot_product_attention(w.view(1, 4), v.view(1, 4), v.view(1, 4)),
        lambda w, v: torch.einsum("i,j->ij", w, v),
        lambda w, v: torch.distributions.Normal(w, v.exp()).rsample(),
        lambda w, v: torch.distributions.Normal(w, v.exp()).log_prob(torch.ones(4)),
        lambda w, v: checkpoint(lambda a: a * v, w, use_reentrant=False),
        lambda w, v: checkpoint(lambda a: a * v, w, use_reentrant=True),
        lambda w, v: torch.func.vmap(lambda a, b: a * b)(w, v),
        lambda w, v: nn.functional.multi_head_attention_forward(
            w.view(1, 1, 4), w.view(1, 1, 4), w.view(1, 1, 4), 4, 2,
            v.repeat(12).view(12, 4), torch.zeros(12), None, None, False, 0.0,
            torch.eye(4), torch.zeros(4),
        )[0],
        lambda w, v: torch.gru_cell(
            w.view(1, 4), v.view(1, 4), torch.ones(12, 4), torch.ones(12, 4)
        ),
        lambda w, v: torch.complex(w, v).abs(),
    ],
)  # fmt: skip
def test_whole_for_both(body, w, v):
    seen = see(lambda: body(w, v).sum(), w=w, v=v)
    assert (seen.verdict("w"), seen.verdict("v")) == ("whole", "whole")
    assert w.grad is not None
    assert v.grad is not None


def test_unused(w, v):
    seen = see(lambda: (w * torch.zeros_like(v)).sum(), w=w, v=v)
    assert seen.verdict("v") == "unused"


# -- cut


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (lambda v: v.detach(), ("DETACHED", "detach", "v.detach()")),
        (lambda v: v.data, ("DETACHED", "data", "v.data")),
        (lambda v: (v * 1).detach_(), ("DETACHED", "detach", "(v * 1).detach_()")),
        (lambda v: v.argmax().float(), ("NOT_DIFFERENTIABLE", "argmax", "v.argmax()")),
        (lambda v: (v > 0).float(), ("NOT_DIFFERENTIABLE", "gt", "v > 0")),
        (lambda v: torch.round(v), ("NOT_DIFFERENTIABLE", "round", "torch.round(v)")),
        (lambda v: v.floor(), ("NOT_DIFFERENTIABLE", "floor", "v.floor()")),
        (lambda v: v.long() * 1.0, ("INTEGER", "long", "v.long()")),
        (lambda v: v.to(torch.int32) * 1.0, ("INTEGER", "to", "v.to(torch.int32)")),
        (lambda v: v.topk(4).indices.float(), ("NOT_DIFFERENTIABLE", "topk", "v.topk(4)")),
        (lambda v: torch.bernoulli(v.sigmoid()), (
            "NOT_DIFFERENTIABLE", "bernoulli", "torch.bernoulli(v.sigmoid())")),
        (lambda v: torch.tensor(v), ("REWRAPPED", "tensor", "torch.tensor(v)")),
        (lambda v: nn.Parameter(v * 1), ("REWRAPPED", "Parameter", "nn.Parameter(v * 1)")),
        (lambda v: torch.autograd.Variable(v * 1, requires_grad=True), (
            "REWRAPPED", "Variable", "torch.autograd.Variable(v * 1, requires_grad=True)")),
        (lambda v: v.sum().item(), ("LEFT_FRAMEWORK", "item", "v.sum().item()")),
        (lambda v: float(v.sum()), ("LEFT_FRAMEWORK", "float", "float(v.sum())")),
        (lambda v: torch.tensor(v.tolist()), ("LEFT_FRAMEWORK", "tolist", "v.tolist()")),
        (lambda v: torch.from_numpy(v.detach().numpy()), (
            "LEFT_FRAMEWORK", "numpy", "v.detach().numpy()")),
        (lambda v: torch.as_tensor(np.tanh(v.detach().numpy())), (
            "LEFT_FRAMEWORK", "numpy", "v.detach().numpy()")),
        (lambda v: torch.distributions.Normal(v, 1.0).sample(), (
            "NOT_DIFFERENTIABLE", "sample", "torch.distributions.Normal(v, 1.0).sample()")),
        (lambda v: torch.distributions.Uniform(v, v + 1).sample()[0], (
            "NOT_DIFFERENTIABLE", "sample", "torch.distributions.Uniform(v, v + 1).sample()")),
    ],
)  # fmt: skip
def test_cut_with_place(body, expected, w, v):
    seen = see(lambda: (w * body(v)).sum(), w=w, v=v)
    assert seen.verdict("w") == "whole"
    barrier, op, source = expected
    edge, cut = seen.cuts("v")[0]
    assert (edge.barrier.name, cut.name, cut.place.source) == (barrier, op, source)
    assert cut.place.path == "tests/backends/test_torch_flow.py"


def test_sampling_names_the_alternative(w, v):
    seen = see(lambda: (w * torch.distributions.Normal(v, 1.0).sample()).sum(), v=v)
    assert seen.cut("v")[1].detail == "sampling; use rsample"


def test_a_link_through_python_is_inferred(w, v):
    def body():
        scale = v.sum().item()
        doubled = scale * 2
        return (w * doubled).sum()

    seen = see(body, v=v)
    edge, op = seen.cut("v")
    assert edge.inferred
    assert "mul" in op.detail


def test_a_logged_number_is_no_link(w, v):
    logged = []

    def body():
        logged.append(v.sum().item())
        return (w * 0.5).sum()

    assert see(body, v=v).verdict("v") == "unused"


# -- regions


def no_grad_statement(v):
    with torch.no_grad():  # <- no_grad
        return v * 2


@torch.no_grad()  # <- decorator
def no_grad_function(v):
    return v * 2


@torch.no_grad  # <- bare decorator
def bare_function(v):
    return v * 2


@torch.inference_mode()  # <- inference decorator
def inference_function(v):
    return v * 2


@torch.no_grad()  # <- generator
def generator(v):
    yield v * 2


def inference_statement(v):
    with torch.inference_mode():  # <- inference
        return v * 2


def set_off(v):
    torch.set_grad_enabled(False)  # <- switched off
    out = v * 2
    torch.set_grad_enabled(True)
    return out


def set_as_manager(v):
    with torch.set_grad_enabled(False):  # <- manager
        return v * 2


def nested(v):
    with torch.no_grad():  # <- outer
        with torch.no_grad():
            v = v * 1
        return v * 2


def reopened(v):
    with torch.no_grad():  # <- reopened
        with torch.enable_grad():
            v = v * 1
        return v * 2


@pytest.mark.parametrize(
    ("function", "kind", "mark"),
    [
        (no_grad_statement, "no_grad", "no_grad"),
        (no_grad_function, "no_grad", "decorator"),
        (bare_function, "no_grad", "bare decorator"),
        (inference_function, "inference_mode", "inference decorator"),
        (lambda v: next(generator(v)), "no_grad", "generator"),
        (inference_statement, "inference_mode", "inference"),
        (set_off, "set_grad_enabled", "switched off"),
        (set_as_manager, "set_grad_enabled", "manager"),
        (nested, "no_grad", "outer"),
        (reopened, "no_grad", "reopened"),
    ],
)
def test_region(function, kind, mark, w, v):
    seen = see(lambda: (w + function(v)).sum(), w=w, v=v)
    assert seen.verdict("w") == "whole"
    edge, op = seen.cut("v")
    assert edge.barrier is Barrier.GRAD_DISABLED
    assert op.name == "mul"
    assert op.region.kind == kind
    assert op.region.place.line == line_with(mark)
    assert torch.is_grad_enabled()


def test_switched_off_and_never_on_again(w):
    def body():
        torch.set_grad_enabled(False)
        return w.sum()

    try:
        seen = see(body, w=w)
    finally:
        torch.set_grad_enabled(True)
    assert seen.cut("w")[1].region.kind == "set_grad_enabled"


def test_reentrant_checkpoint_without_grad_inputs(w, v):
    x = torch.randn(4)
    seen = see(lambda: (w * checkpoint(lambda a: a * v, x, use_reentrant=True)).sum(), w=w, v=v)
    edge, op = seen.cut("v")
    assert edge.barrier is Barrier.GRAD_DISABLED
    assert op.region.kind == "reentrant checkpoint"
    assert op.region.place.source == "checkpoint(lambda a: a * v, x, use_reentrant=True)"
    assert v.grad is None


def test_detach_inside_a_reentrant_checkpoint(w, v):
    seen = see(lambda: checkpoint(lambda a: a * v.detach(), w, use_reentrant=True).sum(), w=w, v=v)
    assert seen.verdict("w") == "whole"
    assert seen.cut("v")[0].barrier is Barrier.DETACHED


# -- leaves made by hand


def test_a_result_without_gradient_forced_to_be_a_leaf(w):
    def body():
        with torch.no_grad():
            loss = (w * 2).sum()
        loss.requires_grad_()
        return loss

    seen = see(body, w=w)
    edge, op = seen.cut("w")
    assert (edge.barrier, op.name) == (Barrier.GRAD_DISABLED, "sum")
    last = seen.graph.ops[-1]
    assert (last.name, last.detail) == ("requires_grad", "made a leaf by hand")


def test_a_rewrapped_loss(w):
    seen = see(lambda: torch.tensor(w.sum().item(), requires_grad=True), w=w)
    edge, op = seen.cut("w")
    assert (edge.barrier, op.name) == (Barrier.LEFT_FRAMEWORK, "item")


# -- writing in place


def test_a_leaf_clipped_under_no_grad_keeps_its_identity(w):
    def body():
        with torch.no_grad():
            w.clamp_(-1, 1)
        return (w * 2).sum()

    assert see(body, w=w).verdict("w") == "whole"


def test_copying_a_variable_into_another_under_no_grad(w, v):
    def body():
        with torch.no_grad():
            w.copy_(v)
        return (w * 2).sum()

    seen = see(body, w=w, v=v)
    assert seen.verdict("w") == "whole"
    assert text(seen, "v") == ("GRAD_DISABLED", "copy", "w.copy_(v)")


def test_writing_into_a_detached_alias_reaches_the_original(w, v):
    def body():
        base = w * 1
        alias = base.detach()
        alias += v.detach()
        return base.sum()

    seen = see(body, w=w, v=v)
    assert seen.verdict("w") == "whole"
    assert {op.name for _, op in seen.cuts("v")} == {"add"}


def test_a_buffer_filled_from_a_variable(w, v):
    def body():
        buffer = torch.zeros(4)
        buffer[:] = v
        return (w * buffer).sum()

    seen = see(body, w=w, v=v)
    assert seen.verdict("v") == "whole"


# -- custom gradients


class GivesNone(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        return a * b

    @staticmethod
    def backward(ctx, g):
        return g, None


class GivesZeros(GivesNone):
    @staticmethod
    def backward(ctx, g):
        return g, torch.zeros_like(g)


class NotDifferentiable(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        out = a * 2
        ctx.mark_non_differentiable(out)
        return out

    @staticmethod
    def backward(ctx, g):
        return g


@pytest.mark.parametrize(
    ("function", "detail"),
    [(GivesNone, "its backward gives None"), (GivesZeros, "its backward gives only zeros")],
)
def test_custom_function(function, detail, w, v):
    seen = see(lambda: function.apply(w, v).sum(), w=w, v=v)
    assert seen.verdict("w") == "whole"
    edge, op = seen.cut("v")
    assert edge.barrier is Barrier.CUSTOM_GRADIENT
    assert (op.name, op.detail) == (function.__name__, detail)


def test_custom_function_marked_non_differentiable(w, v):
    seen = see(lambda: (w * NotDifferentiable.apply(v)).sum(), w=w, v=v)
    assert seen.cut("v")[0].barrier is Barrier.CUSTOM_GRADIENT


def test_tensor_hook_that_zeroes(w, v):
    def body():
        hidden = v * 2
        hidden.register_hook(torch.zeros_like)
        return (w * hidden).sum()

    seen = see(body, w=w, v=v)
    assert seen.verdict("w") == "whole"
    assert seen.cut("v")[0].barrier is Barrier.CUSTOM_GRADIENT


def test_hook_on_a_variable_that_zeroes(w, v):
    def body():
        v.register_hook(lambda g: g * 0)
        return (w * v).sum()

    seen = see(body, w=w, v=v)
    assert seen.cut("v")[0].barrier is Barrier.CUSTOM_GRADIENT


def test_tensor_hook_that_only_scales(w):
    def body():
        hidden = w * 2
        hidden.register_hook(lambda g: g * 0.5)
        return hidden.sum()

    assert see(body, w=w).verdict("w") == "whole"


def test_module_hook_that_zeroes():
    inner, outer = nn.Linear(4, 4), nn.Linear(4, 4)
    outer.register_full_backward_hook(lambda m, gi, go: tuple(g * 0 for g in gi))
    x = torch.randn(2, 4)
    seen = see(lambda: outer(inner(x)).sum(), a=inner.weight, b=outer.weight)
    assert seen.verdict("b") == "whole"
    assert seen.cut("a")[0].barrier is Barrier.CUSTOM_GRADIENT


# -- unseen by the mode


def test_scripted_module_is_adopted(w):
    layer = torch.jit.script(nn.Linear(4, 4))
    seen = see(lambda: layer(w * 2).sum(), w=w, weight=layer.weight)
    assert (seen.verdict("w"), seen.verdict("weight")) == ("whole", "whole")


def test_what_was_made_before_the_watch_is_adopted(w):
    made = w * 2
    assert see(lambda: made.sum(), w=w).verdict("w") == "whole"


def test_gradient_penalty(w):
    x = torch.randn(4, requires_grad=True)

    def body():
        score = (w * x).square().sum()
        (slope,) = torch.autograd.grad(score, x, create_graph=True)
        return slope.norm()

    assert see(body, w=w).verdict("w") == "whole"


def test_gradient_penalty_without_create_graph(w, v):
    x = torch.randn(4, requires_grad=True)

    def body():
        score = (w * x).square().sum()
        (slope,) = torch.autograd.grad(score, x)
        return slope.norm() + v.sum()

    edge, op = see(body, w=w).cuts("w")[0]
    assert edge.barrier is Barrier.GRAD_DISABLED
    assert op.detail == "without create_graph=True"


# -- what made a tensor


def test_made():
    flow = Flow()
    flow.install()
    try:
        flow.begin_step()
        plain = torch.randn(3, requires_grad=True)
        parameter = nn.Parameter(torch.zeros(3))
        started = nn.Parameter(torch.empty(3))
        nn.init.normal_(started)
        scaled = nn.Parameter(torch.ones(3)) * 0.1
        given = torch.tensor([1.0, 2.0])
        layer = nn.Linear(2, 2)
        for _ in range(2):
            assert flow.made(plain).making is Making.RANDOM
            assert flow.made(plain).place.source == "torch.randn(3, requires_grad=True)"
            assert flow.made(parameter)[0::2] == ("zeros", Making.CONSTANT)
            assert flow.made(started).making is Making.RANDOM
            assert flow.made(given).making is Making.DATA
            assert flow.made(layer.weight).place.source == "nn.Linear(2, 2)"
            assert flow.made(layer.weight).place.library is not None
            assert flow.origin(scaled).op == "mul"
            assert flow.origin(scaled).orphan_parameter
            flow.begin_step()
        assert flow.origin(plain) is None
    finally:
        flow.uninstall()


# -- a guest


def test_everything_is_put_back():
    before = (
        vars(nn.Parameter)["__new__"],
        vars(torch.autograd.Function)["apply"],
        torch.from_numpy,
        torch.compile,
        torch.overrides.has_torch_function,
        "__new__" in vars(torch.autograd.Variable),
        vars(torch.inference_mode)["__enter__"],
    )
    flow = Flow()
    flow.install()
    flow.install()
    flow.uninstall()
    flow.uninstall()
    assert before == (
        vars(nn.Parameter)["__new__"],
        vars(torch.autograd.Function)["apply"],
        torch.from_numpy,
        torch.compile,
        torch.overrides.has_torch_function,
        "__new__" in vars(torch.autograd.Variable),
        vars(torch.inference_mode)["__enter__"],
    )
    assert torch._C._len_torch_function_stack() == 0
    assert torch.autograd.Variable(torch.ones(2)).shape == (2,)


def test_uninstalled_below_the_persons_own_mode():
    flow = Flow()
    flow.install()
    with torch.device("cpu"):
        flow.uninstall()
    assert torch._C._len_torch_function_stack() == 0


def test_nothing_is_kept_alive(w):
    import weakref

    flow = Flow()
    flow.install()
    try:
        flow.begin_step()
        hidden = w * 2
        loss = hidden.tanh().sum()
        gone = weakref.ref(hidden)
        flow.mark_loss(loss)
        del hidden, loss
        assert gone() is None
    finally:
        flow.uninstall()


def test_random_numbers_and_values_are_the_same():
    def program():
        torch.manual_seed(0)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        x = torch.randn(2, 3, 8)
        loss = layer(x).square().mean()
        loss.backward()
        layer.eval()
        with torch.no_grad():
            calm = layer(x)
        return [loss, calm, torch.rand(3), *(p.grad for p in layer.parameters())]

    plain = program()
    flow = Flow()
    flow.install()
    try:
        flow.begin_step()
        seen = program()
        flow.end_step()
    finally:
        flow.uninstall()
    assert all(torch.equal(a, b) for a, b in zip(plain, seen, strict=True))


def test_printing(w, capsys):
    def body():
        print(w, f"{w.sum():.2f}")
        return w.sum()

    assert see(body, w=w).verdict("w") == "whole"
    assert "tensor(" in capsys.readouterr().out


def test_a_fault_of_ours_ends_the_recording_and_not_the_script(w, monkeypatch):
    flow = Flow()
    flow.install()
    try:
        flow.begin_step()
        monkeypatch.setattr(flow._tape.values, "meet", lambda tensor: 1 / 0)
        loss = (w * 2).sum()
        loss.backward()
        assert not flow.end_step().complete
        flow.begin_step()
        assert not flow.end_step().complete
    finally:
        flow.uninstall()
    assert torch.equal(w.grad, torch.full((4,), 2.0))
    (sentence,) = flow.blind()
    assert "ZeroDivisionError" in sentence


def test_a_forked_child_records_nothing(w):
    import os

    flow = Flow()
    flow.install()
    try:
        flow.begin_step()
        child = os.fork()
        if not child:
            (w * 2).sum()
            os._exit(len(flow._tape.records))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        flow.uninstall()


def test_off_the_stack_while_paused(w):
    flow = Flow()
    flow.install()
    try:
        flow.begin_step()
        flow.pause()
        assert torch._C._len_torch_function_stack() == 0
        flow.pause()
        w.sum()
        flow.resume()
        flow.resume()
        assert torch._C._len_torch_function_stack() == 1
        assert flow.value_of(w) is None
    finally:
        flow.uninstall()


def test_a_compiled_model_runs_uncompiled_and_it_is_said(w):
    flow = Flow()
    flow.install()
    try:
        flow.begin_step()
        model = torch.compile(nn.Linear(4, 4))
        flow.mark_loss(model(w).sum())
        graph = flow.end_step()
        assert "linear" in [op.name for op in graph.ops]
    finally:
        flow.uninstall()
    said = "ran uncompiled" if hasattr(torch.compiler, "set_stance") else "may have run compiled"
    assert any(said in sentence for sentence in flow.blind())
