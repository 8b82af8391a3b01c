"""Keras on JAX: training is what it would be without us, and loops written by hand are understood."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pairs.pair_worker import Worker

pytest.importorskip("keras")
pytest.importorskip("jax")

pytestmark = pytest.mark.newest

BEGIN = """
import hashlib
import jax
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(3)
x = np.random.rand(40, 5).astype("float32")
y = np.arange(40) % 3
crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(8, activation="relu")
        self.norm = layers.BatchNormalization()
        self.drop = layers.Dropout(0.3)
        self.last = layers.Dense(3)

    def call(self, x, training=False):
        h = self.drop(self.norm(self.first(x), training=training), training=training)
        return self.last(h)


def told(model, losses):
    weights = b"".join(np.asarray(w).tobytes() for w in model.get_weights())
    print([float(loss).hex() for loss in losses], hashlib.sha256(weights).hexdigest())


model = Net()
"""

LOOP = """
model.build((None, 5))
model(x[:2])
optimizer = keras.optimizers.Adam(0.01)
optimizer.build(model.trainable_variables)


def compute_loss(trained, rest, x, y):
    predicted, rest = model.stateless_call(trained, rest, x, training=True)
    return crossentropy(y, predicted), rest


def train_step(state, x, y):
    trained, rest, slots = state
    (loss, rest), grads = jax.value_and_grad(compute_loss, has_aux=True)(trained, rest, x, y)
    trained, slots = optimizer.stateless_apply(slots, grads, trained)
    return loss, (trained, rest, slots)


def values(variables):
    return [v.value.copy() for v in variables]


state = values(model.trainable_variables), values(model.non_trainable_variables), values(optimizer.variables)
"""

WRITTEN_DOWN = """
for variable, value in zip(model.trainable_variables, state[0]):
    variable.assign(value)
told(model, losses)
"""

LOOPS = {
    "fit": """
model.compile("adam", crossentropy, metrics=["accuracy"])
history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, validation_data=(x, y)).history
told(model, [v for values in history.values() for v in values])
""",
    "fit, eagerly": """
model.compile("adam", crossentropy, run_eagerly=True)
told(model, model.fit(x, y, batch_size=8, epochs=1, verbose=0).history["loss"])
""",
    "fit, gradients added up": """
model.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2), crossentropy)
told(model, model.fit(x, y, batch_size=8, epochs=2, verbose=0).history["loss"])
""",
    "staged, donating its state": LOOP
    + """
train_step = jax.jit(train_step, donate_argnums=0)
losses = []
for _ in range(6):
    loss, state = train_step(state, x, y)
    losses.append(loss)
"""
    + WRITTEN_DOWN,
    "eager": LOOP
    + """
losses = []
for _ in range(5):
    loss, state = train_step(state, x, y)
    losses.append(loss)
"""
    + WRITTEN_DOWN,
    "applied to the variables": LOOP
    + """
losses = []
for _ in range(5):
    trained = [v.value for v in model.trainable_variables]
    (loss, _), grads = jax.value_and_grad(compute_loss, has_aux=True)(trained, state[1], x, y)
    optimizer.apply(grads, model.trainable_variables)
    losses.append(loss)
