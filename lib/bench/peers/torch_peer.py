"""PyTorch's side of the benchmark: `eager`, `compile` by torch.compile, or `bf16`, losses
under autocast."""

import math
import os
from importlib.metadata import version
from importlib.util import find_spec

import torch
from answer import answer
from torch_language import language_model, lm_grpo, lm_sample, lora_train
from torch_models import (
    DEVICE,
    conv_params,
    conv_velocity,
    gpt,
    mlp_velocity,
    sample_tokens,
    token_log_probs,
)
from torch_pictures import joint_adrpo, joint_sample, joint_train
from torch_sd3 import sd3_adrpo, sd3_sample
from torch_work import Trainer, Work, euler, on_device

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
if DEVICE == "cuda":  # As JAX and TensorFlow multiply on a GPU.
    torch.set_float32_matmul_precision("high")


def flow_training(model, params, dim, batch, maybe_compile, members=1):
    def loss(p, xt, t, ut):
        return (model(p, xt, t) - ut).square().mean((-2, -1))

    trainer = Trainer(params, maybe_compile(loss), members)

    def draw():
        x0, x1 = torch.randn(batch, dim, device=DEVICE), torch.randn(batch, dim, device=DEVICE)
        return dict(x0=x0, x1=x1, t=torch.rand(batch, device=DEVICE))

    def run(x0, x1, t):
        x0, x1, t = x0.view(batch, dim), x1.view(batch, dim), t.view(batch)
        ut = x1 - x0
        xt = x0 + t[:, None] * ut
        if members > 1:
            xt, t, ut = (x.expand(members, *x.shape) for x in (xt, t, ut))
        return trainer.step(xt, t, ut)[0]

    return Work(draw, run)


def flow_train(work, params, maybe_compile):
    return flow_training(
        mlp_velocity, params, 2, work["batch"], maybe_compile, work["members"]
    )


def conv_train(work, params, maybe_compile):
    return flow_training(
        conv_velocity, conv_params(params), work["side"] ** 2, work["batch"], maybe_compile
    )


def flow_sample(work, params, maybe_compile):
    members = work.get("members", 1)
    shape = (work["batch"], 2) if members == 1 else (members, work["batch"], 2)
    v = maybe_compile(lambda x, t: mlp_velocity(params, x, t))

    @torch.inference_mode()
    def run(x0):
        return euler(v, x0.view(shape), work["steps"])

    return Work(lambda: dict(x0=torch.randn(shape, device=DEVICE)), run)


def completion_logits(p, prompts, tokens, heads):
    read = torch.cat([prompts, tokens[:, :-1]], 1)
    return gpt(p, read, heads)[0][:, prompts.shape[1] - 1 :]


def gpt_train(work, params, maybe_compile):
    batch, length, vocabulary = work["batch"], work["length"], work["vocabulary"]
    prompts = torch.full((batch, 1), vocabulary, device=DEVICE)

    def loss(p, tokens):
        logits = completion_logits(p, prompts, tokens, work["heads"])
        return torch.nn.functional.cross_entropy(
            logits.reshape(-1, vocabulary), tokens.reshape(-1)
        )

    trainer = Trainer(params, maybe_compile(loss))
    return Work(
        lambda: dict(tokens=torch.randint(vocabulary, (batch, length), device=DEVICE)),
        lambda tokens: trainer.step(tokens.view(batch, length).long())[0],
    )


def gpt_sample(work, params, maybe_compile):
    shape = work["length"], work["batch"], work["vocabulary"]
    prompts = torch.full((work["batch"], 1), work["vocabulary"], device=DEVICE)
    model = maybe_compile(lambda tokens, cache: gpt(params, tokens, work["heads"], cache))

    @torch.inference_mode()
    def run(u):
        return sample_tokens(model, prompts, u.view(shape))[1]

    return Work(lambda: dict(u=torch.rand(shape, device=DEVICE)), run)


def graded_reward(x):
    """The kit's graded reward on the ring of 8 modes, x [N, 2], by prompt [4, N / 4]."""
    angles = 2 * math.pi * torch.arange(8, device=DEVICE) / 8
    means = 2 * torch.stack([angles.cos(), angles.sin()], 1)
    best = 2 * torch.arange(4, device=DEVICE) + 2
    table = (1 + torch.cos(angles - angles[best % 8][:, None])) / 2  # [4, 8]
    squares = (x[:, None] - means).square().sum(-1)
    shares = torch.softmax(-0.5 * squares / 0.4**2, -1)
    beyond = squares.amin(-1).clamp(min=0.4**2).sqrt() - 0.4
    left = torch.exp(-0.5 * (beyond / 0.4).square()).view(4, -1)
    return left * (shares.view(4, -1, 8) * table[:, None]).sum(-1)


def population(function, members, shared=0):
    """The same of each member by `vmap`, but for the last `shared` arguments."""
    if members == 1:
        return function

    def mapped(*args):
        own = len(args) - shared
        return torch.vmap(function, in_dims=(0,) * own + (None,) * shared)(*args)

    return mapped


def members_of(params, members):
    """The parameters of each member of a population that starts alike."""
    if members == 1:
        return params
    return {name: p.expand(members, *p.shape) for name, p in params.items()}


