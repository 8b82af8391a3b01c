import torch

from tests.source.pairs.moments import at_calls


def drive(load):
    tasks = ["a", "b"]
    batches = [(torch.randn(6, 8), {task: torch.randn(6, 1) for task in tasks}) for _ in range(3)]
    module = load()
    yield from at_calls(
        lambda: module.fit(tasks, batches),
        "MultiTask",
        lambda model: {"self.trunk": model.trunk, "self.heads": model.heads},
    )
