"""Which variables are found, what they are called, where they live and where they were made."""

from __future__ import annotations

import pytest

from tests.backends.recorded import Recorder, record, variables
from whygrad.flow import tags
from whygrad.flow.variable import Home, Making

__all__ = ["record"]

LOOP = """
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.ones(2, 4)
for _ in range(5):
    optimizer.zero_grad()
    model(x).pow(2).mean().backward()
    optimizer.step()
"""


def net(init: str, forward: str = "return self.fc(x)") -> str:
    lines = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += ["        self.fc = nn.Linear(4, 4)"]
    lines += [f"        {line}" for line in init.splitlines()]
    lines += ["", "    def forward(self, x):", *[f"        {x}" for x in forward.splitlines()]]
    return "\n".join(lines) + "\n" + LOOP


def test_a_tensor_in_a_plain_attribute(record: Recorder) -> None:
    program = net("self.beta = torch.randn(4, requires_grad=True)", "return self.fc(x) * self.beta")
    beta = variables(record(program))["model.beta"]
    assert beta.home is Home.PLAIN_ATTRIBUTE
    assert (beta.owner, beta.shape, beta.dtype) == ("Net", (4,), "float32")
    assert (beta.trainable, beta.leaf, beta.floating, beta.registered) == (True, True, True, False)
    assert beta.making is Making.RANDOM
    assert beta.holders == ()
    assert beta.used_in_source is True
    assert beta.made_at is not None
    place = beta.made_at
    assert (place.path, place.line, place.column, place.end_line) == ("train.py", 8, 9, 8)
    assert place.source == "self.beta = torch.randn(4, requires_grad=True)"
    assert place.end_column == 9 + len(place.source)
    assert place.function == "Net.__init__"


def test_a_registered_layer_is_made_where_the_person_puts_it(record: Recorder) -> None:
    recording = record(net(""))
    weight = variables(recording)["model.fc.weight"]
    assert weight.home is Home.REGISTERED
    assert weight.owner == "Linear"
    assert weight.made_at is not None
    assert (weight.made_at.line, weight.made_at.source) == (7, "self.fc = nn.Linear(4, 4)")
    assert not weight.owned_by_library
    assert [(h.optimizer, h.group, h.learning_rate) for h in weight.holders] == [
        ("optimizer", 0, 0.1)
    ]
    (model,) = recording.models
    assert (model.name, model.class_name) == ("model", "Net")
    assert model.location is not None
    assert model.location.line == 4


@pytest.mark.parametrize(
    ("init", "use", "name", "home"),
    [
        ("self.ws = [torch.ones(4, requires_grad=True)]", "self.ws[0]", "ws.0", "container"),
        ("self.ws = (torch.ones(4, requires_grad=True),)", "self.ws[0]", "ws.0", "container"),
        ("self.ws = {'a': nn.Parameter(torch.ones(4))}", "self.ws['a']", "ws.a", "container"),
        ("self.ws = {nn.Parameter(torch.ones(4))}", "list(self.ws)[0]", "ws.0", "container"),
        ("self.ws = [[nn.Parameter(torch.ones(4))]]", "self.ws[0][0]", "ws.0.0", "container"),
        ("self.ws = {'a': [nn.Linear(4, 4)]}", "self.ws['a'][0](x)", "ws.a.0.weight", "container"),
        ("self.__dict__['l'] = nn.Linear(4, 4)", "self.l(x)", "l.weight", "attribute"),
        ("object.__setattr__(self, 'w', torch.ones(4))", "self.w", "w", "attribute"),
        ("self.h = Helper()", "self.h.w", "h.w", "helper"),
        ("self.h = Data(torch.ones(4))", "self.h.w", "h.w", "helper"),
        ("self.h = Slotted()", "self.h.w", "h.w", "helper"),
        ("self.h = Helper()\nself.h.layers = [nn.Linear(4, 4)]", "self.h.layers[0](x)",
         "h.layers.0.weight", "helper"),
        ("self.register_buffer('b', torch.ones(4))", "self.b", "b", "buffer"),
    ],
)  # fmt: skip
def test_where_a_tensor_can_hide(
    record: Recorder, init: str, use: str, name: str, home: str
) -> None:
    helpers = """
from dataclasses import dataclass
class Helper:
    def __init__(self):
        self.w = torch.ones(4, requires_grad=True)
@dataclass
class Data:
    w: torch.Tensor
class Slotted:
    __slots__ = ("w",)
    def __init__(self):
        self.w = torch.ones(4, requires_grad=True)
"""
    found = variables(record(helpers + net(init, f"return self.fc(x) * {use}")))
    homes = {
        "container": Home.PLAIN_CONTAINER,
        "attribute": Home.PLAIN_ATTRIBUTE,
        "helper": Home.HELPER_OBJECT,
        "buffer": Home.BUFFER,
    }
    assert found[f"model.{name}"].home is homes[home]


