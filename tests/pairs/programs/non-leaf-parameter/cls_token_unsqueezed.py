import torch
from torch import nn


class TokenPool(nn.Module):
    """Prepends a learned token and reads it out again."""

    def __init__(self, dim=8):
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(dim))[None, None]  # <- non-leaf-parameter: pool.cls_token
        # fix: self.cls_token = nn.Parameter(torch.randn(dim)[None, None])
        self.mix = nn.TransformerEncoderLayer(dim, 2, 16, dropout=0.0, batch_first=True, activation="gelu")
        self.head = nn.Linear(dim, 2)

    def forward(self, tokens):
        cls = self.cls_token.expand(len(tokens), -1, -1)
        return self.head(self.mix(torch.cat([cls, tokens], 1))[:, 0])


torch.manual_seed(0)
pool = TokenPool()
opt = torch.optim.Adam(pool.parameters(), lr=1e-3)
tokens, labels = torch.randn(4, 3, 8), torch.randint(0, 2, (4,))
for step in range(4):
    loss = nn.functional.cross_entropy(pool(tokens), labels)
    loss.backward()
    opt.step()
    opt.zero_grad()
