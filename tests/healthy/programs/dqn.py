"""DQN with replay memory, an epsilon-greedy policy and a target network."""

import random
from collections import deque

import torch
import torch.nn as nn
import torch.nn.functional as F


class QNetwork(nn.Module):
    def __init__(self, observations=4, actions=2):
        super().__init__()
        self.fc1 = nn.Linear(observations, 32)
        self.fc2 = nn.Linear(32, actions)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


random.seed(0)
torch.manual_seed(0)
policy_net = QNetwork()
target_net = QNetwork()
target_net.load_state_dict(policy_net.state_dict())
target_net.eval()
optimizer = torch.optim.AdamW(policy_net.parameters(), lr=1e-3, amsgrad=True)
memory = deque(maxlen=1000)
gamma, tau, epsilon = 0.99, 0.01, 0.3


def select_action(state):
    if random.random() < epsilon:
        return random.randrange(2)
    with torch.no_grad():
        return policy_net(state.unsqueeze(0)).argmax(dim=1).item()


def optimize_model():
    batch = random.sample(memory, 16)
    states = torch.stack([b[0] for b in batch])
    actions = torch.tensor([b[1] for b in batch]).unsqueeze(1)
    rewards = torch.tensor([b[2] for b in batch])
    next_states = torch.stack([b[3] for b in batch])
    q = policy_net(states).gather(1, actions).squeeze(1)
    with torch.no_grad():
        next_q = target_net(next_states).max(1).values
    expected = rewards + gamma * next_q
    loss = F.smooth_l1_loss(q, expected)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
    optimizer.step()
    return loss.item()


state = torch.randn(4)
for t in range(24):
    action = select_action(state)
    next_state = state * 0.9 + torch.randn(4) * 0.1
    reward = float(next_state[0] > 0) + 0.1 * action
    memory.append((state, action, reward, next_state))
    state = next_state
    if len(memory) >= 18:
        print(t, optimize_model())
        target_state = target_net.state_dict()
        policy_state = policy_net.state_dict()
        for key in policy_state:
            target_state[key] = policy_state[key] * tau + target_state[key] * (1 - tau)
        target_net.load_state_dict(target_state)
