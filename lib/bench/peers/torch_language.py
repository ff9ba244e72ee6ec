"""Pretrained language models in PyTorch, as `transformers` runs them, with low-rank
adapters as PEFT has them."""

from contextlib import contextmanager
from pathlib import Path

import torch
import torch.nn.functional as F
from torch_models import DEVICE
from torch_work import Trainer, Work


def language_model(path):
    """A model of a folder in the hub's layout or of a GGUF file; nothing is trained."""
    from transformers import AutoModelForCausalLM

    path = Path(path)
    file = {"gguf_file": path.name} if path.is_file() else {}
    folder = path.parent if path.is_file() else path
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **file)
    return model.requires_grad_(False).to(DEVICE).eval()


class Adapted(torch.nn.Module):
    """A frozen linear layer with a change of low rank, `layer(x) + scale x a' b'`."""

    def __init__(self, layer, a, b, scale):
        super().__init__()
        self.layer, self.factors, self.scale = layer, (a, b), scale
        self.adds = True

    def forward(self, x):
        y = self.layer(x)
        if not self.adds:
            return y
        a, b = self.factors
        return y + F.linear(self.scale * F.linear(x, a), b)


class Adapters:
    """The adapted layers of a model."""

    def __init__(self, model, params, scale):
        self.layers = []
        for name, layer in list(model.named_modules()):
            if f"{name}.lora_A.weight" not in params:
                continue
            a, b = (params[f"{name}.lora_{factor}.weight"] for factor in "AB")
            adapted = Adapted(layer, a, b, scale)
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, adapted)
            self.layers.append(adapted)

    @contextmanager
    def off(self):
        """The base alone."""
        for layer in self.layers:
            layer.adds = False
        yield
        for layer in self.layers:
            layer.adds = True

    @contextmanager
    def merged(self):
        """The changes as part of the weights: a token costs no more than without."""
        weights = [layer.layer.weight for layer in self.layers]
        bases = [weight.data for weight in weights]
        for layer, weight in zip(self.layers, weights):
            a, b = layer.factors
            weight.data = torch.addmm(weight, b, a, alpha=layer.scale)
        with self.off():
            yield
        for weight, base in zip(weights, bases):
            weight.data = base


def draw_answers(model, prompts, length, count=1, forced=None):
    """Draws `count` answers to each prompt with a cache of keys and values, or takes
    those that are forced. A prompt is read once. Returns tokens and log-probabilities,
    each [N, T]."""
    from transformers import DynamicCache

    cache = DynamicCache(config=model.config)
    read = dict(past_key_values=cache, use_cache=True, logits_to_keep=1)
    logits = model(prompts, **read).logits[:, -1]
    if count > 1:
        cache.batch_repeat_interleave(count)
        logits = logits.repeat_interleave(count, 0)
    tokens, logps = [], []
    for t in range(length):
        logp = logits.log_softmax(-1)
        if forced is None:  # The largest of p / Exp(1) is a draw from p.
            chosen = (logp.exp() / torch.empty_like(logp).exponential_()).argmax(-1)
        else:
            chosen = forced[:, t]
        tokens.append(chosen)
        logps.append(logp.gather(-1, chosen[:, None]).squeeze(-1))
        if t < length - 1:
            logits = model(chosen[:, None], **read).logits[:, -1]
    return torch.stack(tokens, 1), torch.stack(logps, 1)


def answer_log_probs(model, prompts, answers):
    """Log-probabilities of answers [N, T] to prompts [N, P], all read at once."""
    read = torch.cat([prompts, answers[:, :-1]], 1)
    length = answers.shape[1]
    logits = model(read, use_cache=False, logits_to_keep=length).logits
    logps = F.cross_entropy(logits.flatten(0, 1), answers.flatten(), reduction="none")
    return -logps.view(answers.shape)


def lora_train(work, params, maybe_compile):
    model = language_model(work["path"])
    vocabulary = model.config.vocab_size
    scale = params.pop("alpha").item() / work["rank"]
    given = work["promptTokens"]

    def loss(_, tokens):
        return -answer_log_probs(model, tokens[:, :given], tokens[:, given:]).mean()

    trainer = Trainer(params, maybe_compile(loss))
    Adapters(model, trainer.params, scale)
    shape = work["batch"], given + work["answerTokens"]
    return Work(
        lambda: dict(tokens=torch.randint(vocabulary, shape, device=DEVICE)),
        lambda tokens: trainer.step(tokens.view(shape).long())[0],
    )


def lm_sample(work, params, maybe_compile):
    model = language_model(work["path"])
    prompts = params["prompts"].view(work["batch"], -1).long()

    @torch.inference_mode()
    def run(answers=None):
        forced = None if answers is None else answers.view(len(prompts), -1).long()
        return draw_answers(model, prompts, work["answerTokens"], forced=forced)[1]

    return Work(dict, run)


def lm_grpo(work, params, maybe_compile):
    model = language_model(work["path"])
    scale = params.pop("alpha").item() / work["rank"]
    count, length = work["perContext"], work["answerTokens"]
    asked = params.pop("prompts").view(work["contexts"], -1).long()
    prompts = asked.repeat_interleave(count, 0)

    def loss(_, answers, logp_old, logp_ref, advantages):
        logp = answer_log_probs(model, prompts, answers)
        ratio = (logp - logp_old).exp()
        surrogate = -torch.minimum(
            ratio * advantages, ratio.clamp(0.8, 1.2) * advantages
        )
        beyond = logp_ref - logp
        kl = beyond.exp() - beyond - 1
        return (surrogate + work["beta"] * kl).mean()

    trainer = Trainer(params, maybe_compile(loss))
    adapters = Adapters(model, trainer.params, scale)

    def run(answers=None):
        forced = None if answers is None else answers.view(len(prompts), -1).long()
        with torch.no_grad():
            with adapters.merged():
                drawn, logp_old = draw_answers(model, asked, length, count, forced)
            with adapters.off():
                logp_ref = answer_log_probs(model, prompts, drawn)
            rewards = (drawn % 2 == 0).float().mean(-1).view(-1, count)
            centred = rewards - rewards.mean(-1, keepdim=True)
            spread = rewards.std(-1, keepdim=True) + 1e-4
            advantages = (centred / spread).view(-1, 1)
        signals = trainer.step(drawn, logp_old, logp_ref, advantages)
        return torch.stack([rewards.mean(), *signals])

    return Work(dict, run)
