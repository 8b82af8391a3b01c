"""Data sets, environments and loggers hold nothing that learns; an optimizer's groups are read."""

from __future__ import annotations

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of

HEAD = """\
import argparse
import gymnasium as gym
import numpy as np
import torch
import wandb
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter
from torchvision.datasets import MNIST

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(F.relu(self.hidden(x)))

args = argparse.ArgumentParser().parse_args()
"""
SUPERVISED = """\
loader = DataLoader(MNIST("data"), batch_size=args.batch)
writer = SummaryWriter("runs")
model = Net().to(args.device)
optimizer = optim.Adam(model.parameters(), lr=args.lr)
for epoch in range(args.epochs):
    for x, y in loader:
        loss = F.mse_loss(model(x.to(args.device)), y.to(args.device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        writer.add_scalar("loss", loss, epoch)
        wandb.log({"loss": loss, "rate": optimizer.param_groups[0]["lr"]})
"""
ACTING = """\
envs = gym.vector.SyncVectorEnv([lambda: gym.make(args.env)])
agent = Net()
optimizer = optim.Adam(agent.parameters(), lr=args.lr, eps=1e-5)
obs, _ = envs.reset(seed=1)
obs = torch.Tensor(obs)
for update in range(args.updates):
    for group in optimizer.param_groups:
        group["lr"] = args.lr * (1 - update / args.updates)
    for step in range(8):
        with torch.no_grad():
            action = agent(obs)
        obs, reward, done, _, info = envs.step(action.cpu().numpy())
        obs, reward = torch.Tensor(obs), torch.tensor(reward)
    loss = (agent(obs) - reward).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
CRITICS = """\
first, second = Net(), Net()
first_target, second_target = Net(), Net()
first_target.load_state_dict(first.state_dict())
second_target.load_state_dict(second.state_dict())
optimizer = optim.Adam(list(first.parameters()) + list(second.parameters()), lr=1e-3)
for x, y in DataLoader(MNIST("data")):
    with torch.no_grad():
        goal = y + torch.min(first_target(x), second_target(x))
    loss = F.mse_loss(first(x), goal) + F.mse_loss(second(x), goal)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def told(text: str) -> list[str]:
    return [f.cause for f in findings_in(project_of({"/p/train.py": HEAD + text}))]


@pytest.mark.parametrize("text", [SUPERVISED, ACTING, CRITICS])
def test_what_trains_is_healthy(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "before", "after", "cause"),
    [
        (SUPERVISED, "model(x.to(args.device))", "model(x.to(args.device)).detach()", "detached"),
        (SUPERVISED, "        optimizer.step()\n", "", "step-missing"),
        (SUPERVISED, "        loss.backward()\n", "", "step-missing"),
        (SUPERVISED, "        optimizer.zero_grad()\n", "", "grads-not-cleared"),
        (SUPERVISED, "lr=args.lr", "lr=0.0", "zero-learning-rate"),
        (ACTING, "    optimizer.step()\n", "", "step-missing"),
        (ACTING, "(agent(obs) - reward)", "(agent(obs).detach() - reward)", "detached"),
        (CRITICS, " + list(second.parameters())", "", "not-in-optimizer"),
    ],
)
def test_a_fault_between_data_and_optimizer_is_told(
    text: str, before: str, after: str, cause: str
) -> None:
    assert before in text
    assert told(text.replace(before, after)) == [cause]


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        # A rate of zero that the loop sets.
        (ACTING, "lr=args.lr, eps", "lr=0.0, eps"),
        # The groups go to code that is not followed: it may step.
        (SUPERVISED, "optimizer.step()", "update_all(optimizer.param_groups)"),
        # What comes of code that is not followed may be anything.
        (SUPERVISED, "model(x.to(args.device))", "other(model(x))"),
    ],
)
def test_what_may_be_otherwise_is_silence(text: str, before: str, after: str) -> None:
    assert before in text
    assert told(text.replace(before, after)) == []


def test_what_is_put_on_arguments_is_no_data() -> None:
    text = SUPERVISED.replace("model = Net()", "args.model = Net()").replace(
        "model.parameters()", "args.model.parameters()"
    )
    text = text.replace("model(x.to(args.device))", "args.model(x)")
    assert told(text) == []
    assert told(text.replace("args.model(x)", "args.model(x).detach()")) == ["detached"]


@pytest.mark.parametrize(
    ("callbacks", "found"),
    [
        ("[keras.callbacks.EarlyStopping(), keras.callbacks.ModelCheckpoint('m.keras')]", True),
        ("[]", True),
        ("[keras.callbacks.EarlyStopping(), keras.callbacks.LearningRateScheduler(rate)]", False),
        ("more_callbacks()", False),
    ],
)
def test_callbacks_that_set_no_rate(callbacks: str, found: bool) -> None:
    text = (
        "import keras\n\nmodel = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])\n"
        "model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.0), loss='mse')\n"
        f"callbacks = {callbacks}\nmodel.fit(x, y, epochs=3, callbacks=callbacks)\n"
    )
    causes = [f.cause for f in findings_in(project_of({"/p/train.py": text}))]
    assert causes == (["zero-learning-rate"] if found else [])


@pytest.mark.parametrize(
    "training",
    [
        # What draws calls the function that trains.
        "from matplotlib.animation import FuncAnimation\nFuncAnimation(figure, train)\n",
        "wandb.agent(sweep, function=train)\n",
        # One of two functions, whichever it is.
        "import random\nrandom.choice([train, train])()\n",
    ],
)
def test_functions_that_others_call_are_run(training: str) -> None:
    loop = SUPERVISED.partition("for epoch")[2].partition(":\n")[2]
    text = SUPERVISED.partition("for epoch")[0] + f"def train(epoch=0):\n{loop}\n{training}"
    assert told(text) == []


def test_a_model_within_a_function_that_others_call_is_not_cut() -> None:
    text = """\
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(4)])
optimizer = tf.keras.optimizers.Adam()
for x in read():
    with tf.GradientTape() as tape:
        rows = tf.map_fn(lambda row: model(row[None]), x)
        loss = tf.reduce_mean((rows - tf.stop_gradient(model(x))) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
"""
    assert findings_in(project_of({"/p/train.py": text})) == ()
    cut = text.replace("model(row[None])", "row[None]")
    assert [f.cause for f in findings_in(project_of({"/p/train.py": cut}))] == ["detached"]
