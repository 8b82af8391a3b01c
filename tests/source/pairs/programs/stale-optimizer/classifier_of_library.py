import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, BertConfig


def config():
    return BertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    )


def finetune(batches, classes):
    model = AutoModelForSequenceClassification.from_config(config())
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    # fix:
    model.classifier = nn.Linear(8, classes)  # <- stale-optimizer: model.classifier
    # fix+ optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for tokens, labels in batches:
        logits = model(input_ids=tokens).logits
        loss = nn.functional.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return None
