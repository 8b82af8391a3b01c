"""Pretraining of an autoencoder, then a classifier on its encoder; all is built up front."""

import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 6)

    def forward(self, x):
        return torch.tanh(self.fc(x))


torch.manual_seed(0)
encoder, decoder, classifier = Encoder(), nn.Linear(6, 10), nn.Linear(6, 3)
pretrain = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-2)
finetune = torch.optim.Adam([*encoder.parameters(), *classifier.parameters()], lr=1e-3)
for step in range(4):
    x = torch.randn(16, 10)
    loss = nn.functional.mse_loss(decoder(encoder(x)), x)
    pretrain.zero_grad()
    loss.backward()
    pretrain.step()
    print("pretrain", step, loss.item())
for step in range(4):
    x, y = torch.randn(16, 10), torch.randint(0, 3, (16,))
    loss = nn.functional.cross_entropy(classifier(encoder(x)), y)
    finetune.zero_grad()
    loss.backward()
    finetune.step()
    print("finetune", step, loss.item())
