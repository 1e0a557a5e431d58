"""tidy_plan.py CHECKOUT BUILD, with the output of `ninja -t deps` on its standard input: what clang-tidy has to look at.

Writes BUILD/tidy/compile_commands.json, which is the build's without what only g++ understands, and prints
`path<TAB>digest` for every source of the checkout. The digest changes when the source, a header of the checkout (or a
generated one) that it includes, or the list of checks changes."""
import hashlib
import json
import os
import re
import sys


def write_commands(build: str) -> None:
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    for entry in entries:
        command = re.sub(r' -include ("[^"]*cmake_pch\.hxx"|(?:\\ |\S)*cmake_pch\.hxx)', "", entry["command"])
        entry["command"] = re.sub(r" (-Winvalid-pch|-fpch-preprocess|-fsanitize=\S+|-fno-sanitize-recover=\S+)", "", command)
    os.makedirs(os.path.join(build, "tidy"), exist_ok=True)
    with open(os.path.join(build, "tidy", "compile_commands.json"), "w", encoding="utf-8") as file:
        json.dump(entries, file, indent=1)


def main() -> None:
    checkout, build = (os.path.realpath(path) for path in sys.argv[1:3])
    write_commands(build)
    contents: dict[str, bytes] = {}

    def digest_of(path: str) -> bytes:
        if path not in contents:
            try:
                with open(path, "rb") as file:
                    contents[path] = hashlib.sha256(file.read()).digest()
            except OSError:
                contents[path] = b""
        return contents[path]

    def finish(dependencies: list[str]) -> None:
        paths = [os.path.normpath(os.path.join(build, path)) for path in dependencies]
        ours = sorted({path for path in paths if path.startswith(checkout + os.sep)})
        source = next((path for path in paths if path.endswith(".cpp")), "")
        if not source.startswith(checkout + os.sep) or source.startswith(build + os.sep):
            return
        digest = hashlib.sha256(digest_of(os.path.join(checkout, ".clang-tidy")))
        for path in ours:
            if "cmake_pch" not in path:
                digest.update(os.path.relpath(path, checkout).encode() + b"\0" + digest_of(path))
        print(os.path.relpath(source, checkout), digest.hexdigest(), sep="\t")

    dependencies: list[str] = []
    for line in sys.stdin:
        if line.startswith("    "):
            dependencies.append(line.strip())
        elif dependencies:
            finish(dependencies)
            dependencies = []
    if dependencies:
        finish(dependencies)


main()
