"""Reports made by hand, one a way in which a report can look. Golden files have their names."""

from __future__ import annotations

from whygrad.model.finding import Finding, PathStep, Proof, Severity
from whygrad.model.report import (
    ExceptionRow,
    Gradient,
    ModelRow,
    ModuleRow,
    Report,
    Spread,
    Status,
    StepRow,
    VariableRow,
)
from whygrad.model.source import Edit, Fix, SourceLocation

TRAIN = "train.py"
FILES = {
    TRAIN: """\
import torch
from torch import nn


class SegNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64))
        self.beta = torch.randn(64, requires_grad=True)

    def forward(self, x):
        z = self.encoder(x).detach()
        return combine(
            z,
\t\tself.beta,
        )


def combine(a, b):
    return a * b  # 宽字符 = "ありがとう", and this line is longer than a screen is wide
""",
    "my scripts/héllo wörld.py": """\
尺度 = torch.tensor([1.0], requires_grad=True); y = 尺度.detach() * 2
""",
}


def place(
    line: int,
    start: int,
    end: int,
    source: str | None,
    end_line: int | None = None,
    path: str = TRAIN,
) -> SourceLocation:
    """A span of one of FILES."""
    return SourceLocation(path, line, start, end_line or line, end, "SegNet.forward", source)


def variable(name: str, status: Status = Status.TRAINS, **others: object) -> VariableRow:
    """A row with the usual values of its status."""
    trains = status is Status.TRAINS
    values: dict[str, object] = {
        "name": name,
        "model": "model",
        "shape": (64, 64),
        "dtype": "float32",
        "registered": True,
        "trainable": status is not Status.FROZEN,
        "optimizer": "optimizer",
        "gradient": Gradient.FINITE if trains else Gradient.NONE,
        "gradient_norm": 0.0712 if trains else None,
        "moved": trains,
        "status": status,
        "location": SourceLocation(TRAIN, 8),
    }
    return VariableRow(**(values | others))  # type: ignore[arg-type]


BETA = Finding(
    "unregistered-tensor",
    Severity.ERROR,
    "torch",
    ("model.beta",),
    "`model.beta` gets a gradient, but `model.parameters()` does not list it, "
    "so no optimizer moves it",
    place(9, 21, 56, "torch.randn(64, requires_grad=True)"),
    evidence=(
        "it is used at train.py:15",
        "its gradient piles up: norm 0.071, 0.139, 0.204 after steps 1, 2, 3",
    ),
    fix=Fix(
        "register it as a parameter",
        (Edit(TRAIN, (9, 21), (9, 56), "nn.Parameter(torch.randn(64))"),),
    ),
    proof=Proof(
        "replay",
        0.0712,
        0.0712,
        True,
        "with `model.beta` handed to Adam `optimizer` and the step run again, it gets a gradient"
        " of norm 0.0712 (0.0712 before), and the update moves it by 0.008",
    ),
)

ENCODER = tuple(f"model.encoder.{i}.{name}" for i in (0, 2) for name in ("weight", "bias"))
DETACHED = Finding(
    "detached",
    Severity.ERROR,
    "torch",
    ENCODER,
    "`model.encoder.0.weight` and 3 more get no gradient: `detach` lets the data through and "
    "stops the gradient",
    place(12, 29, 37, "detach()"),
    evidence=("the gradient comes back from the loss (train.py:31) as far as this line",),
    path=(
        PathStep("linear", SourceLocation(TRAIN, 12), cut=False),
        PathStep("detach", SourceLocation(TRAIN, 12), cut=True),
        PathStep("mul", SourceLocation(TRAIN, 20), cut=False),
    ),
    fix=Fix("drop `.detach()`", (Edit(TRAIN, (12, 28), (12, 37), ""),), safe=False),
)

COMBINE = Finding(
    "non-differentiable-op",
    Severity.WARNING,
    "torch",
    ("model.gate",),
    "`model.gate` gets no gradient",
    place(13, 16, 10, "combine(\n            z,\n\t\tself.beta,\n        )", end_line=16),
    path=tuple(PathStep(f"op{i}", SourceLocation(TRAIN, i + 1), i == 7) for i in range(15)),
    fix=Fix(
        "write it on one line", (Edit(TRAIN, (13, 9), (16, 10), "return combine(z, self.beta)"),)
    ),
    proof=Proof("none", None, None, None, "the step could not be replayed"),
)

WIDE = Finding(
    "custom-gradient",
    Severity.WARNING,
    "torch",
    ("model.delta",),
    "`model.delta` gets no gradient",
    SourceLocation(TRAIN, 20, 25, 20, 32, library=SourceLocation("lib/ops.py", 7)),
)


def note(number: int) -> Finding:
    """One of many notes."""
    name = f"model.pooler.{number}"
    return Finding(
        "unused", Severity.NOTE, "torch", (name,), f"`{name}` never feeds the loss", None
    )


NOTHING = Report(
    whygrad="0.1.0",
    kind="run",
    frameworks={"torch": "2.13.0"},
    steps=3,
    elapsed_s=1.25,
    stopped="steps",
    models=(ModelRow("model", "SegNet", "torch", SourceLocation(TRAIN, 5)),),
    variables=tuple(variable(name) for name in ENCODER),
)

ONE = Report(
    whygrad="0.1.0",
    kind="run",
    frameworks={"torch": "2.13.0"},
    steps=3,
    elapsed_s=1.25,
    stopped="end",
    models=NOTHING.models,
    variables=(
        *NOTHING.variables,
        variable(
            "model.beta",
            Status.BROKEN,
            registered=False,
            optimizer=None,
            gradient=Gradient.FINITE,
            gradient_norm=0.204,
            shape=(64,),
        ),
    ),
    findings=(BETA,),
)

