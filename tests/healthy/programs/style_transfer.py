"""The optimized thing is an image; the network that judges it is frozen."""

import torch
import torch.nn as nn


def gram(x):
    b, c, h, w = x.shape
    f = x.view(b * c, h * w)
    return f @ f.t() / (b * c * h * w)


torch.manual_seed(0)
cnn = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))
cnn.requires_grad_(False).eval()
content, style = torch.rand(1, 3, 12, 12), torch.rand(1, 3, 12, 12)
target_content, target_style = cnn(content).detach(), gram(cnn(style)).detach()
image = content.clone().requires_grad_(True)
optimizer = torch.optim.Adam([image], lr=0.02)
for step in range(4):
    with torch.no_grad():
        image.clamp_(0, 1)
    optimizer.zero_grad()
    features = cnn(image)
    loss = nn.functional.mse_loss(features, target_content)
    loss = loss + 100 * nn.functional.mse_loss(gram(features), target_style)
    loss.backward()
    optimizer.step()
    print(step, loss.item())
