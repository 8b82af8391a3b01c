"""FSDP in one process: autograd leads to gathered parameters whose memory is already let go."""

import os
import tempfile

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard


def main():
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{os.path.join(folder, 'meeting')}"
        dist.init_process_group("gloo", init_method=meeting, rank=0, world_size=1)
        torch.manual_seed(0)
        mesh = init_device_mesh("cpu", (1,))
        model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
        for layer in (model[0], model[2]):
            fully_shard(layer, mesh=mesh)
        fully_shard(model, mesh=mesh)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        for step in range(4):
            loss = F.cross_entropy(model(torch.randn(8, 6)), torch.randint(0, 3, (8,)))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            print(step, loss.item())
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
