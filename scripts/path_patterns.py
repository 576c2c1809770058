#!/usr/bin/env python3
"""What Starlette's own path patterns match, as a table for the router's test.

    pip install starlette && scripts/path_patterns.py > test/data/path_patterns.txt

Each line: pattern, path, then `-` (no match) or one NAME=VALUE for each parameter, separated by tabs.
Left out is what differs on purpose: newlines, braces that belong to no parameter, and Starlette's rules
for host names (ports and case), which it applies to patterns without a leading slash.
`--pairs N --seed S` makes another table: N pairs, any seed. The test reads $SMYTH_PATH_PATTERNS if set.
"""

import argparse
import random

import starlette
from starlette.routing import compile_path

UUID = "123e4567-e89b-12d3-a456-426614174000"
PATTERNS = """
/ /orders /orders/ /orders/{id} /orders/{id}/ /orders/{id:str} /orders/{id:int} /orders/{id:float}
/orders/{id:uuid} /orders/{path:path} /orders{path:path} {path:path} /{path:path} {path:path}.json
/{a}-{b} /{a:int}-{b:int} /{a}.{b} /{a:int}.{b:int} /{a:float}.{b:float} /{a:float}{b:float} /{a}{b}
/{a:int}{b:int} /{a:path}/{b} /{a:path}/{b:path} /{a:path}{b:path} /x/{a:path}/y/{b:path}/z
/{a}/items/{b:int} /v{major:int}.{minor:int}/{rest:path} /{u:uuid}/{v:uuid} /{u:uuid}-{v:uuid}
/{u:uuid}{n:int} /{s}{u:uuid} /{s}{f:float} /{f:float}{s} /{a:path}.{ext} /a.b+c*/{x} /(x)/{y}|z
/{a}/{b}/{c} /{a:path}a{b:path}a{c:path}a /é/{x}
""".split()
PATHS = f"""
/ // /orders /orders/ /orders/1 /orders/1/ /orders/1/2 /orders//1 /orders/1.5 /orders/1. /orders/.5
/orders/1.5.2 /orders/-1 /orders/abc /orders/{UUID} /orders/{UUID.upper()} /orders/{UUID.replace("-", "")}
/orders/{UUID[:-1]} /orders/{UUID}0 /orders/{UUID[:9] + UUID[10:]} /orders/123e4567e89b-12d3a456-426614174000
/a-b /a-b-c /-b /a- /1-2 /12-34-56 /a.b /a.b.c /1.2 /1.2.3 /1.2.3.4 /12.34 /12 /1 /123.456.789 /ab /a
/a/b /a/b/c /a/ //b /x/1/y/2/z /x//y//z /x/y/y/y/z /x/1/y/y/2/z/y/z /a/items/7 /a/items/x /v1.2/a/b /v1.2/
/v1.2 /v10.20/ /{UUID}/{UUID} /{UUID}-{UUID} /{UUID}{UUID} /{UUID}7 /{UUID}77 /x{UUID} /{UUID[:8]}
/x1.5 /1.5x /11.55 /f.tar.gz /d/f.tar.gz /a.b+c*/1 /aab/1 /(x)/y|z /x/y /aaa /aaaa /baaab /xaxaxa /é/ü /é/
/a.json /d/a.json .json orders x
""".split()
PIECES = ["/", "a", "b", "1", "23", ".", "-", "/x", "x"]
PARAMS = ["{%s}", "{%s:str}", "{%s:int}", "{%s:float}", "{%s:path}", "{%s:uuid}"]


def random_pattern(rng):
    parts = ["/"]
    for name in "pqrs"[: rng.randint(1, 4)]:
        parts.append(rng.choice(PARAMS) % name)
        parts += rng.choices(PIECES, k=rng.randint(0, 2))
    return "".join(parts)


def random_path(rng, pattern):
    """A path that may well match: the pattern with each parameter replaced by something."""
    values = ["a", "1", "1.5", "12", "", "a/b", "x-1", UUID, "/", "b1", "1.", "23.1.5"]
    path = pattern
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + rng.choice(values) + rest.partition("}")[2]
    return path


def row(pattern, path):
    match = compile_path(pattern)[0].match(path)
    if match is None:
        return [pattern, path, "-"]
    return [pattern, path, *(f"{name}={value}" for name, value in match.groupdict().items())]


def rows(rng, count):
    pairs = dict.fromkeys((pattern, path) for pattern in PATTERNS for path in PATHS)
    matching = [p for p in pairs if compile_path(p[0])[0].match(p[1])]
    # Most curated pairs do not match: keep all that do, and some of the others.
    others = [p for p in pairs if p not in set(matching)]
    chosen = dict.fromkeys(matching + rng.sample(others, len(matching)))
    while len(chosen) < count:
        pattern = random_pattern(rng)
        path = random_path(rng, pattern)
        if compile_path(pattern)[0].match(path) or rng.random() < 0.3:
            chosen[pattern, path] = None
    return [row(*pair) for pair in chosen]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"# Starlette {starlette.__version__}, made by scripts/path_patterns.py")
    for fields in rows(random.Random(options.seed), options.pairs):
        print("\t".join(fields))


if __name__ == "__main__":
    main()
