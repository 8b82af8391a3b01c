import torch
from torch import nn


class Sharpen(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = torch.tanh(3 * x)
        ctx.save_for_backward(out)
        ctx.mark_non_differentiable(out)
        # fix:
        return out

    @staticmethod
    def backward(ctx, grad):
        (out,) = ctx.saved_tensors
        return 3 * grad * (1 - out**2)


torch.manual_seed(0)
first, second = nn.Linear(4, 6), nn.Linear(6, 2)
optimizer = torch.optim.SGD([*first.parameters(), *second.parameters()], lr=0.1)
x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
for step in range(5):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(second(Sharpen.apply(first(x))), y)  # <- custom-gradient: first.weight, first.bias
    loss.backward()
    optimizer.step()
