"""What all of PyTorch's work is made of."""

import torch
from torch_models import DEVICE


class Work:
    """Work whose draws are given, or else new."""

    pieces = 1

    def __init__(self, draw, run):
        self.draw, self.run = draw, run

    def call(self, n):
        for _ in range(n):
            self.run(**self.draw())
        if DEVICE == "cuda":
            torch.cuda.synchronize()

    def values(self, draws):
        return self.run(**{name: on_device(x) for name, x in draws.items()}).cpu()


def on_device(array):
    return torch.from_numpy(array).to(DEVICE)


class Trainer:
    """Adam, each member's gradient clipped by its norm."""

    def __init__(self, params, loss, members=1):
        self.params = {name: p.clone().requires_grad_() for name, p in params.items()}
        self.loss, self.members = loss, members
        self.adam = torch.optim.Adam(self.params.values(), lr=1e-3, fused=True)

    def step(self, *args):
        loss = self.loss(self.params, *args)
        self.adam.zero_grad()
        loss.sum().backward()
        norm = self.clip()
        self.adam.step()
        return loss.detach(), norm

    def clip(self):
        if self.members == 1:
            return torch.nn.utils.clip_grad_norm_(self.params.values(), 1)
        grads = [p.grad for p in self.params.values()]
        norms = torch.stack([g.flatten(1).norm(dim=1) for g in grads]).norm(dim=0)
        scale = (1 / norms).clamp(max=1)
        torch._foreach_mul_(grads, [scale.view(-1, *[1] * (g.ndim - 1)) for g in grads])
        return norms
