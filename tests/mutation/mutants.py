#!/usr/bin/env python3
"""Would the tests notice if a rule were wrong?

    mutants.py --project . --build build/dev [--only points] [--jobs 2] [--json FILE]

Changes the deciders in one place at a time (`<` to `<=`, `+` to `-`, a guard left out, a constant off by one …), compiles the
tests of that context against the changed file and runs them. A mutant that no test fails on is a survivor: a rule that nobody
guards, or a change that makes no difference (those are named in equivalent.txt, each with the reason). Exits 1 when fewer than
90 % are killed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

WANTED = 0.9
TIME_LIMIT_S = 120  # Of one run of tests: a mutant may loop for ever.

# The rules, and who guards them: the cheap tests first.
TARGETS = {
    "inventory": (["producers/inventory/decider.hpp"], ["inventory_test.cpp", "inventory_property_test.cpp"]),
    "members": (["producers/members/decider.hpp"], ["members_test.cpp"]),
    "orders": (["producers/orders/decider.hpp"], ["orders_test.cpp"]),
    "payments": (["producers/payments/decider.hpp"], ["payments_test.cpp", "payments_property_test.cpp"]),
    "points": (["producers/points/decider.hpp"], ["points_test.cpp", "points_property_test.cpp"]),
    "settlement": (
        ["producers/settlement/ledger.hpp", "producers/settlement/market.hpp"],
        ["settlement_test.cpp", "settlement_property_test.cpp"],
    ),
}
TESTS = "tests/unit/producers"

# On code as clang-format leaves it: operators of two sides stand between blanks.
CHANGES = [
    (re.compile(r"(?<= )<(?= )"), "<="),
    (re.compile(r"(?<= )<=(?= )"), "<"),
    (re.compile(r"(?<= )>(?= )"), ">="),
    (re.compile(r"(?<= )>=(?= )"), ">"),
    (re.compile(r"(?<= )==(?= )"), "!="),
    (re.compile(r"(?<= )!=(?= )"), "=="),
    (re.compile(r"(?<= )\+(?= )"), "-"),
    (re.compile(r"(?<= )-(?= )"), "+"),
    (re.compile(r"(?<= )\*(?= )"), "+"),
    (re.compile(r"(?<= )\+=(?= )"), "-="),
    (re.compile(r"(?<= )-=(?= )"), "+="),
    (re.compile(r"(?<= )&&(?= )"), "||"),
    (re.compile(r"(?<= )\|\|(?= )"), "&&"),
    (re.compile(r"\+\+(?=\w)"), "--"),
    (re.compile(r"(?<=[( ])!(?=[\w(])"), ""),
    (re.compile(r"\btrue\b"), "false"),
    (re.compile(r"\bfalse\b"), "true"),
    (re.compile(r"\bstd::min\b"), "std::max"),
    (re.compile(r"\bstd::max\b"), "std::min"),
    (re.compile(r"(?<![\w.'\"])\d[\d']*(?![\w.'\"])"), lambda found: str(int(found.group().replace("'", "")) + 1)),
    (re.compile(r"\bif \((?=.*\) return)"), "if (false && "),
]
NOT_RULES = re.compile(r"^\s*(//|#|static_assert|template|BOOST_DESCRIBE|assert\(|friend|case .*: return \"|using )")


@dataclass
class Mutant:
    header: str
    line: int
    before: str
    after: str

    @property
    def name(self):
        return f"{self.header}:{self.line}: {self.before.strip()}  →  {self.after.strip()}"

    @property
    def key(self):
        """Without the number of the line, which wanders."""
        return f"{self.header}: {self.before.strip()} → {self.after.strip()}"


def mutants_of(project, header):
    for number, line in enumerate((project / header).read_text(encoding="utf-8").splitlines(), 1):
        code = line.split("//")[0]
        if NOT_RULES.match(line) or not code.strip():
            continue
        for pattern, change in CHANGES:
            for found in pattern.finditer(code):
                if '"' in code[: found.start()] and code[: found.start()].count('"') % 2:
                    continue  # Within a text.
                text = change(found) if callable(change) else change
                yield Mutant(header, number, line, line[: found.start()] + text + line[found.end() :])


class Workshop:
    """Compiles and runs the tests of one context against a changed header."""

    def __init__(self, project, build, folder):
        self.project, self.build, self.folder = project, build, folder
        self.flags = ["-std=c++20", "-O0", "-w", "-fno-diagnostics-color"]
        self.includes = ["-I", str(project), "-I", str(build / "generated")]
        self.common = folder / "common.hpp"
        self.common.write_text(
            "#include <gtest/gtest.h>\n#include <rapidcheck.h>\n#include <rapidcheck/gtest.h>\n#include <algorithm>\n"
            "#include <map>\n#include <optional>\n#include <string>\n#include <variant>\n#include <vector>\n"
        )
        self.compile(["-x", "c++-header", str(self.common), "-o", f"{self.common}.gch"], check=True)

    def compile(self, arguments, check=False):
        command = ["g++", *self.flags, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=check).returncode == 0

    def judge(self, mutant, number, sources):
        """`killed`, `survived`, or `invalid` when it does not compile."""
        overlay = self.folder / f"mutant-{number}"
        changed = overlay / mutant.header
        changed.parent.mkdir(parents=True)
        lines = (self.project / mutant.header).read_text(encoding="utf-8").splitlines()
        lines[mutant.line - 1] = mutant.after
        changed.write_text("\n".join(lines) + "\n", encoding="utf-8")
        for source in sources:
            verdict = self.run_tests(overlay, self.project / TESTS / source)
            if verdict != "survived":
                break
        subprocess.run(["rm", "-rf", str(overlay)], check=True)
        return verdict

    def run_tests(self, overlay, source):
        program = overlay / "tests"
        libraries = [str(self.build / "events" / "libjangteo_events.a"), "-lgtest_main", "-lgtest", "-lrapidcheck"]
        arguments = ["-include", str(self.common), "-I", str(overlay), *self.includes, str(source), "-o", str(program)]
        if not self.compile([*arguments, *libraries, "-ljemalloc"]):
            return "invalid"
        try:
            environment = {**os.environ, "RC_PARAMS": "max_success=300"}
            command = [str(program), "--gtest_fail_fast", "--gtest_brief=1"]
            run = subprocess.run(command, capture_output=True, env=environment, timeout=TIME_LIMIT_S, check=False)
        except subprocess.TimeoutExpired:
            return "killed"
        return "survived" if run.returncode == 0 else "killed"


def read_equivalent(file):
    """`header: before → after`, and the reason in the indented line below it."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith((" ", "#"))}


