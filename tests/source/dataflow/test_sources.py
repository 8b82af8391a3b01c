"""JAX: a loss that keeps nothing of the argument it is differentiated by, whatever that holds."""

from __future__ import annotations

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of

HEAD = """\
import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState

class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        h = nn.relu(nn.Dense(8)(x))
        return nn.Dense(4)(h), jnp.squeeze(nn.Dense(1)(h), -1)

"""
SCANNED = """\
def make_train(config, env):
    net = Net()

    def train(key):
        params = net.init(key, jnp.zeros(4))
        state = TrainState.create(apply_fn=net.apply, params=params, tx=optax.adam(config["lr"]))

        def update(state, batch):
            def loss_fn(params, batch):
                logits, value = net.apply(params, batch.obs)
                actor = -(jax.nn.log_softmax(logits) * batch.advantage).mean()
                total = actor + 0.5 * jnp.square(value - batch.target).mean()
                return total, (value, actor)

            grad_fn = jax.value_and_grad(loss_fn, has_aux=True)
            total, grads = grad_fn(state.params, batch)
            return state.apply_gradients(grads=grads), total

        return jax.lax.scan(update, state, env.batches(key))

    return train
"""
BARE = """\
params = {"w": jax.random.normal(jax.random.key(0), (4, 2)), "b": jnp.zeros(2)}
optimizer = optax.sgd(0.1)
state = optimizer.init(params)

def loss_fn(params, x, y):
    out = x @ params["w"] + params["b"]
    return jnp.mean((out - y) ** 2)

for x, y in read():
    loss, grads = jax.value_and_grad(loss_fn)(params, x, y)
    updates, state = optimizer.update(grads, state)
    params = optax.apply_updates(params, updates)
"""
UPDATER = """\
def update_critic(critic, batch):
    def loss_fn(critic_params):
        q = critic.apply_fn({"params": critic_params}, batch["x"])
        loss = ((q - batch["y"]) ** 2).mean()
        return loss, {"loss": loss, "q": q.mean()}

    grads, info = jax.grad(loss_fn, has_aux=True)(critic.params)
    return critic.apply_gradients(grads=grads), info
"""


def told(text: str) -> list[tuple[str, str]]:
    found = findings_in(project_of({"/p/train.py": HEAD + text}))
    return [(f.cause, f.location.source) for f in found if f.location is not None]


@pytest.mark.parametrize("text", [SCANNED, BARE, UPDATER])
def test_what_trains_is_healthy(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "before", "after", "cause", "source"),
    [
        (
            SCANNED,
            "return total, (",
            "return jax.lax.stop_gradient(total), (",
            "detached",
            "jax.lax.stop_gradient(total)",
        ),
        (
            SCANNED,
            "net.apply(params, batch.obs)",
            "jax.lax.stop_gradient(net.apply(params, batch.obs))",
            "detached",
            "jax.lax.stop_gradient(net.apply(params, batch.obs))",
        ),
        (
            BARE,
            "jnp.mean((out - y) ** 2)",
            "jnp.mean(jnp.argmax(out, 1) == y)",
            "non-differentiable-op",
            "jnp.argmax(out, 1)",
        ),
        (
            UPDATER,
            "return loss, {",
            "return jax.lax.stop_gradient(loss), {",
            "detached",
            "jax.lax.stop_gradient(loss)",
        ),
    ],
)
def test_a_loss_without_its_argument_is_told(
    text: str, before: str, after: str, cause: str, source: str
) -> None:
    assert before in text
    assert told(text.replace(before, after)) == [(cause, source)]