def adrpo_fm(work, params, maybe_compile):
    samples, members = 4 * work["perContext"], work["members"]
    updates = work["updates"]
    c = torch.arange(4, device=DEVICE).repeat_interleave(work["perContext"])
    one_velocity = lambda p, x, t: mlp_velocity(p, x, t, c)
    velocity = maybe_compile(population(one_velocity, members, shared=1))
    reference_velocity = maybe_compile(mlp_velocity)

    def one_loss(p, xt, ut, v_ref, advantages, t):
        vt = one_velocity(p, xt, t)
        matching = (vt - ut).square().mean(-1)
        return (
            advantages * matching
            + (work["beta0"] - advantages) * (vt - v_ref).square().mean(-1)
        ).mean()

    loss = population(one_loss, members, shared=1)
    trainer = Trainer(members_of(params, members), maybe_compile(loss), members)
    rewarded = population(graded_reward, members)
    each = (samples, 2) if members == 1 else (members, samples, 2)

    def draw():
        return dict(
            noise=torch.randn(samples, 2, device=DEVICE),
            t=torch.rand(updates, samples, device=DEVICE),
            x0=torch.randn(updates, samples, 2, device=DEVICE),
        )

    def run(noise, t, x0):
        with torch.no_grad():
            v = lambda x, t: velocity(trainer.params, x, t)
            x1 = euler(v, noise.view(samples, 2).expand(each), work["sampleSteps"])
            rewards = rewarded(x1)
            advantages = (rewards - rewards.mean(-1, keepdim=True)).flatten(-2)
        for x0, t in zip(x0.view(updates, samples, 2), t.view(updates, samples)):
            ut = x1 - x0
            xt = x0 + t[:, None] * ut
            with torch.no_grad():
                at = t if members == 1 else t.repeat(members)
                c_of = c if members == 1 else c.repeat(members)
                v_ref = reference_velocity(params, xt.reshape(-1, 2), at, c_of)
            signals = trainer.step(xt, ut, v_ref.view(each), advantages, t)
        return torch.stack([rewards.mean((-2, -1)), *signals])

    return Work(draw, run)


def adrpo_grpo(work, params, maybe_compile):
    targets, vocabulary, length, heads = torch.tensor([8, 11, 16, 19], device=DEVICE), 10, 3, 4
    count, members = work["perContext"], work["members"]
    c = torch.arange(4, device=DEVICE).repeat_interleave(count)
    prompts = (vocabulary + c)[:, None]
    read = lambda p, tokens, cache: gpt(p, tokens, heads, cache)
    one_model = maybe_compile(read)

    def sample(p, u):
        return sample_tokens(lambda *args: one_model(p, *args), prompts, u)

    def one_loss(p, tokens, logits_ref, logp_old, advantages):
        logits = completion_logits(p, prompts, tokens, heads)
        logps = logits.log_softmax(-1)
        logp = logps.gather(-1, tokens[..., None]).squeeze(-1)
        ratio = (logp - logp_old).exp()
        surrogate = -torch.minimum(
            ratio * advantages, ratio.clamp(0.8, 1.2) * advantages
        )
        kl = (logps.exp() * (logps - logits_ref.log_softmax(-1))).sum(-1)
        return (surrogate + (work["beta0"] - advantages) * kl).mean()

    loss = population(one_loss, members)
    trainer = Trainer(members_of(params, members), maybe_compile(loss), members)
    sampled = population(sample, members, shared=1)
    shape = length, 4 * count, vocabulary

    def reference_logits(tokens):
        flat = tokens.reshape(-1, length)
        asked = prompts.repeat(len(flat) // len(prompts), 1)
        logits = completion_logits(params, asked, flat, heads)
        return logits.view(*tokens.shape, vocabulary)

    def run(u):
        with torch.no_grad():
            tokens, logp_old = sampled(trainer.params, u.view(shape))
            logits_ref = reference_logits(tokens)
            right = (tokens.sum(-1) == targets[c]).float()
            rewards = right.unflatten(-1, (4, count))
            centred = rewards - rewards.mean(-1, keepdim=True)
            scale = rewards.std(-1, keepdim=True) + 1e-4
            advantages = (centred / scale).flatten(-2)[..., None]
        signals = trainer.step(tokens, logits_ref, logp_old, advantages)
        return torch.stack([rewards.mean((-2, -1)), *signals])

    return Work(lambda: dict(u=torch.rand(shape, device=DEVICE)), run)


WORKS = {
    work.__name__: work
    for work in (
        flow_train,
        flow_sample,
        conv_train,
        gpt_train,
        gpt_sample,
        lora_train,
        lm_sample,
        lm_grpo,
        adrpo_fm,
        adrpo_grpo,
        joint_train,
        joint_sample,
        joint_adrpo,
        sd3_sample,
        sd3_adrpo,
    )
}


def start(work, way, params):
    members = work.get("members", 1)
    tensors = {name: on_device(p) for name, p in params.items()}
    if members == 1 or work["kind"].startswith("adrpo"):
        tensors = {name: p.squeeze(0) for name, p in tensors.items()}
    maybe_compile = {
        "eager": lambda fn: fn,
        "compile": torch.compile,
        "bf16": torch.autocast(DEVICE, torch.bfloat16),
    }[way]
    return WORKS[work["kind"]](work, tensors, maybe_compile)


there = [name for name in ("transformers", "diffusers") if find_spec(name)]
versions = {"torch": torch.__version__, **{name: version(name) for name in there}}
answer(versions, start, load=language_model)