def test_layers_in_a_list_are_held_at_the_list(record: Recorder) -> None:
    init = (
        "blocks = []\nfor _ in range(2):\n    blocks.append(nn.Linear(4, 4))\nself.blocks = blocks"
    )
    found = variables(record(net(init, "return self.blocks[1](self.fc(x))")))
    weight = found["model.blocks.1.weight"]
    assert weight.made_at is not None
    assert weight.held_at is not None
    assert (weight.made_at.line, weight.held_at.line) == (10, 11)
    assert weight.held_at.source == "self.blocks = blocks"


def test_module_list_members_are_made_where_they_are_appended(record: Recorder) -> None:
    init = "self.b = nn.ModuleList()\nfor _ in range(2):\n    self.b.append(nn.Linear(4, 4))"
    found = variables(record(net(init, "return self.b[0](self.fc(x))")))
    unused = found["model.b.1.weight"]
    assert unused.made_at is not None
    assert unused.made_at.source == "self.b.append(nn.Linear(4, 4))"
    assert tags.SIBLING_USED in unused.tags
    assert unused.registered


def test_a_non_leaf_parameter_tells_its_origin(record: Recorder) -> None:
    program = net(
        "self.w = nn.Parameter(torch.ones(4, 4)).to(torch.float64)",
        "return self.fc(x) @ self.w.float()",
    )
    recording = record(program)
    weight = variables(recording)["model.w"]
    assert not weight.leaf
    assert weight.origin is not None
    assert weight.origin.orphan_parameter
    assert [v.name for v in recording.variables if v.home is Home.LOOSE] == []


def test_tied_weights_are_one_variable_with_two_names(record: Recorder) -> None:
    init = "self.out = nn.Linear(4, 4)\nself.out.weight = self.fc.weight"
    found = variables(record(net(init, "return self.out(self.fc(x))")))
    assert found["model.fc.weight"].aliases == ("model.out.weight",)
    assert "model.out.weight" not in found


def test_wrapped_models_keep_the_names_of_the_inner_one(record: Recorder) -> None:
    program = net("").replace("model = Net()", "model = nn.DataParallel(Net())")
    recording = record(program)
    assert set(variables(recording)) == {"model.fc.weight", "model.fc.bias"}
    assert [m.class_name for m in recording.models] == ["Net"]


def test_models_in_a_trainer_and_two_models(record: Recorder) -> None:
    recording = record("""
class Trainer:
    def __init__(self):
        self.gen = nn.Linear(2, 2)
        self.dis = nn.Linear(2, 1)
        self.opt_g = torch.optim.SGD(self.gen.parameters(), lr=0.1)
        self.opt_d = torch.optim.SGD(self.dis.parameters(), lr=0.1)

    def run(self):
        for _ in range(5):
            fake = self.gen(torch.ones(3, 2))
            self.opt_d.zero_grad()
            self.dis(fake.detach()).mean().backward()
            self.opt_d.step()
            self.opt_g.zero_grad()
            (-self.dis(fake).mean()).backward()
            self.opt_g.step()

Trainer().run()
""")
    assert {m.name for m in recording.models} == {"gen", "dis"}
    assert [(o.name, o.steps_taken) for o in recording.optimizers] == [("opt_g", 3), ("opt_d", 3)]
    assert len(recording.steps) == 3


