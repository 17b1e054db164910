"""Trains mynah's reader: does this passage answer this question, and which sentence does? `scripts/train-reader` runs it.

A BERT over `[CLS] question [SEP] context . sentences [SEP]` scores each sentence, and "none" from [CLS]; softmax over them. It is
trained on the public sets first, then on the communities' questions, whose near misses (the posts' own words, the asked fact not
told) are what teaches it. What is written is the difference to the encoder's layers, as `src/reader` adds it to them again.
"""
import argparse
import collections
import datetime
import hashlib
import html
import json
import math
import os
import random
import re
import subprocess
import time
from pathlib import Path

import bm25s
import numpy as np
import Stemmer
import torch
import torch.distributed as together
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

HIDDEN, ATTENTION_HEADS, LAYERS, HEAD = 384, 12, 6, 128
CLS, SEP, FULL_STOP = 101, 102, 1012
# As in src/reader/window.rs: what is read at once.
MAX_TOKENS, MAX_QUESTION, MAX_CONTEXT = 128, 40, 32
STEM = Stemmer.Stemmer("english")
# Half precision only where the processor has instructions for it: elsewhere it takes ten times as long.
HALF = not {"avx512_bf16", "amx_bf16"}.isdisjoint(Path("/proc/cpuinfo").read_text(encoding="utf8").split())
PROJECT = Path(__file__).resolve().parent.parent
# The communities that are left out together: each part's figures come from a model that saw none of its posts and questions.
FOLDS = [
    ["StarlingX", "PyPI", "OpenTelemetry", "etcd"],
    ["Kata Containers", "Swift", "Servo"],
    ["Crystal", "Elixir", "Gleam", "Knative", "Neovim", "Ruby", "openSUSE"],
]


def lines(path):
    with open(path, encoding="utf8") as file:
        return [json.loads(line) for line in file]


# --- What is read -----------------------------------------------------------------------------------------------------------


def context(title, section, date):
    """What stands above a passage: title › section, month and year."""
    named = " › ".join(part for part in (title, section) if part)
    if not date:
        return named
    # Some are written without leading zeros.
    year, month, day = (int(number) for number in date.split("-"))
    return f"{named}, {datetime.date(year, month, day):%B %Y}"


class Words:
    """The encoder's tokens; a text is cut into them once."""

    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.known = {}

    def ids(self, text):
        if text not in self.known:
            self.known[text] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return self.known[text]


def room(question, above):
    """How many tokens are left for sentences."""
    return MAX_TOKENS - 3 - len(question) - len(above) - bool(above)


def around(centre, lengths, space):
    """The sentences around `centre` that fit into `space`, the following before the preceding: (first, after the last)."""
    first, last = centre, centre + 1
    left = space - lengths[centre]
    grew = True
    while grew:
        grew = False
        if last < len(lengths) and lengths[last] <= left:
            left -= lengths[last]
            last, grew = last + 1, True
        if first > 0 and lengths[first - 1] <= left:
            left -= lengths[first - 1]
            first, grew = first - 1, True
    return first, last


def pack(question, above, sentences):
    """(ids, types, each token's sentence from 1; 0 for none); what doesn't fit is cut."""
    ids = [CLS, *question, SEP]
    types, owner = [0] * len(ids), [0] * len(ids)
    if above:
        ids += [*above, FULL_STOP]
        types += [1] * (len(above) + 1)
        owner += [0] * (len(above) + 1)
    for number, sentence in enumerate(sentences, 1):
        sentence = sentence[: max(0, MAX_TOKENS - 1 - len(ids))]
        ids += sentence
        types += [1] * len(sentence)
        owner += [number] * len(sentence)
    return ids + [SEP], types + [1], owner + [0]


# --- The model --------------------------------------------------------------------------------------------------------------


