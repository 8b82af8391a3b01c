"""What modules of Flax NNX and Equinox hold outside of what JAX looks into, and what is as well there."""

from __future__ import annotations

from textwrap import dedent

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of

HEAD = """\
import dataclasses
from collections import deque

import equinox as eqx
import flax
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
"""
OBJECT = """
class Part:
    def __init__(self, key):
        self.inner = eqx.nn.Linear(4, 4, key=key)

    def __call__(self, x):
        return self.inner(x)
"""


def told(text: str) -> list[tuple[str, tuple[str, ...]]]:
    found = findings_in(project_of({"/p/nets.py": HEAD + dedent(text)}))
    return [(f.cause, f.variables) for f in found]


def net(part: str, *, before: str = "", field: str = "", use: str = "self.part(x)") -> str:
    """A module of Equinox with one part."""
    return before + (
        "\nclass Net(eqx.Module):\n"
        f"    part: object{field}\n    head: eqx.nn.Linear\n\n"
        "    def __init__(self, key):\n"
        f"        self.part = {part}\n"
        "        self.head = eqx.nn.Linear(4, 1, key=key)\n\n"
        f"    def __call__(self, x):\n        return self.head({use})\n"
    )


@pytest.mark.parametrize(
    ("part", "use"),
    [
        ("Part(key)", "self.part(x)"),
        ("deque([eqx.nn.Linear(4, 4, key=key)])", "self.part[0](x)"),
        ("deque(eqx.nn.Linear(4, 4, key=k) for k in jax.random.split(key))", "self.part[0](x)"),
    ],
)
def test_hidden_from_equinox(part: str, use: str) -> None:
    text = net(part, before=OBJECT, use=use)
    assert told(text) == [("unregistered-container", ("self.part",))]


STATIC = " = eqx.field(static=True)"


@pytest.mark.parametrize(
    "text",
    [
        net("[eqx.nn.Linear(4, 4, key=key)]", use="self.part[0](x)"),
        net("(eqx.nn.Linear(4, 4, key=key),)", use="self.part[0](x)"),
        net("{'a': eqx.nn.Linear(4, 4, key=key)}", use="self.part['a'](x)"),
        net("Part(key)", before=OBJECT.replace("class Part", "class Part(eqx.Module)")),
        net("Part(key)", before="\n@jax.tree_util.register_pytree_node_class" + OBJECT),
        net("Part(key)", before=OBJECT + "\njax.tree_util.register_pytree_node(Part, f, g)\n"),
        net("Part(key)", before="\n@flax.struct.dataclass\nclass Part:\n    inner: object\n"),
        net("jax.random.normal(key, (4,))", use="x * self.part"),
        net("np.random.randn(4)", use="x * self.part"),
        net("jnp.arange(4.0)", field=STATIC, use="x * self.part"),
        net("jax.random.normal(key, (4,))", field=STATIC, use="x + 0 * len(self.part)"),
        net("jax.random.normal(key, (4,))", field=STATIC, use="x * self.part").replace(
            "part", "frequencies"
        ),
        net("jax.random.normal(key, (4,))", field=" = eqx.field(converter=f)", use="x * self.part"),
    ],
)
def test_equinox_finds_it_or_it_is_meant_so(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("deque([nnx.Linear(4, 4, rngs=rngs)])", [("unregistered-container", ("self.part",))]),
        ("set([nnx.Linear(4, 4, rngs=rngs)])", [("unregistered-container", ("self.part",))]),
        ("nnx.List([nnx.Linear(4, 4, rngs=rngs)])", []),
        # An error of Flax's own, or as good as `nnx.List`, by version.
        ("[nnx.Linear(4, 4, rngs=rngs)]", []),
        ("deque([1, 2, 3])", []),
        ("deque(maxlen=3)", []),
    ],
)
def test_containers_of_nnx(made: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    text = (
        "\nclass Net(nnx.Module):\n    def __init__(self, rngs):\n"
        f"        self.part = {made}\n        self.head = nnx.Linear(4, 1, rngs=rngs)\n\n"
        "    def __call__(self, x):\n        for layer in self.part:\n            x = layer(x)\n"
        "        return self.head(x)\n"
    )
    assert told(text) == expected


def test_what_a_person_reads() -> None:
    text = HEAD + net("Part(key)", before=OBJECT)
    (found,) = findings_in(project_of({"/p/nets.py": text}))
    assert found.message == (
        "what is in `self.part` never trains: an `eqx.Module` does not look into an object like"
        " `Part`, which is no module, so it gets no gradient, and no optimizer updates it"
    )
    assert found.framework == "jax"
