"""Random little TensorFlow programs: a pool of vectors, and steps that make one more of two."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

WIDTH = 4


@tf.custom_gradient
def halved(a, b):
    return a * 0.5 + b, lambda dy: (dy * 0.5, None)


@tf.custom_gradient
def both(a, b):
    return a * b, lambda dy: (dy * b, dy * a)


def with_captured(a, b):
    held = tf.convert_to_tensor(b)

    @tf.custom_gradient
    def captures(x):
        return x + tf.reduce_sum(held), lambda dy: dy

    return captures(a)


def with_a_variable(a, b):
    scale = tf.Variable(tf.ones(WIDTH, a.dtype))

    @tf.custom_gradient
    def scaled(x):
        return x * scale, lambda dy, variables: (dy * scale, [None])

    return scaled(a) + scale * b


def through_a_variable(a, b):
    held = tf.Variable(a * b)
    return held + 0.0


def assigned(a, b):
    held = tf.Variable(tf.zeros(WIDTH), trainable=False)
    held.assign(a)
    held.assign_add(b)
    return held * 2.0


def assigned_in_part(a, b):
    held = tf.Variable(tf.zeros(WIDTH))
    held[:2].assign(a[2:])
    return held + b


def recorded_not(a, b):
    with tape_of().stop_recording():
        hidden = a * b
    return hidden + a


def outside(a, b):
    return tf.stop_gradient(a) + b


def gradient_inside(a, b):
    with tf.GradientTape() as inner:
        inner.watch(a)
        y = tf.reduce_sum(a * a * b)
    return inner.gradient(y, a)


def in_python(a, b):
    def body(x, y):
        return x * tf.sin(y)

    return tf.ensure_shape(tf.py_function(body, [a, b], tf.float64), [WIDTH])


def in_numpy(a, b):
    return tf.ensure_shape(tf.numpy_function(lambda x: x * 2, [a], tf.float64), [WIDTH]) + b


def through_numpy(a, b):
    return tf.constant(np.tanh((a + b).numpy()))


def through_a_buffer(a, b):
    mixed = a - b
    array = np.tanh(mixed)
    return tf.constant(array)


def through_a_list(a, b):
    return tf.constant((a * b).numpy().tolist(), dtype=a.dtype)


def in_a_loop(a, b):
    out = tf.zeros(WIDTH, a.dtype)
    for _ in tf.range(2):
        out = out + a * b
    return out


def in_an_array(a, b):
    array = tf.TensorArray(a.dtype, 2)
    array = array.write(0, a)
    array = array.write(1, tf.stop_gradient(b))
    return tf.reduce_sum(array.stack(), 0)


def ragged(a, b):
    rows = tf.RaggedTensor.from_row_lengths(a, [1, 3])
    return tf.reduce_sum(rows * 2.0, axis=1)[0] + b


def sparse(a, b):
    table = tf.SparseTensor([[0, 1], [2, 3]], a[:2], [4, 4])
    return tf.sparse.sparse_dense_matmul(table, b[:, None])[:, 0]


def mapped(a, b):
    return tf.map_fn(lambda x: x * 2.0, a) + b


def scanned(a, b):
    return tf.scan(lambda total, x: total + x, a) - b


def looked_up(a, b):
    return tf.gather(tf.stack([a, b]), tf.argmax([a[0], b[0]]))


def scattered(a, b):
    return tf.tensor_scatter_nd_update(a, [[0], [1]], b[:2])


def sampled(a, b):
    return a + tf.random.stateless_normal([WIDTH], [1, 2], tf.reduce_mean(b), 1.0, a.dtype)


STEPS: Sequence[Callable] = (
    tf.add,
    tf.multiply,
    lambda a, b: tf.tanh(a) - b,
    lambda a, b: tf.broadcast_to(tf.tensordot(a, b, 1), [WIDTH]),
    lambda a, b: tf.clip_by_value(tf.exp(a), -2.0, 2.0),
    lambda a, b: tf.stop_gradient(a),
    lambda a, b: a + tf.stop_gradient(b - a),
    lambda a, b: tf.where(a > 0, a, b),
    lambda a, b: tf.where(b > 0, a, a * 2),
    lambda a, b: tf.maximum(a, b),
    lambda a, b: tf.reduce_max(a) + tf.cast(tf.math.top_k(b, WIDTH).indices, a.dtype),
    lambda a, b: tf.sort(a),
    lambda a, b: tf.math.top_k(a, WIDTH).values * tf.cast(b > 0.1, a.dtype),
    lambda a, b: tf.one_hot(tf.argmax(a), WIDTH, dtype=a.dtype) * b,
    lambda a, b: tf.gather(a, tf.argsort(b)),
    lambda a, b: tf.round(a) + 1,
    lambda a, b: tf.floor(a * 3) * b,
    lambda a, b: tf.cast(tf.cast(a * 100, tf.int32), a.dtype),
    lambda a, b: tf.sign(a),
    lambda a, b: a * float(b[0]),
    lambda a, b: a * b[0].numpy(),
    lambda a, b: tf.convert_to_tensor(np.float64(2.0) * b.numpy()) - a,
    lambda a, b: tf.zeros_like(a) + b,
    lambda a, b: tf.ones_like(b) * tf.cast(tf.shape(a)[0], b.dtype),
    lambda a, b: tf.cast(tf.cast(a, tf.float32), a.dtype),
    lambda a, b: tf.concat([a, b], 0)[2 : 2 + WIDTH],
    lambda a, b: tf.unstack(tf.stack([a, b]))[1],
    lambda a, b: tf.split(tf.concat([a, b], 0), 2)[0],
    lambda a, b: tf.einsum("i,j->i", a, b),
    lambda a, b: tf.nn.softmax(a) * tf.nn.relu(b),
    lambda a, b: tf.linspace(a[0], a[1], WIDTH) + b,
    lambda a, b: tf.math.divide_no_nan(a, b),
    lambda a, b: a // 1.0 + b,
    lambda a, b: a % 1.0,
    lambda a, b: tf.pad(a[:2], [[1, 1]], constant_values=b[0]),
    lambda a, b: tf.boolean_mask(tf.concat([a, b], 0), [True, False] * 4),
    lambda a, b: tf.identity(a) + tf.reverse(b, [0]),
    lambda a, b: tf.cumsum(a) * tf.reduce_prod(b),
    lambda a, b: tf.norm(a) * b / tf.norm(b),
    lambda a, b: 2.0 * a - b / 3.0,
    halved,
    both,
    with_captured,
    with_a_variable,
    through_a_variable,
    assigned,
    assigned_in_part,
    recorded_not,
    outside,
    gradient_inside,
    in_python,
    in_numpy,
    through_numpy,
    through_a_buffer,
    through_a_list,
    in_a_loop,
    in_an_array,
    ragged,
    sparse,
    mapped,
    scanned,
    looked_up,
    scattered,
    sampled,
)

ZERO_GRADIENT = frozenset(("tf.sign", "tf.py_function"))
"""Where TensorFlow's tape answers zeros for what the graph calls cut."""

Program = Sequence[tuple[int, int, int]]

_tapes: list[tf.GradientTape] = []


def tape_of() -> tf.GradientTape:
    """The tape that is recording."""
    return _tapes[-1]


def run(
    program: Program, variables: Sequence[tf.Variable], late: int = 0, watch: Sequence[int] = ()
) -> list:
    """Run a program and give the gradients; the tape is entered behind `late` of its steps, and
    watches only some of the variables where `watch` says which.
    """
    pool: list = list(variables)
    for step in program[:late]:
        _run_one(step, pool)
    with tf.GradientTape(watch_accessed_variables=not watch) as tape:
        tape.watch([variables[n] for n in watch])
        _tapes.append(tape)
        try:
            for step in program[late:]:
                _run_one(step, pool)
        finally:
            _tapes.pop()
        loss = tf.reduce_sum(pool[-1] + tf.square(pool[-2]))
    return tape.gradient(loss, list(variables))


def _run_one(one: tuple[int, int, int], pool: list) -> None:
    step, first, second = one
    a, b = pool[-1 - first % len(pool)], pool[-1 - second % len(pool)]
    pool.append(STEPS[step % len(STEPS)](a, b))