def encoder_weights(folder):
    weights = {name.removeprefix("bert."): tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    return {name: tensor for name, tensor in weights.items() if name.startswith(("embeddings.", "encoder.")) and "position_ids" not in name}


def new_heads(seed):
    """A score for each token, for each sentence's mean, and for "none" from [CLS]."""
    generator = torch.Generator().manual_seed(seed)
    heads = {}
    for head in ("token", "sentence", "none"):
        heads[f"heads.{head}.weight"] = torch.randn(HEAD, HIDDEN, generator=generator) * 0.03
        heads[f"heads.{head}.bias"] = torch.zeros(HEAD)
        heads[f"heads.{head}.out"] = torch.randn(HEAD, generator=generator) * 0.03
    return heads


def is_frozen(name):
    return name.startswith("embeddings.") and not name.startswith("embeddings.LayerNorm")


def encode(p, ids, types, mask, drop=0.0):
    """BERT: [batch, tokens] → [batch, tokens, HIDDEN]."""
    norm = lambda x, name: F.layer_norm(x, (HIDDEN,), p[name + ".weight"], p[name + ".bias"], 1e-12)
    # The same for all tokens of a row: a number for each element takes a tenth of a step.
    dropped = lambda x: x * torch.bernoulli(torch.full((len(x), 1, HIDDEN), 1 - drop)).to(x.dtype) / (1 - drop) if drop else x
    batch, length = ids.shape
    x = p["embeddings.word_embeddings.weight"][ids] + p["embeddings.position_embeddings.weight"][:length] + p["embeddings.token_type_embeddings.weight"][types]
    x = norm(x, "embeddings.LayerNorm")
    bias = torch.where(mask[:, None, None, :], 0.0, -1e4)
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        linear = lambda part, x: F.linear(x, p[name + part + ".weight"], p[name + part + ".bias"])
        # By hand: the fused attention's backward pass is the slowest part of a step on a CPU.
        q, k, v = (linear(f"attention.self.{a}", x).view(batch, length, ATTENTION_HEADS, -1).transpose(1, 2) for a in ("query", "key", "value"))
        a = torch.softmax(q @ k.transpose(-1, -2) * (HIDDEN // ATTENTION_HEADS) ** -0.5 + bias.to(q.dtype), -1) @ v
        a = linear("attention.output.dense", a.transpose(1, 2).reshape(batch, length, HIDDEN))
        x = norm(x + dropped(a), name + "attention.output.LayerNorm")
        h = linear("output.dense", F.gelu(linear("intermediate.dense", x)))
        x = norm(x + dropped(h), name + "output.LayerNorm")
    return x


def scores(p, ids, types, owner, mask, drop=0.0):
    """[batch, 1 + sentences] logits: "none" first; a sentence without a token has -1e4."""
    x = encode(p, ids, types, mask, drop).float()
    one = F.one_hot(owner, int(owner.max()) + 1).float().transpose(1, 2)[:, 1:]
    count = one.sum(-1)
    mean = one @ x / count.clamp(min=1)[..., None]
    head = lambda h, x: torch.tanh(F.linear(x, p[f"heads.{h}.weight"], p[f"heads.{h}.bias"])) @ p[f"heads.{h}.out"]
    best_token = torch.where(one > 0, head("token", x)[:, None], torch.tensor(-1e4)).amax(-1)
    sentences = torch.where(count > 0, best_token + head("sentence", mean), torch.tensor(-1e4))
    return torch.cat([head("none", x[:, 0])[:, None], sentences], 1)


def arrays(packs):
    length = max(len(ids) for ids, _, _ in packs)
    tensors = [torch.zeros(len(packs), length, dtype=torch.long) for _ in range(3)]
    mask = torch.zeros(len(packs), length, dtype=torch.bool)
    for row, parts in enumerate(packs):
        for tensor, part in zip(tensors, parts):
            tensor[row, : len(part)] = torch.tensor(part)
        mask[row, : len(parts[0])] = True
    return *tensors, mask


def read(p, packs, half=HALF):
    """The logits of each pack, none first; many at once, the short ones together."""
    order = sorted(range(len(packs)), key=lambda i: len(packs[i][0]))
    read = [None] * len(packs)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        for start in range(0, len(order), 32):
            part = order[start : start + 32]
            for i, row in zip(part, scores(p, *arrays([packs[i] for i in part])).float().tolist()):
                read[i] = row[: 1 + max(packs[i][2])]
    return read


def margin(logits):
    """Log-odds that some sentence answers."""
    return float(np.logaddexp.reduce(logits[1:]) - logits[0]) if len(logits) > 1 else -1e4


# --- The material -----------------------------------------------------------------------------------------------------------


class Community:
    """Its passages and what BM25 finds in them."""

    def __init__(self, passages):
        self.passages = passages
        self.place = {passage["pid"]: i for i, passage in enumerate(passages)}
        self.index = bm25s.BM25()
        self.index.index(stems([" ".join([x["title"], x["section"], *x["sentences"]]) for x in passages]), show_progress=False)

    def like(self, questions, k):
        """For each question the passages that BM25 finds for it, best first, without its own."""
        found, _ = self.index.retrieve(stems([x["q"] for x in questions]), k=min(k + 1, len(self.passages)), show_progress=False)
        return [[self.passages[i] for i in row if self.passages[i]["pid"] != x["pid"]][:k] for x, row in zip(questions, found)]

    def searched(self, questions, k, search, folder):
        """The same by mynah's own search, with words and meaning: what the reader is asked to read. What is found stays in `folder`."""
        run = folder / "run.txt"
        if together.get_rank() == 0 and not run.exists():
            folder.mkdir(parents=True, exist_ok=True)
            row = lambda number, text: f"{number}\t{' '.join(text.split())}\n"
            texts = [". ".join(part for part in (x["title"], x["section"], " ".join(x["sentences"])) if part) for x in self.passages]
            (folder / "passages.tsv").write_text("".join(map(row, range(len(texts)), texts)), encoding="utf8")
            (folder / "queries.tsv").write_text("".join(row(i, x["q"]) for i, x in enumerate(questions)), encoding="utf8")
            told = subprocess.run([*search, "search", "--passages", folder / "passages.tsv", "--queries", folder / "queries.tsv", "--k", str(k + 1)], check=True, stdout=subprocess.PIPE, cwd=PROJECT)
            run.with_suffix(".new").write_bytes(told.stdout)
            run.with_suffix(".new").replace(run)
        together.barrier()
        found = collections.defaultdict(list)
        for line in run.read_text(encoding="utf8").splitlines():
            query, _, passage, *_ = line.split()
            found[int(query)].append(self.passages[int(passage)])
        return [[passage for passage in found[i] if passage["pid"] != x["pid"]][:k] for i, x in enumerate(questions)]


def stems(texts):
    return bm25s.tokenize(texts, stemmer=STEM, stopwords="en", show_progress=False)


def plain(markdown):
    """What is seen of a piece of a post."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)", "", text)
    return " ".join(html.unescape(text).replace("\\", "").split())


def own_passages(sites):
    """Those of tests/reader: of posts that are no part of this project, so that only their places are kept there."""
    texts, changed = {}, 0
    for passage in lines(PROJECT / "tests/reader/passages.jsonl"):
        if passage["community"] not in sites:
            continue
        file = sites[passage["community"]] / passage["file"]
        if file not in texts:
            texts[file] = file.read_bytes().decode("utf8", "replace") if file.exists() else ""
        sentences = [plain(texts[file][start:end]) for start, end in passage["spans"]]
        if hashlib.sha256("\n".join(sentences).encode()).hexdigest()[:16] == passage["sha256"]:
            yield {**passage, "sentences": sentences}
        else:
            changed += 1
    if changed:
        print(f"left out: {changed} passages of posts that are gone or other than they were", flush=True)


class Material:
    """The communities' questions, each with its passage and the passages like it."""

    def __init__(self, folder, sites, search=None, found=None, distractors=12):
        grouped = collections.defaultdict(list)
        for passage in [*lines(folder / "passages.jsonl"), *own_passages(sites)]:
            grouped[passage["community"]].append(passage)
        self.communities = {name: Community(passages) for name, passages in sorted(grouped.items())}
        of = {passage["pid"]: name for name, passages in grouped.items() for passage in passages}
        self.questions = collections.defaultdict(list)
        own = [question for question in lines(PROJECT / "tests/reader/questions.jsonl") if question["pid"] in of]
        self.own = {id(question) for question in own}
        for question in own + lines(folder / "questions.jsonl"):
            self.questions[of[question["pid"]]].append(question)
        for name, community in self.communities.items():
            asked = self.questions[name]
            likes = community.searched(asked, distractors, search, found / name.replace(" ", "-")) if search else community.like(asked, distractors)
            for question, like in zip(asked, likes):
                question["own"] = community.passages[community.place[question["pid"]]]
                question["like"] = like

    def of(self, names):
        return [question for name in names for question in self.questions[name]]


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def misspelt(text, rng):
    """One letter of one long word dropped, doubled, exchanged or replaced; never in a word with a digit."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return text
    i = rng.choice(long)
    word, at = words[i], rng.randrange(1, len(words[i]) - 1)
    words[i] = rng.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + rng.choice(LETTERS) + word[at + 1 :],
        ]
    )
    return " ".join(words)


def as_typed(question, rng):
    """Without the question mark, with a typo: as people type. (Case doesn't reach the model.)"""
    if rng.random() < 0.3:
        question = question.rstrip("?")
    return misspelt(question, rng) if rng.random() < 0.12 else question


class Examples:
    """Turns questions into packs with their gold sentences (0 for none)."""

    def __init__(self, words, rng):
        self.words, self.rng = words, rng

    def example(self, question, sentences, gold, above=""):
        """A window of at most MAX_TOKENS: around an answering sentence, or else around any."""
        q = self.words.ids(question)[:MAX_QUESTION]
        c = self.words.ids(above)[:MAX_CONTEXT] if above else []
        cut = [self.words.ids(sentence) for sentence in sentences]
        centre = self.rng.choice(gold) if gold else self.rng.randrange(len(cut))
        first, last = around(centre, [len(x) for x in cut], room(q, c))
        if self.rng.random() < 0.15 and last - first > 2:
            # Fewer sentences than would fit: at most half as many.
            first = self.rng.randint(max(first, centre - 1), centre)
            last = self.rng.randint(centre + 1, min(last, centre + 2))
        packed = pack(q, c, cut[first:last])
        inside = [g + 1 - first for g in gold if first <= g < last and g + 1 - first in packed[2]]
        return packed, inside or [0]

    def above(self, passage):
        """The context of a passage; now and then without date, section or all."""
        if self.rng.random() < 0.07:
            return ""
        section = passage["section"] if self.rng.random() < 0.95 else ""
        return context(passage["title"], section, passage["date"] if self.rng.random() < 0.7 else "")

    def of_questions(self, questions, distractors):
        """Each question with its passage and with some that are found for it."""
        for x in questions:
            typed = as_typed(x["q"], self.rng)
            needs_context = x["d"] and x["g"]
            above = context(x["own"]["title"], x["own"]["section"], x["own"]["date"]) if needs_context else self.above(x["own"])
            yield self.example(typed, x["own"]["sentences"], x["g"], above)
            # The near miss is a distractor already.
            wanted = distractors if x["g"] else distractors - 1
            # Not the first that is found: it may answer as well.
            for other in self.rng.sample(x["like"][1:], max(0, min(wanted, len(x["like"]) - 1))):
                yield self.example(typed, other["sentences"], [], self.above(other))
            for other in x.get("trusted", [])[:1]:
                yield self.example(typed, other["sentences"], [], self.above(other))

    def of_public(self, rows):
        for x in rows:
            yield self.example(as_typed(x["q"], self.rng), x["s"], x["g"])


# --- Training ---------------------------------------------------------------------------------------------------------------


def batches(examples, rng, tokens):
    """Examples of like length together, in random order."""
    examples = sorted(examples, key=lambda x: len(x[0][0]) + rng.random() * 16)
    grouped, group = [], []
    for x in examples:
        if group and (len(group) + 1) * max(len(y[0][0]) for y in [group[-1], x]) > tokens:
            grouped.append(group)
            group = []
        group.append(x)
    rng.shuffle(grouped)
    return grouped + [group] if group else grouped


def loss_of(p, batch, drop):
    inputs = arrays([packed for packed, _ in batch])
    with torch.autocast("cpu", torch.bfloat16, enabled=HALF):
        logits = scores(p, *inputs, drop=drop)
    gold = torch.zeros_like(logits, dtype=torch.bool)
    for row, (_, right) in enumerate(batch):
        gold[row, right] = True
    log = F.log_softmax(logits.float(), -1)
    return -torch.where(gold, log, torch.tensor(-1e9)).logsumexp(-1).sum()


class Run:
    """A stage of training that goes on where it was interrupted."""

    def __init__(self, folder, name, p, rate, settings):
        self.file, self.name, self.settings = folder / f"{name}.checkpoint", name, settings
        self.p = {key: tensor.clone() for key, tensor in p.items()}
        self.trained = {key: tensor.requires_grad_() for key, tensor in self.p.items() if not is_frozen(key)}
        heads = [tensor for key, tensor in self.trained.items() if key.startswith("heads.")]
        layers = [tensor for key, tensor in self.trained.items() if not key.startswith("heads.")]
        self.rate = [rate, max(rate, 3e-4 if name == "public" else rate)]
        self.optimiser = torch.optim.AdamW([{"params": layers}, {"params": heads}], lr=rate, weight_decay=0.01, fused=True)
        self.step = 0
        if self.file.exists():
            state = torch.load(self.file)
            self.step = state["step"]
            with torch.no_grad():
                for key, tensor in state["trained"].items():
                    self.trained[key].copy_(tensor)
            self.optimiser.load_state_dict(state["optimiser"])

    def save(self):
        new = self.file.with_suffix(".new")
        torch.save({"step": self.step, "trained": self.trained, "optimiser": self.optimiser.state_dict()}, new)
        new.replace(self.file)

    def gradient(self, batch):
        """Of a batch's mean loss, which it returns. Each process takes its share: threads would wait for each other at each product."""
        own = batch[together.get_rank() :: together.get_world_size()]
        self.optimiser.zero_grad()
        loss = torch.zeros(())
        if own:
            loss = loss_of(self.p, own, self.settings.drop) / len(batch)
            loss.backward()
        flat = [torch.zeros_like(x) if x.grad is None else x.grad for x in self.trained.values()]
        whole = torch.cat([*(x.flatten() for x in flat), loss.detach()[None]])
        together.all_reduce(whole)
        parts = whole[:-1].split([x.numel() for x in flat])
        for x, part in zip(self.trained.values(), parts):
            x.grad = part.view_as(x)
        return whole[-1].item()

    def train(self, epochs, seed):
        """`epochs`: for each round a function that gives its batches."""
        torch.manual_seed(seed + together.get_rank())
        steps, begun, running, told, at = None, time.time(), None, time.time(), 0
        for epoch, make in enumerate(epochs):
            rng = random.Random(seed * 1000 + epoch)
            made = make(rng)[: self.settings.steps]
            steps = steps or len(made) * len(epochs)
            for batch in made:
                at += 1
                if at <= self.step:
                    continue
                warm = min(1.0, at / max(20, steps * 0.06))
                share = warm * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * min(1.0, at / steps))))
                for group, rate in zip(self.optimiser.param_groups, self.rate):
                    group["lr"] = rate * share
                loss = self.gradient(batch)
                torch.nn.utils.clip_grad_norm_(self.trained.values(), 1.0)
                self.optimiser.step()
                running = loss if running is None else 0.98 * running + 0.02 * loss
                self.step = at
                if time.time() - told > 30 and together.get_rank() == 0:
                    told = time.time()
                    self.save()
                    print(f"{self.name}: step {at} of {steps}, loss {running:.4f}, {told - begun:.0f} s", flush=True)
        if together.get_rank() == 0:
            self.save()
        return {key: tensor.detach() for key, tensor in self.p.items()}


# --- What ships -------------------------------------------------------------------------------------------------------------


def shipped(p, base):
    """The difference to the base: matrices as int8 with a scale for each row, the rest as f16."""
    tensors = {}
    for name, tensor in p.items():
        if is_frozen(name):
            continue
        if name.startswith("heads."):
            tensors[name] = tensor.half()
            continue
        delta = tensor - base[name]
        if tensor.dim() == 2:
            scale = delta.abs().amax(1).clamp(min=1e-12) / 127
            tensors[name + ".delta"] = (delta / scale[:, None]).round().to(torch.int8)
            tensors[name + ".scale"] = scale
        else:
            tensors[name + ".delta"] = delta.half()
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def loaded(tensors, base):
    """What src/reader makes of the shipped file; of a float.safetensors, the weights that it holds."""
    p = dict(base)
    for name, tensor in tensors.items():
        if not name.endswith((".delta", ".scale")):
            p[name] = tensor.float()
        elif name.endswith(".delta"):
            name = name.removesuffix(".delta")
            delta = tensor.float()
            if name + ".scale" in tensors:
                delta = delta * tensors[name + ".scale"].float()[:, None]
            p[name] = base[name] + delta
    return p


def sum_of(base):
    """By which a shipped file names the encoder that it belongs to."""
    return hashlib.sha256((base / "model.safetensors").read_bytes()).hexdigest()


def ship(p, base, sum_of_base, file):
    metadata = {
        "format": "mynah-reader-1",
        "base_sha256": sum_of_base,
        "max_tokens": str(MAX_TOKENS),
        "max_question": str(MAX_QUESTION),
        "max_context": str(MAX_CONTEXT),
    }
    new = file.with_suffix(".new")
    save_file(shipped(p, base), new, metadata=metadata)
    new.replace(file)


# --- Figures ----------------------------------------------------------------------------------------------------------------


def auc(right, wrong):
    """How often a right one stands above a wrong one; ties count half."""
    both = np.concatenate([right, wrong])
    order = np.argsort(both, kind="stable")
    ranks = np.empty(len(both))
    _, inverse, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[: len(right)].sum() - len(right) * (len(right) + 1) / 2) / (len(right) * len(wrong)))


