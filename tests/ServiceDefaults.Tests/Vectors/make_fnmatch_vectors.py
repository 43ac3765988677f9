"""Writes fnmatch-vectors.jsonl: what Python's own fnmatch.fnmatchcase answers to 100 000 pairs.

    python3 make_fnmatch_vectors.py > fnmatch-vectors.jsonl      (made with Python 3.11.7)

A line is a pattern with its texts: {"p": pattern, "y": [texts that match], "n": [texts that do not]}.
"""
import fnmatch
import json
import random
import warnings

warnings.simplefilter("ignore")  # the FutureWarning of re about "[["
random.seed(20250101)

PATTERN_PIECES = (
    ["*"] * 5 + ["?"] * 3 + ["[", "]", "!", "-", "^", "\\", "/", ".", "&&", "||", "~~", "[!", "[]", "[!]", "[^", "[[", "--"]
    + list("abcABC019_:é\n") + ["server", "servers/", "\U0001F511"])
SET_PIECES = list("abcdxyz019AZ") + ["-"] * 6 + ["!", "^", "]", "[", "\\", "&", "|", "~", "é", "\U0001F511", "a-d", "c-a", "0-9", "!-", "--"]
TEXT_PIECES = list("abcdxyzABZ019_:-!^][\\/.&|~é\n") + ["server", "servers/", "\U0001F511"]


def pattern():
    parts = []
    for _ in range(random.randint(0, 7)):
        if random.random() < 0.35:
            parts.append("[" + random.choice(["", "!", "^", "]", "!]"])
                         + "".join(random.choices(SET_PIECES, k=random.randint(0, 5))) + random.choice(["]", "]", "]", ""]))
        else:
            parts.append(random.choice(PATTERN_PIECES))
    return "".join(parts)


def text_for(p):
    """A text that is likely to be near the pattern: its own characters with the wildcards filled in."""
    if random.random() < 0.3:
        return "".join(random.choices(TEXT_PIECES, k=random.randint(0, 6)))
    out, i = [], 0
    while i < len(p):
        c = p[i]
        if c == "*":
            out += random.choices(TEXT_PIECES, k=random.randint(0, 3))
        elif c == "?":
            out.append(random.choice(TEXT_PIECES))
        elif c == "[" and "]" in p[i + 2:]:
            end = p.index("]", i + 2)
            out.append(random.choice(p[i + 1:end] + "bcy5"))
            i = end
        else:
            out.append(c)
        i += 1
    if random.random() < 0.15:
        out.append(random.choice(TEXT_PIECES))
    if out and random.random() < 0.15:
        out.pop(random.randrange(len(out)))
    return "".join(out)


for _ in range(10_000):
    p = pattern()
    line = {"p": p, "y": [], "n": []}
    for _ in range(10):
        t = text_for(p)
        line["y" if fnmatch.fnmatchcase(t, p) else "n"].append(t)
    print(json.dumps(line, ensure_ascii=True, separators=(",", ":")))
