import torch
from torch import nn


class PerTaskScale(nn.Module):
    def __init__(self, tasks):
        super().__init__()
        self.tasks = tasks
        self.body = nn.Linear(4, 4)
        for task in tasks:
            self.register_buffer(f"scale_{task}", torch.full((4,), 0.5).requires_grad_())  # <- buffer-not-parameter: model.scale_depth, model.scale_normal
            # fix: self.register_parameter(f"scale_{task}", nn.Parameter(torch.full((4,), 0.5)))

    def forward(self, x, task):
        return torch.tanh(self.body(x)) * self.get_buffer(f"scale_{task}")
        # fix: return torch.tanh(self.body(x)) * self.get_parameter(f"scale_{task}")


torch.manual_seed(0)
model = PerTaskScale(["depth", "normal"])
opt = torch.optim.AdamW(model.parameters(), lr=0.01)
x, y = torch.randn(8, 4), torch.randn(8, 4)
for step in range(6):
    opt.zero_grad()
    loss = sum((model(x, task) - y).pow(2).mean() for task in model.tasks)
    loss.backward()
    opt.step()
