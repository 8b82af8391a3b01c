"""What a call makes anew, moved into the constructor: only where the constructor can make it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.model.finding import Finding
from whygrad.source.edits import apply
from whygrad.source.mending import mended
from whygrad.source.project.project import project_of

_TORCH = "import torch\nfrom torch import nn\n\n\n"
_TRAINED = """

net = Net({})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for x in torch.randn(3, 5, 4):
    opt.zero_grad()
    net(x).sum().backward()
    opt.step()
"""
_KERAS = "import keras\nimport tensorflow as tf\nfrom keras import layers\n\n\n"
_FLAX = "import jax\nfrom flax import nnx\n\n\n"


def _found(text: str) -> Finding:
    (finding,) = findings_in(project_of({"/p/net.py": text}))
    assert finding.cause == "created-in-forward"
    return finding


def _edited(text: str) -> str:
    finding = _found(text)
    assert finding.fix is not None and finding.fix.edits and not finding.fix.safe
    after = apply(text, finding.fix.edits)
    assert findings_in(project_of({"/p/net.py": after})) == ()
    return after


def test_a_layer_with_a_name_keeps_it() -> None:
    trained = _TRAINED.format(4)
    before = (
        _TORCH
        + dedent("""\
        class Net(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.width = width
                self.body = nn.Linear(8, width)  # in

            def forward(self, x):
                h = self.body(x)
                mix = nn.Linear(self.width, 2)  # out
                return mix(h)
        """)
        + trained
    )
    assert (
        _edited(before)
        == _TORCH
        + dedent("""\
        class Net(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.width = width
                self.body = nn.Linear(8, width)  # in
                self.mix = nn.Linear(self.width, 2)

            def forward(self, x):
                h = self.body(x)
                mix = self.mix  # out
                return mix(h)
        """)
        + trained
    )


def test_a_layer_without_a_name_gets_that_of_its_class() -> None:
    before = _KERAS + dedent("""\
        class Net(keras.Model):
            def __init__(this, width):
                super().__init__()
                this.width = width

            def call(self, x, training=False):
                return layers.Conv2D(4, 3)(layers.Dense(self.width)(x))
        """)
    findings = findings_in(project_of({"/p/net.py": before}))
    edits = [edit for finding in findings for edit in (finding.fix.edits if finding.fix else ())]
    after = apply(before, edits)
    assert "        this.dense = layers.Dense(this.width)\n" in after
    assert "        this.conv2d = layers.Conv2D(4, 3)\n" in after
    assert "        return self.conv2d(self.dense(x))\n" in after
    assert findings_in(project_of({"/p/net.py": after})) == ()


def test_what_build_knows_is_made_in_build() -> None:
    before = _KERAS + dedent("""\
        class Scale(layers.Layer):
            def __init__(self, rank):
                super().__init__()
                self.rank = rank

            def build(self, shape):
                self.width = shape[-1]

            def call(self, x):
                self.gate = self.add_weight(shape=(self.rank, self.width))
                return x @ self.gate
        """)
    lines = _edited(before).splitlines()
    gate = "        self.gate = self.add_weight(shape=(self.rank, self.width))"
    assert lines.index(gate) == lines.index("        self.width = shape[-1]") + 1
    assert lines.count(gate) == 1


def test_of_a_helper_that_the_call_uses_once() -> None:
    after = _edited(_TORCH + dedent("""\
        class Net(nn.Module):
            def __init__(self):
                super().__init__()

            def _scores(self, x):
                self.query = nn.Parameter(torch.randn(4))
                return x @ self.query

            def forward(self, x):
                return self._scores(x).relu()
        """) + _TRAINED.format(""))  # fmt: skip
    assert (
        "        super().__init__()\n        self.query = nn.Parameter(torch.randn(4))\n" in after
    )


def test_what_the_constructor_does_with_all_of_it_comes_behind() -> None:
    text = _TORCH + dedent("""\
        class Net(nn.Module):
            def __init__(self, device):
                super().__init__()
                self.body = nn.Linear(4, 4)
                self.apply(self._start)
                self.to(device)

            def _start(self, module):
                module.requires_grad_(True)

            def forward(self, x):
                return nn.Linear(4, 2)(self.body(x))
        """) + _TRAINED.format('"cpu"')  # fmt: skip
    made = "        self.body = nn.Linear(4, 4)\n        self.linear = nn.Linear(4, 2)\n"
    assert made + "        self.apply(self._start)\n" in _edited(text)


def test_variables_of_flax() -> None:
    after = _edited(_FLAX + dedent("""\
        class Net(nnx.Module):
            def __init__(self, rngs):
                self.body = nnx.Linear(4, 4, rngs=rngs)

            def __call__(self, x):
                out = nnx.Linear(4, 2, rngs=nnx.Rngs(0))
                return out(self.body(x))
        """))  # fmt: skip
    assert "        self.out = nnx.Linear(4, 2, rngs=nnx.Rngs(0))\n\n" in after


_NET = """\
class Net(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n
{more}
    def forward(self, x):
        {body}
"""


@pytest.mark.parametrize(
    ("more", "body"),
    [
        ("", "return nn.Linear(x.shape[-1], 2)(x)"),  # of what the call alone has
        ("        self.mix = None\n", "mix = nn.Linear(4, 2); return mix(x) if self.mix is None else x"),
        ("        self.linear = n\n", "return nn.Linear(4, self.linear)(x)"),  # the name is taken
        ("\n    def linear(self): ...\n", "return nn.Linear(4, 2)(x)"),
        ("        return\n", "return nn.Linear(4, 2)(x)"),
        ("\n    def grow(self):\n        self.n += 1\n", "return nn.Linear(4, self.n)(x)"),
        ("", "return nn.Linear(4, self.m)(x)"),  # nobody sees where that comes from
        ("", "return sum(nn.Linear(4, 2)(x) for _ in range(3))"),
        ("", "for _ in range(3):\n            x = nn.Linear(4, 4)(x)\n        return x"),
    ],
)  # fmt: skip
def test_words_alone(more: str, body: str) -> None:
    finding = _found(_TORCH + _NET.format(more=more, body=body) + _TRAINED.format(4))
    assert finding.fix is not None and finding.fix.edits == ()


def test_a_head_for_each_of_several_tasks_is_not_one() -> None:
    finding = _found(_TORCH + dedent("""\
        class Net(nn.Module):
            def __init__(self):
                super().__init__()

            def head(self, x):
                return nn.Linear(4, 2)(x)

            def forward(self, x):
                return sum(self.head(x) for _ in range(3))
        """) + _TRAINED.format(""))  # fmt: skip
    assert finding.fix is not None and finding.fix.edits == ()
    assert finding.message.startswith("`Linear` is made anew")


def test_keras_3_would_not_track_the_variable() -> None:
    finding = _found(_KERAS + dedent("""\
        class Net(layers.Layer):
            def __init__(self):
                super().__init__()

            def call(self, x):
                scale = tf.Variable(1.0)
                return x * scale
        """))  # fmt: skip
    assert finding.fix is not None and finding.fix.edits == ()


def test_the_run_offers_it_too() -> None:
    """Of a run the place is the whole statement, not the call."""
    from whygrad.model.source import SourceLocation
    from whygrad.source.edits import make_once
    from whygrad.source.module import SourceModule

    text = (
        Path(__file__).parents[1] / "pairs/programs/created-in-forward/parameter_in_method.py"
    ).read_text()
    edits = make_once(SourceModule("net.py", text), SourceLocation("net.py", 13))
    assert edits is not None and apply(text, edits).count("self.query = nn.Parameter") == 2


def test_each_of_several_of_a_kind_is_one_of_its_own() -> None:
    text = _KERAS + dedent("""\
        class Deep(keras.Model):
            def __init__(self):
                super().__init__()
                self.pool = layers.MaxPool1D()

            def call(self, x):
                x = layers.Conv1D(8, 7)(x)
                x = self.pool(layers.Conv1D(8, 3)(x))
                return layers.Conv1D(8, 3)(x)
        """)
    fixes = [f.fix for f in findings_in(project_of({"/p/net.py": text})) if f.fix is not None]
    changed = mended(fixes, {"/p/net.py": text})
    assert (changed.applied, changed.left) == (3, 0)
    assert changed.after["/p/net.py"] == _KERAS + dedent("""\
        class Deep(keras.Model):
            def __init__(self):
                super().__init__()
                self.pool = layers.MaxPool1D()
                self.conv1d = layers.Conv1D(8, 7)
                self.conv1d_2 = layers.Conv1D(8, 3)
                self.conv1d_3 = layers.Conv1D(8, 3)

            def call(self, x):
                x = self.conv1d(x)
                x = self.pool(self.conv1d_2(x))
                return self.conv1d_3(x)
        """)
