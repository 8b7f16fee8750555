# SPDX-License-Identifier: Apache-2.0
"""The published schemas of receipt templates and of sales columns take every document of tests and docs, and refuse them
spoiled.

The parser's own refusals are tested in read_sale_test.cpp. Ends with 77 where Debian's python3-jsonschema is not
installed."""
import copy
import json
import os
import re
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: no JSON Schema validator; packaging/deps installs Debian's python3-jsonschema")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
with open(os.path.join(TOP, "assets/schema/receipt_template.json"), encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
folder = os.path.join(HERE, "receipts/templates")
templates = {}
for name in sorted(os.listdir(folder)):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        templates[name] = json.load(file)
page = os.path.join(TOP, "docs/capture.md")
if os.path.exists(page):
    with open(page, encoding="utf-8") as file:
        for i, block in enumerate(re.findall(r"```json\n(.*?)```", file.read(), re.S)):
            templates[f"docs/capture.md {i}"] = json.loads(block)
failures = 0
for name, template in templates.items():
    for error in validator.iter_errors(template):
        print(f"FAILED {name}: {error.json_path}: {error.message[:200]}")
        failures += 1
    for change in ({"misspelt": 1}, {"version": 2}, {"signature": []}, {"name": ""}, {"total": ["Total"]}):
        spoiled = copy.deepcopy(template) | change
        if validator.is_valid(spoiled):
            print(f"FAILED {name} with {change}: the schema takes it")
            failures += 1
with open(os.path.join(TOP, "assets/schema/sales_columns.json"), encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
columns = Draft202012Validator(schema)
with open(os.path.join(TOP, "docs/import.md"), encoding="utf-8") as file:
    example = json.loads(re.search(r"```json\n(.*?)```", file.read(), re.S).group(1))
for error in columns.iter_errors(example):
    print(f"FAILED docs/import.md: {error.json_path}: {error.message[:200]}")
    failures += 1
for change in ({"misspelt": 1}, {"version": 2}, {"columns": {"receipt": "a"}}, {"delimiter": "|"}, {"currency": 1}):
    if columns.is_valid(copy.deepcopy(example) | change):
        print(f"FAILED docs/import.md with {change}: the schema takes it")
        failures += 1
print(f"{len(templates)} templates")
sys.exit(1 if failures or not templates else 0)
