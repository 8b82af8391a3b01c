import torch
from torch import nn


class GraphLayer(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.message = nn.Linear(n_in, n_out)
        self.root = nn.Linear(n_in, n_out)

    def forward(self, x, adjacency):
        pairs = self.message(x).unsqueeze(0).expand(len(x), -1, -1)
        absent = adjacency.unsqueeze(-1) <= 1
        # fix: absent = adjacency.unsqueeze(-1) < 1
        pairs = pairs.masked_fill(absent, 0.0)  # <- multiplied-by-zero: gnn.first.message.*, gnn.second.message.*
        return self.root(x) + pairs.sum(1)


class GNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = GraphLayer(4, 8), GraphLayer(8, 2)

    def forward(self, x, adjacency):
        return self.second(torch.tanh(self.first(x, adjacency)), adjacency)


torch.manual_seed(0)
gnn = GNN()
optimizer = torch.optim.Adam(gnn.parameters(), lr=1e-2)
nodes, adjacency = torch.randn(9, 4), (torch.rand(9, 9) > 0.6).long()
labels = torch.randint(0, 2, (9,))
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(gnn(nodes, adjacency), labels).backward()
    optimizer.step()
