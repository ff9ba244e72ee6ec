"""The kit's models in PyTorch, on dictionaries of parameters without a member axis,
or with one where a population trains."""

import math
import os

import torch
import torch.nn.functional as F

DEVICE = os.environ.get("PEER_DEVICE", "cpu")

RATES = math.pi * (1 + torch.arange(16, device=DEVICE) % 8)
PHASES = torch.where(torch.arange(16, device=DEVICE) < 8, 0.0, math.pi / 2)


def time_features(t):
    return torch.cos(t[..., None] * RATES - PHASES)


def linear(x, kernel, bias):
    if x.ndim == 2:
        return torch.addmm(bias, x, kernel)
    return torch.baddbmm(bias, x, kernel)


def mlp_velocity(p, xt, t, c=None):
    """xt [(M,) N, D]; t [] or [(M,) N]; c [N], left out for one context."""
    features = time_features(t)
    if t.ndim == 0:
        features = features[None]
    embedding = p["context/embedding"]
    context = embedding if c is None else embedding[c]
    h = F.silu(
        linear(xt, p["input/kernel"], context)
        + features @ p["time/kernel"]
    )
    depth = sum(name.startswith("hidden") for name in p) // 2
    for i in range(1, depth + 1):
        h = F.silu(linear(h, p[f"hidden{i}/kernel"], p[f"hidden{i}/bias"]))
    return linear(h, p["output/kernel"], p["output/bias"])


def conv_velocity(p, xt, t):
    """xt [N, 784], t [N]; kernels are [out, in, 3, 3]."""
    side = math.isqrt(xt.shape[1])
    shift = time_features(t) @ p["time/kernel"] + p["context/embedding"]
    h = xt.view(-1, 1, side, side)
    for i in range(1, 5):
        h = F.conv2d(h, p[f"conv{i}/kernel"], p[f"conv{i}/bias"], padding=1)
        if i == 1:
            h = h + shift[:, :, None, None]
        if i < 4:
            h = F.silu(h)
    return h.reshape(xt.shape)


def conv_params(params):
    """Kernels as PyTorch has them, [out, in, 3, 3]."""
    return {
        name: p.permute(3, 2, 0, 1).contiguous() if p.ndim == 4 else p
        for name, p in params.items()
    }


def rms_norm(x):
    return F.rms_norm(x, x.shape[-1:], eps=1e-6)


def gpt(p, tokens, heads, cache=()):
    """Reads tokens [N, S] after a cache of (key, value) a block."""
    n, s = tokens.shape
    start = cache[0][0].shape[2] if cache else 0
    h = p["token/embedding"][tokens] + p["position/embedding"][:, start : start + s]
    depth = sum(name.endswith("/query") for name in p)
    grown = []
    for i in range(depth):
        block = f"block{i + 1}"
        x = rms_norm(h)
        query, key, value = (
            (x @ p[f"{block}/{name}"]).view(n, s, heads, -1).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        if cache:
            key = torch.cat([cache[i][0], key], 2)
            value = torch.cat([cache[i][1], value], 2)
        grown.append((key, value))
        heard = F.scaled_dot_product_attention(query, key, value, is_causal=s > 1)
        h = h + heard.transpose(1, 2).reshape(n, s, -1) @ p[f"{block}/merge"]
        h = h + F.silu(rms_norm(h) @ p[f"{block}/up"]) @ p[f"{block}/down"]
    return rms_norm(h) @ p["output/kernel"], grown


def token_log_probs(logits, tokens):
    return logits.log_softmax(-1).gather(-1, tokens[..., None]).squeeze(-1)


def sample_tokens(model, prompts, u):
    """Draws completions [N, T] by uniform numbers u [T, N, V]."""
    noise = -torch.log(-torch.log(u.clamp_min(2**-26)))
    tokens, logps, cache, unread = [], [], (), prompts
    for step in noise:
        logits, cache = model(unread, cache)
        logits = logits[:, -1]
        chosen = (logits + step).argmax(-1)
        tokens.append(chosen)
        logps.append(token_log_probs(logits, chosen))
        unread = chosen[:, None]
    return torch.stack(tokens, 1), torch.stack(logps, 1)
