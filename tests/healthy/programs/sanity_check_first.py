"""Before training: a validation pass, a parameter count, a dry run of the shapes."""

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, side=8):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3)
        )
        with torch.no_grad():
            flat = self.features(torch.zeros(2, 1, side, side)).flatten(1).size(1)
        self.fc = nn.Linear(flat, 2)

    def forward(self, x):
        return self.fc(self.features(x).flatten(1))


@torch.no_grad()
def validate(model, batches):
    model.eval()
    losses = [nn.functional.cross_entropy(model(x), y).item() for x, y in batches]
    model.train()
    return sum(losses) / len(losses)


def main():
    torch.manual_seed(0)
    model = Net()
    print("parameters:", sum(p.numel() for p in model.parameters() if p.requires_grad))
    val = [(torch.randn(4, 1, 8, 8), torch.randint(0, 2, (4,))) for _ in range(2)]
    print("before:", validate(model, val))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for step in range(4):
        x, y = torch.randn(8, 1, 8, 8), torch.randint(0, 2, (8,))
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(step, f"{loss:.4f}", "val", validate(model, val))


main()
