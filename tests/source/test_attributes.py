"""Where a class puts something on `self`, and whether anything but its constructor uses it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from whygrad.source.attributes import class_stores, decorators, object_stores
from whygrad.source.expressions import Kind
from whygrad.source.files import Sources
from whygrad.source.mentions import ClassRef, mentioned
from whygrad.source.module import SourceModule

NET = textwrap.dedent(
    """\
    class Net(nn.Module):
        def __init__(this, n):
            super().__init__()
            this.beta: Tensor = torch.randn(64, requires_grad=True)
            this.layers = [nn.Linear(8, 8) for _ in range(n)]
            this.heads, this.n = [nn.Linear(8, 1)], n
            this.a, this.b = make()
            this.register_buffer("scale", torch.ones(8))
            setattr(this, "gain", 2 * torch.ones(1))
            other.beta = 3

        @torch.no_grad()
        @rename("x")
        def forward(this, x):
            this.beta += 1
            return x * this.beta

    model = Net(3)
    model.fc = nn.Linear(8, 2)
    model.encoder.requires_grad = False
    """
)


@pytest.fixture
def net() -> SourceModule:
    return SourceModule("net.py", NET)


def test_every_store_of_an_attribute(net: SourceModule) -> None:
    made, grown = class_stores(net, "Net", "beta")
    assert (made.how, made.kind, made.call, made.method) == (
        "assign",
        Kind.CALL,
        "torch.randn",
        "Net.__init__",
    )
    assert made.value is not None and made.value.source == "torch.randn(64, requires_grad=True)"
    assert made.location.line == 4
    assert (grown.how, grown.method) == ("augmented", "Net.forward")


@pytest.mark.parametrize(
    ("attribute", "how", "kind", "value"),
    [
        ("layers", "assign", Kind.COMPREHENSION, "[nn.Linear(8, 8) for _ in range(n)]"),
        ("heads", "assign", Kind.DISPLAY, "[nn.Linear(8, 1)]"),
        ("a", "unpacked", Kind.OTHER, None),
        ("scale", "register_buffer", Kind.CALL, "torch.ones(8)"),
        ("gain", "setattr", Kind.OPERATION, "2 * torch.ones(1)"),
    ],
)
def test_what_is_put_there(
    net: SourceModule, attribute: str, how: str, kind: Kind, value: str | None
) -> None:
    (store,) = class_stores(net, "Net", attribute)
    assert (store.how, store.kind) == (how, kind)
    assert (store.value.source if store.value else None) == value


def test_stores_on_other_objects(net: SourceModule) -> None:
    (replaced,) = object_stores(net, "fc")
    assert (replaced.target, replaced.method, replaced.location.line) == ("model.fc", None, 19)
    (frozen,) = object_stores(net, "requires_grad")
    assert frozen.target == "model.encoder.requires_grad"


def test_decorators(net: SourceModule) -> None:
    found = decorators(net, "Net.forward")
    assert [(d.name, d.location.line) for d in found] == [("torch.no_grad", 12), ("rename", 13)]
    assert found[0].location.source == "torch.no_grad()"
    assert decorators(net, "Nobody.forward") == ()


def asked(body: str, attribute: str = "w", rest: str = "") -> bool | None:
    text = "class Net(Module):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    sources = Sources()
    sources.remember("net.py", text + textwrap.dedent(rest))
    module = ClassRef(None, "Module", "torch.nn.modules.module")
    return mentioned(sources, (ClassRef("net.py", "Net", "__main__"), module), attribute)


INIT = """
def __init__(self):
    self.w = make()
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("def forward(self, x):\n    return x", False),
        ("def forward(self, x):\n    return x @ self.w", True),
        ("def forward(self, x):\n    self.w = None", False),
        ("def forward(self, x):\n    return x + x.w", False),
        ("def forward(self, x):\n    return getattr(self, 'w')(x)", True),
        ("def forward(self, x):\n    return getattr(self, 'v')(x)", False),
        ("def forward(self, x):\n    return getattr(self, f'w{x}')(x)", None),
        ("def forward(self, x):\n    return getattr(self, f'layer{x}')(x)", False),
        ("def forward(self, x):\n    return getattr(self, 'lay' + str(x))(x)", False),
        ("def forward(self, x):\n    return getattr(self, x)(x)", None),
        ("def forward(self, x):\n    for m in self.children(): x = m(x)\n    return x", None),
        ("def forward(self, x):\n    return x + sum(vars(self).values())", None),
        ("def forward(self, x):\n    return helper(self, x)", None),
        ("def forward(self, x):\n    me = self\n    return me.w + x", None),
        ("def forward(self, x):\n    return x.to(next(self.parameters()).device)", False),
        ("def forward(self, x):\n    return super(Net, self).forward(x)", False),
        ("def forward(self, x):\n    assert isinstance(self, Module)\n    return x", False),
        ("def forward(this, x):\n    return this.w + x", True),
        ("def configure_optimizers(self):\n    return Adam(self.w.parameters())", False),
        ("@property\ndef weight(self):\n    return self.w", True),
        ("def reset_parameters(self):\n    init.zeros_(self.w.weight)", False),
        ("def __getattr__(self, name):\n    return object.__getattr__(self, name)", None),
        ("@staticmethod\ndef f(self):\n    return 1", False),
    ],
)
def test_mentions(body: str, expected: bool | None) -> None:
    assert asked(INIT + body) is expected


def test_a_helper_that_only_the_constructor_calls_is_no_use() -> None:
    body = """
    def __init__(self):
        self.w = make()
        self.build()
    def build(self):
        init.zeros_(self.w.weight)
    def forward(self, x):
        return x
    """
    assert asked(body) is False
    assert asked(body.replace("self.build()", "self.hook(self.build)")) is True


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("self.net = nn.Sequential(self.w, nn.ReLU())", None),
        ("self.all = [self.w]", None),
        ("self.all.append(self.w)", None),
        ("self.f = lambda x: self.w(x)", True),
        ("self.n = self.w.in_features", False),
        ("nn.init.zeros_(self.w)", False),
        ("self.head.weight = self.w.weight", None),
    ],
)
def test_the_constructor_can_pass_it_on(line: str, expected: bool | None) -> None:
    assert asked(INIT + f"    {line}\ndef forward(self, x):\n    return self.net(x)") is expected


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("model = Net()\ny = model.w(x)\n", None),
        ("opt = Adam(model.w.parameters())\n", False),
        ("model.w = nn.Linear(3, 3)\n", False),
        ("class Other:\n    def forward(self, x):\n        return self.w(x)\n", False),
    ],
)
def test_the_rest_of_the_file_may_use_it(rest: str, expected: bool | None) -> None:
    assert asked(INIT + "def forward(self, x):\n    return x\n", rest=rest) is expected


def test_bases_in_other_files_and_unseen_ones(tmp_path: Path) -> None:
    (tmp_path / "base.py").write_text(
        "class Base(Module):\n    def forward(self, x):\n        return self.encoder(x)\n"
    )
    (tmp_path / "net.py").write_text(
        "class Net(Base):\n    def __init__(self):\n        self.encoder = self.spare = 1\n"
    )
    sources = Sources(tmp_path)
    seen = (ClassRef("net.py", "Net"), ClassRef("base.py", "Base"), ClassRef(None, "object"))
    assert mentioned(sources, seen, "encoder") is True
    assert mentioned(sources, seen, "spare") is False
    assert mentioned(sources, (*seen, ClassRef(None, "Compiled", "ext")), "spare") is None
    assert mentioned(sources, (*seen, ClassRef("gone.py", "Gone")), "spare") is None
