"""TensorFlow, Keras and JAX: what is never told, since it is meant so or is not known."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.model.finding import Severity
from whygrad.source.project.project import project_of


def told(text: str) -> list[tuple[str, tuple[str, ...]]]:
    found = findings_in(project_of({"/p/train.py": dedent(text)}))
    return [(f.cause, f.variables) for f in found]


def loop(step: str, *, call: str = "return self.b(self.a(x))") -> str:
    """A loop over tapes; `step` is what stands in it."""
    return (
        "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n"
        "from tensorflow.keras import layers\n\nclass Net(keras.Model):\n"
        "    def __init__(self):\n        super().__init__()\n"
        "        self.a = layers.Dense(4)\n        self.b = layers.Dense(4)\n"
        f"    def call(self, x):\n{indent(dedent(call), ' ' * 8)}\n\n"
        "model = Net()\noptimizer = keras.optimizers.Adam(1e-3)\n"
        "x = y = tf.random.normal([8, 4])\nmodel(x)\nfor step in range(3):\n"
        f"{indent(dedent(step), ' ' * 4)}\n"
    )


STEP = """\
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((model(x) - y) ** 2)
grads = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(grads, model.trainable_variables))
"""


def test_the_loop_itself_is_healthy() -> None:
    assert told(loop(STEP)) == []


@pytest.mark.parametrize(
    "call",
    [
        "h = self.a(x)\nreturn self.b(h + tf.stop_gradient(tf.round(h) - h))",
        "h = self.a(x)\nreturn self.b(tf.where(h > 0, h, 0.1 * h))",
        "h = self.a(x)\nif tf.reduce_sum(x) > 0:\n    h = tf.stop_gradient(h)\nreturn self.b(h)",
        "return self.b(tf.py_function(lambda h: h, [self.a(x)], tf.float32))",
        "return self.b(tf.map_fn(lambda row: self.a(row), x))",
        "values, places = tf.math.top_k(self.a(x), 2)\nreturn self.b(tf.concat([values, values], 1))",
        "rows = tf.TensorArray(tf.float32, 4)\nfor i in tf.range(4):\n"
        "    rows = rows.write(i, self.a(x)[i])\nreturn self.b(rows.stack())",
        "h = tf.cast(self.a(x), tf.float16)\nreturn self.b(tf.cast(h, tf.float32))",
        "return self.b(tf.cond(x[0, 0] > 0, lambda: self.a(x), lambda: x))",
        "return self.b(unknown(self.a(x)))",
    ],
)
def test_a_live_way_is_silence(call: str) -> None:
    assert told(loop(STEP, call=call)) == []


@pytest.mark.parametrize(
    "step",
    [
        # The rate is set, the gradients are clipped, the loss is scaled: by code of the framework.
        "optimizer.learning_rate.assign(1e-4)\n" + STEP,
        STEP.replace("grads = tape", "grads, _ = tf.clip_by_global_norm(tape").replace(
            "trainable_variables)\nopt", "trainable_variables), 1.0)\nopt"
        ),
        # A tape in a helper, by hand, or told to watch.
        "def run():\n    with tf.GradientTape() as tape:\n"
        "        loss = tf.reduce_mean((model(x) - y) ** 2)\n    return loss, tape\n"
        "loss, tape = run()\ngrads = tape.gradient(loss, model.trainable_variables)\n"
        "optimizer.apply_gradients(zip(grads, model.trainable_variables))",
        "tape = tf.GradientTape()\ntape.__enter__()\nloss = tf.reduce_mean((model(x) - y) ** 2)\n"
        "tape.__exit__(None, None, None)\ngrads = tape.gradient(loss, model.trainable_variables)\n"
        "optimizer.apply_gradients(zip(grads, model.trainable_variables))",
        "with tf.GradientTape(watch_accessed_variables=False) as tape:\n"
        "    tape.watch(model.trainable_variables)\n    loss = tf.reduce_mean(model(x) ** 2)\n"
        "grads = tape.gradient(loss, model.trainable_variables)\n"
        "optimizer.apply_gradients(zip(grads, model.trainable_variables))",
        # Two parts with an optimizer each; the model's own losses; a minimizer.
        "other = keras.optimizers.SGD(0.1)\nwith tf.GradientTape() as tape:\n"
        "    loss = tf.reduce_mean(model(x) ** 2) + sum(model.losses)\n"
        "grads = tape.gradient(loss, model.trainable_variables)\n"
        "optimizer.apply_gradients(zip(grads[:2], model.trainable_variables[:2]))\n"
        "other.apply_gradients(zip(grads[2:], model.trainable_variables[2:]))",
        "optimizer.minimize(lambda: tf.reduce_mean(model(x) ** 2), model.trainable_variables)",
        # Adversarial examples, an old policy, a target, evaluation.
        "with tf.GradientTape() as tape:\n    tape.watch(x)\n    loss = tf.reduce_mean(model(x))\n"
        "x = x + 0.1 * tf.sign(tape.gradient(loss, x))\n" + STEP,
        "old = model(x)\n" + STEP.replace("- y)", "- old)"),
        STEP + "print(float(tf.reduce_mean(tf.argmax(model(x), 1) == tf.argmax(y, 1))))",
        "target = Net()\ntarget.set_weights(model.get_weights())\n"
        + STEP.replace("- y)", "- target(x))"),
        # What applies the gradients is not known.
        STEP.replace("optimizer.apply_gradients(zip(grads,", "update(zip(grads,"),
    ],
)
def test_what_a_loop_may_do(step: str) -> None:
    assert told(loop(step)) == []


@pytest.mark.parametrize(
    "body",
    [
        "base.trainable = False\nfor layer in base.layers[-2:]:\n    layer.trainable = True\n"
        "model.compile('adam', 'mse')\nmodel.fit(x, y)",
        "for layer in model.layers[:-1]:\n    layer.trainable = False\n"
        "model.compile('adam', 'mse')\nmodel.fit(x, y)",
        "base.trainable = False\nmodel.compile('adam', 'mse')\nmodel.fit(x, y)\n"
        "base.trainable = True\nmodel.compile('adam', 'mse')\nmodel.fit(x, y)",
        "base.trainable = False\nmodel.compile('adam', 'mse')\nbase.trainable = True\n"
        "recompile(model)\nmodel.fit(x, y)",
        "model.trainable = False\nmodel.compile('adam', 'mse')\nmodel.evaluate(x, y)",
        "model.compile(keras.optimizers.SGD(0.0), 'mse')\nmodel.fit(x, y, callbacks=[decay])",
        "optimizer = keras.optimizers.SGD(0.0)\noptimizer.learning_rate = rate(x)\n"
        "model.compile(optimizer, 'mse')\nmodel.fit(x, y)",
        "model.compile(keras.optimizers.Adam(Warmup(0.0)), 'mse')\nmodel.fit(x, y)",
        # As in an adversarial pair: what is frozen for one model is trained by another.
        "base.trainable = False\nmodel.compile('adam', 'mse')\nbase.trainable = True\n"
        "whole = keras.Sequential([base, layers.Dense(1)])\nwhole.compile('adam', 'mse')\n"
        "whole.train_on_batch(x, y)\nmodel.train_on_batch(x, y)",
        "model.compile('adam', loss=[None, 'mse'])\nmodel.fit(x, y)",
    ],
)
def test_fine_tuning_is_meant(body: str) -> None:
    head = """\
        import numpy as np
        from tensorflow import keras
        from tensorflow.keras import layers
        base = keras.Sequential([keras.Input((4,)), layers.Dense(8), layers.Dense(8)])
        inputs = keras.Input((4,))
        model = keras.Model(inputs, layers.Dense(1)(base(inputs)))
        x, y = np.random.rand(8, 4), np.random.rand(8, 1)
        """
    assert told(dedent(head) + body) == []


JAX = """\
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