@pytest.mark.parametrize(
    "text",
    [
        # One of two ways is cut.
        BARE.replace("out - y", "out - y + jax.lax.stop_gradient(out)"),
        # What goes on inside of a function that other code calls.
        BARE.replace(
            "    return jnp.mean((out - y) ** 2)\n",
            "    def body(carry, row):\n        return carry, row @ params['w']\n"
            "    _, rows = jax.lax.scan(body, 0.0, x)\n"
            "    return rows.mean() + jax.lax.stop_gradient(out).mean()\n",
        ),
        SCANNED.replace("value - batch", "jax.lax.stop_gradient(value) - batch"),
        # Somebody looks at what `stop_gradient` does.
        "gradient = jax.grad(lambda x: jax.lax.stop_gradient(x) ** 2)(3.0)\nprint(gradient)\n",
        "def test_stops():\n    g = jax.grad(lambda x: jax.lax.stop_gradient(x) ** 2)(3.0)\n"
        "    check(g, 0.0)\n",
    ],
)
def test_a_way_that_is_left_is_silence(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        (SCANNED, "return state.apply_gradients(grads=grads), total", "NEW"),
        (UPDATER, "return critic.apply_gradients(grads=grads), info", "NEW"),
    ],
)
def test_a_state_that_nobody_keeps_is_told(text: str, before: str, after: str) -> None:
    holder, _, rest = before[len("return ") :].partition(".apply_gradients(grads=grads)")
    lost = f"{holder}.apply_gradients(grads=grads)"
    indent = " " * (12 if text is SCANNED else 4)
    for statement in (lost, f"{after} = {lost}"):
        broken = text.replace(before, f"{statement}\n{indent}return {holder}{rest}")
        assert told(broken) == [("step-missing", lost)]


def test_a_state_of_ones_own_has_its_rate() -> None:
    text = UPDATER.replace("def update_critic", "@jax.jit\ndef update_critic")
    text = (
        "class State(TrainState):\n    target_params: dict\n\nnet = Net()\n"
        "params = net.init(jax.random.key(0), jnp.zeros(4))\n"
        "critic = State.create(apply_fn=net.apply, params=params, target_params=params,\n"
        "                      tx=optax.adam(learning_rate=0.0))\n"
        f"{text}\nfor batch in read():\n    critic, info = update_critic(critic, batch)\n"
    )
    assert told(text) == [("zero-learning-rate", "optax.adam(learning_rate=0.0)")]
    assert told(text.replace("rate=0.0", "rate=1e-3")) == []


def test_an_optimizer_that_keeps_what_it_updates_is_healthy() -> None:
    text = (
        "from flax import nnx\n\n@nnx.jit\ndef step(model, optimizer, batch):\n"
        "    def loss_fn(model):\n        return jnp.mean((model(batch[0]) - batch[1]) ** 2)\n\n"
        "    loss, grads = nnx.value_and_grad(loss_fn)(model)\n    optimizer.update(grads)\n"
        "    return loss\n\nmodel = nnx.Linear(2, 1, rngs=nnx.Rngs(0))\n"
        "optimizer = nnx.Optimizer(model, optax.adamw(1e-3))\n"
        "for batch in read():\n    step(model, optimizer, batch)\n"
    )
    assert told(text) == []


def test_blocks_of_a_model_whose_settings_are_handed_on_are_healthy() -> None:
    text = """\
class Block(nn.Module):
    size: int

    def setup(self):
        self.norm = nn.LayerNorm()

    def __call__(self, x):
        return x + self.norm(x)

class Stack(nn.Module):
    size: int
    depth: int

    def setup(self):
        self.blocks = [Block(self.size) for _ in range(self.depth)]

    def __call__(self, x):
        for block in self.blocks:
            x = block(x)
        return x

class Trainer:
    def __init__(self, **settings):
        self.model = Stack(**settings)
        params = self.model.init(jax.random.key(0), jnp.zeros((1, 4)))
        self.state = TrainState.create(
            apply_fn=self.model.apply, params=params, tx=optax.adam(1e-3)
        )

    def step(self, x):
        loss_fn = lambda params: jnp.mean(self.model.apply(params, x) ** 2)
        loss, grads = jax.value_and_grad(loss_fn)(self.state.params)
        self.state = self.state.apply_gradients(grads=grads)

def train(**settings):
    trainer = Trainer(**settings)
    for x in read():
        trainer.step(x)

Stack(size=4, depth=2).apply({}, jnp.zeros((1, 4)))
train(size=1, depth=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9, j=10, k=11, l=12, m=13, n=14)
"""
    assert told(text) == []
