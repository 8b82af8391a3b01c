import torch
from torch import nn
from torch.nn import functional as F


class QNetwork(nn.Module):
    def __init__(self, actions):
        super().__init__()
        self.body = nn.Linear(4, 16)
        self.head = nn.Linear(16, actions)

    def forward(self, state):
        return self.head(F.relu(self.body(state)))


class Agent:
    def __init__(self, actions=2, gamma=0.9):
        self.q = QNetwork(actions)
        self.target = QNetwork(actions)
        self.gamma = gamma
        self.optimizer = torch.optim.Adam(self.target.parameters(), lr=1e-3)  # <- not-in-optimizer: self.q
        # fix: self.optimizer = torch.optim.Adam(self.q.parameters(), lr=1e-3)

    @torch.no_grad()
    def wanted(self, reward, following):
        return reward + self.gamma * self.target(following).max(1).values

    def learn(self, state, action, reward, following):
        chosen = self.q(state).gather(1, action.unsqueeze(1)).squeeze(1)
        loss = F.smooth_l1_loss(chosen, self.wanted(reward, following))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


if __name__ == "__main__":
    agent = Agent()
    for _ in range(3):
        agent.learn(
            torch.randn(8, 4), torch.randint(2, (8,)), torch.randn(8), torch.randn(8, 4)
        )