class Net(nnx.Module):
    def __init__(self, rngs):
        self.a = nnx.Linear(4, 4, rngs=rngs)
        self.b = nnx.Linear(4, 4, rngs=rngs)
    def __call__(self, x):
        {call}

model = Net(nnx.Rngs(0))
optimizer = nnx.Optimizer(model, optax.adam(1e-3), wrt=nnx.Param)
for _ in range(3):
    loss, grads = nnx.value_and_grad(lambda m: {loss})(model)
    optimizer.update(model, grads)
"""


@pytest.mark.parametrize(
    ("call", "loss"),
    [
        ("return self.b(self.a(x))", "optax.ctc_loss(m(x), p, y, q).mean()"),
        ("return self.b(self.a(x))", "optax.softmax_cross_entropy(m(x), y).mean()"),
        ("h = self.a(x); return self.b(h + jax.lax.stop_gradient(jnp.round(h) - h))", "m(x).sum()"),
        ("return self.b(jax.lax.cond(x[0] > 0, self.a, lambda v: v, x))", "m(x).sum()"),
        ("return self.b(jax.lax.scan(lambda c, v: (c, self.a(v)), 0, x)[1])", "m(x).sum()"),
        ("return self.b(jax.vmap(self.a)(x))", "m(x).sum()"),
        ("return self.b(self.a(x).astype(jnp.bfloat16))", "m(x).sum()"),
        ("return self.b(np.tanh(self.a(x)))", "m(x).sum()"),  # JAX itself raises there
        ("return self.b(jnp.asarray(self.a(x)))", "m(x).sum()"),
        ("return self.b(nnx.Param(self.a(x)))", "m(x).sum()"),  # a box, which gradient goes through
    ],
)
def test_jax_is_followed(call: str, loss: str) -> None:
    assert told(JAX.format(call=call, loss=loss)) == []


@pytest.mark.parametrize(
    "made_of_them",
    [
        "print(optax.global_norm(grads))\n    optimizer.update(model, nnx.grad(loss_fn)(model, x))",
        "params = nnx.state(model, nnx.Param)\n"
        "    nnx.update(model, jax.tree.map(lambda p, g: p - 0.1 * g, params, grads))",
        "kept.append(grads)\nfor grads in kept:\n    optimizer.update(model, grads)",
        "apply(grads)",
    ],
)
def test_gradients_of_jax_are_used(made_of_them: str) -> None:
    loop = (
        "import jax\nimport jax.numpy as jnp\nimport optax\nfrom elsewhere import apply\n"
        "from flax import nnx\n\nmodel = nnx.Linear(4, 1, rngs=nnx.Rngs(0))\n"
        "optimizer = nnx.Optimizer(model, optax.sgd(0.1), wrt=nnx.Param)\nkept = []\n\n"
        "def loss_fn(model, x):\n    return jnp.mean(model(x) ** 2)\n\n"
        "for x in jnp.ones((3, 2, 4)):\n    loss, grads = nnx.value_and_grad(loss_fn)(model, x)\n"
        f"    {made_of_them}\n"
    )
    assert told(loop) == []
    assert told(loop.replace(made_of_them, "print(loss)")) == [("step-missing", ("model",))]


LOOPS = {
    "a state with statistics, and gradients that are only shown": """\
        class Net(nn.Module):
            width: int
            @nn.compact
            def __call__(self, x, train):
                x = nn.Dense(self.width)(x)
                x = nn.BatchNorm(use_running_average=not train)(x)
                return nn.Dense(1)(x)
        class State(train_state.TrainState):
            statistics: dict
        net, x = Net(4), jnp.ones((2, 4))
        made = net.init(jax.random.PRNGKey(0), x, train=True)
        state = State.create(
            apply_fn=net.apply, params=made["params"], statistics=made["batch_stats"],
            tx=optax.chain(optax.scale_by_adam(), optax.scale(-1e-3)),
        )
        def loss_fn(params):
            both = {"params": params, "batch_stats": state.statistics}
            out, changed = state.apply_fn(both, x, train=True, mutable=["batch_stats"])
            return (out ** 2).mean(), changed["batch_stats"]
        for _ in range(3):
            shown, _ = jax.grad(loss_fn, has_aux=True)(state.params)
            print(jax.tree.map(jnp.linalg.norm, shown))
            grads, statistics = jax.grad(loss_fn, has_aux=True)(state.params)
            state = state.apply_gradients(grads=grads, statistics=statistics)
        """,
    "two models of an adversarial pair": """\
        class Net(nnx.Module):
            def __init__(self, n, rngs):
                self.a = nnx.Linear(4, 8, rngs=rngs)
                self.b = nnx.Linear(8, n, rngs=rngs)
            def __call__(self, x):
                return self.b(nnx.relu(self.a(x)))
        maker, judge = Net(4, nnx.Rngs(0)), Net(1, nnx.Rngs(1))
        first = nnx.Optimizer(maker, optax.adam(1e-3), wrt=nnx.Param)
        second = nnx.Optimizer(judge, optax.adam(1e-3), wrt=nnx.Param)
        @nnx.jit
        def step(maker, judge, first, second, z, x):
            def judged(judge):
                fake = jax.lax.stop_gradient(maker(z))
                return nnx.softplus(judge(fake)).mean() + nnx.softplus(-judge(x)).mean()
            second.update(judge, nnx.grad(judged)(judge))
            def made(maker):
                return nnx.softplus(-judge(maker(z))).mean()
            first.update(maker, nnx.grad(made)(maker))
        for _ in range(3):
            step(maker, judge, first, second, jnp.ones((2, 4)), jnp.ones((2, 4)))
        """,
    "a target that follows, and actions that are chosen": """\
        class Q(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.Dense(3)(nn.relu(nn.Dense(8)(x)))
        q = Q()
        params = target = q.init(jax.random.PRNGKey(0), jnp.ones((1, 4)))
        optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3))
        state = optimizer.init(params)
        @jax.jit
        def step(params, target, state, x, y):
            def loss_fn(params):
                values = q.apply(params, x)
                chosen = jnp.argmax(values, axis=-1)
                best = jax.lax.stop_gradient(q.apply(target, y).max(-1))
                picked = jnp.take_along_axis(values, chosen[:, None], axis=-1)[:, 0]
                return optax.huber_loss(picked, best).mean()
            loss, grads = jax.value_and_grad(loss_fn)(params)
            updates, state = optimizer.update(grads, state, params)
            params = optax.apply_updates(params, updates)
            return params, optax.incremental_update(params, target, 0.01), state, loss
        for _ in range(3):
            x = jnp.ones((2, 4))
            params, target, state, loss = step(params, target, state, x, x)
        """,
    "a state that is kept": """\
        class Net(nn.Module):
            @nn.compact
            def __call__(self, x, train):
                return nn.Dense(1)(nn.Dropout(0.1, deterministic=not train)(nn.Dense(8)(x)))
        net = Net()
        state = train_state.TrainState.create(
            apply_fn=net.apply,
            params=net.init(jax.random.PRNGKey(0), jnp.ones((1, 4)), False)["params"],
            tx=optax.adamw(1e-3),
        )
        @jax.jit
        def step(state, x):
            def loss_fn(params):
                out, changed = state.apply_fn({"params": params}, x, True, mutable=["batch_stats"])
                return jnp.mean(out**2), changed
            (loss, changed), grads = jax.value_and_grad(loss_fn, has_aux=True)(state.params)
            return state.apply_gradients(grads=grads), loss
        for _ in range(3):
            state, loss = step(state, jnp.ones((2, 4)))
        """,
    "a loop in a scan": """\
        class Net(eqx.Module):
            first: eqx.nn.Linear
            scale: jax.Array
            def __init__(self, key):
                self.first = eqx.nn.Linear(4, 1, key=key)
                self.scale = jnp.ones(1)
            def __call__(self, x):
                return self.first(x) * self.scale
        model = Net(jax.random.PRNGKey(0))
        optimizer = optax.sgd(0.1)
        params, static = eqx.partition(model, eqx.is_inexact_array)
        def body(carry, x):
            params, state = carry
            def loss_fn(params):
                return jnp.mean(jax.vmap(eqx.combine(params, static))(x) ** 2)
            grads = jax.grad(loss_fn)(params)
            updates, state = optimizer.update(grads, state)
            return (optax.apply_updates(params, updates), state), None
        (params, _), _ = jax.lax.scan(body, (params, optimizer.init(params)), jnp.ones((3, 2, 4)))
        """,
    "a body that is kept, a head that is trained": """\
        class Net(nnx.Module):
            def __init__(self, rngs):
                self.body = nnx.Linear(4, 8, rngs=rngs)
                self.head = nnx.Linear(8, 1, rngs=rngs)
            def __call__(self, x):
                return self.head(jax.lax.stop_gradient(self.body(x)))
        model = Net(nnx.Rngs(0))
        optimizer = nnx.Optimizer(model.head, optax.adam(1e-3), wrt=nnx.Param)
        for _ in range(3):
            def loss_fn(head):
                return jnp.mean(head(jax.lax.stop_gradient(model.body(jnp.ones((2, 4))))) ** 2)
            optimizer.update(model.head, nnx.grad(loss_fn)(model.head))
        """,
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops_of_jax_that_are_healthy(name: str) -> None:
    head = """\
        import equinox as eqx
        import jax
        import jax.numpy as jnp
        import optax
        from flax import linen as nn, nnx
        from flax.training import train_state
        """
    assert told(dedent(head) + dedent(LOOPS[name])) == []


def test_a_step_that_is_measured_keeps_nothing() -> None:
    text = """\
        import time, jax, jax.numpy as jnp, optax
        optimizer = optax.sgd(0.1)
        def step(params, state):
            updates, state = optimizer.update(jax.grad(jnp.sum)(params), state)
            return optax.apply_updates(params, updates), state
        params = jnp.ones(3)
        step(params, optimizer.init(params))
        begin = time.perf_counter()
        for _ in range(10):
            step(params, optimizer.init(params))
        print(time.perf_counter() - begin)
        """
    assert told(text) == []


def test_two_kinds_of_keras() -> None:
    """In Keras 2 the flag counts as it was at `compile`; which Keras it is may be assumed only."""
    text = """\
        import numpy as np
        {imports}
        from {layers} import Dense, Input
        judge = keras.Sequential([Input((4,)), Dense(8), Dense(1)])
        judge.compile("adam", "mse")
        judge.trainable = False
        judge.train_on_batch(np.ones((2, 4)), np.ones((2, 1)))
        """
    two = text.format(imports="import tf_keras as keras", layers="tf_keras.layers")
    assert told(two) == []
    three = text.format(imports="from tensorflow import keras", layers="tensorflow.keras.layers")
    found = findings_in(project_of({"/p/gan.py": dedent(three)}))
    assert [(f.cause, f.severity) for f in found] == [("frozen", Severity.WARNING)]
    assert "Keras 3 is assumed" in found[0].evidence[0]


def test_a_cut_on_every_way_is_told() -> None:
    call = "return self.b(tf.stop_gradient(self.a(x)))"
    assert told(loop(STEP, call=call)) == [("detached", ("self.a",))]
    call = "return self.b(jax.lax.stop_gradient(self.a(x)))"
    assert told(JAX.format(call=call, loss="m(x).sum()")) == [("detached", ("self.a",))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            loop(STEP, call="return self.b(np.tanh(self.a(x)))"),
            "`self.a` gets no gradient: `numpy.tanh` takes the value out of TensorFlow, where no"
            " gradient is known, and what comes back is a constant",
        ),
        (
            loop("h = model.a(x)\n" + STEP.replace("model(x)", "model.b(h)")),
            "`self.a` gets no gradient: this is computed while the tape is not open, so the tape"
            " does not know of it",
        ),
        (
            loop(STEP.replace("trainable_variables", "b.trainable_variables")),
            "the loss depends on `self.a`, and no gradient is asked for it: nothing updates it",
        ),
        (
            JAX.format(call="return self.b(self.a(x))", loss="m(x).sum()").replace(
                "1e-3", "1 // 10"
            ),
            "`self.a` and `self.b` never move: `adam` has a learning rate of 0",
        ),
    ],
)
def test_what_a_person_reads(text: str, message: str) -> None:
    (found,) = findings_in(project_of({"/p/train.py": text}))
    assert found.message == message


@pytest.mark.parametrize(
    "text",
    [
        # What a tape does is tried out, with an optimizer elsewhere on the page.
        "w = tf.Variable(2.0)\nc = tf.constant(3.0)\noptimizer = tf.keras.optimizers.SGD(0.1)\n"
        "with tf.GradientTape() as tape:\n    z = w * c\nprint(tape.gradient(z, [w, c]))",
        # A model of the same function is looked at, and never trained.
        "def make():\n    return tf.keras.Sequential([tf.keras.layers.Dense(4)])\n"
        "class Codec(tf.keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.inner = make()\n    def call(self, x):\n        return self.inner(x)\n"
        "image = tf.cast(make()(tf.ones([2, 4])) * 255, tf.uint8)\nplot(image)\n"
        "codec = Codec()\ncodec.compile('adam', 'mse')\ncodec.fit(tf.ones([2, 4]), tf.ones([2, 4]))",
        # An optimizer of one's own has variables that no loss depends on.
        "class Adam:\n    def __init__(self, variables):\n"
        "        self.m = [tf.Variable(tf.zeros(v.shape)) for v in variables]\n"
        "    def apply_gradients(self, grads, variables):\n"
        "        for g, v, m in zip(grads, variables, self.m):\n"
        "            m.assign(0.9 * m + 0.1 * g)\n            v.assign_sub(0.1 * m)\n"
        "w = tf.Variable(tf.random.normal([4, 1]))\nadam = Adam([w])\nfor _ in range(3):\n"
        "    with tf.GradientTape() as tape:\n        loss = tf.reduce_sum(tf.ones([2, 4]) @ w)\n"
        "    adam.apply_gradients(tape.gradient(loss, [w]), [w])",
        # The loss is computed in a method of its own; a part of the model is then asked alone.
        "class Auto(tf.keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.encode = tf.keras.layers.Dense(2)\n"
        "        self.decode = tf.keras.Sequential([tf.keras.layers.Dense(4)])\n"
        "    def call(self, x):\n        return self.encode(x)\n"
        "    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):\n"
        "        return tf.reduce_mean((self.decode(y_pred) - x) ** 2)\n"
        "auto = Auto()\nauto.compile('adam')\nauto.fit(tf.ones([2, 4]))\n"
        "plot(auto.decode.predict(tf.ones([2, 2])))",
        # A regularizer is no part of the layer that is called in its place.
        "class Mean(tf.keras.regularizers.Regularizer):\n    def __init__(self, weight):\n"
        "        self.weight = weight\n    def __call__(self, x):\n"
        "        return self.weight * tf.reduce_mean(x)\n"
        "layers = [tf.keras.layers.Dense(4, activity_regularizer=Mean(0.1))]\n"
        "net = tf.keras.Sequential(layers)\nnet.compile('adam', 'mse')\n"
        "net.fit(tf.ones([2, 4]), tf.ones([2, 4]))",
        # Gradients are made up, and the numbers looked at.
        "w = tf.Variable([1.0, 2.0])\noptimizer = tf.optimizers.Adam(0.1)\n"
        "optimizer.apply_gradients([(tf.ones(2), w)])\ncheck(w.numpy())",
        # Which of two classes of one name is meant is not known.
        "class Net(tf.keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = self.b = tf.keras.layers.Dense(1)\n    def call(self, x):\n"
        "        return self.b(self.a(x))\nnet = Net()\nnet.compile('adam', 'mse')\n"
        "net.fit(tf.ones([2, 1]), tf.ones([2, 1]))\nclass Net(tf.keras.Model):\n"
        "    def __init__(self):\n        super().__init__()\n"
        "        self.a, self.b = tf.keras.layers.Dense(1), tf.keras.layers.Dense(1)\n"
        "    def call(self, x):\n        return self.a(x)",
        # A copy gets the gradients; what it was copied from is updated.
        "net, copy = tf.keras.layers.Dense(4), tf.keras.layers.Dense(4)\n"
        "optimizer = tf.keras.optimizers.SGD(0.1)\nfor _ in range(3):\n"
        "    copy.set_weights(net.get_weights())\n    with tf.GradientTape() as tape:\n"
        "        loss = tf.reduce_sum(copy(tf.ones([2, 4])))\n"
        "    grads = tape.gradient(loss, copy.trainable_variables)\n"
        "    optimizer.apply_gradients(zip(grads, net.trainable_variables))",
    ],
)
def test_what_was_once_told_falsely(text: str) -> None:
    assert told("import tensorflow as tf\n" + text) == []
