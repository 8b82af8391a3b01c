"""Whether a value that left the framework can be the one that came back, by names alone."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from whygrad.model.source import SourceLocation
from whygrad.source.files import Sources
from whygrad.source.nameflow import Flow, NameFlow


def place(path: str, text: str, snippet: str, *, columns: bool = True) -> SourceLocation:
    """The place of a snippet that stands once in a text."""
    assert text.count(snippet) == 1, f"{text.count(snippet)} times {snippet!r}"
    start = text.index(snippet)
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    if not columns:
        return SourceLocation(path, line)
    end = start + len(snippet)
    return SourceLocation(
        path,
        line,
        column,
        text.count("\n", 0, end) + 1,
        end - (text.rfind("\n", 0, end) + 1) + 1,
    )


def linked(
    text: str,
    leaving: str | list[str],
    returning: str | list[str],
    *,
    columns: bool = True,
    numbers: tuple[float, ...] = (),
    stops: tuple[str, ...] = (),
) -> Flow | None:
    """Link two stacks, each given by the snippets of its frames, innermost first."""
    text = textwrap.dedent(text)
    sources = Sources()
    sources.remember("a.py", text)
    stacks = [
        [place("a.py", text, snippet, columns=columns) for snippet in snippets]
        for snippets in (
            [leaving] if isinstance(leaving, str) else leaving,
            [returning] if isinstance(returning, str) else returning,
        )
    ]
    flow = NameFlow(sources)
    flow.stop_at(place("a.py", text, snippet) for snippet in stops)
    return flow.link(*stacks, numbers)


FLOWS = {
    "same expression": "y = torch.tensor(x.item())",
    "one name": "v = x.item()\ny = torch.tensor(v)",
    "chain": "v = x.item()\nw = v * 2 + 1\ny = torch.tensor(w)",
    "augmented": "total = 0.0\nfor a in b:\n    total += x.item()\ny = torch.tensor(total)",
    "tuple": "u, v = 1, x.item()\ny = torch.tensor(v)",
    "nested tuple": "(a, (b, v)), c = (1, (2, x.item())), 3\ny = torch.tensor(v)",
    "list append": "vs = []\nfor a in b:\n    vs.append(x.item())\ny = torch.tensor(vs)",
    "extend": "vs = []\nvs.extend([x.item()])\ny = torch.tensor(vs)",
    "subscript": "out = np.zeros(3)\nout[i] = x.item()\ny = torch.tensor(out)",
    "key": "d = {}\nd['loss'] = x.item()\ny = torch.tensor(d['loss'])",
    "values": "d = {}\nd['loss'] = x.item()\ny = torch.tensor(sum(d.values()))",
    "get": "d = {}\nd['loss'] = x.item()\ny = torch.tensor(d.get('loss'))",
    "display": "d = {'loss': x.item()}\ny = torch.tensor(d['loss'])",
    "attribute": "self.v = x.item()\ny = torch.tensor(self.v)",
    "comprehension": "vs = [x.item() for x in xs]\ny = torch.tensor(vs)",
    "into comprehension": "vs = [x.item()]\nys = [torch.tensor(v) for v in vs]",
    "zip": "vs = x.item()\nfor u, v in zip(us, vs):\n    y = torch.tensor(v)",
    "enumerate": "vs = x.item()\nfor i, v in enumerate(vs):\n    y = torch.tensor(v)",
    "items": "d = {'a': x.item()}\nfor k, v in d.items():\n    y = torch.tensor(v)",
    "backward in a loop": "v = 0\nfor a in b:\n    y = torch.tensor(v)\n    v = x.item()",
    "two rounds": "u = v = 0\nwhile a:\n    y = torch.tensor(v)\n    v = u\n    u = x.item()",
    "if": "v = 0\nif a:\n    v = x.item()\nelse:\n    v = 1\ny = torch.tensor(v)",
    "elif": "if a:\n    v = 0\nelif b:\n    v = x.item()\nelse:\n    v = 1\ny = torch.tensor(v)",
    "try": "try:\n    v = x.item()\nexcept E:\n    v = 0\ny = torch.tensor(v)",
    "finally": "try:\n    v = x.item()\nfinally:\n    y = torch.tensor(v)",
    "with": "with f(x.item()) as v:\n    y = torch.tensor(v)",
    "walrus": "if (v := x.item()) > 3:\n    y = torch.tensor(v)",
    "call": "v = smooth(x.item(), 0.9)\ny = torch.tensor(v)",
    "method": "v = x.item().mean()\ny = torch.tensor(v)",
    "conditional value": "v = x.item() if a else 0\ny = torch.tensor(v)",
    "comparison": "v = x.item() > 3\ny = torch.tensor(v)",
    "slice of it": "v = x.item()\ny = torch.tensor(v[1:])",
    "object kept": "meter.update(x.item())\ny = torch.tensor(meter.avg)",
    "in place": "buf.mul_(x.item())\ny = torch.tensor(buf)",
    "match": "match x.item():\n    case [v]:\n        y = torch.tensor(v)",
    "keyword": "v = x.item()\ny = torch.tensor(data=v)",
    "star": "a, *v = f(x.item())\ny = torch.tensor(v)",
    "lambda": "f = lambda: x.item()\ny = torch.tensor(f())",
    "annotated": "v: float = x.item()\ny = torch.tensor(v)",
    "chained targets": "u = v = x.item()\ny = torch.tensor(u)",
}

NO_FLOWS = {
    "printed": "total = 0\nprint(x.item())\ny = torch.tensor(total)",
    "logged": "v = 1.0\nlogger.info('loss', x.item())\ny = torch.tensor(v)",
    "writer": "writer.add_scalar('loss', x.item())\ny = torch.tensor(writer.step)",
    "light": "self.log('loss', x.item())\ny = torch.tensor(self.scale)",
    "metric": "t = 0\nfor a in b:\n    t += x.item()\nprint(t)\ny = torch.tensor(w)",
    "overwritten": "v = x.item()\nv = 3.0\ny = torch.tensor(v)",
    "deleted": "v = x.item()\ndel v\ny = torch.tensor(v)",
    "other element": "u, v = 1, x.item()\ny = torch.tensor(u)",
    "other key": "d = {}\nd['loss'] = x.item()\ny = torch.tensor(d['size'])",
    "other attribute": "self.v = x.item()\ny = torch.tensor(self.w)",
    "before, no loop": "v = 0\ny = torch.tensor(v)\nv = x.item()",
    "decides": "v = 1 if x.item() > 0 else 2\ny = torch.tensor(v)",
    "test": "if x.item() > 0:\n    v = 1\ny = torch.tensor(v)",
    "counts": "n = range(x.item())\ny = torch.tensor(n)",
    "length": "n = len(x.item())\ny = torch.tensor(n)",
    "picks": "e = self.experts[x.item()]\ny = torch.tensor(e)",
    "size": "h = torch.zeros(x.item())\ny = torch.tensor(h)",
    "text": "s = f'{x.item():.3f}'\ny = torch.tensor(s)",
    "zip other": "vs = x.item()\nfor u, v in zip(us, vs):\n    y = torch.tensor(u)",
    "index": "vs = x.item()\nfor i, v in enumerate(vs):\n    y = torch.tensor(i)",
    "reset in loop": "for a in b:\n    v = 0\n    y = torch.tensor(v)\n    v = x.item()",
    "module function": "np.save(x.item())\ny = torch.tensor(np)",
    "model call": "model.scale = x.item()\ny = torch.tensor(model.other(z))",
    "hidden by a comprehension": "v = x.item()\nys = [torch.tensor(v) for v in vs]",
    "loop name rebound": "v = x.item()\nfor v in vs:\n    y = torch.tensor(v)",
}


def returning(text: str) -> str:
    start = text.index("torch.tensor(")
    depth, end = 0, start
    for end in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0 and text[end] == ")":
            break
    return text[start : end + 1]


@pytest.mark.parametrize("where", ["module", "function", "method"])
@pytest.mark.parametrize("text", FLOWS.values(), ids=FLOWS.keys())
def test_flows(text: str, where: str) -> None:
    assert linked(wrapped(text, where), "x.item()", returning(text)) is not None


@pytest.mark.parametrize("where", ["module", "function", "method"])
@pytest.mark.parametrize("text", NO_FLOWS.values(), ids=NO_FLOWS.keys())
def test_does_not_flow(text: str, where: str) -> None:
    assert linked(wrapped(text, where), "x.item()", returning(text)) is None


def wrapped(text: str, where: str) -> str:
    head = "import numpy as np, torch\n"
    if where == "module":
        return head + text
    if where == "function":
        return head + "def step(x, self, b, vs):\n" + textwrap.indent(text, "    ")
    body = "class A:\n    def step(self, x):\n" + textwrap.indent(text, "        ")
    return head + body


def test_the_names_are_told() -> None:
    text = (
        "total = 0\nfor a in b:\n    total += x.item()\nmean = total / 3\ny = torch.tensor(mean)\n"
    )
    found = linked(text, "x.item()", "torch.tensor(mean)")
    assert found == Flow((("total", 3), ("mean", 4)))


def test_lines_alone_are_enough() -> None:
    text = "total = 0\nfor a in b:\n    total += x.item()\ny = torch.tensor(total)\n"
    assert linked(text, "x.item()", "torch.tensor(total)", columns=False) is not None
    assert (
        linked(text.replace("(total)", "(w)"), "x.item()", "torch.tensor(w)", columns=False) is None
    )


@pytest.mark.parametrize(
    ("target", "numbers", "expected"),
    [
        ("x * v", (), True),
        ("x * 0.5", (), False),
        ("0.5 * v", (0.5,), False),
        ("torch.clamp(v, 0.1)", (0.1,), False),
        ("torch.clamp(v, 0.1)", (0.1, 3.3), True),
        ("v.clamp(min=-0.1)", (-0.1,), False),
        ("torch.add(x, v)", (), True),
    ],
)
def test_a_number_written_at_the_place_came_from_nowhere(
    target: str, numbers: tuple[float, ...], expected: bool
) -> None:
    text = f"v = x.item()\ny = {target}\n"
    assert (linked(text, "x.item()", target, numbers=numbers) is not None) is expected


def test_augmented_assignment_is_a_place_of_return() -> None:
    text = "v = x.item()\nloss += v\nloss2 += 0.1\n"
    assert linked(text, "x.item()", "loss += v") is not None
    assert linked(text, "x.item()", "loss2 += 0.1") is None


# -- through calls

HELPER = """
def penalty(model):
    total = 0.0
    for p in model.parameters():
        total += p.norm().item()
    return total

