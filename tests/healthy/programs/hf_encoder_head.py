"""A library's encoder with its lower layer frozen, a head of one's own, discriminative rates."""

import torch
import torch.nn as nn
from transformers import BertConfig, BertModel


class SentenceClassifier(nn.Module):
    def __init__(self, classes):
        super().__init__()
        config = BertConfig(
            vocab_size=60,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=24,
        )
        self.bert = BertModel(config)
        for p in self.bert.embeddings.parameters():
            p.requires_grad = False
        for p in self.bert.encoder.layer[0].parameters():
            p.requires_grad = False
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(16, classes)

    def forward(self, ids, attention_mask):
        hidden = self.bert(ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).float()
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        return self.classifier(self.dropout(pooled))


torch.manual_seed(0)
model = SentenceClassifier(3)
optimizer = torch.optim.AdamW(
    [
        {"params": model.bert.parameters(), "lr": 2e-5},
        {"params": model.classifier.parameters(), "lr": 1e-3},
    ]
)
model.train()
for step in range(4):
    ids, labels = torch.randint(1, 60, (6, 9)), torch.randint(0, 3, (6,))
    attention_mask = (torch.arange(9) < torch.randint(4, 10, (6, 1))).long()
    loss = nn.functional.cross_entropy(model(ids, attention_mask), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
