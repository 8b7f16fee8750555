# SPDX-License-Identifier: Apache-2.0
"""Published schemas against the parsers, by a validator of JSON Schema.

usage: schemas.py PATH-OF-millpond-documents

1. Every schema is one, every document of the repository is valid, and its parser takes it.
2. Every row of broken.json is refused by its parser; by its schema too, unless the row says that a schema cannot.
3. Spoiled documents, made from the whole ones: where a member is missing or misspelt, or a value of another type or far
   out of range, schema and parser agree; and whatever a schema refuses, its parser refuses.

Ends with 77 where Debian's python3-jsonschema is not installed.
"""
import copy
import json
import os
import re
import subprocess
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: no JSON Schema validator; packaging/deps installs Debian's python3-jsonschema")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))

# Which documents of the repository have which schema. Of a page: its fenced blocks in order, or by name.
DOCUMENTS = {
    "check_in": ["assets/chain/check_in.json"],
    "commission": ["assets/chain/commission.json"],
    "contact_policy": ["assets/chain/contact_policy.json"],
    "country": ["assets/countries/cn.json", "assets/countries/de.json"],
    "distributors": ["assets/chain/distributors.json"],
    "game": ["assets/chain/wheel.json", "assets/chain/golden_egg.json"],
    "gestures": ["assets/chain/gestures.json"],
    "gifts": ["assets/chain/gifts.json"],
    "item_codes": ["assets/chain/item_codes.json"],
    "points": ["assets/chain/points.json"],
    "programme": ["assets/chain/programme.json", "assets/shop/programme.json",
                  "tests/fuzz/programme_of_everything.json"],
    "ratings": ["assets/chain/ratings.json"],
    "referral": ["assets/chain/referral.json"],
    "rfm_bands": ["assets/chain/rfm_bands.json"],
    "tiers": ["assets/chain/tiers.json"],
}
PAGES = {
    "docs/points.md": ["points", "tiers", "referral", "distributors"],
    "docs/contact-and-counter.md": ["contact_policy", "gestures", "ratings", "commission", "rfm_bands"],
}
# What parsers alone refuse although something is only missing: the document names it elsewhere.
PARSER_ALONE = {"programme": ["^/ without packs$"]}

failures = []


def fail(words):
    failures.append(words)
    print("FAILED " + words)


def load(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return json.load(file)


def blocks(page):
    with open(os.path.join(TOP, page), encoding="utf-8") as file:
        return [json.loads(block) for block in re.findall(r"```json[^\n]*\n(.*?)```", file.read(), re.S)]


class Parsers:
    def __init__(self, program):
        self.kinds = subprocess.run([program, "--list"], check=True, capture_output=True, text=True).stdout.split()
        self.program = program

    def refusals(self, asked):
        """Of (kind, document) each: empty when the parser takes it."""
        lines = "".join(kind + " " + json.dumps(document, ensure_ascii=False) + "\n" for kind, document in asked)
        answers = subprocess.run([self.program], input=lines, check=True, capture_output=True, text=True,
                                 encoding="utf-8").stdout.splitlines()
        return ["" if answer == "ok" else answer for answer in answers]

    def refusal(self, kind, document):
        return self.refusals([(kind, document)])[0]


def at(document, steps):
    for step in steps:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def patched(document, patch):
    """add, remove and replace of RFC 6902, with names that need no escapes."""
    document = copy.deepcopy(document)
    for change in patch:
        steps = change["path"].split("/")[1:]
        parent, last = at(document, steps[:-1]), steps[-1]
        if isinstance(parent, list):
            last = int(last)
        if change["op"] == "remove":
            del parent[last]
        elif change["op"] == "add" and isinstance(parent, list):
            parent.insert(last, change["value"])
        else:
            parent[last] = change["value"]
    return document


def places(document, steps=()):
    yield list(steps)
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, (*steps, key))
    elif isinstance(document, list):
        # The first and the last tell enough of a long list.
        for index in sorted({0, len(document) - 1}) if document else []:
            yield from places(document[index], (*steps, str(index)))


def spoiled(document):
    """(what, document) where neither a schema nor a parser may say yes unless both do."""
    for steps in places(document):
        here = at(document, steps)
        path = "/" + "/".join(steps)
        if isinstance(here, dict):
            for key in here:
                yield path + " without " + key, patched(document, [{"op": "remove", "path": "/" + "/".join([*steps, key])}])
            yield path + " misspelt", patched(document, [{"op": "add", "path": "/" + "/".join([*steps, "misspelt"]), "value": 1}])
        if not steps:
            continue
        for other in (None, 10**19):
            yield f"{path} = {str(other)[:20]!r}", patched(document, [{"op": "replace", "path": path, "value": other}])


def main():
    parsers = Parsers(sys.argv[1])
    table = load("tests/schema/broken.json")
    documents = {kind: [(path, load(path)) for path in DOCUMENTS.get(kind, [])] for kind in parsers.kinds}
    for name in sorted(os.listdir(os.path.join(HERE, "everything"))):
        kind = name[: -len(".json")]
        kind = kind if kind in documents else kind.split("_of_")[0]
        documents[kind].append((name, load("tests/schema/everything/" + name)))
    for page, kinds in PAGES.items():
        found = blocks(page)
        if len(found) != len(kinds):
            fail(f"{page}: {len(found)} documents, {len(kinds)} expected")
        for kind, document in zip(kinds, found):
            documents[kind].append((f"{page} {kind}", document))
    counts = {"whole": 0, "broken": 0, "spoiled": 0}
    for kind in parsers.kinds:
        schema = load(f"assets/schema/{kind}.json")
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        for name, document in documents[kind]:
            counts["whole"] += 1
            for error in validator.iter_errors(document):
                fail(f"{name}: schema: {error.json_path}: {error.message[:200]}")
            refusal = parsers.refusal(kind, document)
            if refusal:
                fail(f"{name}: parser: {refusal}")
        for row in table[kind]:
            counts["broken"] += 1
            broken = patched(load(os.path.join("tests/schema", row["document"])), row["patch"])
            if not parsers.refusal(kind, broken):
                fail(f"{kind} {row['patch']}: the parser takes it")
            if validator.is_valid(broken) != row.get("schema_accepts", False):
                fail(f"{kind} {row['patch']}: the schema says otherwise than the table")
        for name, document in documents[kind]:
            if "everything" not in name and not os.path.exists(os.path.join(HERE, "everything", name)):
                continue
            all_spoiled = list(spoiled(document))
            refusals = parsers.refusals((kind, broken) for _, broken in all_spoiled)
            for (what, broken), refusal in zip(all_spoiled, refusals, strict=True):
                counts["spoiled"] += 1
                valid = validator.is_valid(broken)
                if valid == (not refusal):
                    continue
                if not valid:
                    fail(f"{kind} {what}: the schema refuses what the parser takes")
                elif not any(re.search(pattern, what) for pattern in PARSER_ALONE.get(kind, [])):
                    fail(f"{kind} {what}: the parser alone refuses it: {refusal}")
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if failures else 0


sys.exit(main())
