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


def euler(v, x, steps):
    for t in (torch.arange(steps, device=DEVICE) / steps).unbind():
        x = x + v(x, t) / steps
    return x


def fm_iteration(work, trainer, velocity, reference, shape):
    """An iteration of ADRPO-FM: samples are drawn and rewarded by how bright they are, and
    the parameters take steps by `fm_loss`. `velocity(params, x, t)` is trained,
    `reference(x, t)` is not; `shape` is that of all samples."""
    updates = work["updates"]

    def draw():
        return dict(
            noise=torch.randn(shape, device=DEVICE),
            t=torch.rand(updates, shape[0], device=DEVICE),
            x0=torch.randn(updates, *shape, device=DEVICE),
        )

    def run(noise, t, x0):
        with torch.no_grad():
            v = lambda x, t: velocity(trainer.params, x, t)
            x1 = euler(v, noise.view(shape), work["sampleSteps"])
            rewards = x1.flatten(1).mean(-1).sigmoid().view(work["prompts"], -1)
            advantages = (rewards - rewards.mean(-1, keepdim=True)).flatten()
        for x0, t in zip(x0.view(updates, *shape), t.view(updates, -1)):
            ut = x1 - x0
            xt = x0 + t.view(-1, *[1] * (x0.ndim - 1)) * ut
            with torch.no_grad():
                v_ref = reference(xt, t)
            signals = trainer.step(xt, t, ut, v_ref, advantages)
        return torch.stack([rewards.mean(), *signals])

    return Work(draw, run)


def fm_loss(velocity, beta0):
    """The loss of ADRPO-FM, to be trained."""

    def loss(params, xt, t, ut, v_ref, advantages):
        vt = velocity(params, xt, t)
        near = (vt - v_ref).square().flatten(1).mean(-1)
        matching = (vt - ut).square().flatten(1).mean(-1)
        return (advantages * matching + (beta0 - advantages) * near).mean()

    return loss
