"""Golden numbers for the Llama model, its gradients and ten AdamW steps.

    pip install torch transformers safetensors numpy
    OMP_NUM_THREADS=1 python tests/golden/llama.py

writes `llama_tied.safetensors` and `llama_untied.safetensors` beside this file; README.md lists what they hold.

The reference is Transformers' LlamaForCausalLM computed in float64 and rounded to float32 when stored. Every input
(weights, per-token weights) is exactly representable in float32. The unchanged model in float32 is run as well: the
script fails when the two differ by more than ROUNDING anywhere, and stores the greatest difference of each kind, which
says how much of the tolerance rounding alone takes.
"""

import json
import pathlib

import torch
import transformers
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama import modeling_llama

ROUNDING = 1e-5
OPTIMIZER = {"betas": [0.9, 0.95], "eps": 1e-8, "weight_decay": 0.1, "steps": 10}
SHARED = {"rms_norm_eps": 1e-5, "hidden_act": "silu", "attention_bias": False, "mlp_bias": False}

# AdamW divides each gradient by its own size, so its first steps magnify the rounding error of any element that happens to
# lie near zero. The seeds were picked so that gradients with NOISE (relative to the tensor's greatest) added at every step
# lead to the same weights within DRIFT; most seeds fail this, and a sound float32 implementation would fail with them.
NOISE, DRIFT = 3e-7, 3e-5

# The clip lies inside the range of gradient norms, so that some steps are clipped and some are not.
CASES = {
    "tied": {
        "seed": 9,
        "lr": 3e-3,
        "clip": 1.5,
        "shape": (3, 17),
        "config": {
            "vocab_size": 65,
            "hidden_size": 32,
            "intermediate_size": 88,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 8,
            "max_position_embeddings": 24,
            "tie_word_embeddings": True,
        },
    },
    "untied": {
        "seed": 1,
        "lr": 1e-3,
        "clip": 2.8,
        "shape": (2, 24),
        "config": {
            "vocab_size": 50,
            "hidden_size": 48,
            "intermediate_size": 100,
            "num_hidden_layers": 3,
            "num_attention_heads": 3,
            "num_key_value_heads": 3,
            "head_dim": 16,
            "max_position_embeddings": 24,
            "tie_word_embeddings": False,
        },
    },
}


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name, case in CASES.items():
        path = pathlib.Path(__file__).with_name(f"llama_{name}.safetensors")
        write(path, name, case)


def write(path, name, case):
    config = LlamaConfig(
        **case["config"],
        **SHARED,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        attn_implementation="eager",
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
    )
    inputs = random_inputs(config, case["shape"], case["seed"])
    optimizer = OPTIMIZER | {"lr": case["lr"], "clip": case["clip"]}
    single = train(config, inputs, optimizer, torch.float32)
    with DoublePrecision():
        double = train(config, inputs, optimizer, torch.float64)
        noisy = train(config, inputs, optimizer, torch.float64, NOISE)

    differences, drift = greatest_differences(single, double), greatest_differences(noisy, double)
    assert max(differences.values()) < ROUNDING, differences
    assert drift["after"] < DRIFT, drift

    facts = {
        "config": {**case["config"], **SHARED, "rope_theta": 10000.0},
        "optimizer": optimizer,
        "precision": "computed in float64, stored as float32",
        "float32_differs_by": {kind: float(f"{value:.2g}") for kind, value in differences.items()},
        "made_with": {"torch": torch.__version__, "transformers": transformers.__version__},
    }
    outputs = {key: value.to(torch.float32).contiguous() for key, value in double.items()}
    # One metadata key only: the order of several is not stable from run to run.
    save_file({**inputs, **outputs}, path, metadata={"golden": json.dumps(facts)})
    print(path.name, path.stat().st_size, "bytes; loss", *(round(x, 4) for x in double["step.losses"].tolist()))
    print("  norms", *(round(x, 3) for x in double["step.norms"].tolist()), json.dumps(facts["float32_differs_by"]))


