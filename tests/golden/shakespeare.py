"""A reference training curve: Transformers' LlamaForCausalLM on a text, in bits per byte of its last tenth.

    pip install torch transformers tokenizers
    OMP_NUM_THREADS=1 python tests/golden/shakespeare.py TEXT [--seeds 0 1 2] [--untied] [--sampling epochs]

Prints a line of JSON at each quarter of the million tokens, and at the end the mean and standard deviation over the seeds.
Single seeds lie up to 0.06 bits per byte apart, so compare means over several seeds.

Settings: byte-level BPE of 1,024 trained on the first nine tenths; 4 layers, width 128, 4 heads, feed-forward 344, context
128, weights from N(0, 0.02), norms 1; batch 8 x 128 tokens, AdamW (0.9, 0.95), decay 0.1 on matrices (the embedding too),
peak 2e-3 after 50 steps of warm-up, cosine to a tenth, gradients clipped to norm 1.
"""

import argparse
import json
import math
import pathlib
import statistics
import time

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM

VOCAB, CONTEXT, BATCH = 1024, 128, 8
STEPS = math.ceil(1_000_000 / (BATCH * CONTEXT))
PEAK, WARMUP, FINAL, CLIP = 2e-3, 50, 0.1, 1.0


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("text", type=pathlib.Path)
    arguments.add_argument("--seeds", type=int, nargs="+", default=[0])
    arguments.add_argument("--untied", action="store_true", help="an output matrix of its own")
    arguments.add_argument("--sampling", choices=["random", "epochs"], default="random", help="see `windows`")
    arguments = arguments.parse_args()
    torch.set_num_threads(1)

    text = arguments.text.read_text(encoding="utf-8")
    cut = len(text) * 9 // 10
    tokenizer = train_tokenizer(text[:cut])
    corpus, held_out = (torch.tensor(tokenizer.encode(part).ids) for part in (text[:cut], text[cut:]))
    print(json.dumps({"training_tokens": len(corpus), "held_out_tokens": len(held_out)}), flush=True)

    curves = []
    for seed in arguments.seeds:
        curve = []
        for point in train(corpus, held_out, tokenizer, seed, not arguments.untied, arguments.sampling):
            print(json.dumps({"seed": seed, **point}), flush=True)
            curve.append(point["bits_per_byte"])
        curves.append(curve)
    if len(curves) > 1:
        quarters = list(zip(*curves))
        mean = [round(statistics.mean(quarter), 4) for quarter in quarters]
        deviation = [round(statistics.stdev(quarter), 4) for quarter in quarters]
        print(json.dumps({"seeds": arguments.seeds, "mean": mean, "standard_deviation": deviation}))


def train_tokenizer(text):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCAB, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def train(corpus, held_out, tokenizer, seed, tied, sampling):
    """Yields validation and speed at each quarter of the run; the time excludes validation."""
    torch.manual_seed(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCAB,
            hidden_size=128,
            intermediate_size=344,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=tied,
            rms_norm_eps=1e-5,
            initializer_range=0.02,
            bos_token_id=None,
            eos_token_id=None,
        )
    )
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}], betas=(0.9, 0.95)
    )
    quarters = [round(STEPS * quarter / 4) for quarter in (1, 2, 3, 4)]
    batches = windows(corpus, seed, sampling)
    seconds = 0.0
    for step in range(STEPS):
        started = time.perf_counter()
        batch = next(batches)
        logits = model(input_ids=batch[:, :-1], use_cache=False).logits
        optimizer.zero_grad()
        cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)
        optimizer.step()
        seconds += time.perf_counter() - started
        if step + 1 in quarters:
            tokens = (step + 1) * BATCH * CONTEXT
            bits = bits_per_byte(model, held_out, tokenizer)
            yield {"tokens": tokens, "bits_per_byte": round(bits, 4), "tokens_per_second": round(tokens / seconds)}


def learning_rate(step):
    if step < WARMUP:
        return PEAK * (step + 1) / WARMUP
    done = (step - WARMUP) / (STEPS - WARMUP)
    return PEAK * (FINAL + (1 - FINAL) * (1 + math.cos(math.pi * done)) / 2)


def windows(corpus, seed, sampling):
    """Batches [B, T + 1] of token windows.

    `random` draws every start uniformly, with repetition; `epochs` cuts the corpus into windows that follow one another
    and goes through them in a fresh order each time.
    """
    generator = torch.Generator().manual_seed(seed)
    starts = []
    while True:
        if sampling == "random":
            starts = torch.randint(len(corpus) - CONTEXT, (BATCH,), generator=generator).tolist()
        elif len(starts) < BATCH:
            starts = (torch.randperm((len(corpus) - 1) // CONTEXT, generator=generator) * CONTEXT).tolist()
        chosen, starts = starts[:BATCH], starts[BATCH:]
        yield torch.stack([corpus[start : start + CONTEXT + 1] for start in chosen])


@torch.no_grad()
def bits_per_byte(model, held_out, tokenizer):
    """Cross-entropy over the whole held-out part, in windows that follow one another, for each byte of predicted text.

    Every token but the first is predicted once, each window from an empty context; what does not fill the last window
    is left out.
    """
    count = (len(held_out) - 1) // CONTEXT
    inputs = held_out[: count * CONTEXT].view(count, CONTEXT)
    targets = held_out[1 : count * CONTEXT + 1].view(count, CONTEXT)
    nats = 0.0
    for first in range(0, count, 32):
        logits = model(input_ids=inputs[first : first + 32], use_cache=False).logits
        nats += cross_entropy(logits.flatten(0, 1), targets[first : first + 32].flatten(), reduction="sum").item()
    return nats / math.log(2) / len(tokenizer.decode(targets.flatten().tolist()).encode())


if __name__ == "__main__":
    main()
