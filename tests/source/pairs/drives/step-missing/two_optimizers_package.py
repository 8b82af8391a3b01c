import torch


def drive(load):
    trainer = load().trainer
    yield {"self.encoder": trainer.encoder}
    for x in torch.randn(3, 8, 4):
        trainer.step(x)
        yield {"self.encoder": trainer.encoder}
