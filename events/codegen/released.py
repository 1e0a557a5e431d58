#!/usr/bin/env python3
"""Keeps the promise that a shipped schema only gains optional fields.

    released.py --schemas events/schemas --check     fails when a change breaks the promise, or is not on record yet
    released.py --schemas events/schemas --record    puts new messages and new optional fields on record

The record is `released.json` beside the schemas: every message that was shipped, with all that a reader or writer of it
relies on (types, bounds, required fields) and without its prose. It is written by this program only.
"""

import argparse
import json
import sys
from pathlib import Path

from schemas import Reader, SchemaError, contexts_of

RECORD = "released.json"
PROSE = {"title", "description", "$schema", "$id", "$comment", "examples", "$defs", "x-cpp"}
ADVICE = (
    "Records of this message are in the log for ever. Undo the change, or make a v2 of the schema (a new file "
    "<Name>.<kind>.v2.json, an upcaster from v1, and v1's sample stays)."
)


class Digest:
    """What matters of each schema, with every reference resolved."""

    def __init__(self, root):
        self.root = root
        self.reader = Reader(root, "")

    def all(self):
        digests = {}
        for context in contexts_of(self.root) + ["shared"]:
            for path in sorted((self.root / context).glob("*.json")):
                if path.name != "types.json":
                    schema = self.reader.load(path)
                    digests[f"{context}/{path.name}"] = self.of(schema, path)
        return digests

    def of(self, schema, path):
        if "$ref" in schema:
            _, target, target_path = self.reader.resolve(schema["$ref"], path, str(path))
            # Bounds beside the reference are the reader's own.
            own = {key: value for key, value in schema.items() if key != "$ref"}
            return {**self.of(target, target_path), **self.of(own, path)}
        digest = {key: value for key, value in schema.items() if key not in PROSE}
        if "required" in digest:
            digest["required"] = sorted(digest["required"])
        if "items" in digest:
            digest["items"] = self.of(digest["items"], path)
        if "properties" in digest:
            digest["properties"] = {key: self.of(value, path) for key, value in digest["properties"].items()}
        return digest


def broken_promises(old, new, where):
    """What of `new` a reader or writer of `old` cannot live with, in sentences."""
    for key in sorted((set(old) | set(new)) - {"properties", "required", "items"}):
        if old.get(key) != new.get(key):
            yield f"{where}: {key} was {json.dumps(old.get(key))} and is now {json.dumps(new.get(key))}."
    if "items" in old and "items" in new:
        yield from broken_promises(old["items"], new["items"], f"{where}[]")
    elif "items" in old or "items" in new:
        yield f"{where}: items came or went."
    old_properties, new_properties = old.get("properties", {}), new.get("properties", {})
    old_required, new_required = set(old.get("required", [])), set(new.get("required", []))
    for name in old_properties:
        if name not in new_properties:
            yield f"{where}: the field {name} is gone."
            continue
        if (name in old_required) != (name in new_required):
            yield f"{where}: the field {name} was {'' if name in old_required else 'not '}required; now it is the reverse."
        yield from broken_promises(old_properties[name], new_properties[name], f"{where}: {name}")
    for name in new_properties:
        if name not in old_properties and name in new_required:
            yield f"{where}: the new field {name} is required; a new field must be optional."


def main():
    parser = argparse.ArgumentParser(description="Keeps the promise that a shipped schema only gains optional fields.")
    parser.add_argument("--schemas", type=Path, required=True, help="the folder of schemas")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true", help="fail when a change breaks the promise")
    action.add_argument("--record", action="store_true", help="put new messages and new optional fields on record")
    arguments = parser.parse_args()
    root = arguments.schemas.resolve()
    record_path = root / RECORD
    try:
        now = Digest(root).all()
    except SchemaError as problem:
        print(problem, file=sys.stderr)
        return 1
    released = json.loads(record_path.read_text(encoding="utf-8")) if record_path.exists() else {}

    broken = []
    for name, old in released.items():
        broken += broken_promises(old, now[name], name) if name in now else [f"{name}: the schema is gone."]
    if broken:
        print("\n".join(broken), ADVICE, sep="\n", file=sys.stderr)
        return 1
    if arguments.record:
        record_path.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    elif now != released:
        new = ", ".join(name for name in now if now[name] != released.get(name))
        print(
            f"Not on record yet: {new}. The changes are allowed; put them on record with\n"
            "    python3 events/codegen/released.py --schemas events/schemas --record\n"
            "and commit events/schemas/released.json with them.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
