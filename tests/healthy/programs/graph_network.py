"""Message passing with scatter, and a sparse adjacency matrix."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class GraphLayer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.message = nn.Linear(2 * dim, dim)
        self.update = nn.GRUCell(dim, dim)

    def forward(self, h, edge_index):
        src, dst = edge_index
        m = F.relu(self.message(torch.cat([h[src], h[dst]], dim=-1)))
        agg = torch.zeros_like(h).index_add(0, dst, m)
        return self.update(agg, h)


class GNN(nn.Module):
    def __init__(self, nodes, dim=8):
        super().__init__()
        self.embed = nn.Linear(4, dim)
        self.layers = nn.ModuleList([GraphLayer(dim), GraphLayer(dim)])
        self.gcn = nn.Parameter(torch.empty(dim, 3))
        nn.init.xavier_uniform_(self.gcn)

    def forward(self, x, edge_index, adj):
        h = self.embed(x)
        for layer in self.layers:
            h = layer(h, edge_index)
        return torch.sparse.mm(adj, h @ self.gcn)


torch.manual_seed(0)
n = 12
edge_index = torch.randint(0, n, (2, 40))
adj = torch.sparse_coo_tensor(edge_index, torch.full((40,), 0.3), (n, n)).coalesce()
x, y = torch.randn(n, 4), torch.randint(0, 3, (n,))
train_mask = torch.arange(n) < 8
model = GNN(n)
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(4):
    out = model(x, edge_index, adj)
    loss = F.cross_entropy(out[train_mask], y[train_mask])
    opt.zero_grad()
    loss.backward()
    opt.step()
    acc = (out.argmax(1)[~train_mask] == y[~train_mask]).float().mean()
    print(epoch, loss.item(), acc.item())
