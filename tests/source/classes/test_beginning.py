"""What is registered before `super().__init__()`: the fix puts the call in front where that is
certain to be right, and else says so.
"""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Final

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.model.source import Fix
from whygrad.source.mending import mended
from whygrad.source.project.project import project_of

TENSOR: Final = "self.w = torch.randn(n, requires_grad=True)\n"
PARAMETER: Final = "self.w = nn.Parameter(torch.randn(n))\n"
USES: Final = "    def forward(self, x):\n        return x * self.w\n"


def net(body: str, *, base: str = "nn.Module", more: str = USES, head: str = "") -> str:
    """A model whose constructor has this body."""
    return (
        f"import torch\nfrom torch import nn\n\n\n{dedent(head)}class Net({base}):\n"
        "    def __init__(self, n=3, config=None, **kwargs):\n"
        f"{indent(body, ' ' * 8)}\n{more}"
    )


def fixes(texts: dict[str, str]) -> list[Fix]:
    return [f.fix for f in findings_in(project_of(texts)) if f.fix is not None]


def after(text: str, **files: str) -> str | None:
    """The text with all fixes in; None where a fix has no edit. A second look finds nothing."""
    texts = {"/p/net.py": text, **{f"/p/{name}.py": dedent(t) for name, t in files.items()}}
    found = fixes(texts)
    assert found
    if not all(fix.edits for fix in found):
        assert all("runs before this line" in f.message for f in found if not f.edits)
        return None
    changed = mended(found, texts)
    assert changed.left == 0
    texts |= changed.after
    assert findings_in(project_of(texts)) == ()
    return texts["/p/net.py"]


MOVED: Final = {
    "nothing between": (TENSOR + "super().__init__()", "super().__init__()\n" + PARAMETER),
    "as in Python 2": (
        TENSOR + "super(Net, self).__init__()",
        "super(Net, self).__init__()\n" + PARAMETER,
    ),
    "by its name": (
        TENSOR + "nn.Module.__init__(self)",
        "nn.Module.__init__(self)\n" + PARAMETER,
    ),
    "comments go along": (
        f"# how much\n{TENSOR}# the base\n# first of all\nsuper().__init__()  # noqa",
        f"# the base\n# first of all\nsuper().__init__()  # noqa\n# how much\n{PARAMETER}",
    ),
    "what is local stays": (
        f"n = n or 3\nself.n = n\n{TENSOR}super().__init__()\nself.m = n",
        f"n = n or 3\nsuper().__init__()\nself.n = n\n{PARAMETER}self.m = n",
    ),
    "in a branch": (
        f"if n > 2:\n    {TENSOR}super().__init__()",
        f"super().__init__()\nif n > 2:\n    {PARAMETER}",
    ),
    "two tensors": (
        f"{TENSOR}self.v = torch.ones(n, requires_grad=True)\nsuper().__init__()",
        f"super().__init__()\n{PARAMETER}self.v = nn.Parameter(torch.ones(n))\n",
    ),
    "over several lines": (
        f"{TENSOR}super().__init__(\n    # nothing\n)\nself.m = 1",
        f"super().__init__(\n    # nothing\n)\n{PARAMETER}self.m = 1",
    ),
    "blank lines": (
        f"self.n = n\n\n{TENSOR}\nsuper().__init__()\n\nself.m = 1",
        f"super().__init__()\nself.n = n\n\n{PARAMETER}\nself.m = 1",
    ),
    "a docstring": (
        f'"""Makes it."""\n{TENSOR}super().__init__()',
        f'"""Makes it."""\nsuper().__init__()\n{PARAMETER}',
    ),
    "a seed, and no layers": (
        f"torch.manual_seed(0)\n{TENSOR}super().__init__()",
        f"torch.manual_seed(0)\nsuper().__init__()\n{PARAMETER}",
    ),
    "a word between": (
        f"{TENSOR}print(n)\nsuper().__init__()",
        f"super().__init__()\n{PARAMETER}print(n)",
    ),
    "an error before": (
        f"if n < 1:\n    raise ValueError(n)\n{TENSOR}super().__init__()",
        f"if n < 1:\n    raise ValueError(n)\nsuper().__init__()\n{PARAMETER}",
    ),
}
BOTH: Final = "    def forward(self, x):\n        return x * self.w + self.v\n"


