import torch
from losses import contrastive
from torch import nn


class TwoTower(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Linear(6, 4)
        self.text = nn.Linear(5, 4)

    def forward(self, image, text):
        return self.image(image), self.text(text)


if __name__ == "__main__":
    torch.manual_seed(0)
    model = TwoTower()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    image, text = torch.randn(8, 6), torch.randn(8, 5)
    for step in range(5):
        optimizer.zero_grad()
        loss = contrastive(*model(image, text))
        loss.backward()
        optimizer.step()
