"""Which statement, function and expression stands where, in any encoding."""

from __future__ import annotations

import ast
import linecache
import textwrap
from pathlib import Path

import pytest

from whygrad.model.source import SourceLocation
from whygrad.source.files import Sources, decode, read
from whygrad.source.module import SourceModule, split_lines

NET = textwrap.dedent(
    """\
    import torch
    import torch.nn as nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.name = "größe"; self.beta = torch.randn(64, requires_grad=True)

        @property
        @torch.no_grad()
        def size(self):
            return [
                p.numel()
                for p in self.parameters()
            ]

        def forward(self, x):
            def inner(y):
                return y * self.beta
            if x.sum() > 0: x = x.detach()
            return inner(x)

    model = Net()
    """
)


@pytest.fixture
def net() -> SourceModule:
    return SourceModule("net.py", NET)


def test_statement_by_line_and_column(net: SourceModule) -> None:
    beta = net.statement_at(7, 30)
    assert beta is not None
    place = net.span(beta)
    assert place.source == "self.beta = torch.randn(64, requires_grad=True)"
    assert (place.line, place.column, place.end_line, place.end_column) == (7, 30, 7, 77)
    assert place.function == "Net.__init__"
    assert net.segment(net.statement_at(7)) == 'self.name = "größe"'


def test_statement_on_an_inner_line_of_a_long_one(net: SourceModule) -> None:
    assert isinstance(net.statement_at(13), ast.Return)
    assert isinstance(net.statement_at(20), ast.Assign), "the body of a one-line if"
    assert isinstance(net.statement_at(20, 10), ast.If)


def test_decorators_belong_to_the_function(net: SourceModule) -> None:
    for line in (9, 10, 11):
        assert isinstance(net.statement_at(line), ast.FunctionDef)
        assert net.function_name(line) == "Net.size"
    assert net.start(net.statement_at(9)) == (9, 5)


def test_functions_and_classes(net: SourceModule) -> None:
    assert net.function_name(19) == "Net.forward.inner"
    assert net.function_name(23) is None
    assert net.enclosing_class(19).qualname == "Net"
    assert net.class_named("Net") is not None
    assert net.scope("Net.forward.<locals>.inner") is net.scope("Net.forward.inner")
    assert net.class_named("Net.forward") is None


def test_expression_by_its_span(net: SourceModule) -> None:
    beta = net.statement_at(7, 30)
    assert isinstance(beta, ast.Assign)
    place = net.span(beta.value)
    assert net.expression_at(place) is beta.value
    inside = SourceLocation("net.py", 13, 13, 13, 20)
    assert net.segment(net.expression_at(inside)) == "p.numel"
    assert net.expression_at(SourceLocation("net.py", 13)) is None


def test_expression_inside_a_keyword_argument() -> None:
    module = SourceModule("a.py", "f(x, scale=g(y.item()), **{'k': z.item()})\n")
    for text in ("y.item()", "z.item()", "g(y.item())"):
        column = module.text.index(text) + 1
        place = SourceLocation("a.py", 1, column, 1, column + len(text))
        assert module.segment(module.expression_at(place)) == text


def test_a_deep_elif_chain_does_not_recurse() -> None:
    chain = "if x == 0:\n    y = 0\n" + "".join(
        f"elif x == {i}:\n    y = {i}\n" for i in range(1, 90)
    )
    module = SourceModule("a.py", chain)
    assert module.segment(module.statement_at(180)) == "y = 89"


def test_lines_as_python_counts_them() -> None:
    text = 'a = 1\r\nb = "\x0c\u2028"\rc = 3\n'
    assert split_lines(text) == ["a = 1\r\n", 'b = "\x0c\u2028"\r', "c = 3\n"]
    module = SourceModule("a.py", text)
    assert module.segment(module.statement_at(3)) == "c = 3"
    assert split_lines("") == []


def test_encodings(tmp_path: Path) -> None:
    latin = tmp_path / "latin.py"
    latin.write_bytes('# -*- coding: latin-1 -*-\ns = "é"; t = 1\n'.encode("latin-1"))
    bom = tmp_path / "bom.py"
    bom.write_bytes(b"\xef\xbb\xbfx = 1\r\n")
    sources = Sources(tmp_path)
    module = sources.module("latin.py")
    assert module is not None and module.segment(module.statement_at(2, 10)) == "t = 1"
    assert read(bom) == "x = 1\r\n"
    assert decode(bom.read_bytes()) == ("x = 1\r\n", "utf-8-sig")


@pytest.mark.parametrize(
    "data",
    [b"x = (\n", b"\x00", b"# coding: nonsense\n", b"# coding: utf-8\ns = '\xff'\n", b"(" * 5000],
)
def test_what_is_not_python_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.py").write_bytes(data)
    assert Sources(tmp_path).module("bad.py") is None


def test_missing_files_and_folders_are_none(tmp_path: Path) -> None:
    sources = Sources(tmp_path)
    for path in ("none.py", ".", "<stdin>", "a\x00b"):
        assert sources.module(path) is None


def test_a_file_is_parsed_again_only_when_it_changed(tmp_path: Path) -> None:
    import os

    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    sources = Sources(tmp_path)
    first = sources.module("a.py")
    assert sources.module("a.py") is first
    path.write_text("x = 22\n")
    os.utime(path, (1, 1))
    second = sources.module("a.py")
    assert second is not first and second is not None and second.text == "x = 22\n"


def test_cells_come_from_linecache_or_from_the_caller(tmp_path: Path) -> None:
    name = "<ipython-input-1-test>"
    linecache.cache[name] = (6, None, ["x = 1\n"], name)
    try:
        sources = Sources(tmp_path)
        module = sources.module(name)
        assert module is not None and module.text == "x = 1\n"
    finally:
        del linecache.cache[name]
    assert sources.remember("<stdin>", "y = 2\n") is sources.module("<stdin>")