@pytest.mark.parametrize("name", MOVED)
def test_the_call_is_put_in_front(name: str) -> None:
    before, expected = MOVED[name]
    more = BOTH if "self.v" in before else USES
    assert after(net(before, more=more)) == net(expected.rstrip("\n"), more=more)


def test_line_ends_are_kept() -> None:
    text = net(TENSOR + "super().__init__()").replace("\n", "\r\n")
    expected = net("super().__init__()\n" + PARAMETER.rstrip()).replace("\n", "\r\n")
    assert after(text) == expected


@pytest.mark.parametrize("blank", ["", "\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_call_is_the_last_line_of_the_file(blank: str, end: str) -> None:
    head = f"import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n{USES}"
    make = "\n    def __init__(self, n):\n"
    text = f"{head}{make}        {TENSOR}{blank}        super().__init__()"
    expected = f"{head}{make}        super().__init__()\n        {PARAMETER}".rstrip("\n")
    assert after(text.replace("\n", end)) == expected.replace("\n", end)


def test_the_last_line_without_an_end() -> None:
    text = net("super().__init__()\n" + TENSOR.rstrip())
    assert after(text) == net("super().__init__()\n" + PARAMETER.rstrip())


BASE: Final = """\
class Base(nn.Module):
    def __init__(self, n=3, config=None, **kwargs):
        super().__init__()
        {}


"""
KEPT: Final = {
    "its arguments are made in between": (f"{TENSOR}n = n * 2\nsuper().__init__(n)", "self.n = n"),
    "its arguments are set in between": (f"{TENSOR}self.k = 1\nsuper().__init__(self.k)", "pass"),
    "a keyword is taken out": (
        "self.w = torch.randn(kwargs.pop('n'), requires_grad=True)\nsuper().__init__(**kwargs)",
        "pass",
    ),
    "a keyword is put in": (f"{TENSOR}kwargs['k'] = 1\nsuper().__init__(**kwargs)", "pass"),
    "a helper may change it": (f"{TENSOR}prepare(config)\nsuper().__init__(n, config)", "pass"),
    "the base calls what needs it": (f"{TENSOR}self.n = n\nsuper().__init__()", "self.build_up()"),
    "the base reads it": (f"{TENSOR}self.n = n\nsuper().__init__()", "self.m = self.n"),
    "the base sets it, too": (f"{TENSOR}self.m = n\nsuper().__init__()", "self.m = 0"),
    "the base hands itself on": (f"{TENSOR}super().__init__()", "prepare(self)"),
    "the base lists what it has": (
        f"{TENSOR}super().__init__()",
        "self.own = list(self.modules())",
    ),
    "a seed": (f"{TENSOR}torch.manual_seed(0)\nsuper().__init__()", "self.l = nn.Linear(n, n)"),
    "all names": (f"{TENSOR}super().__init__(**locals())", "pass"),
    "it returns before": (f"{TENSOR}if n:\n    return\nsuper().__init__()", "pass"),
    "in a branch": (f"{TENSOR}if n:\n    super().__init__()", "pass"),
    "on one line": ("self.w = torch.randn(n, requires_grad=True); super().__init__()", "pass"),
    "what the framework sets": (f"{TENSOR}self.training = False\nsuper().__init__()", "pass"),
}
BUILD_UP: Final = "    def build_up(self):\n        self.twice = self.n * 2\n\n" + USES


@pytest.mark.parametrize("name", KEPT)
def test_no_edit_where_it_may_be_wrong(name: str) -> None:
    body, base = KEPT[name]
    head = "def prepare(it):\n    it.ready = True\n\n\n" + BASE.format(base)
    assert after(net(body, base="Base", head=head, more=BUILD_UP)) is None


def test_a_base_that_asks_for_nothing_is_called_first() -> None:
    head = BASE.format("self.body = nn.Linear(n, n)")
    body = "super().__init__(n)\n" + PARAMETER.rstrip()
    text = net(TENSOR + "super().__init__(n)", base="Base", head=head)
    assert after(text) == net(body, base="Base", head=head)


def test_what_the_base_needs_stays_before_it() -> None:
    head = BASE.format("self.build_up()")
    options = {"base": "Base", "head": head, "more": BUILD_UP}
    body = f"self.n = n\nsuper().__init__()\n{PARAMETER}self.m = n"
    text = net(f"self.n = n\n{TENSOR}self.m = n\nsuper().__init__()", **options)
    assert after(text) == net(body, **options)


def test_an_unknown_base_may_ask_for_anything() -> None:
    text = net(TENSOR + "super().__init__()", base="nn.Module, Other").replace(
        "from torch import nn", "from torch import nn\nfrom elsewhere import Other"
    )
    assert [bool(fix.edits) for fix in fixes({"/p/net.py": text})] == [False]


def test_a_layer_calls_the_method_that_starts_it() -> None:
    more = "    def reset_parameters(self):\n        print(self.n)\n\n" + USES
    body = f"{TENSOR}self.n = n\nsuper().__init__(n, n)"
    assert after(net(body, base="nn.Linear", more=more)) is None


def test_a_helper_that_is_called_before() -> None:
    more = f"    def make(self, n):\n        {TENSOR}\n{USES}"
    text = net("self.make(n)\nsuper().__init__()", more=more)
    expected = net("super().__init__()\nself.make(n)", more=more.replace(TENSOR, PARAMETER))
    assert after(text) == expected


def test_a_constructor_elsewhere_that_calls_it_before() -> None:
    base = """\
        from torch import nn

        class Base(nn.Module):
            def __init__(self):
                self.make(3)
                super().__init__()
        """
    more = f"class Net(Base):\n    def make(self, n):\n        {TENSOR}\n{USES}"
    text = f"import torch\nfrom base import Base\n\n\n{more}"
    (fix,) = fixes({"/p/net.py": text, "/p/base.py": dedent(base)})
    assert fix.edits == ()
    assert fix.message == (
        "see that `super().__init__()` (/p/base.py:6:9) runs before this line;"
        " then register it: `nn.Parameter(...)`"
    )


def test_a_mixin_called_by_its_name_before() -> None:
    head = f"class Mixin:\n    def __init__(self, n):\n        {TENSOR}\n\n"
    body = "Mixin.__init__(self, n)\nnn.Module.__init__(self)"
    assert after(net(body, base="Mixin, nn.Module", head=head)) is None
    body = "nn.Module.__init__(self)\nMixin.__init__(self, n)"
    assert after(net(body, base="Mixin, nn.Module", head=head)) == net(
        body, base="Mixin, nn.Module", head=head.replace(TENSOR, PARAMETER)
    )


def test_a_mixin_that_an_heir_puts_before_a_template() -> None:
    """The call of the mixin runs the constructor of whatever comes next."""
    head = (
        f"class Mixin:\n    def __init__(self, n):\n        {TENSOR}"
        "        self.n = n\n        super().__init__()\n\n\n"
    ) + BASE.format("self.build_up()")
    text = net("super().__init__(n)", base="Mixin, Base", head=head, more=BUILD_UP)
    assert after(text) is None


def test_keras_adds_a_weight_after_its_constructor() -> None:
    head = "import tensorflow as tf\nimport tf_keras\n\n\nclass Shift(tf_keras.layers.Layer):\n"
    text = head + (
        "    def __init__(self, n, **kwargs):\n"
        "        self.kernel_of = tf.random.normal([n])\n"
        "        super().__init__(**kwargs)\n\n"
        "    def call(self, x):\n        return x * self.kernel_of\n"
    )
    expected = head + (
        "    def __init__(self, n, **kwargs):\n"
        "        super().__init__(**kwargs)\n"
        '        self.kernel_of = self.add_weight(shape=(n,), initializer="random_normal",'
        ' name="kernel_of")\n\n'
        "    def call(self, x):\n        return x * self.kernel_of\n"
    )
    assert after(text) == expected


def test_a_variable_of_keras_is_tracked_before_its_constructor() -> None:
    text = (
        "import tensorflow as tf\nimport keras\n\n\nclass Shift(keras.layers.Layer):\n"
        "    def __init__(self, start, **kwargs):\n"
        "        self.shift = tf.Variable(start.normalized(), trainable=True)\n"
        "        super().__init__(**kwargs)\n\n"
        "    def call(self, x):\n        return x + self.shift\n"
    )
    expected = text.replace(
        "tf.Variable(start.normalized(), trainable=True)",
        'keras.Variable(start.normalized(), name="shift")',
    )
    assert after(text) == expected
