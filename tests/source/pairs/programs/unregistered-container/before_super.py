from torch import nn


class Stack(nn.Module):
    def __init__(self, width, depth=3, activation=nn.GELU):
        if depth < 1:
            raise ValueError(f"a stack of {depth} blocks")
        self.depth = depth
        # fix: super(Stack, self).__init__()
        # fix: self.depth = depth
        self.blocks = [nn.Linear(width, width) for _ in range(depth)]  # <- unregistered-container: self.blocks
        # fix: self.blocks = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        super(Stack, self).__init__()
        # fix:
        self.act = activation()
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        for block in self.blocks:
            x = x + self.act(block(x))
        return self.head(x)