def test_a_model_that_takes_no_part_is_left_out(record: Recorder) -> None:
    recording = record(net("").replace("model = Net()", "model = Net(); other = Net()"))
    assert [m.name for m in recording.models] == ["model"]


def test_loss_modules_and_loose_tensors(record: Recorder) -> None:
    recording = record("""
class Loss(nn.Module):
    def __init__(self):
        super().__init__()
        self.margin = nn.Parameter(torch.ones(1))
    def forward(self, x):
        return (x * self.margin).mean()

model, criterion = nn.Linear(4, 1), Loss()
log_sigma = torch.zeros(1, requires_grad=True)
alpha = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.Adam([*model.parameters(), alpha])
for _ in range(4):
    x = torch.randn(2, 4, requires_grad=True)
    loss = criterion(model(x)) * log_sigma.exp() * alpha.exp()
    loss.backward()
    optimizer.step()
""")
    found = variables(recording)
    assert set(found) == {
        "model.weight", "model.bias", "criterion.margin", "log_sigma", "alpha",
    }  # fmt: skip
    assert found["log_sigma"].home is Home.LOOSE
    assert found["log_sigma"].holders == ()
    assert found["alpha"].holders[0].optimizer == "optimizer"
    assert found["criterion.margin"].registered


def test_frozen_tells_where(record: Recorder) -> None:
    init = "self.fc.weight.requires_grad = False\nself.b = nn.Linear(4, 4).requires_grad_(False)"
    found = variables(record(net(init, "return self.b(self.fc(x))")))
    weight, other = found["model.fc.weight"], found["model.b.bias"]
    assert not weight.trainable
    assert weight.frozen_at is not None
    assert weight.frozen_at.source == "self.fc.weight.requires_grad = False"
    assert tags.SUBMODULE_FROZEN not in weight.tags
    assert tags.SUBMODULE_FROZEN in other.tags
    assert other.frozen_at is not None
    assert other.frozen_at.line == 9


def test_flags_with_the_wrong_name(record: Recorder) -> None:
    init = "self.b = nn.Linear(4, 4)\nself.b.requires_grad = False\nself.fc.weight.require_grad = False"
    found = variables(record(net(init, "return self.b(self.fc(x))")))
    assert tags.OWNER_FLAG_TYPO in found["model.b.weight"].tags
    assert tags.OWNER_FLAG_TYPO not in found["model.fc.bias"].tags
    assert tags.FLAG_TYPO in found["model.fc.weight"].tags
    place = found["model.b.weight"].frozen_at
    assert place is not None
    assert place.source == "self.b.requires_grad = False"


def test_a_layer_replaced_after_the_optimizer_was_built(record: Recorder) -> None:
    program = net("").replace("x = torch", "model.fc = nn.Linear(4, 3)\nx = torch")
    recording = record(program)
    weight = variables(recording)["model.fc.weight"]
    assert weight.shape == (3, 4)
    assert weight.replaced_at is not None
    assert weight.replaced_at.source == "model.fc = nn.Linear(4, 3)"
    assert all(step.held_stale for step in weight.steps)
    assert weight.holders == ()
    assert recording.optimizers[0].stale == 2


def test_layers_made_anew_in_forward(record: Recorder) -> None:
    forward = "self.again = nn.Linear(4, 4)\nlocal = nn.Linear(4, 4)\nreturn local(self.again(self.fc(x)))"
    found = variables(record(net("", forward)))
    again, local = found["model.again.weight"], found["local.weight"]
    assert tags.CREATED_IN_STEP in again.tags
    assert tags.CREATED_IN_STEP in local.tags
    assert len({s.identity for s in again.steps}) == 3
    assert again.made_at is not None
    assert again.made_at.source == "self.again = nn.Linear(4, 4)"
    assert local.made_at is not None
    assert local.made_at.source == "local = nn.Linear(4, 4)"
    assert local.home is Home.LOOSE
    assert local.steps[0].had_gradient_after_backward


