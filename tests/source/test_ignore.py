"""`# whygrad: ignore[...]`: what it covers, and which comments silenced nothing."""

from __future__ import annotations

import textwrap

import pytest

from whygrad.model.source import SourceLocation
from whygrad.source.files import Sources
from whygrad.source.ignore import Ignores, lines_for_comments

TEXT = textwrap.dedent(
    '''\
    """Write `# whygrad: ignore` at the line."""
    h = x.detach()  # whygrad: ignore[detached]
    w = torch.randn(3)  # noqa: E501  # whygrad: ignore[unregistered-tensor, unused] - frozen
    total = f(
        x.item(),  # whygrad: ignore
        y,
    )
    s = "# whygrad: ignore"
    # whygrad: ignore[grad-disabled]
    with torch.no_grad():
        z = f(x)
    if x:  # whygrad: ignore[unused]
        z = g(x)
    q = 1  # whygrad: ignored
    '''
)


def ignores(text: str) -> Ignores:
    sources = Sources()
    sources.remember("a.py", text)
    return Ignores(sources)


@pytest.mark.parametrize(
    ("cause", "line", "silent"),
    [
        ("detached", 2, True),
        ("left-framework", 2, False),
        ("unused", 3, True),
        ("unregistered-tensor", 3, True),
        ("left-framework", 4, True),
        ("detached", 6, True),
        ("detached", 8, False),
        ("grad-disabled", 10, True),
        ("grad-disabled", 11, False),
        ("unused", 12, True),
        ("unused", 13, False),
        ("detached", 14, False),
        ("detached", 1, False),
    ],
)
def test_what_is_silenced(cause: str, line: int, silent: bool) -> None:
    assert ignores(TEXT).silences(cause, SourceLocation("a.py", line, 1)) is silent


def test_unused_ones_are_known() -> None:
    found = ignores(TEXT)
    found.silences("detached", None, SourceLocation("a.py", 2))
    assert [i.location.line for i in found.unused()] == [3, 5, 9, 12]
    assert [i.every for i in found.unused()] == [False, True, False, False]
    place = found.unused()[0].location
    assert place.source == "# whygrad: ignore[unregistered-tensor, unused]"


def test_several_places_of_a_finding() -> None:
    found = ignores("a = 1\nb = 2  # whygrad: ignore[detached]\n")
    places = SourceLocation("a.py", 1), SourceLocation("a.py", 2)
    assert found.silences("detached", *places)
    assert not found.unused()


def test_a_file_that_cannot_be_read_silences_nothing() -> None:
    found = Ignores(Sources())
    assert not found.silences("detached", SourceLocation("nowhere.py", 1))
    assert not found.unused()


@pytest.mark.parametrize(
    ("comment", "fault"),
    [
        (
            "ignore[detachd]",
            "`# whygrad: ignore[detachd]`: there is no cause `detachd`; did you mean",
        ),
        ("ignore[unused, nonsense]", "there is no cause `nonsense`"),
        ("ignore[]", "`# whygrad: ignore[]` names no cause, so it silences nothing"),
        ("ignore[ ]", "names no cause"),
        ("ignore[detachd", "there is no cause `detachd`"),
        ("ignore[detached]", ""),
        ("ignore", ""),
    ],
)
def test_a_comment_that_cannot_do_what_it_is_for(comment, fault):
    found = ignores(f"b = 2  # whygrad: {comment}\n")
    silent = found.silences("detached", SourceLocation("a.py", 1))
    assert silent == (comment in ("ignore[detached]", "ignore"))
    told = [text for _, text in found.faulty(["detached", "unused"])]
    assert len(told) == bool(fault) and all(fault in text for text in told)


STATEMENTS = textwrap.dedent(
    '''\
    x = first + \\
        second
    y = f("""
        a
        b
    """, [
        1,  # one
        2,
    ])
    a = """
    """; b = f(
        a); c = """
    """
    @wrap(
        x)
    def f(
        x, y="""
        """
    ):
        with x, \\
            y:
            return f"""
            {x}
            """
    if x and \\
        y: z = f(
            x)
    '''
)


@pytest.mark.parametrize("line", range(1, 1 + len(STATEMENTS.splitlines())))
def test_where_a_comment_can_stand_it_is_heard(line):
    import ast

    lines = STATEMENTS.splitlines()
    at = min(n for n in lines_for_comments(STATEMENTS) if n >= line)
    lines[at - 1] += "  # whygrad: ignore[detached]"
    text = "\n".join(lines) + "\n"
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(STATEMENTS))
    assert ignores(text).silences("detached", SourceLocation("a.py", line))


def test_crlf() -> None:
    found = ignores("a = 1\r\nb = 2  # whygrad: ignore[detached]\r\n")
    assert found.silences("detached", SourceLocation("a.py", 2))
