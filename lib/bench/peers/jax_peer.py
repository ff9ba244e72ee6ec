"""JAX's side of the benchmark: `jit`, a call a step, or `scan`, 20 steps a call."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from answer import answer
from jax_models import (
    conv_velocity,
    gpt,
    mlp_velocity,
    sample_tokens,
    token_log_probs,
)

SCANNED = 20


class Work:
    """Work as a pure step from a state and a key to the next state and values."""

    def __init__(self, way, state, draw, run):
        self.state, self.key = state, jax.random.key(0)
        self.pieces = SCANNED if way == "scan" else 1

        def one(state, key):
            key, used = jax.random.split(key)
            state, values = run(state, **draw(used))
            return state, key, values

        def many(state, key):
            def body(carry, _):
                state, key, values = one(*carry)
                return (state, key), values

            carry, values = jax.lax.scan(body, (state, key), length=SCANNED)
            return *carry, jax.tree.map(lambda x: x[-1], values)

        self.step = jax.jit(many if way == "scan" else one, donate_argnums=0)
        self.given = jax.jit(run)

    def call(self, n):
        for _ in range(n):
            self.state, self.key, values = self.step(self.state, self.key)
        jax.block_until_ready((self.state, values))

    def values(self, draws):
        self.state, values = self.given(self.state, **draws)
        return values


def adam_start(params, members=1):
    """Adam's start; of a population, one of `vmap`, with a member axis throughout."""
    if members > 1:
        params = {
            name: jnp.broadcast_to(p, (members, *p.shape)) for name, p in params.items()
        }
    zeros = lambda: jax.tree.map(jnp.zeros_like, params)
    n = 0 if members == 1 else jnp.zeros(members, jnp.int32)
    return dict(params=jax.tree.map(jnp.array, params), m=zeros(), v=zeros(), n=n)


def population(run, members):
    """The same for a population, whose members share their draws; values [V, M]."""
    if members == 1:
        return run
    return lambda state, **draws: jax.vmap(
        lambda state: run(state, **draws), out_axes=(0, 1)
    )(state)


def adam_step(state, loss, members=1):
    """Adam, each member's gradient clipped by its norm."""

    def total(p):
        losses = loss(p)
        return losses.sum(), losses

    (_, losses), grads = jax.value_and_grad(total, has_aux=True)(state["params"])
    square = lambda g: jnp.square(g).sum(None if members == 1 else tuple(range(1, g.ndim)))
    norm = jnp.sqrt(sum(square(g) for g in grads.values()))
    clip = jnp.minimum(1, 1 / norm)
    n = state["n"] + 1
    correct1, correct2 = 1 - 0.9**n, 1 - 0.999**n

    def update(p, g, m, v):
        g = g * (clip if members == 1 else clip.reshape(-1, *[1] * (g.ndim - 1)))
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        p = p - 1e-3 * (m / correct1) / (jnp.sqrt(v / correct2) + 1e-8)
        return p, m, v

    next = {
        name: update(p, grads[name], state["m"][name], state["v"][name])
        for name, p in state["params"].items()
    }
    params, m, v = ({name: x[i] for name, x in next.items()} for i in range(3))
    return dict(params=params, m=m, v=v, n=n), losses, norm


def flow_training(model, way, params, dim, batch, members=1):
    def draw(key):
        a, b, c = jax.random.split(key, 3)
        return dict(
            x0=jax.random.normal(a, (batch, dim)),
            x1=jax.random.normal(b, (batch, dim)),
            t=jax.random.uniform(c, (batch,)),
        )

    def run(state, x0, x1, t):
        x0, x1, t = x0.reshape(batch, dim), x1.reshape(batch, dim), t.reshape(batch)
        ut = x1 - x0
        xt = x0 + t[:, None] * ut
        if members > 1:
            xt, t, ut = (
                jnp.broadcast_to(x, (members, *x.shape)) for x in (xt, t, ut)
            )
        loss = lambda p: jnp.square(model(p, xt, t) - ut).mean((-2, -1))
        state, losses, _ = adam_step(state, loss, members)
        return state, losses

    return Work(way, adam_start(params), draw, run)


def flow_train(work, way, params):
    return flow_training(mlp_velocity, way, params, 2, work["batch"], work["members"])


def conv_train(work, way, params):
    return flow_training(conv_velocity, way, params, work["side"] ** 2, work["batch"])


def euler(v, x, steps):
    def step(x, i):
        return x + v(x, i / steps) / steps, None

    return jax.lax.scan(step, x, jnp.arange(steps, dtype=jnp.float32))[0]


def flow_sample(work, way, params):
    members = work.get("members", 1)
    shape = (work["batch"], 2) if members == 1 else (members, work["batch"], 2)

    def run(p, x0):
        x1 = euler(lambda x, t: mlp_velocity(p, x, t), x0.reshape(shape), work["steps"])
        return p, x1

    draw = lambda key: dict(x0=jax.random.normal(key, shape))
    return Work(way, params, draw, run)


def completion_logits(p, prompts, tokens, heads):
    read = jnp.concatenate([prompts, tokens[:, :-1]], 1)
    return gpt(p, read, heads)[0][:, prompts.shape[1] - 1 :]


