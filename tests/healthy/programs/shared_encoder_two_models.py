"""One encoder inside two models, with one optimizer over the union of their parameters."""

import itertools

import torch
import torch.nn as nn


class Autoencoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.decoder = nn.Linear(8, 12)

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Classifier(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(self.encoder(x))


torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(12, 8), nn.ReLU())
auto, clf = Autoencoder(encoder), Classifier(encoder)
optimizer = torch.optim.Adam(set(itertools.chain(auto.parameters(), clf.parameters())), lr=1e-3)
for step in range(4):
    x, y = torch.randn(16, 12), torch.randint(0, 3, (16,))
    optimizer.zero_grad()
    reconstruction = nn.functional.mse_loss(auto(x), x)
    reconstruction.backward()
    classification = nn.functional.cross_entropy(clf(x), y)
    classification.backward()
    optimizer.step()
    print(step, reconstruction.item(), classification.item())
