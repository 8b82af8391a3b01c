import torch

from tests.source.pairs.moments import at_calls


def drive(load):
    batches = [(torch.randint(20, (4, 6)), torch.randint(0, 3, (4,))) for _ in range(3)]
    module = load()
    yield from at_calls(
        lambda: module.finetune(batches, 3),
        "BertForSequenceClassification",
        lambda model: {"model.classifier": model.classifier},
    )
