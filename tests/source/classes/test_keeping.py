"""What models of Keras, TensorFlow and NNX keep: told where it is so, and nowhere else."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of
from whygrad.source.splice import apply

CALL = """\
def call(self, x):
    return x * self.gamma
"""
HEAD = (
    "import keras\nimport tensorflow as tf\nfrom keras import ops\nfrom collections import deque\n"
)


def layer(body: str, call: str = CALL, base: str = "keras.layers.Layer", after: str = "") -> str:
    return (
        f"{HEAD}\nclass Net({base}):\n    def __init__(self, n=3, other=None, **kwargs):\n"
        f"        super().__init__()\n{indent(dedent(body), ' ' * 8)}\n\n"
        f"{indent(dedent(call), ' ' * 4)}\n{dedent(after)}"
    )


def told(text: str, **files: str) -> list[tuple[str, str, tuple[str, ...]]]:
    texts = {f"/p/{name}.py": dedent(more) for name, more in files.items()}
    found = findings_in(project_of({"/p/net.py": text, **texts}))
    return [(f.severity.value, f.cause, f.variables) for f in found]


VARIABLE = "self.gamma = tf.Variable(tf.random.normal([64]))"
FOUND = {
    "starting case": (VARIABLE, CALL),
    "annotated": ("self.gamma: tf.Variable = tf.Variable(tf.ones([64]))", CALL),
    "trainable said": ("self.gamma = tf.Variable(1.0, trainable=True)", CALL),
    "own name for it": (
        f"{VARIABLE}\nself.k = 3",
        "def call(self, x):\n    gamma = self.gamma\n    return ops.multiply(x, gamma)",
    ),
    "through a method": (
        VARIABLE,
        "def call(self, x):\n    return self.scaled(x)\ndef scaled(self, x):\n    return x * self.gamma",
    ),
    "through a property": (
        VARIABLE,
        "@property\ndef factor(self):\n    return 1 + self.gamma\n"
        "def call(self, x):\n    return x * self.factor",
    ),
    "given its numbers at first": (f"{VARIABLE}\nself.gamma.assign(tf.ones([64]))", CALL),
    "None at first": (f"self.gamma = None\n{VARIABLE}", CALL),
    "in one of two ways": (
        "self.gamma = tf.Variable(tf.ones([n])) if n else tf.Variable(tf.zeros([1]))", CALL,
    ),
    "asked for its shape": (f"{VARIABLE}\nself.width = self.gamma.shape[0]", CALL),
    "in train_step": (
        VARIABLE,
        """\
        def train_step(self, data):
            with tf.GradientTape() as tape:
                loss = ops.mean((data - self.gamma) ** 2)
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply(gradients, self.trainable_variables)
        """,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_a_variable_that_keras_3_does_not_track(name: str) -> None:
    body, call = FOUND[name]
    assert told(layer(body, call)) == [("error", "unregistered-tensor", ("self.gamma",))]


LOOP = """
net = Net()
with tf.GradientTape() as tape:
    loss = net(1.0)
