"""The focal loss wants a prior in the last bias; here every conv gets it."""
import math

import torch
from blocks import Detector
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits


def initialize(model, prior=0.01):
    for m in model.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.normal_(m.weight, std=0.1)
            nn.init.constant_(m.bias, -math.log((1 - prior) / prior))
            # fix: nn.init.zeros_(m.bias)


def main():
    torch.manual_seed(0)
    detector = Detector()
    initialize(detector)
    optimizer = torch.optim.SGD(detector.parameters(), lr=0.1, momentum=0.9)
    images, heat = torch.rand(4, 3, 8, 8), (torch.rand(4, 1, 8, 8) > 0.9).float()
    for _ in range(4):
        loss = binary_cross_entropy_with_logits(detector(images), heat)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


if __name__ == "__main__":
    main()
