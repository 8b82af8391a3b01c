"""What a module holds and the framework does not see: found where it is so, and nowhere else."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.classes.untracked import Sort, Untracked, untracked
from whygrad.source.project.project import project_of
from whygrad.source.splice import apply

FORWARD = """\
def forward(self, x):
    for layer in self.layers:
        x = layer(x)
    return x
"""


def net(body: str, forward: str = FORWARD, head: str = "", base: str = "nn.Module") -> str:
    return (
        f"import torch\nfrom torch import nn\n{dedent(head)}\nclass Net({base}):\n"
        "    def __init__(self, n=3, other=None):\n        super().__init__()\n"
        f"{indent(dedent(body), ' ' * 8)}\n{indent(dedent(forward), ' ' * 4)}"
    )


def found(sort: Sort, text: str, **files: str) -> list[Untracked]:
    texts = {f"/p/{name}.py": dedent(more) for name, more in files.items()}
    return list(untracked(project_of({"/p/net.py": text, **texts}), sort))


CONTAINERS = {
    "display": "self.layers = [nn.Linear(4, 4), nn.Linear(4, 4)]",
    "comprehension": "self.layers = [nn.Linear(4, 4) for _ in range(n)]",
    "tuple": "self.layers = (nn.Linear(4, 4), nn.ReLU())",
    "list()": "self.layers = list(nn.Linear(4, 4) for _ in range(n))",
    "append": "self.layers = []\nfor _ in range(n):\n    self.layers.append(nn.Linear(4, 4))",
    "augmented": "self.layers = []\nself.layers += [nn.Linear(4, 4)]",
    "extend": "self.layers = []\nself.layers.extend(nn.Linear(4, 4) for _ in range(n))",
    "item": "self.layers = {}\nfor i in range(n):\n    self.layers[i] = nn.Linear(4, 4)",
    "dict": "self.layers = {'a': nn.Linear(4, 4)}",
    "dict()": "self.layers = dict(a=nn.Linear(4, 4))",
    "local": "layers = []\nfor _ in range(n):\n    layers.append(nn.Linear(4, 4))\nself.layers = layers",
    "local, two steps": "layers = []\nfor i in range(n):\n    layer = nn.Linear(4, 4)\n    nn.init.zeros_(layer.bias)\n    layers.append(layer)\nself.layers = layers",
    "nested": "self.layers = [[nn.Linear(4, 4)], [nn.ReLU()]]",
    "zip": "self.layers = [nn.Linear(a, b) for a, b in zip([1, 2], [3, 4])]",
    "parameters": "self.layers = [nn.Parameter(torch.randn(4)) for _ in range(n)]",
    "block": "self.layers = [Block()]",
    "sequential inside": "self.layers = [nn.Sequential(nn.Linear(4, 4), nn.ReLU())]",
    "setattr": "setattr(self, 'layers', [nn.Linear(4, 4)])",
    "condition": "self.layers = [nn.Linear(4, 4)] if n else None",
    "annotated": "self.layers: list[nn.Module] = [nn.Linear(4, 4)]",
    "repeat": "self.layers = [nn.Linear(4, 4)] * n",
    "moved": "self.layers = [nn.Linear(4, 4).cuda() for _ in range(n)]",
}  # fmt: skip
BLOCK = "class Block(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.l = nn.Linear(1, 1)\n"


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_plain_container_is_found(name: str) -> None:
    (one,) = found(Sort.CONTAINER, net(CONTAINERS[name], head=BLOCK))
    assert (one.attribute, one.class_name, one.certain) == ("layers", "Net", True)
    assert one.statement.source is not None and "layers" in one.statement.source
    assert one.used.source == "self.layers" and one.used.function == "Net.forward"


def test_over_files_and_helpers() -> None:
    helper = """\
        from torch import nn
        def stack(n):
            return [nn.Linear(4, 4) for _ in range(n)]
        class Base(nn.Module):
            def forward(self, x):
                return self.run(x)
        """
    text = """\
        from helper import Base, stack
        class Net(Base):
            def __init__(self):
                super().__init__()
                self._build(3)
            def _build(self, n):
                self.layers = stack(n)
                self.heads = self._heads()
            def _heads(self):
                return {k: stack(k)[0] for k in "ab"}
            def run(self, x):
                return [h(l(x)) for l, h in zip(self.layers, self.heads.values())]
        """
    both = found(Sort.CONTAINER, dedent(text), helper=helper)
    assert [(u.attribute, u.container, u.statement.line) for u in both] == [
        ("layers", "container", 7),
        ("heads", "container", 8),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "self.layers = nn.ModuleList([nn.Linear(4, 4)])",
        "self.layers = [nn.ReLU(), nn.Dropout(0.1)]",
        "self.layers = [other, n]",
        "self.layers = [nn.Sequential(nn.ReLU())]",
        "self.a = nn.Linear(4, 4)\nself.layers = [self.a]",
        "self.layers = [nn.Linear(4, 4)]\nself.layers = nn.ModuleList(self.layers)",
        "self.layers = [nn.Linear(4, 4)]\nself.net = nn.Sequential(*self.layers)",
        "self.layers = [nn.Linear(4, 4)]\nfor i, l in enumerate(self.layers):\n    self.add_module(str(i), l)",
        "layers = [nn.Linear(4, 4)]\nself.layers = layers\nself.net = nn.Sequential(*layers)",
        "self.layers = []\nfor i in range(n):\n    l = nn.Linear(4, 4)\n    self.add_module(str(i), l)\n    self.layers.append(l)",
        "self.layers = []\nfor i in range(n):\n    l = nn.Linear(4, 4)\n    setattr(self, f'l{i}', l)\n    self.layers.append(l)",
        "self.layers = []\nself.layers.append(nn.Linear(4, 4))\nother.watch(self.layers)",
        "self.layers = [nn.Linear(4, 4).requires_grad_(False)]",
        "self.layers = [nn.Parameter(torch.ones(3), requires_grad=False)]",
        "if n:\n    self.layers = [nn.Linear(4, 4)]\nelse:\n    self.layers = nn.ModuleList()",
        "self.layers = [unknown(4)]",
        "self.layers = [nn.Linear]",
        "self.layers = [lambda: nn.Linear(4, 4)]",
        "self.layers = [(nn.Linear, 4)]",
        "self.hidden = [nn.Linear(4, 4)]",
        "a = nn.Linear(4, 4)\na.requires_grad_(False)\nself.layers = [a.eval()]",
        "a = nn.Linear(4, 4)\na.requires_grad_(other)\nself.layers = [a]",
        "a = nn.ReLU()\na.requires_grad_()\nself.layers = [a]",
        "self.layers, self.b = [nn.Linear(4, 4)], other.keep(self)\nself.b.extend(self.layers)",
        "self.layers = [nn.Linear(4, 4)]\nself.__dict__.update(a=self.layers)",
    ],
)  # fmt: skip
def test_what_is_tracked_or_not_known_is_silent(body: str) -> None:
    assert found(Sort.CONTAINER, net(body)) == []


LIST = "self.layers = [nn.Linear(4, 4)]"


@pytest.mark.parametrize(
    "text",
    [
        net(LIST, base="object"),
        net(LIST, base="Unknown"),
        net(LIST, forward="def forward(self, x):\n    return x\n"),
        net(LIST, forward="@torch.no_grad()\n" + FORWARD),
        net(LIST, forward="def forward(self, x):\n    with torch.no_grad():\n        return self.layers[0](x)\n"),
        net(LIST, forward=FORWARD + "def parameters(self, recurse=True):\n    return [p for l in self.layers for p in l.parameters()]\n"),
        net(LIST, forward=FORWARD + "def make_optimizer(self):\n    return [p for l in self.layers for p in l.parameters()]\n"),
        net(LIST, forward=FORWARD + "def __setattr__(self, name, value):\n    super().__setattr__(name, wrap(value))\n"),
        net(LIST, forward=FORWARD + "def reset(self):\n    self.layers = None\n"),
        net(LIST) + "\nmodel = Net()\nopt = torch.optim.SGD([p for l in model.layers for p in l.parameters()], 0.1)\n",
    ],
)  # fmt: skip
def test_what_may_be_meant_is_silent(text: str) -> None:
    assert found(Sort.CONTAINER, text) == []


@pytest.mark.parametrize("sort", list(Sort))
def test_other_names_for_parts_of_a_library_model_are_silent(sort: Sort) -> None:
    """What a base class of transformers has registered may be listed once more."""
    text = """\