told(model, losses)
""",
}


def run(folder: Path, text: str, *command: str) -> subprocess.CompletedProcess[str]:
    script = folder / "train.py"
    script.write_text(text)
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command, str(script)],
        capture_output=True,
        check=False,
        text=True,
        cwd=folder,
        timeout=300,
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "OMP_NUM_THREADS": "1",
        },
    )


@pytest.mark.parametrize("loop", LOOPS)
def test_training_is_unchanged(loop: str, tmp_path: Path) -> None:
    plain = run(tmp_path, BEGIN + LOOPS[loop])
    seen = run(tmp_path, BEGIN + LOOPS[loop], "-m", "whygrad", "run", "--keep-going")
    assert plain.returncode == 0, plain.stderr
    assert seen.returncode == 0, seen.stderr
    assert "0x" in plain.stdout
    assert seen.stdout == plain.stdout
    assert "itself failed" not in seen.stderr
    assert "6 train" in seen.stderr, seen.stderr


def test_a_script_that_fails_fails_alike(tmp_path: Path) -> None:
    text = BEGIN + LOOPS["fit"].replace(
        '"adam", crossentropy', '"adam", lambda y, p: float(p[0, 0])'
    )
    plain = run(tmp_path, text)
    seen = run(tmp_path, text, "-m", "whygrad", "run")
    assert "ConcretizationTypeError" in plain.stderr
    assert plain.returncode == seen.returncode == 1
    last = [line for line in plain.stderr.splitlines() if "Error:" in line][0]
    assert last in seen.stderr
    assert "whygrad/" not in seen.stderr


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    made = Worker("keras", Path(__file__).parent / "pairs", KERAS_BACKEND="jax")
    yield made
    made.close()


def report(worker: Worker, folder: Path, text: str) -> dict[str, Any]:
    script = folder / "train.py"
    script.write_text(textwrap.dedent(text))
    answer = worker.ask(kind="whygrad", script=str(script))
    assert "report" in answer, answer
    found: dict[str, Any] = answer["report"]
    assert not any("itself failed" in notice for notice in found["notices"]), found["notices"]
    return found


def rows(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in found["variables"]}


@pytest.mark.parametrize("loop", [name for name in LOOPS if "fit" not in name])
def test_a_cut_in_a_loop_by_hand(loop: str, worker: Worker, tmp_path: Path) -> None:
    stopped = BEGIN.replace("self.norm(self.first(x)", "self.norm(ops.stop_gradient(self.first(x))")
    found = report(worker, tmp_path, stopped + LOOPS[loop])
    errors = [f for f in found["findings"] if f["severity"] == "error"]
    assert [f["cause"] for f in errors] == ["detached"]
    assert sorted(errors[0]["variables"]) == ["model.first.bias", "model.first.kernel"]
    assert errors[0]["location"]["source"] == "ops.stop_gradient(self.first(x))"
    seen = rows(found)
    assert seen["model.first.kernel"]["gradient"] == "zero"
    assert seen["model.last.kernel"]["status"] == "trains"
    assert seen["model.last.kernel"]["moved"] is True


def test_zeros_of_a_cut_are_no_gradient(worker: Worker, tmp_path: Path) -> None:
    """JAX gives zeros, without a word, where nothing leads to a variable."""
    text = BEGIN.replace(
        "        return self.last(h)", "        self.last(h)\n        return h[:, :3]"
    )
    found = report(worker, tmp_path, text + LOOPS["fit"])
    errors = [f for f in found["findings"] if f["severity"] == "error"]
    assert [(f["cause"], sorted(f["variables"])) for f in errors] == [
        ("unused", ["model.last.bias", "model.last.kernel"])
    ]


def test_lists_and_names_of_variables(worker: Worker, tmp_path: Path) -> None:
    found = report(worker, tmp_path, BEGIN + LOOPS["fit"])
    seen = rows(found)
    assert seen["model.first.kernel"]["aliases"] == ["net/dense/kernel"]
    assert seen["model.norm.moving_mean"]["registered"] is False
    assert found["frameworks"].keys() == {"jax", "keras"}
    assert not [f for f in found["findings"] if f["severity"] != "note"]


def test_a_frozen_layer_is_left_in_peace(worker: Worker, tmp_path: Path) -> None:
    text = BEGIN + "model.first.trainable = False\n" + LOOPS["fit"]
    found = report(worker, tmp_path, text)
    assert rows(found)["model.first.kernel"]["status"] == "frozen"
    assert not [f for f in found["findings"] if f["severity"] != "note"]


def test_the_person_s_own_staged_function_is_looked_into(worker: Worker, tmp_path: Path) -> None:
    text = BEGIN.replace(
        "model = Net()",
        "@jax.jit\ndef half(h):\n    h = ops.round(h * 8)\n    return h / 8\n\n\nmodel = Net()",
    ).replace("self.norm(self.first(x)", "self.norm(half(self.first(x))")
    found = report(worker, tmp_path, text + LOOPS["fit"])
    errors = [f for f in found["findings"] if f["severity"] == "error"]
    assert [f["cause"] for f in errors] == ["non-differentiable-op"]
    assert errors[0]["location"]["source"] == "ops.round(h * 8)"


def test_a_loop_of_jax_is_looked_into(worker: Worker, tmp_path: Path) -> None:
    text = (
        BEGIN.replace("x = np.random.rand(40, 5)", "x = np.random.rand(40, 4, 5)")
        .replace(
            'self.first = layers.Dense(8, activation="relu")',
            "self.first = layers.Dense(8)\n        self.cell = layers.Dense(8)",
        )
        .replace(
            "        h = self.drop(self.norm(self.first(x), training=training), training=training)",
            """        steps = jax.numpy.swapaxes(self.first(x), 0, 1)
        self.cell(steps[0])
        weight = ops.convert_to_tensor(self.cell.kernel)

        def body(carry, step):
            carry = ops.tanh(step + jax.lax.stop_gradient(carry @ weight))
            return carry, None

        h, _ = jax.lax.scan(body, jax.numpy.zeros(steps.shape[1:]), steps)""",
        )
    )
    found = report(worker, tmp_path, text + LOOPS["fit"])
    told = [f for f in found["findings"] if "model.cell.kernel" in f["variables"]]
    assert [f["cause"] for f in told] == ["detached"]
    assert told[0]["location"]["source"] == "jax.lax.stop_gradient(carry @ weight)"
    assert told[0]["proof"]["kind"] == "none"
    assert "in a loop or a branch" in told[0]["proof"]["message"]


RECURRENT = (
    BEGIN.replace("np.random.rand(40, 5)", "np.random.rand(40, 4, 5)")
    .replace(
        "self.drop(self.norm(self.first(x), training=training), training=training)",
        "self.cells(ops.stop_gradient(self.first(x)))",
    )
    .replace("        self.last =", "        self.cells = layers.GRU(8)\n        self.last =")
)


def test_a_step_with_a_loop_is_run_again(worker: Worker, tmp_path: Path) -> None:
    found = report(worker, tmp_path, RECURRENT + LOOPS["fit"])
    (told,) = [f for f in found["findings"] if f["severity"] == "error"]
    assert told["cause"] == "detached"
    assert sorted(told["variables"]) == ["model.first.bias", "model.first.kernel"]
    assert told["proof"]["holds"] is True
    assert told["proof"]["gradient_norm_before"] == 0.0
    assert told["proof"]["gradient_norm_after"] > 0.0
    evidence = " ".join(told["evidence"])
    assert "only zeros came back" in evidence
    assert "no gradient came back" not in evidence


def test_what_a_derivative_by_hand_gives_is_not_guessed(worker: Worker, tmp_path: Path) -> None:
    by_hand = """
