"""SimSiam: stop-gradient on one branch, the same encoder on both."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class SimSiam(nn.Module):
    def __init__(self, backbone, dim=16, pred_dim=8):
        super().__init__()
        self.encoder = backbone
        self.projector = nn.Sequential(nn.Linear(32, dim), nn.BatchNorm1d(dim, affine=False))
        self.predictor = nn.Sequential(nn.Linear(dim, pred_dim), nn.ReLU(), nn.Linear(pred_dim, dim))

    def forward(self, x1, x2):
        z1 = self.projector(self.encoder(x1))
        z2 = self.projector(self.encoder(x2))
        return self.predictor(z1), self.predictor(z2), z1.detach(), z2.detach()


def main(epochs=2):
    torch.manual_seed(0)
    model = SimSiam(nn.Sequential(nn.Linear(20, 32), nn.BatchNorm1d(32), nn.ReLU()))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    for epoch in range(epochs):
        for _ in range(3):
            base = torch.randn(24, 20)
            p1, p2, z1, z2 = model(
                base + 0.2 * torch.randn_like(base), base + 0.2 * torch.randn_like(base)
            )
            loss = -(F.cosine_similarity(p1, z2).mean() + F.cosine_similarity(p2, z1).mean()) * 0.5
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()
        print(epoch, loss.item(), scheduler.get_last_lr())


if __name__ == "__main__":
    main()