def test_a_layer_built_lazily_once_is_not_made_anew(record: Recorder) -> None:
    forward = "if not hasattr(self, 'l'):\n    self.l = nn.Linear(4, 4)\nreturn self.l(self.fc(x))"
    found = variables(record(net("", forward)))
    assert tags.CREATED_IN_STEP not in found["model.l.weight"].tags
    assert found["model.l.weight"].holders == ()


def test_overwritten_by_a_tensor(record: Recorder) -> None:
    init = "self.w = nn.Parameter(torch.ones(4))"
    forward = "w = self.w * 0.5\nif 'w' in self._parameters:\n    del self.w\nself.w = w\nreturn self.fc(x) * w"
    recording = record(net(init, forward))
    weight = variables(recording)["model.w"]
    assert tags.OVERWRITTEN_BY_TENSOR in weight.tags
    assert weight.replaced_at is not None
    assert weight.replaced_at.source == "self.w = w"


def test_what_forward_leaves_on_the_module_is_no_variable(record: Recorder) -> None:
    found = variables(record(net("self.last = None", "self.last = self.fc(x)\nreturn self.last")))
    assert set(found) == {"model.fc.weight", "model.fc.bias"}


def test_what_a_library_layer_makes_inside_is_its_own(record: Recorder) -> None:
    init = "self.t = nn.TransformerEncoderLayer(4, 1, 8)\nself.u = nn.MultiheadAttention(4, 1)"
    found = variables(record(net(init, "return self.t(self.fc(x))")))
    assert found["model.t.linear1.weight"].owned_by_library
    assert not found["model.u.out_proj.weight"].owned_by_library
    assert not found["model.fc.weight"].owned_by_library


def test_a_computed_weight_of_weight_norm_is_no_variable(record: Recorder) -> None:
    init = "self.n = torch.nn.utils.weight_norm(nn.Linear(4, 4))"
    found = variables(record(net(init, "return self.n(self.fc(x))")))
    assert "model.n.weight" not in found
    assert found["model.n.weight_g"].registered


def test_an_integer_parameter(record: Recorder) -> None:
    init = "self.w = nn.Parameter(torch.ones(4, dtype=torch.long), requires_grad=False)"
    weight = variables(record(net(init, "return self.fc(x) * self.w")))["model.w"]
    assert not weight.floating
    assert weight.dtype == "int64"
    assert weight.frozen_at == weight.made_at


def test_an_exhausted_generator_is_an_empty_group(record: Recorder) -> None:
    program = net("self.b = nn.Linear(4, 4)", "return self.b(self.fc(x))").replace(
        "torch.optim.SGD(model.parameters(), lr=0.1)",
        "torch.optim.SGD([{'params': model.fc.parameters()}, {'params': (p for p in [])}], lr=0.1)",
    )
    recording = record(program)
    assert recording.optimizers[0].group_sizes == (2, 0)
    assert tags.EMPTY_GROUP in variables(recording)["model.b.weight"].tags


def test_names_come_from_the_outermost_frame(record: Recorder) -> None:
    recording = record("""
def train(m, o):
    for _ in range(4):
        o.zero_grad()
        m(torch.ones(1, 2)).sum().backward()
        o.step()

def main():
    network = nn.Linear(2, 2)
    sgd = torch.optim.SGD(network.parameters(), lr=0.1)
    train(network, sgd)

main()
""")
    assert [m.name for m in recording.models] == ["network"]
    assert [o.name for o in recording.optimizers] == ["sgd"]
    assert recording.optimizers[0].built_at is not None
    assert recording.optimizers[0].built_at.line == 12