def focus(question, passage):
    """The sentence with the most of the question's stems, as a stand-in for the search's best sentence."""
    asked = set(stems_of(question))
    shared = [len(asked & set(stems_of(sentence))) for sentence in passage["sentences"]]
    return int(np.argmax(shared))


def stems_of(text, known={}):
    if text not in known:
        known[text] = STEM.stemWords("".join(c if c.isalnum() else " " for c in text.lower()).split())
    return known[text]


def windows(words, question, passage, centre):
    """The window around a sentence: (its first sentence, its pack)."""
    q = words.ids(question)[:MAX_QUESTION]
    c = words.ids(context(passage["title"], passage["section"], passage["date"]))[:MAX_CONTEXT]
    cut = [words.ids(sentence) for sentence in passage["sentences"]]
    first, last = around(centre, [len(x) for x in cut], room(q, c))
    return first, pack(q, c, cut[first:last])


def figures(p, words, questions, half=HALF):
    """Of one community's questions: is the own passage told from a near miss, the sentence picked, the passage found among others?"""
    packs, places = [], []
    for x in questions:
        for passage in [x["own"], *(x["like"][:10] if x["g"] else [])]:
            first, packed = windows(words, x["q"], passage, focus(x["q"], passage))
            packs.append(packed)
            places.append(first)
    logits = iter(zip(read(p, packs, half), places))
    answering, missing, others, picked, shown, ranks, losses = [], [], [], 0, 0, [], []
    for x in questions:
        own, first = next(logits)
        log = np.asarray(own) - np.logaddexp.reduce(own)
        if not x["g"]:
            missing.append(margin(own))
            losses.append(-log[0])
            continue
        inside = [g - first + 1 for g in x["g"] if 0 < g - first + 1 < len(own)]
        losses.append(-np.logaddexp.reduce(log[inside]) if inside else -log[0])
        answering.append(margin(own))
        picked += (int(np.argmax(own[1:])) + 1 in inside) if len(own) > 1 else 0
        shown += bool(inside)
        rest = [margin(next(logits)[0]) for _ in x["like"][:10]]
        others += rest
        ranks.append(1 + sum(r >= answering[-1] for r in rest))
    ranks = np.asarray(ranks)
    return {
        "auc_near": auc(answering, missing),
        "auc_other": auc(answering, others),
        "sentence": picked / len(ranks),
        "shown": shown / len(ranks),
        "hit@1": float((ranks == 1).mean()),
        "hit@3": float((ranks <= 3).mean()),
        "mrr": float((1 / ranks).mean()),
        "loss": float(np.mean(losses)),
        "questions": len(questions),
    }


