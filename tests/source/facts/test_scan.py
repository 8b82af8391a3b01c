"""What one file says: stores, terms, mentions, bindings; and how they survive as bytes."""

from __future__ import annotations

import ast
import textwrap

import pytest

from whygrad.source.facts.model import ClassFacts, FileFacts, Store, Term, pack, unpack
from whygrad.source.facts.scan import facts_of


def facts(text: str) -> FileFacts:
    text = textwrap.dedent(text)
    found = facts_of(text, ast.parse(text))
    assert unpack(pack(found)) == found
    return found


def only_class(text: str) -> ClassFacts:
    (cls,) = facts(text).classes
    return cls


def method(body: str, arguments: str = "self, n") -> list[Store]:
    inner = textwrap.indent(textwrap.dedent(body), " " * 8)
    return list(only_class(f"class A:\n    def __init__({arguments}):\n{inner}").stores)


def shape(term: Term) -> object:
    """A term as nested text, for reading."""
    name = f"{term.kind}:{term.name}" if term.name else term.kind
    return f"{name}({', '.join(str(shape(p)) for p in term.parts)})" if term.parts else name


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("nn.Linear(4, 4)", "call:nn.Linear"),
        ("[nn.Linear(4, 4)]", "list(call:nn.Linear)"),
        ("[nn.Linear(4, 4) for _ in range(n)]", "list:for(call:nn.Linear)"),
        ("{'a': nn.Linear(4, 4)}", "dict:text(call:nn.Linear)"),
        ("{n: nn.Linear(4, 4)}", "dict(call:nn.Linear)"),
        ("{f'a{i}': nn.Linear(4, 4) for i in n}", "dict:for text(call:nn.Linear)"),
        ("(nn.A(), nn.B())", "tuple(call:nn.A, call:nn.B)"),
        ("list(nn.A() for _ in n)", "call:list(generator:for(call:nn.A))"),
        ("nn.ModuleList([nn.A()])", "call:nn.ModuleList(list(call:nn.A))"),
        ("nn.Parameter(torch.randn(3)) * 2", "operation:Mult(call:nn.Parameter(call:torch.randn), constant:2)"),
        ("nn.Parameter(n).to('cpu')", "method:to(call:nn.Parameter(argument))"),
        ("torch.randn(3, requires_grad=True)", "call:torch.randn(unknown, keyword:requires_grad(constant:True))"),
        ("nn.A().requires_grad_(False)", "method:requires_grad_(call:nn.A, constant:False)"),
        ("nn.A() if n else None", "either(call:nn.A, constant:None)"),
        ("n or nn.A()", "either(argument, call:nn.A)"),
        ("self.other", "own:other"),
        ("self.make(3)", "call:self.make"),
        ("n.hidden_size", "argument"),
        ("TABLE[n]", "element(global:TABLE)"),
        ("[l for l in n]", "list:for(element(argument))"),
        ("[*n, nn.A()]", "list(spread(argument), call:nn.A)"),
        ("lambda x: x", "unknown"),
    ],
)  # fmt: skip
def test_terms(expression: str, expected: str) -> None:
    (store,) = method(f"self.x = {expression}")
    assert shape(store.term) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("layers = []\nfor i in range(n):\n    layers.append(nn.A())\nself.x = layers", "list(call:nn.A)"),
        ("layers = [nn.A()]\nlayers += [nn.B()]\nself.x = layers", "list(call:nn.A, spread(list(call:nn.B)))"),
        ("heads = {}\nheads['a'] = nn.A()\nself.x = heads", "dict:text(call:nn.A)"),
        ("if n:\n    a = nn.A()\nelse:\n    a = nn.B()\nself.x = a", "either:a(call:nn.A, call:nn.B)"),
        ("for layer in [nn.A()]:\n    self.x = layer", "element(list(call:nn.A))"),
        ("from torch.nn import Linear as L\nself.x = L()", "call:torch.nn.Linear"),
        ("import torch.nn as nn\nself.x = nn.Linear()", "call:torch.nn.Linear"),
        ("with n as nn:\n    self.x = nn.Linear()", "method:Linear(unknown)"),
        ("a = a2 = nn.A()\nself.x = a2", "call:nn.A"),
        ("a, b = nn.A(), nn.B()\nself.x = b", "call:nn.B"),
        ("a, b = n\nself.x = b", "unknown"),
        ("a = a\nself.x = a", "unknown"),
    ],
)  # fmt: skip
def test_names_of_a_function_are_looked_up(body: str, expected: str) -> None:
    (store,) = method(body)
    assert shape(store.term) == expected


