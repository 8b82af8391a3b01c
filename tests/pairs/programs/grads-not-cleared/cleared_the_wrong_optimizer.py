import torch
from torch import nn

torch.manual_seed(0)
actor, critic = nn.Linear(4, 2), nn.Linear(4, 1)
actor_opt = torch.optim.Adam(actor.parameters(), lr=1e-2)
critic_opt = torch.optim.Adam(critic.parameters(), lr=1e-2)
for episode in range(5):
    states, returns = torch.randn(8, 4), torch.randn(8, 1)
    actor_loss = -(actor(states).log_softmax(1)[:, :1] * returns).mean()
    critic_loss = (critic(states) - returns).pow(2).mean()
    actor_opt.zero_grad()
    actor_opt.zero_grad()
    # fix: critic_opt.zero_grad()
    (actor_loss + critic_loss).backward()
    actor_opt.step()
    critic_opt.step()  # <- warning grads-not-cleared: critic.weight, critic.bias
