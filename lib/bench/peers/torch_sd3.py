"""Stable Diffusion 3 in PyTorch, as `diffusers` runs it, with low-rank adapters as PEFT has
them."""

import torch
from torch_language import Adapters
from torch_models import DEVICE
from torch_work import Trainer, Work, fm_iteration, fm_loss


def transformer(path):
    """The transformer of a pipeline; nothing is trained."""
    from diffusers import SD3Transformer2DModel

    model = SD3Transformer2DModel.from_pretrained(path, subfolder="transformer")
    return model.requires_grad_(False).to(DEVICE).eval()


def prompted(work, params):
    """The transformer, given the prompts of each latent, and the shape of all latents."""
    model = transformer(work["path"])
    given = {
        name: params.pop(name).repeat_interleave(work["perContext"], 0)
        for name in ("encoder_hidden_states", "pooled_projections")
    }
    count = work["prompts"] * work["perContext"]

    def predict(x, timestep):
        return model(hidden_states=x, timestep=timestep.expand(count), **given).sample

    return model, predict, (count, model.config.in_channels, work["side"], work["side"])


def sd3_sample(work, params, maybe_compile):
    from diffusers import FlowMatchEulerDiscreteScheduler

    _, predict, shape = prompted(work, params)
    predict = maybe_compile(predict)
    scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(work["path"], subfolder="scheduler")

    @torch.inference_mode()
    def run(noise):
        scheduler.set_timesteps(work["steps"], device=DEVICE)
        x = noise.view(shape)
        for timestep in scheduler.timesteps:
            x = scheduler.step(predict(x, timestep), timestep, x).prev_sample
        return x

    return Work(lambda: dict(noise=torch.randn(shape, device=DEVICE)), run)


def sd3_adrpo(work, params, maybe_compile):
    model, predict, shape = prompted(work, params)
    scale = params.pop("alpha").item() / work["rank"]

    def velocity(_, x, t):  # From noise to data; that of diffusers is from data to noise.
        return -predict(x, 1000 * (1 - t))

    trainer = Trainer(params, maybe_compile(fm_loss(velocity, work["beta0"])))
    adapters = Adapters(model, trainer.params, scale)
    compiled = maybe_compile(velocity)

    def reference(x, t):
        with adapters.off():
            return compiled(None, x, t)

    return fm_iteration(work, trainer, compiled, reference, shape)
