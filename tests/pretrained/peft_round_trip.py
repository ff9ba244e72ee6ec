"""Opens with PEFT and transformers what `peft_round_trip.ts` wrote, and compares the
logits. See there for how to run both."""

import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM


def base_of(folder):
    config = json.loads((folder / "adapter/adapter_config.json").read_text())
    return AutoModelForCausalLM.from_pretrained(config["base_model_name_or_path"])


def main():
    failed = False
    for folder in sorted(Path(sys.argv[1]).iterdir()):
        expected = load_file(folder / "logits.safetensors")
        models = {
            "base": base_of(folder),
            "adapter": PeftModel.from_pretrained(base_of(folder), folder / "adapter"),
            "merged": AutoModelForCausalLM.from_pretrained(folder / "merged"),
        }
        for name, model in models.items():
            with torch.no_grad():
                logits = model.eval()(expected["tokens"].long()).logits
            error = (logits - expected["logits"]).abs().max().item()
            ok = error > 0.1 if name == "base" else error < 1e-4
            failed |= not ok
            print(f"{folder.name} {name}: off by {error:.1e}, {'ok' if ok else 'WRONG'}")
    sys.exit(failed)


main()
