"""Forward hooks collect features for a perceptual loss; a tensor hook logs gradient norms."""

import torch
import torch.nn as nn

torch.manual_seed(0)
features, norms = {}, []
judge = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3))
judge.requires_grad_(False)


def save(name):
    def hook(module, inputs, output):
        features[name] = output

    return hook


judge[0].register_forward_hook(save("low"))
judge[2].register_forward_hook(save("high"))
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(4):
    x = torch.rand(2, 1, 10, 10)
    noisy = x + 0.1 * torch.randn_like(x)
    with torch.no_grad():
        judge(x)
        wanted = {k: v.clone() for k, v in features.items()}
    out = net(noisy)
    out.register_hook(lambda g: norms.append(g.norm().item()))
    judge(out)
    loss = sum(nn.functional.mse_loss(features[k], wanted[k]) for k in wanted)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item(), norms[-1])