@jax.custom_vjp
def scaled(h):
    return 2.0 * h


scaled.defvjp(lambda h: (2.0 * h, None), lambda _, g: (jax.numpy.zeros_like(g),))
"""
    text = BEGIN.replace("class Net", by_hand + "\n\nclass Net").replace(
        "self.norm(self.first(x)", "self.norm(scaled(self.first(x))"
    )
    found = report(worker, tmp_path, text + LOOPS["fit"])
    assert not [f for f in found["findings"] if f["severity"] == "error"]
    assert rows(found)["model.first.kernel"]["status"] == "unknown"
    notices = " ".join(found["notices"])
    assert "`model.first.kernel`" in notices
    assert "what `scaled` passes back was written by hand" in notices


OTHER_WAYS = {
    "vjp": """
for _ in range(4):
    (loss, rest), pull = jax.vjp(lambda t: compute_loss(t, state[1], x, y), state[0])
    (grads,) = pull((jax.numpy.ones(()), [jax.numpy.zeros_like(r) for r in rest]))
    optimizer.apply(grads, model.trainable_variables)
""",
    "scan": """
def one(carry, batch):
    (loss, _), grads = jax.value_and_grad(compute_loss, has_aux=True)(state[0], state[1], *batch)
    return carry, grads


for _ in range(4):
    _, grads = jax.lax.scan(one, 0, (x.reshape(5, 8, 5), y.reshape(5, 8)))
    optimizer.apply([g.mean(0) for g in grads], model.trainable_variables)
""",
}


@pytest.mark.parametrize("way", OTHER_WAYS)
def test_gradients_that_were_not_heard_of_are_no_missing_step(
    way: str, worker: Worker, tmp_path: Path
) -> None:
    stopped = BEGIN.replace("self.norm(self.first(x)", "self.norm(ops.stop_gradient(self.first(x))")
    found = report(worker, tmp_path, stopped + LOOP + OTHER_WAYS[way])
    assert not [f for f in found["findings"] if f["severity"] != "note"], found["findings"]
    assert rows(found)["model.first.kernel"]["status"] == "unknown"
    assert rows(found)["model.last.kernel"]["status"] == "trains"
    assert "what led to them was not seen" in " ".join(found["notices"])


def test_jax_without_keras_on_it_is_not_ours(tmp_path: Path) -> None:
    text = """
    import jax
    import jax.numpy as jnp
    grad = jax.jit(jax.value_and_grad(lambda w: jnp.sum(w ** 2)))
    print(grad(jnp.ones(3)))
    """
    seen = run(tmp_path, textwrap.dedent(text), "-m", "whygrad", "run")
    assert seen.returncode == 0
    assert "itself failed" not in seen.stderr
    assert "no model was seen" in seen.stderr


@pytest.mark.parametrize(
    "gone", ["jax._src.interpreters.ad.deflinear2", "jax._src.interpreters.mlir.register_lowering"]
)
def test_a_jax_that_lacks_what_is_needed_is_left_alone(gone: str, tmp_path: Path) -> None:
    """One clear sentence, and the script as it is."""
    module, _, name = gone.rpartition(".")
    plain = run(tmp_path, BEGIN + LOOPS["fit"])
    # JAX itself has taken by then whatever it needs of it.
    lacking = (
        f"import sys, jax, {module}; import keras; jax.random.uniform(jax.random.key(0));"
        f" del sys.modules['{module}'].{name};"
        " from whygrad.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    seen = run(tmp_path, BEGIN + LOOPS["fit"], "-c", lacking, "run")
    assert plain.returncode == 0, plain.stderr
    assert seen.stdout == plain.stdout
    assert seen.returncode == 2, "whygrad could not do its work"
    said = " ".join(seen.stderr.split())
    assert "is not supported for observation: it has no" in said
    assert f"`{gone}`" in said
    assert "itself failed" not in said
    assert "Traceback" not in said
    assert "no model was seen" not in said
