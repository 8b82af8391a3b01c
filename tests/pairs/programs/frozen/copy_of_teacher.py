import copy

import torch
from torch import nn


def make_teacher():
    teacher = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 4))
    return teacher.eval().requires_grad_(False)


torch.manual_seed(0)
teacher = make_teacher()
student = copy.deepcopy(teacher)  # <- frozen: student.*
# fix: student = copy.deepcopy(teacher).requires_grad_(True)
for p in student.parameters():
    nn.init.normal_(p)
optimizer = torch.optim.AdamW(student.parameters(), lr=1e-2)
for _ in range(4):
    x = torch.randn(8, 4)
    loss = (student(x) - teacher(x)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
