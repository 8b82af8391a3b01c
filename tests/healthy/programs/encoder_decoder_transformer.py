"""nn.Transformer for a copy task, learned positions, padding masks, Noam schedule, clipping."""

import torch
import torch.nn as nn


class Copier(nn.Module):
    def __init__(self, vocab=20, dim=16):
        super().__init__()
        self.source = nn.Embedding(vocab, dim, padding_idx=0)
        self.target = nn.Embedding(vocab, dim, padding_idx=0)
        self.position = nn.Parameter(torch.randn(1, 16, dim) * 0.02)
        self.transformer = nn.Transformer(dim, 2, 1, 1, 32, batch_first=True)
        self.out = nn.Linear(dim, vocab)

    def forward(self, src, tgt):
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1))
        h = self.transformer(
            self.source(src) + self.position[:, : src.size(1)],
            self.target(tgt) + self.position[:, : tgt.size(1)],
            tgt_mask=mask,
            src_key_padding_mask=torch.where(src == 0, float("-inf"), 0.0),
        )
        return self.out(h)


torch.manual_seed(0)
model = Copier()
opt = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
schedule = torch.optim.lr_scheduler.LambdaLR(
    opt, lambda step: 16**-0.5 * min((step + 1) ** -0.5, (step + 1) * 400**-1.5)
)
for step in range(4):
    src = torch.randint(1, 20, (4, 7))
    src[:, 5:] = 0
    logits = model(src, src[:, :-1])
    loss = nn.functional.cross_entropy(
        logits.reshape(-1, 20), src[:, 1:].reshape(-1), ignore_index=0
    )
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
    schedule.step()
    print(step, loss.item())
