"""What attributes hold, as far as source shows it over several files."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from whygrad.source.classes.bases import lineage
from whygrad.source.classes.held import Held
from whygrad.source.classes.holding import Place, learns, made_by
from whygrad.source.classes.methods import reads, setting_up, stores_of
from whygrad.source.project.project import project_of

HEAD = """\
import copy
import torch
from torch import nn
from layers import Block, Empty, Maybe, Plain, make, blocks, unseen

"""
LAYERS = """\
import torch
from torch import nn
from elsewhere import Base, something
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 4)
class Empty(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU()
class Maybe(nn.Module):
    def __init__(self, n):
        super().__init__()
        if n:
            self.lin = nn.Linear(4, 4)
class Plain:
    pass
class Unsure(Base):
    pass
def make(kind):
    if kind:
        return nn.Linear(4, 4)
    return Block()
def blocks(n):
    found = []
    for _ in range(n):
        found.append(Block())
    return found
def unseen(n):
    return something(n)
"""


def show(held: Held) -> str:
    learns = {True: "+", False: "-", None: ""}[held.learns]
    items = f"[{', '.join(map(show, held.items))}]" if held.items else ""
    return f"{held.what.value}{learns}{items}"


def holds(statements: str) -> list[str]:
    body = indent(dedent(statements), " " * 8)
    text = f"{HEAD}class Net(nn.Module):\n    def __init__(self, n):\n{body}\n"
    text += "    def layer(self):\n        return nn.Conv2d(1, 1, 1)\n"
    project = project_of({"/p/net.py": text, "/p/layers.py": LAYERS})
    line = lineage(project, "/p/net.py", "Net")
    assert line is not None
    (stored,) = [s for s in stores_of(line) if s.store.attribute == "x"]
    place = Place("/p/net.py", stored.known, line)
    return sorted(show(h) for h in made_by(project, place, stored.store.term))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("nn.Linear(4, 4)", "module+"),
        ("nn.ReLU()", "module-"),
        ("nn.LayerNorm(4)", "module"),
        ("nn.Linear(4, 4).to(n)", "module+"),
        ("nn.Linear(4, 4).requires_grad_(False)", "module-"),
        ("nn.Linear(4, 4).parameters()", "unknown"),
        ("nn.Parameter(torch.randn(3))", "parameter+"),
        ("nn.Parameter(torch.randn(3), requires_grad=False)", "parameter-"),
        ("nn.Parameter(torch.randn(3), False)", "parameter"),
        ("nn.Parameter(torch.randn(3)) * 0.02", "computed+"),
        ("0.02 * nn.Parameter(torch.randn(3))", "computed+"),
        ("nn.Parameter(torch.randn(3)).view(1, 3)", "computed+"),
        ("nn.Parameter(torch.randn(3)).to(n)", "computed"),
        ("nn.Parameter(torch.randn(3)).view(3).to(n)", "computed+"),
        ("nn.Parameter(torch.randn(3)).requires_grad_(False)", "parameter-"),
        ("nn.Parameter(torch.randn(3)).detach()", "unknown"),
        ("torch.randn(3)", "tensor-"),
        ("torch.randn(3, requires_grad=True)", "tensor+"),
        ("torch.randn(3).requires_grad_()", "tensor+"),
        ("torch.randn(3, requires_grad=True).cuda()", "computed"),
        ("torch.randn(3, requires_grad=True) / 3", "computed+"),
        ("torch.randn(3, requires_grad=True)[None]", "computed+"),
        ("nn.Parameter(torch.randn(3))[None]", "computed+"),
        ("torch.randint(0, 3, (3,))", "tensor-"),
        ("torch.randn(3) * 0.02", "tensor-"),
        ("[nn.Linear(4, 4), nn.ReLU()]", "container[module+, module-]"),
        ("[Block() for _ in range(n)]", "container[module+]"),
        ("[nn.Linear(4, 4)] * n", "container[module+, unknown]"),
        ("[nn.Linear(4, 4)] + [nn.ReLU()]", "container[module+, module-]"),
        ("tuple(Block() for _ in n)", "container[module+]"),
        ("{'a': Block(), 'b': None}", "container[module+, nothing]"),
        ("dict(a=Block())", "container[module+]"),
        ("{**n, 'a': Block()}", "container[unknown, module+]"),
        ("nn.ModuleList([Block()])", "tracked[container[module+]]"),
        ("nn.Sequential(*[Block()])", "tracked[module+]"),
        ("blocks(n)", "container[module+]"),
        ("nn.ModuleList(blocks(n))", "tracked[container[module+]]"),
        ("blocks(n)[0]", "module+"),
        ("Block()", "module+"),
        ("copy.deepcopy(Block())", "module+"),
        ("Empty()", "module-"),
        ("Maybe(n)", "module"),
        ("Plain()", "other"),
        ("self.layer()", "module+"),
        ("unseen(n)", "unknown"),
        ("n", "unknown"),
        ("None", "nothing"),
        ("len(n)", "other"),
        ("3", "other"),
    ],
)  # fmt: skip
def test_what_an_expression_makes(expression: str, expected: str) -> None:
    assert holds(f"self.x = {expression}") == [expected]


def test_several_ways() -> None:
    assert holds("self.x = make(n)") == ["module+", "module+"]
    assert holds("self.x = nn.Linear(4, 4) if n else None") == ["module+", "nothing"]
    assert holds("layer = nn.Linear(4, 4)\nif n:\n    layer = nn.ReLU()\nself.x = layer") == [
        "module+",
        "module-",
    ]


def test_a_class_that_holds_itself_is_unknown_not_endless() -> None:
    text = (
        "from torch import nn\nclass A(nn.Module):\n    def __init__(self):\n        self.a = A()\n"
    )
    project = project_of({"/p/a.py": text})
    line = lineage(project, "/p/a.py", "A")
    assert line is not None and learns(project, line) is None


NET = """\
from torch import nn
class Base(nn.Module):
    def __init__(self):
        self.make()
    def forward(self, x):
        return self.body(x)
class Net(Base):
    def make(self):
        self.a = 1
        self.b = 2
        self.c = 3
        self.d = 4
        self.tie()
    def tie(self):
        return self.d
    def body(self, x):
        return self.b * self.scaled
    @property
    def scaled(self):
        return self.c
"""


def test_which_methods_read_an_attribute() -> None:
    project = project_of({"/p/net.py": NET})
    line = lineage(project, "/p/net.py", "Net")
    assert line is not None
    assert [reads(line, name) for name in "abcd"] == [False, True, True, False]
    assert setting_up(line) >= {"__init__", "make", "tie"}
    assert "body" not in setting_up(line)


def test_an_object_that_is_handed_out_may_be_read_anywhere() -> None:
    text = NET.replace("return self.b", "return helper(self) + self.b")
    line = lineage(project_of({"/p/net.py": text}), "/p/net.py", "Net")
    assert line is not None and reads(line, "a") is None