"""
SILENT = {
    "tracked": layer("self.gamma = keras.Variable(ops.ones((64,)))"),
    "a weight": layer("self.gamma = self.add_weight(shape=(64,))"),
    "not to be trained": layer("self.gamma = tf.Variable(tf.ones([64]), trainable=False)"),
    "trained or not": layer("self.gamma = tf.Variable(tf.ones([64]), trainable=other)"),
    "whole numbers": layer("self.gamma = tf.Variable(0)"),
    "dtype of integers": layer("self.gamma = tf.Variable(tf.zeros([3], tf.int32))"),
    "text": layer("self.gamma = tf.Variable('a')"),
    "whatever it is": layer("self.gamma = tf.Variable(1.0, **kwargs)"),
    "not used": layer(VARIABLE, "def call(self, x):\n    return x"),
    "kept up in call": layer(VARIABLE, CALL.replace("return", "self.gamma.assign_add(x)\n    return")),
    "kept up by a callback": layer(VARIABLE, after="class C(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs=None):\n        self.model.gamma.assign(0.1)\n"),
    "set from outside": layer(VARIABLE, after="net = Net()\nnet.gamma = 3.0\n"),
    "asked for by hand": layer(VARIABLE, after=LOOP + "grads = tape.gradient(loss, net.trainable_variables + [net.gamma])\n"),
    "listed by hand": layer(VARIABLE, after=LOOP + "both = [net.gamma]\ngrads = tape.gradient(loss, both)\n"),
    "appended by hand": layer(VARIABLE, after=LOOP + "todo = net.trainable_variables\ntodo.append(net.gamma)\n"),
    "named by hand": layer(VARIABLE, after=LOOP + "gamma = net.gamma\ngrads = tape.gradient(loss, gamma)\n"),
    "whatever the tape has seen": layer(VARIABLE, after=LOOP + "grads = tape.gradient(loss, tape.watched_variables())\n"),
    "told to the layer": layer(VARIABLE + "\nself._trainable_variables.append(self.gamma)"),
    "handed on": layer(VARIABLE + "\nself.other = Other(self.gamma)"),
    "listed in train_step": layer(VARIABLE, CALL + "def train_step(self, data):\n    gamma = self.gamma\n    own = self.trainable_variables + [gamma]\n"),
    "its own list": layer(VARIABLE, CALL + "@property\ndef trainable_variables(self):\n    return [self.gamma]\n"),
    "its own way to keep things": layer(VARIABLE, CALL + "def __setattr__(self, name, value):\n    pass\n"),
    "a computed name": layer(VARIABLE + "\nfor name in other:\n    setattr(self, name, 3)"),
    "unknown base": layer(VARIABLE, base="Unknown, keras.layers.Layer"),
    "two bases": layer(VARIABLE, base="tf.Module, keras.layers.Layer"),
    "no layer": layer(VARIABLE, base="keras.callbacks.Callback"),
    "a tf.Module": layer(VARIABLE, CALL.replace("call", "__call__"), base="tf.Module"),
    "Keras 2": layer(VARIABLE).replace("import keras", "import tf_keras as keras").replace("from keras import ops", ""),
    "legacy by environment": 'import os\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n' + layer(VARIABLE),
    "what only Keras 2 has": layer(VARIABLE).replace("from keras import ops", "").replace("import keras\n", "from tensorflow import keras\n") + "\nkeras.backend.set_session(None)\n",
    "layers in nested containers": layer("self.gamma = [[keras.layers.Dense(3)], {'a': (keras.layers.Dense(1),)}]", "def call(self, x):\n    return self.gamma[0][0](x)"),
    "weights in a dict": layer("self.gamma = {k: self.add_weight(shape=(1,)) for k in 'ab'}", "def call(self, x):\n    return x * self.gamma['a']"),
    "variables in a list of a tf.Module": layer("self.gamma = [tf.Variable(1.0)]", "def __call__(self, x):\n    return x * self.gamma[0]", base="tf.Module"),
    "noise that is to stay": layer("self.noise = tf.random.normal([3])", "def call(self, x):\n    return x + self.noise"),
    "random features": layer("self.w = self.add_weight(shape=(3, 3), initializer='random_normal', trainable=False)", "def call(self, x):\n    return x @ self.w").replace("class Net", "class RandomFeatures"),
    "a queue": layer("self.queue = deque([1.0, 2.0])", "def call(self, x):\n    return x * self.queue[0]"),
    "a local copy is scaled": layer("self.w = self.add_weight(shape=(3,))", "def call(self, x):\n    w = self.w * 0.99\n    return x * w"),
    "assigned": layer("self.w = self.add_weight(shape=(3,))", "def call(self, x):\n    self.w.assign(self.w * 0.99)\n    return x * self.w"),
    "an unknown way back": layer("self.w = self.add_weight(shape=(3,))", "def call(self, x):\n    self.w = self.other.projected(self.w)\n    return x * self.w"),
    "a layer without weights in call": layer("self.k = 1", "def call(self, x):\n    return keras.layers.ReLU()(x)"),
    "a layer on the first call": layer("self.dense = None", "def call(self, x):\n    if self.dense is None:\n        self.dense = keras.layers.Dense(3)\n    return self.dense(x)"),
    "a layer by __call__": layer("self.k = 1", "def __call__(self, x):\n    return keras.layers.Dense(3)(x)"),
    "a scratch variable in call": layer("self.k = 1", "def call(self, x):\n    v = tf.Variable(tf.zeros([3]))\n    v.assign(x)\n    return v"),
    "a layer of others' weights": layer("self.k = 1", "def call(self, x):\n    d = keras.layers.Dense(3)\n    d.set_weights(self.k)\n    return d(x)"),
    "where it began": layer("self.w = self.add_weight(shape=(3,))\nself.start = tf.identity(self.w)", "def call(self, x):\n    self.add_loss(ops.sum((self.w - self.start) ** 2))\n    return x * self.w"),
    "where a local began": layer("w = self.add_weight(shape=(3,))\nself.w = w\nself.start = w + 0.0", "def call(self, x):\n    self.add_loss(ops.sum((self.w - self.start) ** 2))\n    return x * self.w"),
    "how it began": layer("self.w = self.add_weight(shape=(3,))\nself.start = tf.identity(self.w)", "def call(self, x):\n    return x * self.start", after="def pull(net):\n    return ops.sum(net.w ** 2)\n"),
    "a factor of one that stays": layer("self.w = self.add_weight(shape=(3,), trainable=False)\nself.half = self.w / 2", "def call(self, x):\n    return x * self.half"),
    "its size": layer("self.w = self.add_weight(shape=(3,))\nself.n = tf.shape(self.w)", "def call(self, x):\n    return x * tf.cast(self.n, 'float32')"),
    "a factor computed in call": layer("self.w = self.add_weight(shape=(3,))", "def call(self, x):\n    self.half = self.w / 2\n    return x * self.half"),
    "a Sequential of what it has": layer("self.d = keras.layers.Dense(3)", "def call(self, x):\n    return keras.Sequential([self.d, keras.layers.ReLU()])(x)"),
    "a Sequential without weights": layer("self.k = 1", "def call(self, x):\n    return keras.Sequential([keras.layers.ReLU(), keras.layers.Flatten()])(x)"),
    "a switch": layer("self.flag = tf.Variable(1)", "def call(self, x):\n    return x[: self.flag]"),
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_silence(name: str) -> None:
    assert told(SILENT[name]) == []


def test_a_number_may_be_a_knob() -> None:
    text = layer("self.gamma = tf.Variable(0.5)")
    assert told(text) == [("warning", "unregistered-tensor", ("self.gamma",))]


def test_in_two_branches() -> None:
    """Each is told of, but not one that is overwritten."""
    one, other = VARIABLE, "self.gamma = keras.Variable(ops.ones((64,)))"
    text = f"if n:\n    {one}\nelse:\n    {{}}"
    found = ("error", "unregistered-tensor", ("self.gamma",))
    assert told(layer(text.format(one))) == [found, found]
    assert told(layer(text.format(other))) == [found]
    assert told(layer(f"{one}\n{other}")) == []


def test_over_files() -> None:
    """The variable is made by a helper, the use is in a base, and a heir trains it by hand."""
    base = """\
        import tensorflow as tf
        def gain(n):
            return tf.Variable(tf.ones([n]))
        class Scaled(tf.keras.layers.Layer):
            def call(self, x):
                return x * self.gamma
        """
    net = """\
        from base import Scaled, gain
        import keras.ops
        class Net(Scaled):
            def __init__(self):
                super().__init__()
                self.gamma = gain(3)
        """
    heir = """\
        from net import Net
        class Trained(Net):
            def parts(self):
                return [self.gamma]
        """
    # What it begins with stands in another function: so much is not followed.
    found = [("warning", "unregistered-tensor", ("self.gamma",))]
    assert told(dedent(net), base=base) == found
    assert told(dedent(net), base=base, heir=heir) == []


CONTAINERS = {
    "list": ("[tf.Variable(tf.ones([3])) for _ in range(n)]", "sum(x * g for g in self.gamma)"),
    "dict": ("{'a': tf.Variable(1.0), 'b': keras.layers.Dense(1)}", "x * self.gamma['a']"),
    "nested": ("[(tf.Variable(1.0),)]", "x * self.gamma[0][0]"),
    "deque": ("deque([keras.layers.Dense(3)])", "self.gamma[0](x)"),
    "module": ("Inner()", "self.gamma(x)"),
    "list of modules": ("[Inner() for _ in range(n)]", "self.gamma[0](x)"),
    "object": ("Helper()", "self.gamma(x)"),
}
INNER = """
class Inner(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.ones([3]))
    def __call__(self, x):
        return x * self.w

