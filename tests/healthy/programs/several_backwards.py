"""retain_graph, autograd.backward over two roots, backward(inputs=...), inference mode, hooks."""

import torch
import torch.nn as nn

torch.manual_seed(0)
trunk = nn.Sequential(nn.Linear(6, 10), nn.ReLU())
left, right = nn.Linear(10, 1), nn.Linear(10, 2)
seen = []
trunk[0].register_full_backward_hook(lambda m, gi, go: seen.append(go[0].norm().item()))
right.weight.register_hook(lambda g: g.clamp(-1, 1))
params = [*trunk.parameters(), *left.parameters(), *right.parameters()]
opt = torch.optim.NAdam(params, lr=1e-3)
for step in range(4):
    x, y = torch.randn(12, 6), torch.randint(0, 2, (12,))
    h = trunk(x)
    a = left(h).pow(2).mean()
    b = nn.functional.cross_entropy(right(h), y)
    opt.zero_grad()
    if step % 2:
        a.backward(retain_graph=True)
        b.backward(inputs=params[:2] + list(right.parameters()))
    else:
        torch.autograd.backward([a, b])
    opt.step()
    with torch.inference_mode():
        accuracy = (right(trunk(x)).argmax(1) == y).float().mean()
    print(step, a.item(), b.item(), accuracy.item(), len(seen))
