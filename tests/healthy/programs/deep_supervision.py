"""A small U-Net with losses at several depths."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def double_conv(i, o):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True)
    )


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = double_conv(1, 4), double_conv(4, 8)
        self.bottom = double_conv(8, 8)
        self.up = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.dec = double_conv(12, 4)
        self.out = nn.Conv2d(4, 1, 1)
        self.aux = nn.ModuleList([nn.Conv2d(8, 1, 1), nn.Conv2d(8, 1, 1)])

    def forward(self, x):
        d1 = self.down1(x)
        d2 = self.down2(F.max_pool2d(d1, 2))
        bottom = self.bottom(d2)
        up = torch.cat([self.up(bottom), d1], dim=1)
        main = self.out(self.dec(up))
        if self.training:
            return [main, self.aux[0](bottom), self.aux[1](d2)]
        return main


torch.manual_seed(0)
net = UNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(4):
    image = torch.randn(2, 1, 8, 8)
    mask = (image > 0).float()
    loss = 0
    for weight, out in zip([1.0, 0.4, 0.2], net(image), strict=True):
        target = F.interpolate(mask, size=out.shape[-2:])
        loss = loss + weight * F.binary_cross_entropy_with_logits(out, target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    net.eval()
    with torch.no_grad():
        dice = 2 * ((net(image) > 0).float() * mask).sum() / (mask.sum() + 1)
    net.train()
    print(step, loss.item(), dice.item())
