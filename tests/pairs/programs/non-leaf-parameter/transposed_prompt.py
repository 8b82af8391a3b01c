import torch
from torch import nn

CONFIG = {"length": 3, "dim": 6}


class PromptTuner(nn.Module):
    def __init__(self, config):
        super().__init__()
        shape = config["dim"], config["length"]
        self.prompt = nn.Parameter(torch.randn(*shape)).t()  # <- non-leaf-parameter: tuner.prompt
        # fix: self.prompt = nn.Parameter(torch.randn(*shape).t())
        self.rnn = nn.GRU(config["dim"], 5, batch_first=True)
        self.out = nn.Linear(5, 1)

    def forward(self, x):
        prompt = self.prompt.unsqueeze(0).repeat(x.size(0), 1, 1)
        hidden, _ = self.rnn(torch.cat((prompt, x), dim=1))
        return self.out(hidden[:, -1])


torch.manual_seed(0)
tuner = PromptTuner(CONFIG)
opt = torch.optim.AdamW(tuner.parameters(), lr=1e-2)
x, y = torch.randn(4, 2, 6), torch.randn(4, 1)
for _ in range(4):
    opt.zero_grad()
    (tuner(x) - y).abs().mean().backward()
    opt.step()