def told(name, f):
    print(
        f"{name:16} {f['questions']:5} auc_near {f['auc_near']:.3f}  auc_other {f['auc_other']:.3f}  sentence {f['sentence']:.3f} (in window {f['shown']:.3f})  "
        f"hit@1 {f['hit@1']:.3f}  hit@3 {f['hit@3']:.3f}  mrr {f['mrr']:.3f}  loss {f['loss']:.3f}",
        flush=True,
    )


def each(p, words, material, names, half=HALF):
    every = {name: figures(p, words, material.questions[name], half) for name in names}
    for name, f in every.items():
        told(name, f)
    mean = {key: float(np.mean([f[key] for f in every.values()])) for key in next(iter(every.values()))}
    mean["questions"] = sum(f["questions"] for f in every.values())
    told("mean", mean)
    return every


def expected(file, base, words, windows):
    """What the model of a file makes of some windows, in f32: src/reader is held against it."""
    p = loaded(load_file(file), base)
    for x in windows:
        question = words.ids(x["question"])[:MAX_QUESTION]
        above = words.ids(x["context"])[:MAX_CONTEXT]
        packed = pack(question, above, [words.ids(sentence) for sentence in x["sentences"]])
        logits = np.asarray(read(p, [packed], half=False)[0])
        logits = np.pad(logits, (0, 1 + len(x["sentences"]) - len(logits)), constant_values=-1e4)
        log = logits - np.logaddexp.reduce(logits)
        yield {**x, "probabilities": [round(float(v), 6) for v in np.exp(log)], "margin": round(margin(logits), 4)}


