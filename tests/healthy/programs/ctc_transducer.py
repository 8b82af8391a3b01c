"""CTC with lengths, SpecAugment masks made by hand, and layer drop."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Recognizer(nn.Module):
    def __init__(self, bins=10, vocab=12):
        super().__init__()
        self.conv = nn.Conv1d(bins, 16, 3, stride=2, padding=1)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, norm_first=True)
            for _ in range(3)
        )
        self.out = nn.Linear(16, vocab)

    def forward(self, x):
        if self.training:
            start = int(torch.randint(0, x.size(2) - 4, ()))
            x = x.clone()
            x[:, :, start : start + 4] = 0.0
        h = F.gelu(self.conv(x)).transpose(1, 2)
        for layer in self.layers:
            if self.training and torch.rand(()) < 0.3:
                continue
            h = layer(h)
        return self.out(h).log_softmax(-1)


torch.manual_seed(0)
model = Recognizer()
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(5):
    audio, text = torch.randn(3, 10, 40), torch.randint(1, 12, (3, 6))
    log_probs = model(audio).transpose(0, 1)
    lengths = torch.full((3,), log_probs.size(0))
    loss = F.ctc_loss(log_probs, text, lengths, torch.tensor([6, 5, 4]), zero_infinity=True)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
