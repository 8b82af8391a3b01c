import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, sizes):
        super(MLP, self).__init__()
        self.layers = []  # <- unregistered-container: model.layers.*
        # fix: self.layers = nn.ModuleList()
        for n_in, n_out in zip(sizes[:-2], sizes[1:-1]):
            self.layers.append(nn.Linear(n_in, n_out))
            self.layers.append(nn.GELU())
        self.head = nn.Linear(*sizes[-2:])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x)


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=lr, weight_decay=0.1)

    def train_step(self, batch):
        x, y = batch
        self.optimizer.zero_grad()
        loss = ((self.model(x) - y) ** 2).mean()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def fit(self, batches):
        return [self.train_step(b) for b in batches]


torch.manual_seed(0)
trainer = Trainer(MLP([4, 8, 8, 1]), lr=1e-2)
trainer.fit([(torch.randn(8, 4), torch.randn(8, 1)) for _ in range(5)])
