#!/usr/bin/env bash
# One would expect: a client of PxWebApi 2 reads a JSON-stat answer whose "value" is an object (position: figure),
# as the format allows for tables with many empty cells, or refuses it.
# What happens: pxwebpy writes the positions, as text, where the figures should be, whenever every cell is there; it
# refuses the answer only where cells are missing. The "status" of a cell (preliminary, withheld) is dropped, so
# that a withheld figure looks like one that nobody has.
# Why it matters: a column of 0, 1, 2 ... passes for figures of municipalities.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pxwebpy==0.6.0
"$work/venv/bin/python" - <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

from pxweb import PxApi

CONFIG = {"apiVersion": "2.0.0", "maxDataCells": 100000, "maxCallsPerTimeWindow": 30}
CONFIG |= {"timeWindow": 10, "defaultLanguage": "no", "languages": [{"id": "no", "label": "norsk"}]}
TABLE = {
    "version": "2.0",
    "class": "dataset",
    "id": ["Region", "Tid"],
    "size": [2, 1],
    "dimension": {
        "Region": {
            "label": "region",
            "category": {
                "index": {"3201": 0, "4003": 1},
                "label": {"3201": "Bærum", "4003": "Skien"},
            },
        },
        "Tid": {"label": "år", "category": {"index": {"2024": 0}, "label": {"2024": "2024"}}},
    },
}
ANSWERS = {
    "array": TABLE | {"value": [81.5, None], "status": {"0": "f", "1": ":"}},
    "object": TABLE | {"value": {"0": 81.5, "1": 77.25}},
    "sparse": TABLE | {"value": {"1": 77.25}},
}


class Bank(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0].strip("/").split("/")
        if path[-1] == "config":
            body = CONFIG
        elif path[-1] == "data":
            body = ANSWERS[path[-2]]
        else:
            body = {"tables": [], "page": {"totalElements": 3}}
        body = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Bank)
threading.Thread(target=server.serve_forever, daemon=True).start()
api = PxApi(f"http://127.0.0.1:{server.server_port}")
print("pxwebpy", version("pxwebpy"))
found = {}
for name in ANSWERS:
    try:
        found[name] = [row["value"] for row in api.get_table_data(name)]
    except ValueError as error:
        found[name] = str(error)
    print(name, json.dumps(ANSWERS[name]["value"]), "->", found[name])
columns = set(api.get_table_data("array")[0])
print("columns:", sorted(columns))
server.shutdown()
assert found["array"] == [81.5, None] and columns == {"region", "år", "value"}
assert found["object"] == ["0", "1"]
assert "does not match" in found["sparse"]
PY
