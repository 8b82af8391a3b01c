import torch


def drive(load):
    stack = load().Stack(4)
    optimizer = torch.optim.SGD(stack.parameters(), lr=0.1)

    yield {"self.blocks": [block.weight for block in stack.blocks]}
    for x in torch.randn(3, 8, 4):
        optimizer.zero_grad()
        (stack(x) - 1).square().mean().backward()
        optimizer.step()
        yield {"self.blocks": [block.weight for block in stack.blocks]}