class Helper:
    def __init__(self):
        self.dense = keras.layers.Dense(3)
    def __call__(self, x):
        return self.dense(x)
"""


@pytest.mark.parametrize("name", CONTAINERS)
def test_containers(name: str) -> None:
    value, use = CONTAINERS[name]
    text = layer(f"self.gamma = {value}", f"def call(self, x):\n    return {use}", after=INNER)
    assert told(text) == [("error", "unregistered-container", ("self.gamma",))]


def test_what_a_person_reads() -> None:
    (found,) = findings_in(project_of({"/p/net.py": layer(VARIABLE)}))
    assert found.framework == "tensorflow" and found.location is not None
    assert found.location.source == VARIABLE
    assert found.message == (
        "`self.gamma` never trains: a tape watches it, but Keras 3 does not track a `tf.Variable`:"
        " `trainable_variables` does not list it, so no optimizer updates it, and `save_weights()`"
        " does not save it"
    )
    assert found.evidence == (
        "`Net` computes with it at /p/net.py:12:20",
        "the code uses what only Keras 3 has",
    )
    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == [
        'self.add_weight(shape=(64,), initializer="random_normal", name="gamma")'
    ]


def test_variables_that_other_code_sets_are_silent() -> None:
    """A weight of a loss that a callback of another class raises, and statistics of the data."""
    text = """\
        import keras
        import tensorflow as tf
        class Warm(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.model.beta.assign(min(1.0, epoch / 10))
        class Coder(keras.Model):
            def __init__(self):
                super().__init__()
                self.seen = tf.Variable(0, trainable=False)
                self.beta = tf.Variable(0.0)
                self.mean = tf.Variable(tf.zeros([8]))
                self.dense = keras.layers.Dense(8)
            def call(self, x):
                self.seen.assign_add(1)
                self.mean.assign(0.9 * self.mean + 0.1 * tf.reduce_mean(x, 0))
                z = self.dense(x - self.mean)
                self.add_loss(self.beta * tf.reduce_mean(tf.square(z)))
                return z + keras.ops.stop_gradient(keras.ops.round(z) - z)
        """
    assert told(dedent(text)) == []
    # The same, but that nobody sets them: they are not silent for want of being read.
    stuck = (
        dedent(text).replace("self.mean.assign", "print").replace("tf.zeros([8])", "tf.ones([8])")
    )
    assert [variables for _, _, variables in told(stuck)] == [("self.mean",)]


COMPUTED = {
    "raw = self.add_weight(shape=(3,))\nself.gamma = tf.nn.softplus(raw)": (),
    "self.raw = self.add_weight(shape=(3,))\nself.gamma = ops.exp(self.raw)": ("self.raw",),
    "w = self.add_weight(shape=(3,))\nself.w = w\nself.gamma = w * 2": ("self.w",),
    "self.raw = self.add_weight(shape=(3,))\nself.gamma = ops.exp(self.raw * 2)": ("self.raw",),
}
"""With the attributes that hold the variable: it trains no more than the result does."""


@pytest.mark.parametrize(("body", "behind"), COMPUTED.items())
def test_what_is_computed_once_and_used_alone(body: str, behind: tuple[str, ...]) -> None:
    assert told(layer(body)) == [("error", "non-leaf-parameter", (*behind, "self.gamma"))]


def test_a_local_variable_is_made_a_weight() -> None:
    text = layer("w = tf.Variable(tf.ones([n]))\nself.gamma = w")
    (finding,) = findings_in(project_of({"/p/net.py": text}))
    assert finding.fix is not None
    after = apply(text, finding.fix.edits)
    weight = 'w = self.add_weight(shape=(n,), initializer="ones", name="gamma")'
    assert after == text.replace("w = tf.Variable(tf.ones([n]))", weight)


@pytest.mark.parametrize(
    "body",
    [
        "for i in range(n):\n    w = tf.Variable(tf.ones([i]))\nself.gamma = w",
        "w = other\nif n:\n    w = tf.Variable(tf.ones([n]))\nself.gamma = w",
    ],
)
def test_a_local_name_that_may_be_several_stays(body: str) -> None:
    for finding in findings_in(project_of({"/p/net.py": layer(body)})):
        assert finding.fix is not None and finding.fix.edits == ()