def random_inputs(config, shape, seed):
    """Weights far from trivial, tokens, next tokens, and uneven per-token weights (a third of them zero) that sum to 1."""
    generator = torch.Generator().manual_seed(seed)
    inputs = {}
    for name, parameter in LlamaForCausalLM(config).named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        inputs[name] = 1 + 0.1 * noise if parameter.dim() == 1 else 0.06 * noise
    batch, time = shape
    tokens = torch.randint(config.vocab_size, (batch, time + 1), generator=generator, dtype=torch.int32)
    weights = torch.rand(shape, generator=generator) + 0.05
    weights[torch.rand(shape, generator=generator) < 1 / 3] = 0
    inputs["ids"] = tokens[:, :-1].contiguous()
    inputs["targets"] = tokens[:, 1:].contiguous()
    inputs["weights"] = weights / weights.sum()
    return inputs


def train(config, inputs, settings, dtype, noise=0.0):
    """One forward and backward, then the optimizer's steps on the same batch."""
    generator = torch.Generator().manual_seed(0)
    model = LlamaForCausalLM(config).to(dtype)
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(inputs[name])
    ids, targets, weights = inputs["ids"].long(), inputs["targets"].long(), inputs["weights"].to(dtype)

    def loss_and_logits():
        model.zero_grad()
        logits = model(input_ids=ids, use_cache=False).logits
        each = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
        loss = (weights.flatten() * each).sum()
        loss.backward()
        return loss.detach(), logits.detach()

    loss, logits = loss_and_logits()
    results = {"loss": loss, "logits": logits}
    results |= {f"grad.{name}": parameter.grad.clone() for name, parameter in parameters.items()}

    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in parameters.values() if p.dim() >= 2], "weight_decay": settings["weight_decay"]},
            {"params": [p for p in parameters.values() if p.dim() < 2], "weight_decay": 0.0},
        ],
        lr=settings["lr"],
        betas=settings["betas"],
        eps=settings["eps"],
    )
    losses, norms = [], []
    for _ in range(settings["steps"]):
        losses.append(loss_and_logits()[0])
        for parameter in parameters.values():
            gradient = parameter.grad
            draw = torch.randn(gradient.shape, generator=generator, dtype=dtype)
            # Where it is exactly zero, as in the row of an unused token, every implementation agrees.
            gradient += noise * gradient.abs().max() * draw * (gradient != 0)
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clip"]))
        optimizer.step()
    results |= {"grad_norm": norms[0], "step.losses": torch.stack(losses), "step.norms": torch.stack(norms)}
    return results | {f"after.{name}": parameter.detach() for name, parameter in parameters.items()}


class DoublePrecision:
    """Lets Transformers' Llama compute in float64 throughout.

    Its RMSNorm, softmax and rotary embedding go through float32 whatever the weights are: the first two ask for
    `torch.float32` by name, so within that module the name means float64; the rotary embedding is replaced.
    """

    float32 = torch.float64

    def __getattr__(self, name):
        return getattr(torch, name)

    def __enter__(self):
        self.rotary = modeling_llama.LlamaRotaryEmbedding
        modeling_llama.torch = self
        modeling_llama.LlamaRotaryEmbedding = Rotary

    def __exit__(self, *_):
        modeling_llama.torch = torch
        modeling_llama.LlamaRotaryEmbedding = self.rotary


class Rotary(torch.nn.Module):
    """Cosines and sines [1, T, head_dim] in float64; pairs are (i, i + head_dim / 2)."""

    def __init__(self, config):
        super().__init__()
        exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float64) / config.head_dim
        self.frequencies = config.rope_parameters["rope_theta"] ** -exponents

    def forward(self, _, position_ids):
        angles = position_ids[..., None].double() * self.frequencies
        angles = torch.cat([angles, angles], dim=-1)
        return angles.cos(), angles.sin()


def greatest_differences(results, references):
    """The greatest relative error of each kind of result; a kind is what stands before the first dot of a name."""
    differences = {}
    for name, reference in references.items():
        kind = name.split(".")[0]
        differences[kind] = max(differences.get(kind, 0.0), relative_error(results[name], reference))
    return differences


def relative_error(value, reference):
    """Greatest difference over the tensor's greatest magnitude."""
    return ((value.double() - reference).abs().max() / reference.abs().max()).item()


if __name__ == "__main__":
    main()
