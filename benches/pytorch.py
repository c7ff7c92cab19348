"""What PyTorch reaches with products and models of `cargo xtask bench`: `python pytorch.py [cpu|cuda]`.

Needs torch and transformers. Products of [M,K] and [N,K] as a linear layer takes them; training of Transformers' LlamaForCausalLM
with AdamW (fused where there is a graphics card) and clipping, as it is and compiled, in float32 throughout and, on a graphics
card, with its matrix units' shorter float32 ("tf32") too. Medians and best steps of a few seconds each.
"""

import statistics
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

DEVICE = sys.argv[1] if len(sys.argv) > 1 else ("cuda" if torch.cuda.is_available() else "cpu")
SHAPES = [(1024, 384, 128), (1024, 688, 128), (1024, 128, 344), (1024, 1024, 128), (512,) * 3, (1024,) * 3]
LARGE = [(2048,) * 3, (4096,) * 3]
# Depth, batch, context, vocabulary: a row of `cargo xtask bench` each. Width is 32 times the depth, a head 32 channels.
MODELS = [(4, 8, 128, 512), (2, 8, 128, 1024), (6, 8, 128, 1024), (9, 8, 128, 1024), (12, 8, 128, 1024)]
MODELS += [(4, 32, 128, 1024), (4, 8, 1024, 1024)]


def wait():
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def seconds(run, patience):
    """Median and least time of one run, of `patience` seconds' runs."""
    for _ in range(3):
        run()
    wait()
    times, begun = [], time.perf_counter()
    while time.perf_counter() - begun < patience:
        start = time.perf_counter()
        run()
        wait()
        times.append(time.perf_counter() - start)
    return statistics.median(times), min(times)


def product(m, n, k):
    """GFLOP/s of products that are queued in a row."""
    x, w = torch.rand(m, k, device=DEVICE) - 0.5, torch.rand(n, k, device=DEVICE) - 0.5
    times = min(200, max(1, int((1e11 if DEVICE == "cuda" else 1e9) / (m * n * k))))

    def run():
        for _ in range(times):
            torch.nn.functional.linear(x, w)

    return 2e-9 * m * n * k * times / seconds(run, 0.3)[1]


def training(depth, batch, context, vocab, compiled):
    """Parameters, and tokens a second."""
    torch.manual_seed(0)
    width = 32 * depth
    ffn = -(-width * 8 // 3) + 7 & ~7
    shape = dict(hidden_size=width, intermediate_size=ffn, num_hidden_layers=depth, num_attention_heads=depth, num_key_value_heads=depth)
    config = LlamaConfig(vocab_size=vocab, max_position_embeddings=context, tie_word_embeddings=True, **shape)
    model = LlamaForCausalLM(config).to(DEVICE)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=DEVICE == "cuda")
    ids = torch.randint(0, vocab, (batch, context), device=DEVICE)
    forward = torch.compile(model) if compiled else model

    def step():
        optimizer.zero_grad()
        forward(input_ids=ids, labels=ids).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    step()
    median, least = seconds(step, 1.5)
    return sum(p.numel() for p in model.parameters()), batch * context / median, batch * context / least


print(f"PyTorch {torch.__version__} on {torch.cuda.get_device_name() if DEVICE == 'cuda' else 'the main processor'}")
for precision in ["highest", "high"] if DEVICE == "cuda" else ["highest"]:
    torch.set_float32_matmul_precision(precision)
    kind = "tf32" if precision == "high" else "float32"
    for shape in SHAPES + LARGE if DEVICE == "cuda" else SHAPES:
        print(f"{'×'.join(map(str, shape)):24}{product(*shape):12.1f} GFLOP/s, {kind}", flush=True)
    for compiled in [False, True] if DEVICE == "cuda" else [False]:
        for row in MODELS if not compiled else [MODELS[0], MODELS[4]]:
            parameters, median, best = training(*row, compiled)
            how = "compiled" if compiled else "as it is"
            what = f"depth {row[0]:2}, batch {row[1]:2} × {row[2]:4}: {parameters:9} parameters"
            print(f"{what}, {median:10.0f} tokens/s, best {best:10.0f}; {kind}, {how}", flush=True)