def examine(workshop, headers, sources, equivalent, jobs):
    unchanged = Mutant(headers[0], 1, *2 * [(workshop.project / headers[0]).read_text(encoding="utf-8").splitlines()[0]])
    if workshop.judge(unchanged, "none", sources) != "survived":
        raise SystemExit(f"the tests of {headers[0]} fail on the unchanged file: {', '.join(sources)}")
    mutants = [mutant for header in headers for mutant in mutants_of(workshop.project, header)]
    counts = {"killed": 0, "survived": 0, "invalid": 0, "equivalent": 0}
    survivors, done = [], 0
    with ThreadPoolExecutor(jobs) as pool:
        verdicts = pool.map(lambda pair: (pair[1], workshop.judge(pair[1], pair[0], sources)), enumerate(mutants))
        for mutant, verdict in verdicts:
            if verdict == "survived" and mutant.key in equivalent:
                verdict = "equivalent"
            counts[verdict] += 1
            if verdict == "survived":
                survivors.append(mutant.name)
            done += 1
            if sys.stderr.isatty() or done % 25 == 0:
                print(f"\r    {done} of {len(mutants)}", end="" if sys.stderr.isatty() else "\n", file=sys.stderr)
    return counts, survivors


def main():
    parser = argparse.ArgumentParser(description="Would the tests notice if a rule were wrong?")
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--build", type=Path, required=True, help="has the generated messages and events/libjangteo_events.a")
    parser.add_argument("--only", help="contexts, separated by commas: " + ", ".join(TARGETS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    project, build = arguments.project.resolve(), arguments.build.resolve()
    equivalent = read_equivalent(Path(__file__).with_name("equivalent.txt"))
    results, failed = {}, False
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(project, build, Path(folder))
        for context in arguments.only.split(",") if arguments.only else TARGETS:
            counts, survivors = examine(workshop, *TARGETS[context], equivalent, arguments.jobs)
            judged = counts["killed"] + counts["survived"]
            share = counts["killed"] / judged if judged else 1.0
            failed |= share < WANTED
            results[context] = {**counts, "share": round(share, 3), "survivors": survivors}
            print(
                f"{context}: {counts['killed']} of {judged} killed ({share:.1%}); {counts['equivalent']} make no difference, "
                f"{counts['invalid']} do not compile"
            )
            for survivor in survivors:
                print(f"    {survivor}")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
