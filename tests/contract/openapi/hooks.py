"""Half of the calls are about things that are there, or they would only ever be told that there is nothing.

The caller is one of those things: `userId` in a path is mostly the token's own user.
"""

import json
import os

import schemathesis

KNOWN = json.loads(os.environ["JANGTEO_CALLS_KNOWN"])


def known_for(name, value):
    """By the generated value itself, so that every run makes the same calls."""
    even = sum(str(value).encode()) % 2 == 0
    if name == "userId":
        return KNOWN["caller"] if even else KNOWN["userId"]
    return KNOWN.get(name, value) if even else value


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if path_parameters:
        return {name: known_for(name, value) for name, value in path_parameters.items()}
    return path_parameters


@schemathesis.hook
def map_body(context, body):
    if not isinstance(body, dict):
        return body
    known = {name: known_for(name, value) if isinstance(value, str) else value for name, value in body.items()}
    for item in known.get("items") or [] if isinstance(known.get("items"), list) else []:
        if isinstance(item, dict) and isinstance(item.get("productId"), str):
            item["productId"] = known_for("productId", item["productId"])
    return known