MANY = Report(
    whygrad="0.1.0",
    kind="run",
    frameworks={"torch": "2.13.0", "jax": "0.10.2"},
    steps=2,
    elapsed_s=0.5,
    stopped="exception",
    exception=ExceptionRow("ValueError", "bad batch\nsecond line", SourceLocation(TRAIN, 31)),
    models=NOTHING.models,
    variables=(
        *(variable(name, Status.BROKEN) for name in ENCODER),
        variable(
            "model.beta", Status.BROKEN, registered=False, optimizer=None, aliases=("model.b",)
        ),
        variable("model.gate", Status.UNKNOWN, gradient=Gradient.NAN, gradient_norm=float("nan")),
        *(variable(f"model.backbone.{i}.weight", Status.FROZEN) for i in range(8)),
        variable("model.steps", Status.CONSTANT, registered=False, moved=None),
        variable("model.head.weight"),
        variable("model." + "very_long_name." * 6 + "weight", Status.BROKEN, moved=None),
    ),
    findings=(*(note(i) for i in range(7)), COMBINE, WIDE, DETACHED, BETA),
    notices=(
        "`torch.compile` was switched off while whygrad looked on, so the steps ran uncompiled and "
        "slower than they will.",
        "train.py:31: `# whygrad: ignore[frozen]` silences nothing",
    ),
)

HOSTILE = Report(
    whygrad="0.1.0",
    kind="run",
    frameworks={"torch": "2.13.0"},
    steps=1,
    stopped="interrupt",
    variables=(variable("model.</script><script>alert(1)</script>", Status.BROKEN),),
    findings=(
        Finding(
            "detached",
            Severity.ERROR,
            "torch",
            ("model.</script><script>alert(1)</script>",),
            "`\x1b[2Jcleared` and\r\n[bold]markup[/bold] </script>\u202e\u2028 \udc80\x07 %s {0} "
            "\N{PILE OF POO}",
            place(1, 53, 64, "尺度.detach()", path="my scripts/héllo wörld.py"),
            evidence=("\x1b]0;title\x07", "tab\there", ""),
        ),
        Finding("unused", Severity.ERROR, "torch", (), "no location", None, fix=Fix("\x9b31m red")),
        Finding(
            "unused",
            Severity.WARNING,
            "torch",
            (),
            "a file that is not there",
            place(3, 5, 9, "a\x1b[0m", path="gone\x1b[31m.py"),
        ),
    ),
    notices=("<b>&amp;</b>\x00",),
)


def layer(number: int) -> tuple[VariableRow, ...]:
    """One of a stack; the gradient shrinks on its way down, and the fourth one is dead."""
    dead = number == 3
    norms = [0.02 * 2.0**number * (1 + step) for step in range(2)]
    kind = Gradient.ZERO if dead else Gradient.FINITE
    return tuple(
        variable(
            f"model.layers.{number}.{name}",
            Status.UNKNOWN if dead else Status.TRAINS,
            shape=shape,
            gradient=kind,
            gradient_norm=0.0 if dead else norms[-1],
            moved=not dead,
            steps=tuple(
                StepRow(kind, 0.0 if dead else n, 5.0, 0.0 if dead else 1e-3) for n in norms
            ),
        )
        for name, shape in (("norm.weight", (64,)), ("up.weight", (256, 64)), ("up.bias", (256,)))
    )


def module(name: str, class_name: str, zeros: float = 0.0, bad: float = 0.0) -> ModuleRow:
    """What a module gave in the last of two steps."""
    size = 0.0 if zeros == 1.0 else 1.25
    output = Spread(size, 0.0, size, zeros, bad)
    gradient = Spread(0.001, 0.0, 0.001, zeros) if name != "model" else None
    return ModuleRow(f"model.{name}".removesuffix(".model"), class_name, 1, 1, output, gradient)


FLOW = Report(
    whygrad="0.1.0",
    kind="run",
    frameworks={"torch": "2.13.0"},
    steps=2,
    stopped="steps",
    models=(ModelRow("model", "Net", "torch", None),),
    variables=(
        variable(
            "model.embed.weight", Status.FROZEN, shape=(100, 64), steps=(StepRow(Gradient.NONE),)
        ),
        variable("model.head.weight", Status.BROKEN, gradient=Gradient.NAN, gradient_norm=None),
        variable("model.head.bias", shape=(), gradient_norm=3.0),
        variable(
            "model.key.bias",
            gradient_norm=3e-9,
            steps=(StepRow(Gradient.FINITE, 3e-9, 1.0, 1e-3, noise=True),) * 2,
        ),
        *(row for number in range(12) for row in layer(number)),
        variable("scale", model=None, shape=(1,), gradient_norm=2e-12),
    ),
    modules=(
        module("embed", "Embedding"),
        *(
            row
            for n in range(12)
            for row in (
                module(f"layers.{n}.norm", "LayerNorm"),
                module(f"layers.{n}.up", "Linear"),
                module(f"layers.{n}.act", "ReLU", zeros=1.0 if n == 3 else 0.5),
                module(f"layers.{n}", "Block"),
            )
        ),
        module("head", "Linear", bad=0.25),
        module("model", "Net"),
    ),
)

CHECK = Report(whygrad="0.1.0", kind="check", findings=(BETA,))

ALL = {
    "nothing": NOTHING,
    "one": ONE,
    "many": MANY,
    "hostile": HOSTILE,
    "check": CHECK,
    "flow": FLOW,
}
