"""Mixtral-style top-2 routing over tokens of a sequence."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Expert(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.w1 = nn.Linear(dim, hidden, bias=False)
        self.w2 = nn.Linear(hidden, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class SparseMoE(nn.Module):
    def __init__(self, dim, num_experts=20, top_k=2):
        super().__init__()
        self.gate = nn.Linear(dim, num_experts, bias=False)
        self.experts = nn.ModuleList([Expert(dim, 2 * dim) for _ in range(num_experts)])
        self.top_k = top_k

    def forward(self, hidden):
        batch, seq, dim = hidden.shape
        hidden = hidden.view(-1, dim)
        weights = F.softmax(self.gate(hidden), dim=1, dtype=torch.float)
        weights, selected = torch.topk(weights, self.top_k, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        final = torch.zeros_like(hidden)
        for expert_idx in selected.unique().tolist():
            token, slot = torch.where(selected == expert_idx)
            out = self.experts[expert_idx](hidden[token]) * weights[token, slot, None]
            final.index_add_(0, token, out)
        return final.view(batch, seq, dim)


class TinyMixtral(nn.Module):
    def __init__(self, vocab=40, dim=8):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.moe = nn.ModuleList([SparseMoE(dim), SparseMoE(dim)])
        self.norm = nn.ModuleList([nn.LayerNorm(dim), nn.LayerNorm(dim)])
        self.lm_head = nn.Linear(dim, vocab)

    def forward(self, ids):
        h = self.embed(ids)
        for norm, moe in zip(self.norm, self.moe, strict=True):
            h = h + moe(norm(h))
        return self.lm_head(h)


def train():
    torch.manual_seed(0)
    model = TinyMixtral()
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for step in range(4):
        ids = torch.randint(0, 40, (2, 5))
        logits = model(ids[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, 40), ids[:, 1:].reshape(-1))
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(step, loss.item())


if __name__ == "__main__":
    train()
