"""Every edit in the file's own spelling; none where it is not certain."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable

import pytest

from whygrad.model.source import Edit, SourceLocation
from whygrad.source import edits
from whygrad.source.files import decode
from whygrad.source.module import SourceModule
from whygrad.source.reserved import RESERVED
from whygrad.source.splice import Edits, apply

Make = Callable[[SourceModule, SourceLocation], Edits | None]


def edited(text: str, snippet: str, make: Make, *, exact: bool = True) -> str | None:
    """The text after an edit at the place of a snippet, or None where no edit is offered."""
    start = text.index(snippet)
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    end = start + len(snippet)
    place = SourceLocation("a.py", line)
    if exact:
        place = SourceLocation(
            "a.py",
            line,
            column,
            text.count("\n", 0, end) + 1,
            end - (text.rfind("\n", 0, end) + 1) + 1,
            source=snippet,
        )
    made = make(SourceModule("a.py", text), place)
    if made is None:
        return None
    changed = apply(text, made)
    ast.parse(changed)
    return changed


def line_after(text: str, make: Make, *, head: str = "import torch.nn as nn\n") -> str | None:
    """The same for one statement."""
    changed = edited(head + text + "\n", text, make)
    return changed.removeprefix(head).removesuffix("\n") if changed is not None else None


# -- apply


def test_apply_puts_in_several_edits_at_once() -> None:
    text = "a = 1\r\nbé = 2\r\nc = 3"
    made = [
        Edit("a.py", (2, 6), (2, 7), "two"),
        Edit("a.py", (1, 1), (1, 1), "# first\r\n"),
        Edit("a.py", (3, 6), (3, 6), "0"),
        Edit("a.py", (3, 6), (3, 6), "1"),
    ]
    assert apply(text, made) == "# first\r\na = 1\r\nbé = two\r\nc = 301"


def test_apply_refuses_edits_that_overlap() -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply("abcdef", [Edit("", (1, 1), (1, 4), "x"), Edit("", (1, 3), (1, 5), "y")])


# -- parameters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "self.b = torch.randn(64, requires_grad=True)",
            "self.b = nn.Parameter(torch.randn(64))",
        ),
        ("self.b = torch.zeros(3)", "self.b = nn.Parameter(torch.zeros(3))"),
        ("self.b: Tensor = torch.zeros(3)", "self.b: Tensor = nn.Parameter(torch.zeros(3))"),
        ("self.b = 0.1 * torch.randn(3)", "self.b = nn.Parameter(0.1 * torch.randn(3))"),
        (
            "self.b = torch.randn(requires_grad=True, size=(3, 4))",
            "self.b = nn.Parameter(torch.randn(size=(3, 4)))",
        ),
        (
            "self.b = torch.tensor([1., 2.], requires_grad=True, dtype=torch.float64)",
            "self.b = nn.Parameter(torch.tensor([1., 2.], dtype=torch.float64))",
        ),
        ("self.b = torch.randn(3).requires_grad_()", "self.b = nn.Parameter(torch.randn(3))"),
        ("self.b = (a + b).requires_grad_(True)", "self.b = nn.Parameter(a + b)"),
        (
            "self.b = Variable(torch.zeros(3), requires_grad=True)",
            "self.b = nn.Parameter(torch.zeros(3))",
        ),
        ("self.b = (torch.zeros(3)\n  + 1)", "self.b = (nn.Parameter(torch.zeros(3)\n  + 1))"),
        ('setattr(self, "b", torch.zeros(3))', 'setattr(self, "b", nn.Parameter(torch.zeros(3)))'),
        ("self.b = weight", "self.b = nn.Parameter(weight)"),
        ("self.b = nn.Parameter(torch.zeros(3))", None),
        ("self.b = nn.Parameter(torch.zeros(3)).to(d)", None),
        ("self.b = np.zeros(3)", None),
        ("self.b = torch.zeros(3, requires_grad=flag)", None),
        ("self.b = torch.zeros(3).requires_grad_(flag)", None),
        ("self.b = [torch.zeros(3)]", None),
        ("self.a, self.b = make()", None),
        ("self.b += torch.zeros(3)", None),
        ("self.b = 3.0", None),
    ],
)
def test_make_parameter(text: str, expected: str | None) -> None:
    assert line_after(text, edits.make_parameter) == expected


def test_make_parameter_of_one_of_several() -> None:
    text = "import torch\nself.a, self.b = torch.ones(3), torch.zeros(3)\n"
    changed = edited(text, "torch.zeros(3)", edits.make_parameter)
    assert changed is not None
    assert "= torch.ones(3), torch.nn.Parameter(torch.zeros(3))" in changed
    assert edited(text, "self.a, self.b", edits.make_parameter) is None


@pytest.mark.parametrize(
    ("imports", "name"),
    [
        ("import torch.nn as nn", "nn.Parameter"),
        ("from torch import nn", "nn.Parameter"),
        ("from torch import nn as N", "N.Parameter"),
        ("from torch.nn import Parameter", "Parameter"),
        ("from torch.nn import Linear, Parameter as P", "P"),
        ("from torch.nn.parameter import Parameter", "Parameter"),
        ("import torch", "torch.nn.Parameter"),
        ("import torch as th", "th.nn.Parameter"),
        ("import torch\nimport torch.nn as nn", "nn.Parameter"),
        ("import torch.nn", "torch.nn.Parameter"),
        ("from torch.nn import *", "Parameter"),
        ("try:\n    from torch import nn\nexcept ImportError:\n    pass", "nn.Parameter"),
    ],
)
def test_the_name_is_spelled_as_the_file_does(imports: str, name: str) -> None:
    text = f"{imports}\nself.b = torch.zeros(3)\n"
    changed = edited(text, "self.b = torch.zeros(3)", edits.make_parameter)
    assert changed == f"{imports}\nself.b = {name}(torch.zeros(3))\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"""Doc."""\nx = 1\n', '"""Doc."""\nimport torch.nn as nn\nx = 1\n'),
        ("from torch import randn\n", "from torch import randn\nfrom torch import nn\n"),
        (
            "from __future__ import annotations\nimport os  # here\n",
            "from __future__ import annotations\nimport os  # here\nimport torch.nn as nn\n",
        ),
        ("#!/usr/bin/env python\n", "#!/usr/bin/env python\nimport torch.nn as nn\n"),
    ],
)
def test_an_import_is_added_where_there_is_none(before: str, after: str) -> None:
    changed = edited(before + "self.b = randn(3)\n", "self.b = randn(3)", edits.make_parameter)
    assert changed == after + "self.b = nn.Parameter(randn(3))\n"


def test_a_local_name_hides_an_import() -> None:
    text = "import torch\nimport torch.nn as nn\ndef make(self, nn):\n    self.b = torch.zeros(3)\n"
    changed = edited(text, "self.b = torch.zeros(3)", edits.make_parameter)
    assert changed is not None and "self.b = torch.nn.Parameter(torch.zeros(3))" in changed


def test_crlf_and_wide_letters_stay() -> None:
    data = '# größe\r\nfrom os import path\r\ns = "é"; self.b = randn(3)\r\n'.encode("utf-8-sig")
    text, encoding = decode(data)
    changed = edited(text, "self.b = randn(3)", edits.make_parameter)
    assert changed is not None
    assert changed.encode(encoding) == (
        '# größe\r\nfrom os import path\r\nimport torch.nn as nn\r\ns = "é"; '
        "self.b = nn.Parameter(randn(3))\r\n"
    ).encode("utf-8-sig")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'self.register_buffer("w", torch.randn(3))',
            "self.w = nn.Parameter(torch.randn(3))",
        ),
        (
            'self.net.register_buffer(name="w", tensor=torch.ones(3), persistent=False)',
            "self.net.w = nn.Parameter(torch.ones(3))",
        ),
        (
            "self.w = nn.Buffer(torch.ones(3, requires_grad=True), persistent=False)",
            "self.w = nn.Parameter(torch.ones(3))",
        ),
        ("self.w = torch.ones(3)", None),
        ('self.register_buffer("w", None)', None),
        ("self.register_buffer(name, torch.ones(3))", None),
        ('self.register_buffer("a-b", torch.ones(3))', None),
        ('self.register_parameter("w", p)', None),
    ],
)
def test_buffer_to_parameter(text: str, expected: str | None) -> None:
    assert line_after(text, edits.buffer_to_parameter) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("self.w = nn.Parameter(torch.randn(3)) * 0.02", "nn.Parameter(torch.randn(3) * 0.02)"),
        ("self.w = 0.02 * nn.Parameter(torch.randn(3))", "nn.Parameter(0.02 * torch.randn(3))"),
        ("self.w = nn.Parameter(torch.ones(3)).to(d)", "nn.Parameter(torch.ones(3).to(d))"),
        ("self.w = nn.Parameter(a + b).view(3, 1)[None]", "nn.Parameter((a + b).view(3, 1)[None])"),
        ("self.w = nn.Parameter(a + b) * 2", "nn.Parameter((a + b) * 2)"),
        (
            "self.w = nn.Parameter(torch.ones(3), requires_grad=True).cuda()",
            "nn.Parameter(torch.ones(3).cuda(), requires_grad=True)",
        ),
        ("self.w = nn.Parameter(data=x).double()", "nn.Parameter(x.double())"),
        ("self.w = nn.Parameter(torch.ones(3))", None),
        ("self.w = nn.Parameter(a) + nn.Parameter(b)", None),
        ("self.w = torch.ones(3).to(d)", None),
    ],
)
def test_move_inside_parameter(text: str, expected: str | None) -> None:
    changed = line_after(text, edits.move_inside_parameter)
    assert changed == (f"self.w = {expected}" if expected else None)


# -- containers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "[nn.Linear(8, 8) for _ in range(n)]",
            "nn.ModuleList([nn.Linear(8, 8) for _ in range(n)])",
        ),
        ("[]", "nn.ModuleList()"),
        ("list()", "nn.ModuleList()"),
        ("{}", "nn.ModuleDict()"),
        ("(nn.Linear(1, 1), nn.ReLU())", "nn.ModuleList((nn.Linear(1, 1), nn.ReLU()))"),
        ("nn.Linear(1, 1), nn.ReLU()", "nn.ModuleList([nn.Linear(1, 1), nn.ReLU()])"),
        ('{"a": nn.Linear(1, 1)}', 'nn.ModuleDict({"a": nn.Linear(1, 1)})'),
        ("{str(i): f(i) for i in r}", "nn.ModuleDict({str(i): f(i) for i in r})"),
        ("dict(a=nn.Linear(1, 1))", "nn.ModuleDict(dict(a=nn.Linear(1, 1)))"),
        ("tuple(f(i) for i in r)", "nn.ModuleList(tuple(f(i) for i in r))"),
        ("(f(i) for i in r)", "nn.ModuleList(f(i) for i in r)"),
        (
            "[[f(i) for i in r] for j in s]",
            "nn.ModuleList([nn.ModuleList([f(i) for i in r]) for j in s])",
        ),
        (
            '{"a": [f(1)], "b": {"c": f(2)}}',
            'nn.ModuleDict({"a": nn.ModuleList([f(1)]), "b": nn.ModuleDict({"c": f(2)})})',
        ),
        ("{1: nn.Linear(1, 1)}", None),
        ("{i: f(i) for i in r}", None),
        ("{**other}", None),
        ("[{1: f(1)}]", None),
        ("layers", None),
        ("{f(1), f(2)}", None),
    ],
)
def test_track_container(value: str, expected: str | None) -> None:
    text = f"self.m = {value}"
    assert line_after(text, edits.track_container) == (f"self.m = {expected}" if expected else None)


def test_track_container_with_what_the_run_knows() -> None:
    def make(module: SourceModule, place: SourceLocation) -> Edits | None:
        return edits.track_container(module, place, "List")

    assert line_after("self.m = layers", make) == "self.m = nn.ModuleList(layers)"

    def keys(module: SourceModule, place: SourceLocation) -> Edits | None:
        return edits.track_container(module, place, text_keys=True)

    text = "self.m = {k: f(k) for k in ks}"
    assert line_after(text, keys) == "self.m = nn.ModuleDict({k: f(k) for k in ks})"

    def weights(module: SourceModule, place: SourceLocation) -> Edits | None:
        return edits.track_container(module, place, holds="Parameter")

    text = "self.m = [nn.Parameter(a), nn.Parameter(b)]"
    assert line_after(text, weights) == f"self.m = nn.ParameterList({text[9:]})"


# -- cuts


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("h = x.detach()", "x.detach()", "h = x"),
        ("h = (a + b).detach() * 2", "(a + b).detach()", "h = (a + b) * 2"),
        ("h = f(x.data, y)", "x.data", "h = f(x, y)"),
        ("h = a.detach() + b.detach()", "b.detach()", "h = a.detach() + b"),
        ("h = a.detach() + b.detach()", "a.detach() + b.detach()", None),
        ("loss = l + 0.5 * r.item()", "r.item()", "loss = l + 0.5 * r"),
        ("loss = l + float(a - b)", "float(a - b)", "loss = l + (a - b)"),
        ("h = x.detach().clone()", "x.detach()", "h = x.clone()"),
        ("h = x\\\n  .detach()", "x\\\n  .detach()", "h = x"),
        ("h = x.mean()", "x.mean()", None),
        ("h = x.detach()", "h = x.detach()", "h = x"),
        ("h = int(x)", "int(x)", None),
        ("a = x.detach().cpu().numpy()", "x.detach()", None),
        ("import numpy as np\na = np.sin(x.detach())", "x.detach()", None),
        ("def f(x):\n    a = x.detach()\n    return a.cpu().numpy()", "x.detach()", None),
        ("x = x.detach()\ny = x", "x.detach()", "y = x"),
        ("if a: x = x.detach()", "x.detach()", "if a: pass"),
    ],
)
def test_drop_cut(text: str, at: str, expected: str | None) -> None:
    assert edited(text, at, edits.drop_cut) == expected


def test_drop_cut_by_line_alone_only_where_one_is_there() -> None:
    one = edited("h = f(x.detach())\n", "h", edits.drop_cut, exact=False)
    assert one == "h = f(x)\n"
    assert edited("h = x.detach() + y.detach()\n", "h", edits.drop_cut, exact=False) is None


def test_drop_cut_that_is_a_statement() -> None:
    assert edited("if a:\n    x.detach_()\n", "x.detach_()", edits.drop_cut) == "if a:\n    pass\n"
    assert edited("a = 1\nx.detach_()  # why\nb = 2\n", "x.detach_()", edits.drop_cut) == (
        "a = 1\nb = 2\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("loss = torch.tensor(loss.item(), requires_grad=True)\nf(loss)", "f(loss)"),
        ("out = torch.tensor(loss.item(), requires_grad=True)", "out = loss"),
        ("out = torch.tensor(float(loss)) * 2", "out = loss * 2"),
        ("out = torch.tensor((a + b).item()) * 2", "out = (a + b) * 2"),
        ("out = torch.tensor([a.item(), b.item()])", "out = torch.stack([a, b])"),
        ("out = Variable(x.data, requires_grad=True)", "out = x"),
        ("out = torch.tensor(total)", None),
        ("out = torch.tensor([a.item(), 3.0])", None),
        ("out = torch.tensor([v.item() for v in vs])", None),
        ("out = torch.full((1,), x.item())", None),
    ],
)
def test_drop_rewrap(text: str, expected: str | None) -> None:
    line = text.partition("\n")[0]
    assert edited(text, line, edits.drop_rewrap) == expected


def test_drop_rewrap_of_a_name_known_to_be_a_tensor() -> None:
    def make(module: SourceModule, place: SourceLocation) -> Edits | None:
        return edits.drop_rewrap(module, place, holds_tensors=True)

    assert line_after("out = torch.tensor(total)", make) == "out = total"
    assert line_after("out = torch.tensor([a, b])", make) == "out = torch.stack([a, b])"
    assert line_after("out = torch.tensor(3.0)", make) is None
    for how in ("vs = [f(a) for a in b]", "vs = []\nvs.append(f(a))"):
        assert edited(f"{how}\nout = torch.tensor(vs)\n", "torch.tensor(vs)", make) is None


DECORATED = textwrap.dedent(
    """\
    class A:
        @property
        @torch.no_grad()  # faster
        def f(self):
            return 1
    """
)


def test_drop_decorator() -> None:
    changed = edited(DECORATED, "torch.no_grad()", edits.drop_decorator)
    assert changed == DECORATED.replace("    @torch.no_grad()  # faster\n", "")
    assert edited(DECORATED, "return 1", edits.drop_decorator) is None
    assert edited(DECORATED, "def f", edits.drop_decorator) is None


def no_grad(module: SourceModule, place: SourceLocation) -> Edits | None:
    return edits.drop_with(module, place, frozenset({"no_grad", "inference_mode"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "if a:\n    with torch.no_grad():\n        x = 1  # one\n\n        if x:\n"
            "            y = 2\n",
            "if a:\n    x = 1  # one\n\n    if x:\n        y = 2\n",
        ),
        ("with torch.no_grad(): x = 1\n", "x = 1\n"),
        (
            "with open(p) as f, torch.no_grad():\n    x = 1\n",
            "with open(p) as f:\n    x = 1\n",
        ),
        ("with torch.no_grad(), open(p):\n    x = 1\n", "with open(p):\n    x = 1\n"),
        ('with torch.no_grad():\n    x = """\n    a"""\n', None),
        ("with open(p):\n    x = 1\n", None),
        ("with torch.no_grad(): x = 1; y = 2\n", "x = 1; y = 2\n"),
    ],
)
def test_drop_with(text: str, expected: str | None) -> None:
    assert edited(text, "x = 1" if "x = 1" in text else "x =", no_grad) == expected


# -- saying it differently


def reentrant(module: SourceModule, place: SourceLocation) -> Edits | None:
    return edits.with_keyword(module, place, "checkpoint", "use_reentrant", "False")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("h = checkpoint(f, x)", "h = checkpoint(f, x, use_reentrant=False)"),
        ("h = checkpoint(f, (x))", "h = checkpoint(f, (x), use_reentrant=False)"),
        (
            "h = cp.checkpoint(f, x, use_reentrant=True)",
            "h = cp.checkpoint(f, x, use_reentrant=False)",
        ),
        ("h = checkpoint(f, x,)", "h = checkpoint(f, x, use_reentrant=False)"),
        (
            "h = checkpoint(\n    f,\n    x,\n)",
            "h = checkpoint(\n    f,\n    x,\n    use_reentrant=False,\n)",
        ),
        ("h = checkpoint(f, x, **kw)", None),
        ("h = checkpoint(f, x, use_reentrant=False)", None),
        ("h = checkpoint(f, checkpoint(g, x))", None),
        ("h = forward(f, x)", None),
    ],
)
def test_with_keyword(text: str, expected: str | None) -> None:
    assert line_after(text, reentrant, head="import torch\n") == expected


def test_flags() -> None:
    text = "model.encoder.requires_grad = False"
    assert line_after(text, edits.flag_to_call) == "model.encoder.requires_grad_(False)"
    assert line_after("requires_grad = False", edits.flag_to_call) is None

    def typo(module: SourceModule, place: SourceLocation) -> Edits | None:
        return edits.flag_to_call(module, place, "require_grad")

    assert line_after("(a or b).require_grad = x", typo) == "(a or b).requires_grad_(x)"

    def rename(module: SourceModule, place: SourceLocation) -> Edits | None:
        return edits.rename_attribute(module, place, "require_grad", "requires_grad")

    assert line_after("p.require_grad = False", rename) == "p.requires_grad = False"
    assert line_after("p.requires_grad = False", rename) is None


def test_statements_added_and_taken_out() -> None:
    def clear(module: SourceModule, place: SourceLocation) -> Edits | None:
        return edits.add_before(module, place, "opt.zero_grad()")

    text = "for x in xs:\n\tloss = f(x)\n\tloss.backward()\n"
    assert edited(text, "loss.backward()", clear) == text.replace(
        "\tloss.b", "\topt.zero_grad()\n\tloss.b"
    )
    assert edited("a = 1; loss.backward()\n", "loss.backward()", clear) is None

    def step(module: SourceModule, place: SourceLocation) -> Edits | None:
        return edits.add_after(module, place, "opt.step()")

    for end in ("\n", "\r\n"):
        text = f"if a:{end}    loss.backward()"
        assert edited(text, "loss.backward()", step) == f"{text}{end}    opt.step()"
        text += end
        assert edited(text, "loss.backward()", step) == f"{text}    opt.step(){end}"

    dropped = edited(
        "a = 1\nloss.requires_grad_()\n", "loss.requires_grad_()", edits.drop_statement
    )
    assert dropped == "a = 1\n"
    assert edited("a = 1; b = 2\n", "b = 2", edits.drop_statement) is None


def moved(text: str, anchor: str) -> str | None:
    def make(module: SourceModule, place: SourceLocation) -> Edits | None:
        line = text.count("\n", 0, text.index(anchor)) + 1
        return edits.move_after(module, place, SourceLocation("a.py", line))

    return edited(text, "opt = Adam(model.parameters())", make)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "opt = Adam(model.parameters())  # all\nx = 1\nmodel.fc = Linear(3, 2)\ntrain(opt)\n",
            "x = 1\nmodel.fc = Linear(3, 2)\nopt = Adam(model.parameters())  # all\ntrain(opt)\n",
        ),
        (
            "if f:\n  opt = Adam(model.parameters())\n  if a:\n    model.fc = Linear(3, 2)",
            "if f:\n  if a:\n    model.fc = Linear(3, 2)\n  opt = Adam(model.parameters())",
        ),
        (
            "opt = Adam(model.parameters())\ns = StepLR(opt)\nmodel.fc = Linear(3, 2)\n",
            None,
        ),
        ("opt = Adam(model.parameters())\nfor x in xs:\n    model.fc = Linear(3, 2)\n", None),
        ("opt = Adam(model.parameters())\ndef f():\n    model.fc = Linear(3, 2)\n", None),
        ("model.fc = Linear(3, 2)\nopt = Adam(model.parameters())\n", None),
        ("opt = Adam(model.parameters()); model.fc = Linear(3, 2)\n", None),
    ],
)
def test_move_after(text: str, expected: str | None) -> None:
    assert moved(text, "model.fc") == expected


def test_no_edit_without_a_statement() -> None:
    module = SourceModule("a.py", "x = 1\n")
    place = SourceLocation("a.py", 9, 1, 9, 4)
    for make in (
        edits.make_parameter,
        edits.buffer_to_parameter,
        edits.move_inside_parameter,
        edits.track_container,
        edits.drop_cut,
        edits.drop_rewrap,
        edits.drop_statement,
        edits.drop_decorator,
        edits.drop_with,
        edits.flag_to_call,
    ):
        assert make(module, place) is None


def test_names_that_a_tracked_dict_refuses() -> None:
    nn = pytest.importorskip("torch.nn")
    taken = {
        name: getattr(getattr(each, name, None), "__module__", None) or "torch"
        for each in (nn.ModuleDict, nn.ParameterDict)
        for name in dir(each())
    }
    # Other tests import libraries that put methods of their own there.
    own = {name for name, where in taken.items() if where.partition(".")[0] == "torch"}
    assert {name for name in own if not name.startswith("_")} <= RESERVED


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"a": nn.Linear(2, 2)}', 'nn.ModuleDict({"a": nn.Linear(2, 2)})'),
        ('{"a.b": nn.Linear(2, 2)}', None),
        ('{"train": nn.Linear(2, 2), "a": nn.Linear(2, 2)}', None),
        ('{"": nn.Linear(2, 2)}', None),
        ("dict(values=nn.Linear(2, 2))", None),
    ],
)
def test_keys_of_a_dict(value: str, expected: str | None) -> None:
    text = f"from torch import nn\nself.d = {value}\n"
    made = edits.track_container(SourceModule("a.py", text), SourceLocation("a.py", 2))
    after = apply(text, made).splitlines()[1] if made else None
    assert after == (expected and f"self.d = {expected}")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("t if flag else None", "nn.Parameter(t) if flag else None"),
        (
            "None if flag else (t if x else u)",
            "None if flag else (nn.Parameter(t) if x else nn.Parameter(u))",
        ),
        ("f(requires_grad=a) if flag else t", None),
    ],
)
def test_a_tensor_under_a_condition(value: str, expected: str | None) -> None:
    text = f"from torch import nn\nself.w = {value}\n"
    made = edits.make_parameter(SourceModule("a.py", text), SourceLocation("a.py", 2))
    after = apply(text, made).splitlines()[1] if made else None
    assert after == (expected and f"self.w = {expected}")


def test_an_import_for_types_alone_is_none() -> None:
    text = (
        "from typing import TYPE_CHECKING\nfrom torch import randn\nif TYPE_CHECKING:\n"
        "    from torch import nn\nself.w = randn(3)\n"
    )
    made = edits.make_parameter(SourceModule("a.py", text), SourceLocation("a.py", 5))
    assert made is not None
    after = apply(text, made)
    assert "from torch import randn\nfrom torch import nn\nif" in after
    assert after.endswith("self.w = nn.Parameter(randn(3))\n")
