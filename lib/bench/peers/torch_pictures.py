"""The small flow of pictures from text in PyTorch, and the work on it."""

import torch
import torch.nn.functional as F
from torch_models import DEVICE, rms_norm, time_features
from torch_work import Trainer, Work, euler, fm_iteration, fm_loss

DIM = 288  # Numbers of a latent.


def modulated(h, shift, scale):
    return rms_norm(h) * (1 + scale) + shift


def joint_block(p, block, tokens, condition, heads, last):
    """Tokens [N, T, width] of the picture and of the text; condition [N, width]."""
    streams = []
    for name, h in zip(("picture", "text"), tokens):
        own = lambda part, name=name: p[f"{block}/{name}/{part}"]
        ends = last and name == "text"
        shift, scale, *more = (condition @ own("modulate"))[:, None].chunk(2 if ends else 6, -1)
        projected = modulated(h, shift, scale) @ own("attend")
        value, key, *query = (
            x.unflatten(-1, (heads, -1)) for x in projected.chunk(2 if ends else 3, -1)
        )
        key = rms_norm(key) * (1 + own("key").view(-1))
        query = [rms_norm(q) * (1 + own("query").view(-1)) for q in query]
        streams.append((own, h, more, query, key, value))
    query = torch.cat([q for stream in streams for q in stream[3]], 1)
    key, value = (torch.cat([stream[i] for stream in streams], 1) for i in (4, 5))
    mixed = F.scaled_dot_product_attention(*(x.transpose(1, 2) for x in (query, key, value)))
    mixed, after = mixed.transpose(1, 2).flatten(2), []
    for own, h, more, *_ in streams:
        if more:
            gate, shift, scale, gate_after = more
            h = h + gate * (mixed[:, : h.shape[1]] @ own("merge"))
            mixed = mixed[:, h.shape[1] :]
            up = F.silu(modulated(h, shift, scale) @ own("up"))
            h = h + gate_after * (up @ own("down"))
        after.append(h)
    return after


def joint_velocity(p, xt, t, given, heads=2):
    """xt [N, D], t [] or [N], texts given [N, T, E]."""
    channels = p["picture/kernel"].shape[0]
    picture = xt.unflatten(-1, (-1, channels)) @ p["picture/kernel"] + p["picture/position"]
    text = given @ p["text/kernel"] + p["text/position"]
    time = time_features(t) @ p["time/kernel"]
    both = F.silu(time + given.mean(1) @ p["condition/text"])
    condition = F.silu(both @ p["condition/kernel"])
    tokens, depth = (picture, text), sum(name.endswith("/picture/attend") for name in p)
    for i in range(1, depth + 1):
        tokens = joint_block(p, f"block{i}", tokens, condition, heads, i == depth)
    shift, scale = (condition @ p["output/modulate"])[:, None].chunk(2, -1)
    return (modulated(tokens[0], shift, scale) @ p["output/kernel"]).flatten(1)


def texts_of(work, params):
    return params.pop("texts").repeat_interleave(work["perContext"], 0)


def joint_train(work, params, maybe_compile):
    given = texts_of(work, params)
    shape = len(given), DIM

    def loss(p, xt, t, ut):
        return (joint_velocity(p, xt, t, given) - ut).square().mean()

    trainer = Trainer(params, maybe_compile(loss))

    def draw():
        x0, x1 = (torch.randn(shape, device=DEVICE) for _ in range(2))
        return dict(x0=x0, x1=x1, t=torch.rand(len(given), device=DEVICE))

    def run(x0, x1, t):
        x0, x1, t = x0.view(shape), x1.view(shape), t.view(-1)
        return trainer.step(x0 + t[:, None] * (x1 - x0), t, x1 - x0)[0]

    return Work(draw, run)


def joint_sample(work, params, maybe_compile):
    given = texts_of(work, params)
    shape = len(given), DIM
    v = maybe_compile(lambda x, t: joint_velocity(params, x, t, given))

    @torch.inference_mode()
    def run(x0):
        return euler(v, x0.view(shape), work["steps"])

    return Work(lambda: dict(x0=torch.randn(shape, device=DEVICE)), run)


def joint_adrpo(work, params, maybe_compile):
    given = texts_of(work, params)
    velocity = lambda p, x, t: joint_velocity(p, x, t, given)
    trainer = Trainer(params, maybe_compile(fm_loss(velocity, work["beta0"])))
    compiled = maybe_compile(velocity)
    reference = lambda x, t: compiled(params, x, t)
    return fm_iteration(work, trainer, compiled, reference, (len(given), DIM))
