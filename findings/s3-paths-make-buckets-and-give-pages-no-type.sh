#!/usr/bin/env bash
# One would expect: a path in a bucket that does not exist cannot be made, as with a mistyped drive;
# and a page that is written there is a page, as when the same library uploads it.
# What happens: UPath.mkdir(parents=True, exist_ok=True) makes the bucket. write_text leaves
# index.html as binary/octet-stream, while put() of the same file by the same library says text/html.
# Why it matters: code that works on folders, given s3:// addresses, publishes to a bucket of a
# mistyped name that nobody looks at, and browsers download its pages where they should show them.
set -euo pipefail
work=$(mktemp -d)
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    s3fs==2026.9.0 universal_pathlib==0.3.10 'moto[server]==5.2.5'
port=$("$work/venv/bin/python" -c \
    'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$work/venv/bin/python" -m moto.server -H 127.0.0.1 -p "$port" > "$work/log" 2>&1 &
server=$!
trap 'kill "$server"; rm -rf "$work"' EXIT
export AWS_ACCESS_KEY_ID=nobody AWS_SECRET_ACCESS_KEY=nothing AWS_DEFAULT_REGION=us-east-1
export AWS_ENDPOINT_URL="http://127.0.0.1:$port"
for _ in $(seq 100); do
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> "$work/log2" && break
    sleep 0.2
done
"$work/venv/bin/python" - "$work" <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

import s3fs
from upath import UPath

print("s3fs", version("s3fs"), "universal_pathlib", version("universal_pathlib"))
files = s3fs.S3FileSystem()
files.mkdir("briefs")
UPath("s3://breifs/3201").mkdir(parents=True, exist_ok=True)
files.invalidate_cache()
buckets = sorted(files.ls(""))
print("buckets:", buckets)
page = Path(sys.argv[1], "index.html")
page.write_text("<!doctype html>")
UPath("s3://briefs/written/index.html").write_text("<!doctype html>")
files.put(str(page), "briefs/put/index.html")
types = {
    way: files.info(f"briefs/{way}/index.html", refresh=True)["ContentType"]
    for way in ("written", "put")
}
print("content types:", types)
assert buckets == ["breifs", "briefs"], "no bucket is made now"
assert types == {"written": "binary/octet-stream", "put": "text/html"}, "they are alike now"
PY
