"""Asks a Prometheus that has watched hushd: check.py URL DASHBOARD running|gone."""

import json
import sys
import urllib.parse
import urllib.request

url, dashboard, when = sys.argv[1:]
wrong = []


def get(path, **parameters):
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"{url}/api/v1/{path}?{query}", timeout=10) as answer:
        return json.load(answer)["data"]


def values(expression):
    return [float(sample["value"][1]) for sample in get("query", query=expression)["result"]]


def expect(expression, holds, words):
    found = values(expression)
    print(f"  {expression} = {found}")
    if not found or not all(holds(value) for value in found):
        wrong.append(f"{expression}: {found}, not {words}")


if when == "running":
    expect('up', lambda value: value == 1, "1")
    for job in "hush", "node":
        of = f'{{job="{job}"}}'
        expect(f"rate(hush_hops_total{of}[30s])", lambda value: 110 < value < 140, "some 125")
        for name in "hush_hop_compute", "hush_hop_lateness":
            expect(
                f"histogram_quantile(0.99, rate({name}_seconds_bucket{of}[1m]))",
                lambda value: 0 < value < 10, "a time")
        expect(f'hush_state{{job="{job}",side="capture",state="running"}}', lambda value: value == 1, "1")
    expect("hush_up", lambda value: value == 1, "1")
    expect("hush:hop_compute_seconds:p99", lambda value: 0 < value < 10, "a time")
    expect("hush:deadline_miss_ratio", lambda value: 0 <= value <= 1, "a share")
    for panel in json.load(open(dashboard))["panels"]:
        for target in panel["targets"]:
            expression = target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")
            # An expression that cannot be evaluated is an HTTP error; a device's may be empty.
            get("query", query=expression)
else:
    expect('up{job="hush"}', lambda value: value == 0, "0")
    expect("hush_up", lambda value: value == 0, "0")

rules = [rule for group in get("rules")["groups"] for rule in group["rules"]]
for rule in rules:
    if rule["health"] != "ok":
        wrong.append(f"{rule['name']}: {rule['health']} {rule.get('lastError', '')}")
states = {rule["name"]: rule["state"] for rule in rules if rule["type"] == "alerting"}
print(f"  {len(rules)} rules; not inactive: { {n: s for n, s in states.items() if s != 'inactive'} }")
if when == "running" and states["HushDown"] != "inactive":
    wrong.append("HushDown while hushd runs")
if when == "gone" and states["HushDown"] not in ("pending", "firing"):
    wrong.append(f"HushDown is {states['HushDown']} though hushd is gone")

for line in wrong:
    print(f"wrong: {line}", file=sys.stderr)
sys.exit(1 if wrong else 0)
