"""Keeps the house in order: what each room may include (ARCHITECTURE.md, "Rooms"), and that pure parts stay pure."""

import pathlib
import re
import sys

# The longest matching prefix decides. A room may always include itself.
MAY_INCLUDE = {
    "events/": [],
    "infra/crypto/": [],
    "infra/kafka/": ["events/"],
    "infra/personal/": ["events/", "infra/crypto/", "infra/postgres/"],
    "infra/postgres/": ["events/", "infra/state/"],
    "infra/rabbitmq/": ["events/"],
    "infra/state/": ["events/"],
    "infra/loop/": ["events/", "infra/kafka/", "infra/state/"],
    "producers/": ["events/", "infra/kafka/", "infra/loop/", "infra/state/"],
    "sagas/": ["events/", "infra/kafka/", "infra/loop/", "infra/postgres/", "infra/rabbitmq/", "infra/state/"],
    "projections/": ["events/", "infra/kafka/", "infra/postgres/"],
    "http-edge/": ["events/", "infra/crypto/", "infra/kafka/", "infra/personal/", "infra/postgres/",
                   "projections/places_of_order.hpp", "projections/as_of.hpp"],
    "consumers/": ["events/", "infra/crypto/", "infra/kafka/", "infra/personal/", "infra/postgres/", "infra/rabbitmq/"],
    "ops/": ["events/", "infra/kafka/", "infra/postgres/", "infra/rabbitmq/", "projections/", "sagas/",
             "consumers/payments/gateway_books.hpp"],
    "main/": ["events/", "infra/", "producers/", "sagas/", "projections/", "http-edge/", "consumers/", "ops/"],
}

# No client, no clock, no randomness, no log: (what they are, what they may include of ours).
PURE = [
    (r"producers/(?!runtime/)\w+/\w+\.hpp",
     [r"events/", r"producers/runtime/(decider|keyed)\.hpp", r"producers/(?!runtime/)\w+/\w+\.hpp"]),
    (r"producers/runtime/(decider|keyed|outcome_window|partition|context|typed_context)\.[hc]pp",
     [r"events/", r"infra/state/", r"producers/runtime/"]),
    (r"sagas/\w+\.hpp", [r"events/", r"sagas/runtime/(saga|process)\.hpp"]),
    (r"sagas/runtime/(saga|process|typed_process|instance|inbox|inbox_instance|inbox_push)\.[hc]pp", [r"events/", r"infra/state/", r"sagas/runtime/"]),
    (r"consumers/runtime/circuit_breaker\.hpp", []),
    (r"ops/status/\w+\.[hc]pp", [r"ops/status/"]),
    (r"ops/rebuild/\w+\.[hc]pp", [r"events/", r"ops/rebuild/"]),
    (r"ops/log/(selection|moment)\.[hc]pp", [r"events/", r"ops/log/(selection|moment)\.hpp"]),
    (r"ops/lag/standing\.[hc]pp", [r"events/", r"ops/(lag/(lag|standing)|log/moment)\.hpp"]),
    (r"ops/quarantine/failures\.[hc]pp", [r"events/", r"ops/quarantine/failures\.hpp"]),
    (r"ops/timeline/story\.[hc]pp", [r"events/", r"ops/(timeline/story|log/selection)\.hpp"]),
    (r"ops/audit/(books|judge)\.[hc]pp", [r"events/", r"ops/audit/(books|judge)\.hpp"]),
    (r"ops/reconcile/(our_books|compare)\.[hc]pp",
     [r"events/", r"ops/reconcile/(our_books|compare)\.hpp", r"consumers/payments/gateway_books\.hpp"]),
    (r"projections/\w+\.hpp", [r"events/", r"projections/runtime/(rows|meta|read_model)\.hpp"]),
]
IMPURE = [r"rdkafka", r"pqxx", r"libpq-fe", r"spdlog", r"<random>", r"<iostream>", r"<fstream>", r"<thread>"]
IMPURE_CALLS = [r"_clock::now", r"\brandom_uuid\s*\(", r"\bgetenv\s*\("]

INCLUDE = re.compile(r'^\s*#\s*include\s+("([^"]+)"|<([^>]+)>)', re.MULTILINE)


def room_of(path):
    rooms = [room for room in MAY_INCLUDE if path.startswith(room)]
    return max(rooms, key=len) if rooms else None


def problems_of(path, text):
    ours = [match[1] for match in INCLUDE.findall(text) if match[1]]
    room = room_of(path)
    for header in ours:
        other = room_of(header)
        if other and other != room and not any(header.startswith(allowed) for allowed in MAY_INCLUDE[room]):
            yield f"{path} includes {header}, but {room} may include only {MAY_INCLUDE[room] or 'itself'}"
    for pattern, allowed in PURE:
        if not re.fullmatch(pattern, path):
            continue
        for header in ours:
            if not any(re.match(one, header) for one in allowed):
                yield f"{path} is pure, so it must not include {header}"
        for impure in IMPURE:
            if any(re.search(impure, match[0]) for match in INCLUDE.findall(text)):
                yield f"{path} is pure, so it must not include {impure}"
        for call in IMPURE_CALLS:
            if re.search(call, text):
                yield f"{path} is pure, so it must not call {call}"


def main(root):
    problems = []
    files = 0
    for room in MAY_INCLUDE:
        for file in sorted((root / room).rglob("*.[hc]pp")):
            path = file.relative_to(root).as_posix()
            if room_of(path) != room:
                continue
            files += 1
            problems += problems_of(path, file.read_text())
    for problem in problems:
        print(problem)
    print(f"{files} files, {len(problems)} problems")
    return 1 if problems or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