def train(model):
    for x in data:
        loss = model(x).mean() + 0.1 * penalty(model)
        other = model(x) * scale
"""


def test_out_of_a_helper_by_its_result() -> None:
    outward = ["p.norm().item()", "penalty(model)\n"[:-1]]
    text = HELPER.replace("def penalty(model)", "def penalty(m)")
    assert linked(text, outward, "model(x).mean() + 0.1 * penalty(model)") is not None
    assert linked(text, outward, "model(x) * scale") is None


def test_a_helper_that_only_prints_gives_nothing_back() -> None:
    text = HELPER.replace("return total", "print(total)").replace("penalty(model):", "penalty(m):")
    outward = ["p.norm().item()", "penalty(model)"]
    assert linked(text, outward, "model(x).mean() + 0.1 * penalty(model)") is None


def test_out_of_an_object_and_back_in_another_method() -> None:
    text = """
    class Meter:
        def update(self, value):
            self.total += value.item()
        def mean(self):
            return torch.tensor(self.total)
        def count(self):
            return torch.tensor(self.n)

    def train(model):
        meter = Meter()
        for x in data:
            loss = model(x) * meter.mean()
            more = model(x) * meter.size
            meter.update(other)
    """
    outward = ["value.item()", "meter.update(other)"]
    assert linked(text, outward, ["torch.tensor(self.total)", "meter.mean()"]) is not None
    assert linked(text, outward, ["torch.tensor(self.n)", "meter.mean()"]) is None
    assert linked(text, outward, "model(x) * meter.size") is None


def test_what_an_object_gives_of_what_it_holds() -> None:
    text = """
    class Meter:
        def update(self, value):
            self.total += value.item()
            self.n += 1
        def mean(self):
            average = self.total / self.n
            return average
        @property
        def avg(self):
            return self.total
        @property
        def count(self):
            return self.n
        def spread(self):
            return torch.ones(1) * self.mean()

    meter.update(loss)
    a = torch.tensor(meter.mean())
    b = torch.tensor([meter.avg])
    c = torch.tensor((meter.count,))
    """
    outward = ["value.item()", "meter.update(loss)"]
    assert linked(text, outward, "torch.tensor(meter.mean())") is not None
    assert linked(text, outward, "torch.tensor([meter.avg])") is not None
    assert linked(text, outward, "torch.tensor((meter.count,))") is None
    assert linked(text, "value.item()", "torch.ones(1) * self.mean()") is not None


def test_a_list_handed_to_a_helper() -> None:
    text = """
    def note(values, x, seen):
        values.append(x.item())
        seen = x

    def train(model):
        losses, seen = [], []
        for x in data:
            note(losses, model(x), seen)
        a = torch.tensor(losses)
        b = torch.tensor(seen)
    """
    outward = ["x.item()", "note(losses, model(x), seen)"]
    assert linked(text, outward, "torch.tensor(losses)") is not None
    assert linked(text, outward, "torch.tensor(seen)") is None


def test_into_a_helper_by_the_right_argument() -> None:
    text = """
    def scale(x, factor, shift=0):
        a = x.mul(factor)
        b = x.add(shift)
        return a + b

    def train(model):
        f = model.gain.item()
        y = scale(model(x), f)
        z = scale(model(y), 1.0, shift=f)
    """
    leave = "model.gain.item()"
    first, second = "scale(model(x), f)", "scale(model(y), 1.0, shift=f)"
    assert linked(text, leave, ["x.mul(factor)", first]) is not None
    assert linked(text, leave, ["x.add(shift)", first]) is None
    assert linked(text, leave, ["x.mul(factor)", second]) is None
    assert linked(text, leave, ["x.add(shift)", second]) is not None


def test_into_forward_through_the_model_itself() -> None:
    text = """
    class Net(Module):
        def forward(self, x, temperature):
            h = x * self.alpha
            g = h / temperature
            return self.head(h) * 1.5

    def train(model):
        model.alpha = beta.item()
        out = model(x, t)
        model(x, gamma.tolist())
    """
    assert linked(text, "beta.item()", ["x * self.alpha", "model(x, t)"]) is not None
    assert linked(text, "beta.item()", ["self.head(h) * 1.5", "model(x, t)"]) is None
    inner = ["h / temperature", "model(x, t)"]
    assert linked(text, "beta.item()", inner) is not None, "`h` may be a number, for all it knows"
    assert linked(text, "beta.item()", inner, stops=("x * self.alpha",)) is None
    inner = ["h / temperature", "model(x, gamma.tolist())"]
    assert linked(text, "gamma.tolist()", inner) is not None


def test_two_submodules_of_one_call_do_not_feed_each_other() -> None:
    text = """
    class Net(Module):
        def forward(self, x):
            n = x.max().item()
            print(n)
            return self.scale(x)
        def scale(self, x):
            return x * self.k

    def train(model):
        for x in data:
            out = model(x)
    """
    outward = ["x.max().item()", "model(x)"]
    assert linked(text, outward, ["x * self.k", "self.scale(x)", "model(x)"]) is None


def test_between_methods_by_self() -> None:
    text = """
    class Trainer:
        def log_step(self, loss):
            self.running = loss.item()
            self.shown = 1
        def weight(this):
            return torch.tensor(this.running), torch.ones(this.shown)
    class Other:
        def weight(self):
            return torch.full((1,), self.running)
    """
    assert linked(text, "loss.item()", "torch.tensor(this.running)") is not None
    assert linked(text, "loss.item()", "torch.ones(this.shown)") is None
    assert linked(text, "loss.item()", "torch.full((1,), self.running)") is None


def test_closures_both_ways() -> None:
    text = """
    def train(model, optimizer):
        seen = []
        scale = model.gain.item()
        def closure():
            loss = model(x) * scale
            seen.append(loss.item())
            return loss
        optimizer.step(closure)
        return torch.tensor(seen), torch.tensor(model)
    """
    assert linked(text, "model.gain.item()", "model(x) * scale") is not None
    assert linked(text, "loss.item()", "torch.tensor(seen)") is not None
    assert linked(text, "loss.item()", "torch.tensor(model)") is None


def test_globals() -> None:
    text = """
    baseline = 0.0
    def loss_of(reward):
        return reward - torch.tensor(baseline)
    def train():
        global baseline
        baseline = 0.9 * baseline + reward.mean().item()
    best = other.item()
    def use(best):
        return torch.tensor(best)
    """
    assert linked(text, "reward.mean().item()", "torch.tensor(baseline)") is None
    assert linked(text, "other.item()", "torch.tensor(best)") is None
    inner = "def g():\n    return torch.tensor(best)\nbest = other.item()\n"
    assert linked(inner, "other.item()", "torch.tensor(best)") is not None


def test_a_comprehension_may_have_a_frame_of_its_own() -> None:
    text = """
    def values(xs):
        return [x.item() for x in xs]
    def train():
        y = torch.tensor(values(xs))
    """
    comprehension = "[x.item() for x in xs]"
    outward = ["x.item()", comprehension, "values(xs))"[:-1]]
    text = text.replace("def values(xs)", "def values( xs)")
    assert linked(text, outward, "torch.tensor(values(xs))") is not None


def test_generators_and_lambdas() -> None:
    text = """
    def numbers(xs):
        for x in xs:
            yield x.item()
    def train(ts):
        for v in numbers(ts):
            y = torch.tensor(v)
        vs = list(map(lambda t: t.tolist(), ts))
        z = torch.full((1,), vs)
    """
    assert linked(text, ["x.item()", "numbers(ts)"], "torch.tensor(v)") is not None
    assert linked(text, ["t.tolist()"], "torch.full((1,), vs)") is not None


def test_across_files(tmp_path: Path) -> None:
    helper = "def size_of(x):\n    return x.item()\n"
    main = "from helper import size_of\nfor x in xs:\n    v = size_of(x)\n    y = torch.tensor(v)\n"
    (tmp_path / "helper.py").write_text(helper)
    (tmp_path / "main.py").write_text(main)
    flow = NameFlow(Sources(tmp_path))
    outward = (place("helper.py", helper, "x.item()"), place("main.py", main, "size_of(x)"))
    back = place("main.py", main, "torch.tensor(v)")
    assert flow.link(outward, (back,)) == Flow((("v", 3),))


def test_places_that_cannot_be_read_link_nothing() -> None:
    nowhere = SourceLocation("gone.py", 3, 1, 3, 9)
    assert NameFlow(Sources()).flows(nowhere, nowhere) is None


def test_a_long_elif_chain_and_a_long_sum() -> None:
    chain = "if a == 0:\n    v = 0\n" + "".join(
        f"elif a == {i}:\n    v = {i}\n" for i in range(400)
    )
    total = " + ".join(["v"] * 400)
    text = f"v = x.item()\n{chain}else:\n    pass\ny = torch.tensor({total})\n"
    assert linked(text, "x.item()", f"torch.tensor({total})") is not None
