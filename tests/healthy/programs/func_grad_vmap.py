"""Per-sample gradients by torch.func, averaged into .grad by hand."""

import torch
import torch.nn as nn
from torch.func import functional_call, grad, vmap

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def loss_of_one(params, x, y):
    out = functional_call(model, params, (x.unsqueeze(0),))
    return nn.functional.cross_entropy(out, y.unsqueeze(0))


per_sample = vmap(grad(loss_of_one), in_dims=(None, 0, 0))
for step in range(4):
    x, y = torch.randn(12, 5), torch.randint(0, 2, (12,))
    params = {k: v.detach() for k, v in model.named_parameters()}
    grads = per_sample(params, x, y)
    norms = torch.stack([g.flatten(1).norm(dim=1) for g in grads.values()]).norm(dim=0)
    scale = (1.0 / norms).clamp(max=1.0)
    optimizer.zero_grad()
    for name, p in model.named_parameters():
        g = grads[name]
        p.grad = (g * scale.view(-1, *[1] * (g.dim() - 1))).mean(0)
    optimizer.step()
    print(step, norms.mean().item())