import torch
from torch import nn
from transformers import BertForSequenceClassification, BertModel


class Sliced(BertForSequenceClassification):
    def __init__(self, config):
        super().__init__(config)
        self.stages = [self.bert, self.dropout, self.classifier]
        self.blocks = list(self.bert.encoder.layer)[-2:]
        self.prior = torch.ones(2)
        self.teacher = [BertModel(config).requires_grad_(False).eval()]

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        with torch.no_grad():
            x = x - self.teacher[0](x).pooler_output
        return self.stages[-1](x) * self.prior
"""
    assert found(sort, text) == []


def test_an_optimizer_in_another_file_may_hold_it() -> None:
    train = "from net import Net\nimport torch\nm = Net()\ntorch.optim.SGD(m.layers[0].parameters(), 1)\n"
    assert found(Sort.CONTAINER, net(LIST), train=train) == []


USE = "def forward(self, x):\n    return x * self.w\n"


@pytest.mark.parametrize(
    ("sort", "value", "certain"),
    [
        (Sort.TENSOR, "torch.randn(3, requires_grad=True)", True),
        (Sort.TENSOR, "torch.zeros(3).requires_grad_()", True),
        (Sort.TENSOR, "torch.autograd.Variable(torch.ones(3), requires_grad=True)", True),
        (Sort.COMPUTED, "nn.Parameter(torch.randn(3)) * 0.02", True),
        (Sort.COMPUTED, "nn.Parameter(torch.randn(3)).view(1, 3)", True),
        (Sort.COMPUTED, "nn.Parameter(torch.randn(3)).to(other)", False),
        (Sort.COMPUTED, "torch.exp(nn.Parameter(torch.randn(3)))", True),
        (Sort.COMPUTED, "torch.exp(nn.Linear(3, 3).weight)", None),
        (Sort.TENSOR, "torch.randn(3)", None),
        (Sort.TENSOR, "torch.randn(3, requires_grad=n)", None),
        # PyTorch raises there: whole numbers have no gradient.
        (Sort.TENSOR, "torch.arange(3, requires_grad=True)", None),
        (Sort.TENSOR, "torch.tensor([1, 2], requires_grad=True)", None),
        (Sort.TENSOR, "torch.zeros(3, dtype=torch.long, requires_grad=True)", None),
        (Sort.TENSOR, "torch.tensor([1, 2.0], requires_grad=True)", True),
        (Sort.TENSOR, "torch.arange(3, dtype=torch.float, requires_grad=True)", True),
        (Sort.TENSOR, "nn.Parameter(torch.randn(3, requires_grad=True))", None),
        (Sort.COMPUTED, "nn.Parameter(torch.randn(3) * 0.02)", None),
        (Sort.COMPUTED, "nn.Parameter(torch.randn(3)).detach()", None),
        (Sort.COMPUTED, "nn.Parameter(torch.randn(3), requires_grad=False) * 2", None),
        (Sort.COMPUTED, "nn.Linear(3, 3).weight * 2", None),
    ],
)
def test_single_values(sort: Sort, value: str, certain: bool | None) -> None:
    seen = found(sort, net(f"self.w = {value}", forward=USE))
    assert [u.certain for u in seen] == ([] if certain is None else [certain])
    other = Sort.COMPUTED if sort is Sort.TENSOR else Sort.TENSOR
    assert found(other, net(f"self.w = {value}", forward=USE)) == []


@pytest.mark.parametrize(
    "body",
    [
        "self.w = torch.randn(3, requires_grad=True)\nself.w = nn.Parameter(self.w)",
        "w = torch.randn(3, requires_grad=True)\nself.w = w\nself.p = nn.Parameter(w)",
        "self.w = torch.randn(3, requires_grad=True)\nself.opt = torch.optim.SGD([self.w], lr=1)",
        "self.w = torch.randn(3, requires_grad=True)\nself.register_parameter('v', self.w)",
        "self.p = nn.Parameter(torch.randn(3))\nself.w = self.p * 2",
        "p = nn.Parameter(torch.randn(3))\nself.p = p\nself.w = p * 2",
        "p = nn.Parameter(torch.randn(3))\nself.p = p\nself.w = torch.exp(p)",
        "w = torch.randn(3)\nw.requires_grad = False\nself.w = w",
        "w = torch.randn(3)\nw.requires_grad_(n > 3)\nself.w = w",
        "if n:\n    self.w = torch.randn(3, requires_grad=True)\nelse:\n    self.w = nn.Parameter(torch.ones(3))",
        "self.register_buffer('w', torch.randn(3, requires_grad=True))",
    ],
)  # fmt: skip
def test_single_values_that_are_known_elsewhere(body: str) -> None:
    text = net(body, forward=USE)
    assert found(Sort.TENSOR, text) == [] and found(Sort.COMPUTED, text) == []


@pytest.mark.parametrize("flag", ["w.requires_grad = True", "w.requires_grad_()"])
def test_a_flag_that_is_set_later(flag: str) -> None:
    body = f"w = torch.randn(3)\n{flag}\nself.w = w"
    assert len(found(Sort.TENSOR, net(body, forward=USE))) == 1
    body = f"w = torch.randn(3)\nself.w = w\n{flag}"
    assert len(found(Sort.TENSOR, net(body, forward=USE))) == 1


def test_a_function_of_a_local_parameter() -> None:
    head = "import torch.nn.functional as F"
    body = "raw = nn.Parameter(torch.randn(3))\nself.w = F.softplus(raw)"
    (one,) = found(Sort.COMPUTED, net(body, forward=USE, head=head))
    assert one.certain and one.attribute == "w"


RESETS = {
    "each": "for layer in self.layers:\n        layer.reset_parameters()",
    "numbered": "for i, layer in enumerate(self.layers):\n        layer.reset_parameters()",
    "by a function": "for layer in self.layers:\n        glorot(layer.weight)",
    "some": "for layer in self.layers:\n        if hasattr(layer, 'bias'):\n            layer.reset_parameters()",
    "their numbers": "for layer in self.layers:\n        layer.bias.data.fill_(0)",
}  # fmt: skip


@pytest.mark.parametrize("name", RESETS)
def test_layers_that_get_their_first_numbers(name: str) -> None:
    reset = f"def reset_parameters(self):\n    {RESETS[name]}\n"
    assert len(found(Sort.CONTAINER, net(LIST, forward=FORWARD + reset))) == 1


@pytest.mark.parametrize(
    "body",
    [
        "for layer in self.layers:\n        self.register(layer)",
        "for layer in self.layers:\n        kept.append(layer)",
        "for layer in self.layers:\n        kept = layer",
        "for i, layer in enumerate(self.layers):\n        self.add_module(f'l{i}', layer)",
    ],
)
def test_layers_that_are_handed_on_as_they_start(body: str) -> None:
    reset = f"def reset_parameters(self):\n    {body}\n"
    assert found(Sort.CONTAINER, net(LIST, forward=FORWARD + reset)) == []


def test_a_tensor_that_a_function_fills() -> None:
    body = "self.w = torch.empty(3, requires_grad=True)"
    reset = "def reset_parameters(self):\n    glorot(self.w)\n"
    assert len(found(Sort.TENSOR, net(body, forward=USE + reset))) == 1
    reset = "def reset_parameters(self):\n    self.keep(self.w)\n"
    assert found(Sort.TENSOR, net(body, forward=USE + reset)) == []


def test_both_branches_are_wrapped() -> None:
    body = "if n:\n    self.layers = [nn.Linear(4, 4)]\nelse:\n    self.layers = [nn.Linear(4, 8)]"
    text = net(body)
    (finding,) = findings_in(project_of({"/p/net.py": text}))
    assert finding.fix is not None
    after = apply(text, finding.fix.edits)
    assert after.count("nn.ModuleList([nn.Linear") == 2
    assert findings_in(project_of({"/p/net.py": after})) == ()


def test_no_branch_is_wrapped_where_one_cannot_be() -> None:
    body = (
        "if n:\n    self.layers = {1: nn.Linear(4, 4)}\nelse:\n    self.layers = [nn.Linear(4, 8)]"
    )
    forward = "def forward(self, x):\n    return self.layers[0](x)\n"
    (finding,) = findings_in(project_of({"/p/net.py": net(body, forward=forward)}))
    assert finding.fix is not None and finding.fix.edits == ()


@pytest.mark.parametrize(
    ("items", "wrapped"),
    [
        ("[nn.Linear(4, 4), nn.ReLU()]", True),
        ("[nn.Linear(4, 4), nn.LayerNorm(4), nn.ModuleList([nn.Linear(1, 1)])]", True),
        ("[nn.Linear(4, 4), nn.Parameter(torch.ones(1))]", False),
        ("[nn.Linear(4, 4), None]", False),
        ("[nn.Linear(4, 4), other]", False),
        ("[nn.Linear(4, 4), 3]", False),
    ],
)
def test_what_a_tracked_list_takes(items: str, wrapped: bool) -> None:
    (one,) = found(Sort.CONTAINER, net(f"self.layers = {items}"))
    assert one.wraps is wrapped