def test_every_way_to_store() -> None:
    stores = method(
        """\
        self.a: int = 1
        self.b, self.c = 1, n
        self.d = self.e = 2
        self.f += 1
        setattr(self, "g", 1)
        setattr(self, f"layer{n}", 1)
        setattr(self, "w" + n, 1)
        setattr(other, "no", 1)
        self.register_buffer("h", 1)
        self.add_module(name="i%d" % n, module=1)
        self.j.append(1)
        self.k["x"] = 1
        for self.l in n:
            self.m = 1
        with n as self.o:
            self.p = 1
        del self.q
        other.no = 1
        """
    )
    assert [(s.attribute, s.how) for s in stores if not s.conditional] == [
        ("a", "assign"), ("c", "assign"), ("b", "assign"), ("d", "assign"), ("e", "assign"),
        ("f", "augmented"), ("g", "setattr"), ("layer*", "setattr"), ("w*", "setattr"),
        ("h", "register_buffer"), ("i*", "add_module"), ("j", "append"), ("k", "item"),
        ("l", "loop"), ("o", "with"), ("p", "assign"), ("q", "delete"),
    ]  # fmt: skip
    assert [s.attribute for s in stores if s.conditional] == ["m"]


def test_spans_are_of_the_statement() -> None:
    (store,) = method("self.x = [\n    1,\n]")
    assert tuple(store.span) == (3, 8, 5, 9)


def test_what_methods_mention() -> None:
    cls = only_class(
        """\
        class Net(Base[int], mixins.A, make()):
            def forward(this, x):
                "this docstring speaks of this-and-that"
                this.count = 1
                this.total += 1
                if this.flag == 2: pass
                return this.head(this.body . conv(x))

            def hand(self): return helper(self)
            def old(self):
                super(Net, self).forward(1)
                super().hand()
                return self.x
            @staticmethod
            def plain(self): return self.y
            @property
            def tied(self): return self.z
        """
    )
    assert cls.bases == ("Base", "mixins.A", "?")
    forward, hand, old, plain, tied = cls.methods
    assert forward.reads == {"total", "flag", "head", "body"} and forward.calls == {"head"}
    assert not forward.hands_out and hand.hands_out and not old.hands_out
    assert old.supers == {"forward", "hand"} and old.reads == {"x"}
    assert (plain.owner, plain.reads) == ("", frozenset())
    assert tied.decorators == ("property",) and tied.reads == {"z"}


def test_bindings() -> None:
    found = facts(
        """\
        import torch
        import torch.nn as nn
        import os.path
        from torch.nn import Linear as L, functional
        from . import local
        from ..layers import Block
        from .all import *
        try:
            from fast import Norm
        except ImportError:
            Norm = None
        Base = nn.Module
        TABLE = {}
        __all__ = ["Base", "f"]
        def f(): import lazy.inner; return [nn.A()]
        class C: pass
        """
    )
    assert found.bindings == {
        "torch": ("torch",), "nn": ("torch.nn",), "os": ("os",), "L": ("torch.nn.Linear",),
        "functional": ("torch.nn.functional",), "local": (".local",), "Block": ("..layers.Block",),
        "Base": ("@nn.Module",), "TABLE": ("?",), "__all__": ("?",), "f": ("=",), "C": ("=",),
        "Norm": ("fast.Norm", "None"),
    }  # fmt: skip
    assert found.stars == (".all",) and found.public == ("Base", "f")
    assert {"lazy.inner", "fast", "..layers", ".all"} <= found.imported
    assert shape(found.functions[0].returns[0]) == "list(call:nn.A)"


def test_classes_in_functions_and_classes() -> None:
    found = facts(
        """\
        def make(Base):
            class Net(Base):
                class Inner: pass
            return Net
        class Outer:
            class Net(nn.Module): pass
            def f(self):
                class Late(nn.Module): pass
        if True:
            class Maybe: pass
        """
    )
    assert [(c.qualname, c.bases) for c in found.classes] == [
        ("make.Net", ("?",)), ("make.Net.Inner", ()), ("Outer", ()), ("Outer.Net", ("nn.Module",)),
        ("Outer.Late", ("nn.Module",)), ("Maybe", ()),
    ]  # fmt: skip


def test_names_made_of_names_stay_small() -> None:
    lines = [f"x{i} = [x{i + 1}, x{i + 1}, x{i + 1}]" for i in range(60)]
    (store,) = method("\n".join([*lines, "self.x = x0"]))
    assert len(str(store.term)) < 60_000
    (deep,) = method("self.x = " + "[" * 60 + "]" * 60)
    assert shape(deep.term).count("list") < 12


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_line_ends(line_end: str) -> None:
    text = "class A:\n    def f(self):\n        return self.x\n\n    def g(self):\n        return self.y\n"
    text = text.replace("\n", line_end)
    (cls,) = facts_of(text, ast.parse(text)).classes
    assert [m.reads for m in cls.methods] == [{"x"}, {"y"}]
