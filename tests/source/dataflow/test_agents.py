"""Classes that train themselves and that nobody is seen to use: all of their code is there."""

from __future__ import annotations

import pytest

from whygrad.diagnosis.in_source import findings_in
from whygrad.source.project.project import project_of

TORCH = """\
import torch
from torch import nn, optim

class Agent:
    def __init__(self, size):
        self.actor = nn.Linear(size, 2)
        self.critic = nn.Linear(size, 1)
        self.actor_optimizer = optim.Adam(self.actor.parameters())
        self.critic_optimizer = optim.Adam(self.critic.parameters())

    def update(self, obs, returns):
        critic_loss = (self.critic(obs) - returns).pow(2).mean()
        self.critic_optimizer.zero_grad()
        critic_loss.backward()
        self.critic_optimizer.step()
        actor_loss = -self.actor(obs).log_softmax(-1).mean()
        self.actor_optimizer.zero_grad()
        actor_loss.backward()
        self.actor_optimizer.step()
"""
KERAS = """\
import tensorflow as tf

class Agent:
    def __init__(self):
        self.critic = tf.keras.layers.Dense(1)
        self.critic_optimizer = tf.keras.optimizers.Adam()

    @tf.function
    def update(self, obs, returns):
        with tf.GradientTape() as tape:
            loss = tf.losses.mse(returns, self.critic(obs))
        gradients = tape.gradient(loss, self.critic.trainable_variables)
        self.critic_optimizer.apply_gradients(zip(gradients, self.critic.trainable_variables))
        return loss
"""
APPLIED = "        self.critic_optimizer.apply_gradients(zip(gradients, self.critic.trainable_variables))\n"
STEPPED = "        self.critic_optimizer.step()\n"


def told(**texts: str) -> list[str]:
    return [f.cause for f in findings_in(project_of({f"/p/{k}.py": v for k, v in texts.items()}))]


@pytest.mark.parametrize(("text", "line"), [(TORCH, STEPPED), (KERAS, APPLIED)])
def test_an_agent_that_never_steps_is_told(text: str, line: str) -> None:
    assert told(agent=text) == []
    assert told(agent=text.replace(line, "")) == ["step-missing"]


def test_who_else_speaks_of_the_optimizer_may_step() -> None:
    user = "import torch\n\ndef finish(agent):\n    agent.critic_optimizer.step()\n"
    assert told(agent=TORCH.replace(STEPPED, ""), user=user) == []
    above = TORCH.replace("class Agent:", "from elsewhere import Base\n\nclass Agent(Base):")
    assert told(agent=above.replace(STEPPED, "")) == []


def test_a_loss_outside_of_the_tape_is_told() -> None:
    text = KERAS.replace(
        "            loss =", "            value = self.critic(obs)\n        loss ="
    )
    text = text.replace("returns, self.critic(obs)", "returns, value")
    assert told(agent=text) == ["grad-disabled"]
