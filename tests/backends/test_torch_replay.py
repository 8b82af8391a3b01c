"""A kept step, run again as it was, gives the same gradients and touches nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402, N812
from torch import nn  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from tests.backends.replayed import assert_same, keep  # noqa: E402
from whygrad.backends.torch.flow import Flow  # noqa: E402
from whygrad.backends.torch.loop import Asked  # noqa: E402
from whygrad.backends.torch.replay.capture import Capture  # noqa: E402
from whygrad.backends.torch.replay.running import run  # noqa: E402
from whygrad.flow.replaying import CannotReplayError  # noqa: E402


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)
    random.seed(0)


@pytest.fixture
def w() -> Any:
    return nn.Parameter(torch.randn(4, 4))


def test_convolution_batch_norm_and_dropout() -> None:
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.Dropout(0.3),
        nn.Flatten(), nn.Linear(8 * 36, 4),
    )  # fmt: skip
    x, y = torch.randn(5, 3, 8, 8), torch.randint(0, 4, (5,))
    kept = keep(lambda: F.cross_entropy(model(x), y), list(model.parameters()))
    buffers = {name: b.clone() for name, b in model.named_buffers()}
    assert_same(kept, list(model.parameters()))
    for name, buffer in model.named_buffers():
        assert torch.equal(buffer, buffers[name]), name


def test_transformer_encoder() -> None:
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    model = nn.TransformerEncoder(layer, 2)
    x = torch.randn(3, 5, 16)
    assert_same(
        keep(lambda: model(x).square().mean(), list(model.parameters())), list(model.parameters())
    )


def test_recurrent_layers_with_dropout() -> None:
    layer, head = nn.LSTM(8, 8, 2, dropout=0.5), nn.Linear(8, 1)
    variables = [*layer.parameters(), *head.parameters()]
    assert_same(keep(lambda: head(layer(torch.randn(4, 2, 8))[0]).mean(), variables), variables)


def _bert() -> Any:
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=16,
    )  # fmt: skip
    return BertForSequenceClassification(config), {"labels": torch.tensor([0, 1])}


def _gpt2() -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    model = GPT2LMHeadModel(GPT2Config(vocab_size=50, n_embd=16, n_layer=2, n_head=2))
    return model, {"labels": torch.randint(0, 50, (2, 8))}


def _llama() -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, intermediate_size=32,
    )  # fmt: skip
    return LlamaForCausalLM(config), {"labels": torch.randint(0, 50, (2, 8))}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [_bert, _gpt2, _llama])
def test_language_models(make: Any) -> None:
    pytest.importorskip("transformers")
    model, inputs = make()
    variables = list(model.parameters())
    tokens = torch.randint(0, 50, (2, 8))
    assert_same(keep(lambda: model(input_ids=tokens, **inputs).loss, variables), variables)


def test_custom_function(w: Any) -> None:
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * g * ctx.saved_tensors[0]

    assert_same(keep(lambda: Square.apply(w).sum(), [w]), [w])


def test_a_replay_prints_nothing(w: Any, capsys: Any) -> None:
    class Loud(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            print("forward")
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            print("backward")
            return g * 2

    kept = keep(lambda: Loud.apply(w).sum(), [w])
    capsys.readouterr()
    assert_same(kept, [w])
    assert capsys.readouterr().out == ""


def test_writes_in_place_and_views(w: Any) -> None:
    def body() -> Any:
        z = torch.zeros(4, 4)
        z[0] = w[1]
        z.add_(w)
        z.view(-1)[3:5].mul_(w[0, :2])
        out = torch.empty(4, 4)
        torch.add(w.detach(), z.detach(), out=out)
        return (z.square() * out).sum()

    assert_same(keep(body, [w]), [w])


def test_data_that_is_overwritten_after_it_was_read(w: Any) -> None:
    x = torch.ones(4, 4)

    def body() -> Any:
        loss = (x + w).square().sum()
        x.zero_()
        return loss

    kept = keep(body, [w])
    assert_same(kept, [w])
    assert not x.any()


def test_autocast(w: Any) -> None:
    def body() -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            inner = F.linear(F.linear(torch.ones(2, 4), w), w)
        return inner.float().sum()

    assert_same(keep(body, [w]), [w])


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpoints(w: Any, reentrant: bool) -> None:
    def inner(a: Any) -> Any:
        return F.dropout((a @ w).tanh())

    assert_same(keep(lambda: checkpoint(inner, w * 1, use_reentrant=reentrant).sum(), [w]), [w])


def test_gradient_penalty(w: Any) -> None:
    def body() -> Any:
        x = torch.randn(3, 4, requires_grad=True)
        (g,) = torch.autograd.grad((x @ w).tanh().sum(), x, create_graph=True)
        return ((g.norm(dim=1) - 1) ** 2).mean()

    assert_same(keep(body, [w]), [w])


def test_parts_without_gradient_and_numbers_that_leave(w: Any) -> None:
    def body() -> Any:
        with torch.no_grad():
            size = w.std()
        return (w / size).sum() + w.mean().item() * F.gumbel_softmax(w, hard=True).max()

    assert_same(keep(body, [w]), [w])


def test_a_hook_that_changes_the_gradient_is_run_and_others_are_not(w: Any) -> None:
    seen = []

    def body() -> Any:
        h = w * 2
        h.register_hook(lambda g: seen.append(g))
        k = h * 3
        k.register_hook(lambda g: g * 0.5)
        return k.sum()

    kept = keep(body, [w])
    assert len(seen) == 1
    assert_same(kept, [w])
    assert len(seen) == 1


def test_own_generators_and_random_numbers(w: Any) -> None:
    generator = torch.Generator().manual_seed(3)

    def body() -> Any:
        noise = torch.randn(4, 4, generator=generator) + torch.randn(4, 4)
        return (w * noise * torch.bernoulli(torch.full((4, 4), 0.5))).sum()

    kept = keep(body, [w])
    state = generator.get_state()
    assert_same(kept, [w])
    assert torch.equal(generator.get_state(), state)


def test_nan_is_the_same_nan(w: Any) -> None:
    assert_same(keep(lambda: (w * 0).sqrt().sum() * torch.log(torch.zeros(())), [w]), [w])


def test_several_losses_and_accumulation(w: Any) -> None:
    flow = Flow()
    flow.install()
    try:
        flow.begin_step()
        for scale in (1.0, 2.0):
            loss = (w * scale).square().sum()
            flow.differentiates(Asked((loss,), None, False))
            flow.pause()
            loss.backward()
            flow.resume()
        flow.end_step()
        program = flow.program()
        value = flow.value_of(w)
    finally:
        flow.uninstall()
    ran = run(program, None, [value])
    assert len(ran.losses) == 2
    assert torch.equal(ran.gradients[value], w.grad)


def test_what_runs_in_a_transform_says_why(w: Any) -> None:
    kept = keep(lambda: torch.vmap(lambda row: row.sin())(w).sum(), [w])
    with pytest.raises(CannotReplayError, match=r"transform of torch\.func"):
        run(kept.program, None, kept.wanted())


def test_what_was_overwritten_unseen_says_why(w: Any) -> None:
    x = torch.randn(4, 4)
    kept = keep(lambda: (x * w).sum(), [w])
    x.zero_()
    with pytest.raises(CannotReplayError, match="overwritten since"):
        run(kept.program, None, kept.wanted())


def test_a_scripted_module_says_why(w: Any) -> None:
    @torch.jit.script
    def scripted(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    kept = keep(lambda: scripted(w).sum(), [w])
    assert kept.program.unseen()


def test_nothing_is_kept_when_capture_is_off(w: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Capture, "enabled", False)
    kept = keep(lambda: (w * 2).sum(), [w])
    assert not kept.program.leaves
    assert not kept.program.calls
    with pytest.raises(CannotReplayError, match="nothing was kept"):
        run(kept.program, None, kept.wanted())


def test_what_cannot_be_kept_does_not_end_the_recording(
    w: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from whygrad.backends.torch.replay import capture

    def broken(*args: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(capture, "states_of", broken)
    kept = keep(lambda: F.dropout(w).sum(), [w])
    assert [op.name for op in kept.graph.ops] == ["dropout", "sum"]
    with pytest.raises(CannotReplayError, match="ZeroDivisionError"):
        run(kept.program, None, kept.wanted())
