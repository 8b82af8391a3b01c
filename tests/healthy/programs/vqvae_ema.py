"""VQ-VAE whose codebook is a buffer, moved by an exponential average of its vectors."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class EMAQuantizer(nn.Module):
    def __init__(self, codes=16, dim=8, decay=0.9, eps=1e-5):
        super().__init__()
        self.codes, self.decay, self.eps = codes, decay, eps
        embedding = torch.randn(codes, dim)
        self.register_buffer("embedding", embedding)
        self.register_buffer("cluster_size", torch.zeros(codes))
        self.register_buffer("embedding_avg", embedding.clone())

    def forward(self, z):
        distance = torch.cdist(z, self.embedding)
        index = distance.argmin(dim=1)
        one_hot = F.one_hot(index, self.codes).type_as(z)
        quantized = F.embedding(index, self.embedding)
        if self.training:
            self.update(z.detach(), one_hot)
        loss = F.mse_loss(z, quantized.detach())
        return z + (quantized - z).detach(), loss

    @torch.no_grad()
    def update(self, z, one_hot):
        self.cluster_size.mul_(self.decay).add_(one_hot.sum(0), alpha=1 - self.decay)
        self.embedding_avg.mul_(self.decay).add_(one_hot.t() @ z, alpha=1 - self.decay)
        n = self.cluster_size.sum()
        size = (self.cluster_size + self.eps) / (n + self.codes * self.eps) * n
        self.embedding.copy_(self.embedding_avg / size.unsqueeze(1))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(10, 8)
        self.vq = EMAQuantizer()
        self.dec = nn.Linear(8, 10)

    def forward(self, x):
        q, commit = self.vq(self.enc(x))
        return self.dec(q), commit


torch.manual_seed(1)
model = Model()
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(5):
    x = torch.randn(48, 10)
    recon, commit = model(x)
    loss = F.mse_loss(recon, x) + 0.25 * commit
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    print(step, loss.item())
