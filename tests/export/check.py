"""Does an export say what was written into it, to a reader that others have made? And do the queries of docs/analytics.md
find what is known of a small market?"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import duckdb
from reading import field_problem, read_csv, read_ndjson, read_parquet, without_nothing

TABLES_AT_LEAST = 60


def check_formats(folder):
    session = duckdb.connect()
    session.execute("SET TimeZone = 'UTC'")
    problems = []
    tables = sorted(path.parent for path in (folder / "ndjson").glob("*/*/*.ndjson"))
    if len(tables) < TABLES_AT_LEAST:
        problems.append(f"only {len(tables)} tables were written")
    for path in tables:
        table = path.relative_to(folder / "ndjson")
        (ndjson_file,) = path.iterdir()
        expected = read_ndjson(ndjson_file)
        found = [row for _, row in read_parquet(session, folder / "parquet" / table / "*.parquet")]
        for wanted, had in zip(expected, found):
            if without_nothing(wanted) != without_nothing(had):
                problems.append(f"{table}: Parquet has\n  {had}\nnot\n  {wanted}")
                break
        if len(expected) != len(found):
            problems.append(f"{table}: Parquet has {len(found)} rows, not {len(expected)}")
        (csv_file,) = (folder / "csv" / table).iterdir()
        lines = read_csv(csv_file)
        if len(lines) != len(expected):
            problems.append(f"{table}: CSV has {len(lines)} lines, not {len(expected)}")
        wrong = [problem for line, row in zip(lines, expected) if (problem := field_problem(line, row))]
        problems += [f"{table}: CSV: {problem}" for problem in wrong[:1]]
    return problems, len(tables)


def check_types(folder):
    """The columns are typed, not texts."""
    rows = duckdb.connect().execute(
        "DESCRIBE SELECT * FROM read_parquet(?)", [str(folder / "market/orders/OrderAccepted/*.parquet")]
    )
    types = {name: type_ for name, type_, *_ in rows.fetchall()}
    wanted = {
        "event_id": "UUID",
        "event_time": "TIMESTAMP WITH TIME ZONE",
        "log_offset": "BIGINT",
        "orderId": "UUID",
        "totalAmount": "BIGINT",
        "placedAt": "TIMESTAMP WITH TIME ZONE",
    }
    problems = [f"{name} is {types.get(name)}, not {type_}" for name, type_ in wanted.items() if types.get(name) != type_]
    if not re.match(r'^STRUCT\(.*"?unitPrice"? BIGINT.*\)\[\]$', types["lines"]):
        problems.append(f"lines is {types['lines']}, not a list of structs")
    return problems


# What write_samples.cpp's market comes to, question by question. Sellers are shown by their ids.
ANSWERS = [
    {("2026-01-18", 10_000), ("2026-01-18", 5_000), ("2026-01-19", 7_000), ("2026-01-19", 20_000)},
    {("buyer", 1, "0.200"), ("unpaid", 1, "0.200")},
    {("2026-01-01", 2, 1, "0.500")},
]


def check_guide(guide, folder):
    """The queries of the guide, as they stand there, over the market."""
    session = duckdb.connect()
    text = guide.read_text(encoding="utf-8").replace("/srv/jangteo-events", str(folder / "market"))
    blocks = re.findall(r"^```sql\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    problems = []
    session.execute(blocks[0])
    if len(blocks) != 1 + len(ANSWERS):
        problems.append(f"{guide.name} has {len(blocks)} blocks of SQL; the first prepares, {len(ANSWERS)} ask")
    for block, wanted in zip(blocks[1:], ANSWERS):
        rows = session.execute(block).fetchall()
        found = {tuple(str(v) if not isinstance(v, int) else v for v in row if len(str(v)) != 36) for row in rows}
        if found != wanted or len(rows) != len(wanted):
            problems.append(f"{block}\nfound {rows}, not {wanted}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("writer", "samples", "guide"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        subprocess.run([arguments.writer, arguments.samples, folder], check=True)
        problems, tables = check_formats(folder)
        problems += check_types(folder)
        problems += check_guide(arguments.guide, folder)
    for problem in problems:
        print(problem)
    print(f"{tables} tables in three formats, {len(ANSWERS)} questions: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