def gpt_train(work, way, params):
    batch, length, vocabulary = work["batch"], work["length"], work["vocabulary"]
    prompts = jnp.full((batch, 1), vocabulary)

    def run(state, tokens):
        tokens = tokens.reshape(batch, length)

        def loss(p):
            logits = completion_logits(p, prompts, tokens, work["heads"])
            return -token_log_probs(logits, tokens).mean()

        return adam_step(state, loss)[:2]

    draw = lambda key: dict(
        tokens=jax.random.randint(key, (batch, length), 0, vocabulary)
    )
    return Work(way, adam_start(params), draw, run)


def gpt_sample(work, way, params):
    shape = work["length"], work["batch"], work["vocabulary"]
    prompts = jnp.full((work["batch"], 1), work["vocabulary"])

    def run(p, u):
        return p, sample_tokens(p, prompts, u.reshape(shape), work["heads"])[1]

    draw = lambda key: dict(u=jax.random.uniform(key, shape))
    return Work(way, params, draw, run)


def graded_reward(x):
    """The kit's graded reward on the ring of 8 modes, x [N, 2], by prompt [4, N / 4]."""
    angles = 2 * math.pi * np.arange(8, dtype=np.float32) / 8
    means = 2 * np.stack([np.cos(angles), np.sin(angles)], 1)
    best = (2 * np.arange(4) + 2) % 8
    table = (1 + np.cos(angles - angles[best][:, None])) / 2  # [4, 8]
    squares = jnp.square(x[:, None] - means).sum(-1)
    shares = jax.nn.softmax(-0.5 * squares / 0.4**2)
    beyond = jnp.sqrt(jnp.maximum(squares.min(-1), 0.4**2)) - 0.4
    left = jnp.exp(-0.5 * jnp.square(beyond / 0.4)).reshape(4, -1)
    return left * (shares.reshape(4, -1, 8) * table[:, None]).sum(-1)


def adrpo_fm(work, way, params):
    samples, updates = 4 * work["perContext"], work["updates"]
    c = np.arange(4).repeat(work["perContext"])

    def draw(key):
        a, b, c = jax.random.split(key, 3)
        return dict(
            noise=jax.random.normal(a, (samples, 2)),
            t=jax.random.uniform(b, (updates, samples)),
            x0=jax.random.normal(c, (updates, samples, 2)),
        )

    def run(state, noise, t, x0):
        v = lambda x, t: mlp_velocity(state["params"], x, t, c)
        x1 = euler(v, noise.reshape(samples, 2), work["sampleSteps"])
        rewards = graded_reward(x1)
        advantages = (rewards - rewards.mean(1, keepdims=True)).reshape(-1)
        next = state
        for x0, t in zip(x0.reshape(updates, samples, 2), t.reshape(updates, samples)):
            ut = x1 - x0
            xt = x0 + t[:, None] * ut
            v_ref = mlp_velocity(params, xt, t, c)

            def loss(p):
                vt = mlp_velocity(p, xt, t, c)
                matching = jnp.square(vt - ut).mean(-1)
                distance = jnp.square(vt - v_ref).mean(-1)
                weight = work["beta0"] - advantages
                return (advantages * matching + weight * distance).mean()

            next, *signals = adam_step(next, loss)
        return next, jnp.stack([rewards.mean(), *signals])

    members = work["members"]
    return Work(way, adam_start(params, members), draw, population(run, members))


def adrpo_grpo(work, way, params):
    vocabulary, length, heads, count = 10, 3, 4, work["perContext"]
    c = np.arange(4).repeat(count)
    targets = np.array([8, 11, 16, 19])[c]
    prompts = jnp.array(vocabulary + c)[:, None]
    shape = length, 4 * count, vocabulary

    def run(state, u):
        tokens, logp_old = sample_tokens(
            state["params"], prompts, u.reshape(shape), heads
        )
        logits_ref = completion_logits(params, prompts, tokens, heads)
        rewards = (tokens.sum(1) == targets).astype(jnp.float32).reshape(4, count)
        centred = rewards - rewards.mean(1, keepdims=True)
        scale = rewards.std(1, ddof=1, keepdims=True) + 1e-4
        advantages = (centred / scale).reshape(-1, 1)

        def loss(p):
            logits = completion_logits(p, prompts, tokens, heads)
            ratio = jnp.exp(token_log_probs(logits, tokens) - logp_old)
            surrogate = -jnp.minimum(
                ratio * advantages, ratio.clip(0.8, 1.2) * advantages
            )
            logps = jax.nn.log_softmax(logits)
            kl = (jnp.exp(logps) * (logps - jax.nn.log_softmax(logits_ref))).sum(-1)
            return (surrogate + (work["beta0"] - advantages) * kl).mean()

        state, *signals = adam_step(state, loss)
        return state, jnp.stack([rewards.mean(), *signals])

    draw = lambda key: dict(u=jax.random.uniform(key, shape))
    members = work["members"]
    return Work(way, adam_start(params, members), draw, population(run, members))


WORKS = {
    work.__name__: work
    for work in (
        flow_train,
        flow_sample,
        conv_train,
        gpt_train,
        gpt_sample,
        adrpo_fm,
        adrpo_grpo,
    )
}


def start(work, way, params):
    one = work.get("members", 1) == 1 or work["kind"].startswith("adrpo")
    arrays = {name: jnp.asarray(p[0] if one else p) for name, p in params.items()}
    return WORKS[work["kind"]](work, way, arrays)


answer({"jax": jax.__version__}, start)
