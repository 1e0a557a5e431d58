"""How the tests read an export, and what is the same in every format."""

import csv
import datetime
import json
import re

MOMENT = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


def without_nothing(value):
    """What is null and what is left out are the same in a table. Moments are compared as such, however they are written."""
    if isinstance(value, dict):
        return {key: without_nothing(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nothing(item) for item in value]
    if isinstance(value, str) and MOMENT.match(value):
        return datetime.datetime.fromisoformat(value)
    return value


def as_field(value):
    """What a CSV has for a value of NDJSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else str(value)


def read_parquet(session, files):
    """(path, row) for each row; the session's time zone is UTC."""
    rows = session.execute(
        "SELECT filename, to_json(row)::VARCHAR FROM read_parquet(?, filename = true) row ORDER BY filename, log_offset",
        [str(files)],
    )
    for path, text in rows.fetchall():
        row = json.loads(text)
        del row["filename"]
        yield path, row


def read_ndjson(path):
    with path.open(encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def field_problem(line, row):
    """The first column in which a line of CSV is not what a row is; None: there is none."""
    for name in row.keys() - line.keys():
        if row[name] is not None:
            return f"there is no column {name}"
    for name, field in line.items():
        wanted = as_field(row.get(name))
        if field and isinstance(row.get(name), (dict, list)):
            field = as_field(json.loads(field))
        if field != wanted:
            return f"{name} = {field!r}, not {wanted!r}"
    return None
