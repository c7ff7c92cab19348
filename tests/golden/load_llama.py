"""Loads a model exported by Seven Steps with Transformers and says what it computes.

    pip install torch transformers safetensors tokenizers
    python tests/golden/load_llama.py DIR [--prompt TEXT] [--tokens 20]

DIR holds config.json, model.safetensors and tokenizer.json. Prints one JSON object: the class that was loaded, its
parameter count, the prompt's token ids, the logits at each of them [T, V], and the greedy continuation. A missing,
surplus or misshapen tensor is an error, so that a wrong export cannot pass on Transformers' random initial weights.
"""

import argparse
import json

import torch
from transformers import AutoModelForCausalLM, LlamaForCausalLM, PreTrainedTokenizerFast


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("dir")
    arguments.add_argument("--prompt", default="The cat sat on the")
    arguments.add_argument("--tokens", type=int, default=20)
    arguments = arguments.parse_args()

    model, report = AutoModelForCausalLM.from_pretrained(
        arguments.dir, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert isinstance(model, LlamaForCausalLM), f"loaded as {type(model).__name__}"
    assert not any(report.values()), f"the tensors do not fit the config: {report}"
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"{arguments.dir}/tokenizer.json")

    ids = tokenizer(arguments.prompt, return_tensors="pt", add_special_tokens=False).input_ids
    with torch.no_grad():
        logits = model(ids).logits[0]
        length = min(ids.shape[1] + arguments.tokens, model.config.max_position_embeddings)
        generated = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_length=length, pad_token_id=0)
    print(
        json.dumps(
            {
                "class": type(model).__name__,
                "parameters": sum(parameter.numel() for parameter in model.parameters()),
                "ids": ids[0].tolist(),
                "decoded": tokenizer.decode(ids[0]),
                "logits": logits.tolist(),
                "greedy_ids": generated[0, ids.shape[1] :].tolist(),
                "greedy": tokenizer.decode(generated[0, ids.shape[1] :]),
            }
        )
    )


if __name__ == "__main__":
    main()
