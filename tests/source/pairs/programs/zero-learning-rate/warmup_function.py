import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR


def warmup(step):
    return min(step // 400, 1)


def main():
    model = nn.Linear(4, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
    scheduler = LambdaLR(optimizer, lr_lambda=warmup)  # <- zero-learning-rate: -
    # fix: scheduler = LambdaLR(optimizer, lr_lambda=lambda step: min((step + 1) / 400, 1))
    for step in range(1000):
        loss = model(torch.randn(8, 4)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()


main()
