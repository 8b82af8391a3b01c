"""A statement beside the tape's block, moved into it: only where nothing else hangs on the order."""

from __future__ import annotations

from textwrap import dedent

import pytest

from whygrad.model.source import SourceLocation
from whygrad.source.edits import apply, into_tape
from whygrad.source.module import SourceModule


def moved(text: str) -> str | None:
    """With the line that says `# this` moved."""
    text = dedent(text)
    line = next(i for i, each in enumerate(text.splitlines(), 1) if "# this" in each)
    edits = into_tape(SourceModule("a.py", text), SourceLocation("a.py", line))
    return apply(text, edits) if edits is not None else None


def test_from_before() -> None:
    assert moved("""\
        import tensorflow as tf
        def step(x, y):
            h = encoder(  # this
                x,
                training=True,
            )
            y = tf.one_hot(y, 3)
            with tf.GradientTape() as tape:
                # the head
                loss = f(head(h), y)
            return tape.gradient(loss, head.variables)
        """) == dedent("""\
        import tensorflow as tf
        def step(x, y):
            y = tf.one_hot(y, 3)
            with tf.GradientTape() as tape:
                # the head
                h = encoder(  # this
                    x,
                    training=True,
                )
                loss = f(head(h), y)
            return tape.gradient(loss, head.variables)
        """)


def test_from_behind() -> None:
    assert moved("""\
        for x, y in data:
        \twith GradientTape(persistent=True) as tape, other():
        \t\tout = model(x)
        \tsteps += 1
        \tloss = f(out, y)  # this
        \tgrads = tape.gradient(loss, w)
        """) == dedent("""\
        for x, y in data:
        \twith GradientTape(persistent=True) as tape, other():
        \t\tout = model(x)
        \t\tloss = f(out, y)  # this
        \tsteps += 1
        \tgrads = tape.gradient(loss, w)
        """)


def test_from_before_the_second_of_two_tapes() -> None:
    assert moved("""\
        with tf.GradientTape() as tape:
            a = f(x)
        grads = tape.gradient(a, w)
        b = g(x)  # this
        with tf.GradientTape() as tape:
            c = h(b)
        """) == dedent("""\
        with tf.GradientTape() as tape:
            a = f(x)
        grads = tape.gradient(a, w)
        with tf.GradientTape() as tape:
            b = g(x)  # this
            c = h(b)
        """)


@pytest.mark.parametrize(
    "between",
    [
        "h = h + 1",
        "x = tf.one_hot(h, 3)",
        "x = 3",
        "x.shape = 3",
        "print(h)",
        "y = next(x)",
        "if y: break",
    ],
)
def test_what_stands_in_between_has_to_do_with_it(between: str) -> None:
    text = """\
        while True:
            h = encoder(x)  # this
            {}
            with tf.GradientTape() as tape:
                loss = f(head(h), y)
        """
    assert moved(text.format("y = 3")) is not None
    assert moved(text.format(between)) is None


@pytest.mark.parametrize(
    "text",
    [
        "h = f(x)  # this\n",
        "h = f(x)  # this\nwith open(x) as tape:\n    loss = h\n",
        "h = f(x)  # this\nwith tf.GradientTape() as tape: loss = h\n",
        "h = f(x); a = 1  # this\nwith tf.GradientTape() as tape:\n    loss = h\n",
        'h = f(x, """a\nb""")  # this\nwith tf.GradientTape() as tape:\n    loss = h\n',
        "f(x)  # this\nwith tf.GradientTape() as tape:\n    loss = h\n",
        "with tf.GradientTape() as tape:\n    h = f(x)\ng = tape.gradient(h, x)\nh = 1  # this\n",
    ],
)
def test_left_alone(text: str) -> None:
    assert moved(text) is None
