"""The kit's models in JAX, on dictionaries of parameters without a member axis, or
with one where a population trains."""

import math

import jax
import jax.numpy as jnp
import numpy as np

RATES = np.float32(math.pi) * (1 + np.arange(16) % 8).astype(np.float32)
PHASES = np.where(np.arange(16) < 8, 0, math.pi / 2).astype(np.float32)


def time_features(t):
    return jnp.cos(t[..., None] * RATES - PHASES)


def mlp_velocity(p, xt, t, c=None):
    """xt [(M,) N, D]; t [] or [(M,) N]; c [N], left out for one context."""
    features = time_features(t)
    if t.ndim == 0:
        features = features[None]
    embedding = p["context/embedding"]
    context = embedding if c is None else embedding[c]
    h = jax.nn.silu(xt @ p["input/kernel"] + features @ p["time/kernel"] + context)
    depth = sum(name.startswith("hidden") for name in p) // 2
    for i in range(1, depth + 1):
        h = jax.nn.silu(h @ p[f"hidden{i}/kernel"] + p[f"hidden{i}/bias"])
    return h @ p["output/kernel"] + p["output/bias"]


def conv_velocity(p, xt, t):
    """xt [N, 784], t [N]."""
    side = math.isqrt(xt.shape[1])
    shift = time_features(t) @ p["time/kernel"] + p["context/embedding"]
    h = xt.reshape(-1, side, side, 1)
    for i in range(1, 5):
        h = p[f"conv{i}/bias"] + jax.lax.conv_general_dilated(
            h,
            p[f"conv{i}/kernel"],
            (1, 1),
            "SAME",
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )
        if i == 1:
            h = h + shift[:, None, None]
        if i < 4:
            h = jax.nn.silu(h)
    return h.reshape(xt.shape)


def rms_norm(x):
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-6)


def depth_of(p):
    return sum(name.endswith("/query") for name in p)


def gpt(p, tokens, heads, start=0, caches=None):
    """Reads tokens [N, S]. With caches of full length, a (key, value) a block of
    [N, length, heads, size], they are written from `start` on and read up to there.
    """
    n, s = tokens.shape
    positions = jax.lax.dynamic_slice_in_dim(p["position/embedding"], start, s, 1)
    h = p["token/embedding"][tokens] + positions
    written = []
    for i in range(depth_of(p)):
        block = f"block{i + 1}"
        x = rms_norm(h)
        query, key, value = (
            (x @ p[f"{block}/{name}"]).reshape(n, s, heads, -1)
            for name in ("query", "key", "value")
        )
        if caches is not None:
            key, value = (
                jax.lax.dynamic_update_slice_in_dim(cache, new, start, 1)
                for cache, new in zip(caches[i], (key, value))
            )
        written.append((key, value))
        scores = jnp.einsum("nshd,nrhd->nhsr", query, key) / math.sqrt(query.shape[-1])
        seen = jnp.arange(key.shape[1]) <= start + jnp.arange(s)[:, None]
        weights = jax.nn.softmax(jnp.where(seen, scores, -1e9))
        heard = jnp.einsum("nhsr,nrhd->nshd", weights, value).reshape(n, s, -1)
        h = h + heard @ p[f"{block}/merge"]
        h = h + jax.nn.silu(rms_norm(h) @ p[f"{block}/up"]) @ p[f"{block}/down"]
    return rms_norm(h) @ p["output/kernel"], written


def token_log_probs(logits, tokens):
    logps = jax.nn.log_softmax(logits)
    return jnp.take_along_axis(logps, tokens[..., None], -1)[..., 0]


def sample_tokens(p, prompts, u, heads):
    """Draws completions [N, T] after prompts [N, 1] by uniform numbers u [T, N, V]."""
    steps, n, _ = u.shape
    noise = -jnp.log(-jnp.log(jnp.maximum(u, 2**-26)))
    width = p["token/embedding"].shape[1]
    empty = jnp.zeros((n, steps, heads, width // heads))

    def step(carry, at):
        unread, caches = carry
        i, noise = at
        logits, caches = gpt(p, unread, heads, i, caches)
        logits = logits[:, -1]
        chosen = (logits + noise).argmax(-1)
        return (chosen[:, None], caches), (chosen, token_log_probs(logits, chosen))

    caches = [(empty, empty)] * depth_of(p)
    _, (tokens, logps) = jax.lax.scan(
        step, (prompts, caches), (jnp.arange(steps), noise)
    )
    return tokens.T, logps.T
