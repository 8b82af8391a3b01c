"""A variable that Keras does not track becomes one that it does, in the file's own spelling."""

from __future__ import annotations

import ast

import pytest

from whygrad.model.source import SourceLocation
from whygrad.source import edits
from whygrad.source.module import SourceModule
from whygrad.source.splice import apply

CLASS = """\
{imports}


class Scaled(Model):
    def __init__(self, width):
        super().__init__()
        {line}
"""


def after(
    line: str, imports: str = "import tensorflow as tf", make=edits.make_weight
) -> str | None:
    text = CLASS.format(imports=imports, line=line)
    number = text[: text.index(line)].count("\n") + 1
    made = make(SourceModule("a.py", text), SourceLocation("a.py", number))
    if made is None:
        return None
    changed = apply(text, made)
    ast.parse(changed)
    head = changed[: changed.index("\n\n\nclass")]
    tail = changed[changed.index("super().__init__()") :].split("\n", 1)[1].strip()
    return tail if head == imports else f"{head.removeprefix(imports).strip()} | {tail}"


ADD = 'self.gamma = self.add_weight({}, name="gamma")'


@pytest.mark.parametrize(
    ("value", "arguments"),
    [
        ("tf.Variable(tf.random.normal([64]))", 'shape=(64,), initializer="random_normal"'),
        (
            "tf.Variable(tf.ones((width, 3)), trainable=True)",
            'shape=(width, 3), initializer="ones"',
        ),
        ("tf.Variable(tf.zeros(width))", 'shape=width, initializer="zeros"'),
        ("tf.Variable(tf.zeros([]))", 'shape=(), initializer="zeros"'),
        ("tf.Variable(1.0, trainable=True, dtype=tf.float32)", 'shape=(), initializer="ones"'),
        (
            "tf.Variable(0.5)",
            "shape=(), initializer=tf.keras.initializers.Constant(0.5)",
        ),
        (
            "tf.Variable(tf.random.truncated_normal([4, 4], stddev=0.02))",
            "shape=(4, 4), initializer=tf.keras.initializers.TruncatedNormal(stddev=0.02)",
        ),
        (
            "tf.Variable(tf.random.uniform([8], -1.0, 1.0))",
            "shape=(8,), initializer=tf.keras.initializers.RandomUniform(minval=-1.0, maxval=1.0)",
        ),
        (
            "tf.Variable(tf.random.normal([width]) * 0.1)",
            "shape=(width,), initializer=tf.keras.initializers.RandomNormal(stddev=0.1)",
        ),
        (
            "tf.Variable(tf.fill([3], 0.2))",
            "shape=(3,), initializer=tf.keras.initializers.Constant(0.2)",
        ),
        (
            'tf.Variable(initial_value=init(shape=(width, 2), dtype="float32"), trainable=True)',
            "shape=(width, 2), initializer=init",
        ),
        (
            "tf.Variable(tf.ones([2]), dtype=tf.float16)",
            'shape=(2,), initializer="ones", dtype=tf.float16',
        ),
        ("tf.random.normal((width,))", 'shape=(width,), initializer="random_normal"'),
    ],
)
def test_add_weight(value: str, arguments: str) -> None:
    assert after(f"self.gamma = {value}") == ADD.format(arguments)


def test_the_name_that_is_given_stays() -> None:
    line = 'self.gamma = tf.Variable(tf.zeros([3]), name="scale")'
    wanted = 'self.gamma = self.add_weight(shape=(3,), initializer="zeros", name="scale")'
    assert after(line) == wanted


def test_values_of_no_known_initializer_are_kept() -> None:
    line = "self.gamma = tf.Variable(table(width))"
    assert after(line) == 'self.gamma = tf.keras.Variable(table(width), name="gamma")'


@pytest.mark.parametrize(
    ("imports", "keras"),
    [
        ("import tensorflow as tf\nimport keras", "keras"),
        ("import tensorflow as tf\nfrom tensorflow import keras", "keras"),
        ("import tensorflow as tf\nfrom tensorflow import keras as K", "K"),
        ("import tensorflow as tf", "tf.keras"),
    ],
)
def test_keras_is_written_as_the_file_writes_it(imports: str, keras: str) -> None:
    wanted = f"shape=(), initializer={keras}.initializers.Constant(0.5)"
    assert after("self.gamma = tf.Variable(0.5)", imports) == ADD.format(wanted)


def test_keras_is_imported_where_only_variables_of_tensorflow_are() -> None:
    line = "self.gamma = Variable(0.5)"
    made = after(line, "from tensorflow import Variable")
    assert made == "import keras | " + ADD.format(
        "shape=(), initializer=keras.initializers.Constant(0.5)"
    )


@pytest.mark.parametrize(
    "line",
    [
        "model.gamma = tf.Variable(tf.zeros([3]))",
        "gamma = tf.Variable(tf.zeros([3]))",
        "self.gamma = tf.Variable(tf.zeros([3]), trainable=False)",
        "self.gamma, self.beta = tf.Variable(1.0), tf.Variable(0.0)",
        "self.gamma = [tf.Variable(1.0)]",
        'setattr(self, "gamma", tf.Variable(1.0))',
    ],
)
def test_nothing_is_offered_where_it_is_not_certain(line: str) -> None:
    assert after(line) is None


def test_variables_in_a_container() -> None:
    line = "self.scales = [tf.Variable(tf.ones([8])) for _ in range(3)]"
    wanted = 'self.scales = [self.add_weight(shape=(8,), initializer="ones") for _ in range(3)]'
    assert after(line, make=edits.make_weights) == wanted
    line = 'self.logs = {t: tf.Variable(0.0, name=f"{t}_log") for t in TASKS}'
    wanted = 'self.logs = {t: self.add_weight(shape=(), initializer="zeros", name=f"{t}_log") for t in TASKS}'
    assert after(line, make=edits.make_weights) == wanted


def test_a_module_of_tensorflow_takes_a_variable() -> None:
    line = "self.w = tf.random.normal([4, 3]) * 0.1"
    wanted = "self.w = tf.Variable(tf.random.normal([4, 3]) * 0.1)"
    assert after(line, make=edits.make_variable) == wanted


def test_trainable() -> None:
    line = "self.w = tf.Variable(tf.zeros([3]), trainable=False, name='w')"
    wanted = "self.w = tf.Variable(tf.zeros([3]), name='w')"
    assert after(line, make=edits.make_trainable) == wanted
    assert after("self.w = tf.Variable(0.0)", make=edits.make_trainable) is None
