"""Semi-supervised mean teacher: the teacher is an average of the student, never differentiated."""

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F


def update_ema(student, teacher, alpha):
    for t, s in zip(teacher.parameters(), student.parameters(), strict=True):
        t.data.mul_(alpha).add_(s.data, alpha=1 - alpha)


torch.manual_seed(0)
student = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 3))
teacher = copy.deepcopy(student)
for p in teacher.parameters():
    p.detach_()

optimizer = torch.optim.SGD(student.parameters(), lr=0.1, momentum=0.9)
x_labeled, y = torch.randn(16, 10), torch.randint(0, 3, (16,))
x_unlabeled = torch.randn(32, 10)

for step in range(5):
    logits = student(x_labeled)
    class_loss = F.cross_entropy(logits, y)
    student_out = student(x_unlabeled + 0.1 * torch.randn_like(x_unlabeled))
    with torch.no_grad():
        teacher_out = teacher(x_unlabeled + 0.1 * torch.randn_like(x_unlabeled))
    consistency = F.mse_loss(student_out.softmax(1), teacher_out.softmax(1))
    weight = min(1.0, (step + 1) / 5)
    loss = class_loss + weight * consistency
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    update_ema(student, teacher, min(1 - 1 / (step + 2), 0.99))
    print(step, loss.item())
