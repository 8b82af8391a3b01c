"""Domain adaptation with a gradient reversal layer."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class ReverseLayer(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.neg() * ctx.alpha, None


class DANN(nn.Module):
    def __init__(self):
        super().__init__()
        self.feature = nn.Sequential(nn.Linear(10, 16), nn.ReLU())
        self.class_classifier = nn.Linear(16, 3)
        self.domain_classifier = nn.Linear(16, 2)

    def forward(self, x, alpha):
        feature = self.feature(x)
        return self.class_classifier(feature), self.domain_classifier(
            ReverseLayer.apply(feature, alpha)
        )


torch.manual_seed(0)
net = DANN()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for i in range(4):
    p = i / 4
    alpha = 2.0 / (1.0 + float(torch.exp(torch.tensor(-10 * p)))) - 1 + 0.1
    xs, ys, xt = torch.randn(8, 10), torch.randint(0, 3, (8,)), torch.randn(8, 10) + 1
    class_out, domain_s = net(xs, alpha)
    _, domain_t = net(xt, alpha)
    loss = F.cross_entropy(class_out, ys)
    loss = loss + F.cross_entropy(domain_s, torch.zeros(8, dtype=torch.long))
    loss = loss + F.cross_entropy(domain_t, torch.ones(8, dtype=torch.long))
    net.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())
