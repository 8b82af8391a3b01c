"""Knowledge distillation from a trained teacher in eval mode."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
teacher = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 4))
student = nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 4))
x, y = torch.randn(48, 10), torch.randint(0, 4, (48,))


def train_teacher():
    opt = torch.optim.Adam(teacher.parameters(), lr=1e-2)
    for _ in range(3):
        loss = F.cross_entropy(teacher(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()


def distill(T=3.0, alpha=0.7):
    teacher.eval()
    student.train()
    opt = torch.optim.Adam(student.parameters(), lr=1e-2)
    for step in range(4):
        with torch.no_grad():
            teacher_logits = teacher(x)
        student_logits = student(x)
        soft = F.kl_div(
            F.log_softmax(student_logits / T, dim=1),
            F.softmax(teacher_logits / T, dim=1),
            reduction="batchmean",
        ) * (T * T)
        loss = alpha * soft + (1 - alpha) * F.cross_entropy(student_logits, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(step, loss.item())


train_teacher()
distill()
