"""Do exports have what the log has, event by event, once each, in files that are named for it?

    compare.py --log LOG FOLDER...

LOG: what counts in the log, as `jangteo replay --ndjson` writes it. The last part of FOLDER's name is the format.
"""

import argparse
import pathlib
import re
import sys

import duckdb
from reading import field_problem, read_csv, read_ndjson, read_parquet, without_nothing

FILE = re.compile(r"^(?P<partition>\d+)-(?P<first>\d{12})-(?P<last>\d{12})\.(parquet|ndjson|csv)$")
ENVELOPE = {"event_id": "id", "event_type": "type", "event_time": "time", "aggregate_id": "subject",
            "correlation_id": "correlationId", "causation_id": "causationId", "log_topic": "topic",
            "log_partition": "partition", "log_offset": "offset", "log_sequence": "sequence", "log_writer": "writer",
            "command_offset": "commandOffset"}


def place(row):
    return row["log_topic"], int(row["log_partition"]), int(row["log_offset"])


def expected_rows(log):
    rows = {}
    for record in read_ndjson(log):
        row = {column: record[name] for column, name in ENVELOPE.items()}
        row["event_actor"] = record["actor"] or None
        row["trace_parent"] = record.get("traceparent")
        row |= record["data"] or {}
        rows[place(row)] = row
    return rows


def rows_of(folder):
    """(path, row, what is wrong with it by the expected row) of every row."""
    suffix = folder.name
    if suffix == "parquet":
        session = duckdb.connect()
        session.execute("SET TimeZone = 'UTC'")
        for table in sorted({path.parent for path in folder.glob("*/*/*.parquet")}):
            for path, row in read_parquet(session, table / "*.parquet"):
                yield pathlib.Path(path), row
        return
    for path in sorted(folder.glob(f"*/*/*.{suffix}")):
        for row in read_csv(path) if suffix == "csv" else read_ndjson(path):
            yield path, row


def different(folder, row, wanted):
    row = {name: value for name, value in row.items() if name != "data_schema"}
    if folder.name == "csv":
        return field_problem(row, wanted)
    return None if without_nothing(row) == without_nothing(wanted) else f"{row}\nis not\n{wanted}"


def problems_of(folder, expected):
    seen = set()
    for path, row in rows_of(folder):
        at = place(row)
        name = FILE.match(path.name)
        if not name or int(name["partition"]) != at[1] or not int(name["first"]) <= at[2] <= int(name["last"]):
            yield f"{path} has {at}"
        if f"{at[0].split('.')[0]}/{row['event_type'].split('.')[-1]}" != "/".join(path.parts[-3:-1]):
            yield f"{path} has {row['event_type']}"
        if at in seen:
            yield f"{folder.name} has {at} twice"
        seen.add(at)
        if at not in expected:
            yield f"{folder.name} has {at}, which does not count"
        elif problem := different(folder, row, expected[at]):
            yield f"{folder.name}, {at}: {problem}"
    for at in sorted(expected.keys() - seen):
        yield f"{folder.name} misses {at}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=pathlib.Path, required=True)
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    expected = expected_rows(arguments.log)
    problems = [problem for folder in arguments.folders for problem in problems_of(folder, expected)]
    for problem in problems[:20]:
        print(problem)
    files = sum(1 for folder in arguments.folders for _ in folder.glob("*/*/*"))
    print(f"{len(expected)} events in {len(arguments.folders)} exports of {files} files: {len(problems)} problems")
    return 1 if problems or not expected else 0


if __name__ == "__main__":
    sys.exit(main())
