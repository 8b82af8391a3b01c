"""A full loop: running averages by item(), a validation pass and NumPy metrics between epochs."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class AverageMeter:
    def __init__(self):
        self.sum, self.count = 0.0, 0

    def update(self, value, n=1):
        self.sum += value * n
        self.count += n

    @property
    def avg(self):
        return self.sum / max(self.count, 1)


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(10, 20), nn.Linear(20, 3)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


def evaluate(model, loader):
    model.eval()
    predictions, targets, losses = [], [], AverageMeter()
    with torch.no_grad():
        for x, y in loader:
            logits = model(x)
            losses.update(nn.functional.cross_entropy(logits, y).item(), len(y))
            predictions.append(logits.argmax(1).cpu().numpy())
            targets.append(y.cpu().numpy())
    predictions, targets = np.concatenate(predictions), np.concatenate(targets)
    confusion = np.zeros((3, 3), dtype=int)
    np.add.at(confusion, (targets, predictions), 1)
    return losses.avg, (predictions == targets).mean(), confusion


torch.manual_seed(0)
x, y = torch.randn(48, 10), torch.randint(0, 3, (48,))
train_loader = DataLoader(TensorDataset(x[:32], y[:32]), batch_size=16, shuffle=True)
val_loader = DataLoader(TensorDataset(x[32:], y[32:]), batch_size=8)
model = MLP()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
best, best_state = float("inf"), None
for epoch in range(3):
    model.train()
    meter = AverageMeter()
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        meter.update(loss.item(), inputs.size(0))
    val_loss, accuracy, confusion = evaluate(model, val_loader)
    scheduler.step(val_loss)
    if val_loss < best:
        best = val_loss
        best_state = {k: v.detach().clone() for k, v in model.state_dict().items()}
    print(epoch, meter.avg, val_loss, accuracy, confusion.trace())
model.load_state_dict(best_state)
