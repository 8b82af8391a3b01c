import torch
from torch import nn

generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
critic = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
for_generator = torch.optim.Adam(generator.parameters(), 1e-3)
for_critic = torch.optim.Adam(critic.parameters(), 1e-3)
criterion = nn.BCEWithLogitsLoss()

for _ in range(3):
    fake = generator(torch.randn(8, 4))
    for_critic.zero_grad()
    real_loss = criterion(critic(torch.randn(8, 2)), torch.ones(8, 1))
    fake_loss = criterion(critic(fake.detach()), torch.zeros(8, 1))
    (real_loss + fake_loss).backward()
    for_critic.step()

    for_generator.zero_grad()
    loss = criterion(critic(fake.detach()), torch.ones(8, 1))  # <- detached: generator
    # fix: loss = criterion(critic(fake), torch.ones(8, 1))
    loss.backward()
    for_generator.step()