# --- The run ----------------------------------------------------------------------------------------------------------------


def is_there(file):
    """Asked by all processes before any of them writes it."""
    there = file.exists()
    together.barrier()
    return there


def by_first(write):
    """Done by the first process; the others wait."""
    if together.get_rank() == 0:
        write()
    together.barrier()


class Training:
    """Everything that the stages share."""

    def __init__(self, settings):
        self.settings = settings
        self.words = Words(settings.base)
        self.sum = sum_of(settings.base)
        self.base = encoder_weights(settings.base)
        search = settings.mynah and ["env", f"MYNAH__SEARCH__ENCODER={settings.base.resolve()}", f"MYNAH__DATA_DIR={settings.out.resolve()}", str(settings.mynah.resolve())]
        self.material = Material(settings.material, dict(settings.site), search, settings.out / "found")
        rows = lambda name: lines(settings.material / f"{name}.jsonl")
        self.public_rows = {name: rows(name) for name in ("squad", "selqa", "policyqa")}

    def public(self, rng, counts):
        examples = Examples(self.words, rng)
        rows = [x for name, count in counts.items() for x in rng.sample(self.public_rows[name], min(count, len(self.public_rows[name])))]
        return list(examples.of_public(rows))

    def first_stage(self):
        """On the public sets; the same for every fold."""
        if self.settings.begin:
            return loaded(load_file(self.settings.begin), self.base)
        file = self.settings.out / "public.safetensors"
        if not is_there(file):
            counts = {"squad": self.settings.squad, "selqa": self.settings.squad * 2 // 5, "policyqa": self.settings.squad // 5}
            run = Run(self.settings.out, "public", {**self.base, **new_heads(self.settings.seed)}, self.settings.public_rate, self.settings)
            make = lambda rng: batches(self.public(rng, counts), rng, self.settings.batch)
            trained = run.train([make] * self.settings.public_rounds, self.settings.seed)
            by_first(lambda: save_file(trained, file))
        return load_file(file)

    def second_stage(self, folder, left_out):
        """On the questions of all communities but those, with some of the public sets' rows."""
        names = [name for name in self.material.communities if name not in left_out]
        questions = self.material.of(names)
        settings = self.settings
        public = {"squad": settings.mixed, "selqa": settings.mixed // 3, "policyqa": settings.mixed // 6}

        def make(rng):
            asked = [x for x in questions if id(x) in self.material.own or rng.random() < settings.share]
            examples = list(Examples(self.words, rng).of_questions(asked, settings.distractors))
            return batches(examples + self.public(rng, public), rng, settings.batch)

        run = Run(folder, "communities", self.first_stage(), settings.rate, settings)
        return run.train([make] * settings.rounds, settings.seed + 1)

    def whole(self, name, left_out):
        folder = self.settings.out / name
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "reader.safetensors"
        if not is_there(file):
            p = self.second_stage(folder, left_out)
            by_first(lambda: save_file({key: value for key, value in p.items() if not is_frozen(key)}, folder / "float.safetensors"))
            by_first(lambda: ship(p, self.base, self.sum, file))
        return {**self.base, **load_file(folder / "float.safetensors")}, loaded(load_file(file), self.base)


def average(settings):
    """Half of one run's weights and half of another's that went on from it: better than either (Wortsman et al. 2022, WiSE-FT)."""
    base = encoder_weights(settings.base)
    both = [loaded(load_file(file), base) for file in (settings.begin, settings.other)]
    middle = {name: (both[0][name] + both[1][name]) / 2 for name in both[0]}
    ship(middle, base, sum_of(settings.base), settings.out / "reader.safetensors")


def site(written):
    community, _, folder = written.partition("=")
    if not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(f"{written}: write COMMUNITY=FOLDER, the checkout of its posts")
    return community, Path(folder)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--material", type=Path, help="the folder with passages.jsonl, questions.jsonl, squad.jsonl …")
    parser.add_argument("--site", type=site, action="append", default=[], metavar="COMMUNITY=FOLDER", help="posts of which tests/reader has questions")
    parser.add_argument("--base", type=Path, default=PROJECT / "data/encoder", help="the encoder's folder, as scripts/fetch-encoder brings it")
    parser.add_argument("--out", type=Path, default=PROJECT / "target/train-reader", help="checkpoints and what is trained go here; a second run goes on")
    parser.add_argument(
        "--run",
        choices=["folds", "ship", "average", "expected"],
        default="folds",
        help="average: the middle between --begin and --other; expected: only tests/reader",
    )
    parser.add_argument("--left-out", nargs="+", metavar="COMMUNITY", help="only a fold of these, in place of those that are built in")
    parser.add_argument("--mynah", type=Path, help="the program whose search finds the distractors; else BM25 does")
    parser.add_argument("--begin", type=Path, help="go on from the float.safetensors or the reader.safetensors of another run, instead of from the public sets")
    parser.add_argument("--other", type=Path, help="the other file of --run average")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="that share the work of a step, a core each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=4096, help="tokens a step")
    parser.add_argument("--drop", type=float, default=0.1)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--distractors", type=int, default=2, help="other passages for each question")
    parser.add_argument("--share", type=float, default=1.0, help="of the material's questions in each round; those of tests/reader are all in it")
    parser.add_argument("--steps", type=int, help="of each round at most, of batches in random order")
    parser.add_argument("--mixed", type=int, default=2000, help="SQuAD's rows in each round of the second stage")
    parser.add_argument("--squad", type=int, default=11306, help="SQuAD's rows in the first stage")
    parser.add_argument("--public-rate", type=float, default=1.5e-4)
    parser.add_argument("--public-rounds", type=int, default=1)
    settings = parser.parse_args()
    if settings.run == "average" and not (settings.begin and settings.other):
        parser.error("--run average takes the middle of two files: write --begin FILE --other FILE")
    return settings


def main():
    settings = parsed()
    if settings.run == "expected":
        windows = lines(PROJECT / "tests/reader/windows.jsonl")
        made = expected(PROJECT / "config/reader.safetensors", encoder_weights(settings.base), Words(settings.base), windows)
        written = "".join(json.dumps(x, ensure_ascii=False) + "\n" for x in made)
        (PROJECT / "tests/reader/expected.jsonl").write_text(written, encoding="utf8")
        return
    settings.out.mkdir(parents=True, exist_ok=True)
    if settings.run == "average":
        average(settings)
        return
    meeting = settings.out / f"meeting-{os.getpid()}"
    torch.multiprocessing.spawn(work, (settings, meeting), nprocs=settings.processes)


def work(rank, settings, meeting):
    """What each process does: all train alike, and the first one writes and prints."""
    torch.set_num_threads(1)
    together.init_process_group("gloo", init_method=f"file://{meeting.resolve()}", rank=rank, world_size=settings.processes)
    training = Training(settings)
    folds = [settings.left_out] if settings.left_out else FOLDS
    folds = folds if settings.run == "folds" else []
    for number, names in enumerate(folds, 1):
        float_, quantised = training.whole(f"fold-{number}", names)
        if rank == 0:
            print(f"left out together: {', '.join(names)}", flush=True)
            each(quantised, training.words, training.material, names)
    if settings.run == "ship":
        training.whole("ship", [])


if __name__ == "__main__":
    main()
