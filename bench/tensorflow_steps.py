"""`python bench/tensorflow_steps.py [--quick] [--cpu-time]`: what observing TensorFlow costs.

A traced step is timed once it is traced: of a model that was watched while it was traced beside one
that never was, in turn. An eager step is timed beside TensorFlow's own `enable_check_numerics`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import whygrad

WIDTH, LENGTH, BATCH, WORDS = 64, 32, 16, 200
clock = time.perf_counter


def transformer(biased: bool) -> keras.Model:
    """A small one: two blocks. The gradient of an attention's key bias is rounding noise, which an
    observed step looks at closely; `biased` tells whether there is one.
    """
    tokens = keras.Input((LENGTH,), dtype="int32")
    hidden = keras.layers.Embedding(WORDS, WIDTH)(tokens)
    for _ in range(2):
        normed = keras.layers.LayerNormalization()(hidden)
        attend = keras.layers.MultiHeadAttention(4, WIDTH // 4, use_bias=biased, dropout=0.1)
        seen = attend(normed, normed)
        hidden = keras.layers.Add()([hidden, seen])
        normed = keras.layers.LayerNormalization()(hidden)
        wide = keras.layers.Dense(4 * WIDTH, activation="gelu")(normed)
        hidden = keras.layers.Add()([hidden, keras.layers.Dense(WIDTH)(wide)])
    return keras.Model(tokens, keras.layers.Dense(WORDS)(hidden))


def batch() -> tuple[np.ndarray, np.ndarray]:
    drawn = np.random.default_rng(0)
    return drawn.integers(0, WORDS, (2, BATCH, LENGTH)).astype("int32")


def step_of(eager: bool, biased: bool = False) -> Callable[[], object]:
    """One training step of a model of its own."""
    model = transformer(biased)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, run_eagerly=eager, jit_compile=False)
    x, y = batch()
    return lambda: model.train_on_batch(x, y)


def timed(step: Callable[[], object], count: int) -> list[float]:
    """The time of each of `count` steps."""
    times = []
    for _ in range(count):
        began = clock()
        step()
        times.append(clock() - began)
    return times


def traced(blocks: int) -> tuple[float, float, str]:
    """A step that was traced under observation, over one that was not; and an observed one."""
    plain_step, watched_step = step_of(eager=False), step_of(eager=False)
    timed(plain_step, 3)
    with whygrad.watch(steps=3) as watched:
        watched_step()
        observed = timed(watched_step, 2)
    if watched.report.steps != 3:
        raise SystemExit(f"observed {watched.report.steps} of 3 steps")
    times: dict[Callable[[], object], list[float]] = {plain_step: [], watched_step: []}
    for block in range(blocks):
        turn = (plain_step, watched_step) if block % 2 else (watched_step, plain_step)
        for step in turn:
            times[step] += timed(step, 10)
    plain, after = (statistics.median(times[step]) for step in (plain_step, watched_step))
    note = f"plain {plain * 1e3:.2f} ms"
    return after / plain, statistics.median(observed) / plain, note


def noisy(blocks: int) -> tuple[float, float, str]:
    """The same with keys that have biases: an observed step over a plain one once the noise is
    established, which takes two steps, and all of the first five together.
    """
    step = step_of(True, True)
    timed(step, 3)
    plain: list[float] = []
    later: list[float] = []
    whole: list[float] = []
    for _ in range(blocks):
        plain += timed(step, 3)
        with whygrad.watch(steps=5) as watched:
            times = timed(step, 5)
        if watched.report.steps != 5:
            raise SystemExit(f"observed {watched.report.steps} of 5 steps")
        later += times[2:]
        whole.append(statistics.mean(times))
    base = statistics.median(plain)
    note = f"plain {base * 1e3:.2f} ms"
    return statistics.median(later) / base, statistics.median(whole) / base, note


def eager(blocks: int) -> tuple[float, float, str]:
    """An observed eager step over a plain one, and one with TensorFlow's own check of numbers."""
    step = step_of(True)
    timed(step, 3)
    plain: list[float] = []
    observed: list[float] = []
    checked: list[float] = []
    for _ in range(blocks):
        plain += timed(step, 3)
        with whygrad.watch(steps=4) as watched:
            observed += timed(step, 4)[1:]
        if watched.report.steps != 4:
            raise SystemExit(f"observed {watched.report.steps} of 4 steps")
        tf.debugging.enable_check_numerics()
        checked += timed(step, 3)
        tf.debugging.disable_check_numerics()
    base = statistics.median(plain)
    note = f"plain {base * 1e3:.2f} ms"
    return statistics.median(observed) / base, statistics.median(checked) / base, note


def main() -> int:
    """Print each figure beside its target; the status is 1 where one is missed."""
    global clock  # noqa: PLW0603
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a rough answer")
    parser.add_argument("--cpu-time", action="store_true", help="for a busy machine")
    arguments = parser.parse_args()
    if arguments.cpu_time:
        clock = time.process_time
    blocks = 4 if arguments.quick else 20
    print(f"{'':<44} {'target':>8} {'measured':>9}")
    after, observed, note = traced(blocks)
    missed = row("step of fit, traced under observation/plain", 1.05, after, note)
    row("the same while it is observed/plain", None, observed)
    observed, checked, note = eager(blocks)
    missed |= row("eager step of a transformer, observed/plain", 1.5, observed, note)
    row("the same with enable_check_numerics/plain", None, checked)
    after, mean, note = noisy(max(2, blocks // 4))
    missed |= row("eager transformer with key biases, step 3 on", 1.5, after, note)
    row("the same, mean of the first 5 steps/plain", None, mean)
    return int(missed)


def row(name: str, target: float | None, value: float, note: str = "") -> bool:
    """Print one figure; whether it is over its target."""
    over = target is not None and value > target
    goal = f"{'-':>8}" if target is None else f"{target:>7g}x"
    print(f"{name:<44} {goal} {value:>8.3f}x{'  over' if over else ''}   {note}", flush=True)
    return over


if __name__ == "__main__":
    sys.exit(main())
