"""Can what infra/deploy says be deployed?

    check.py --project . --binary build/asan/main/jangteo

The manifests are valid Kubernetes and the compose file a valid one; each has every role, with probes; what they set are
settings that the binary has; and the image installs every library that the binary needs. The alerts and the dashboard ask
in PromQL for metrics that there are, and each alert names a page that says what to do.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import promql_parser
import yaml
from kubernetes_validate import validate

ROLES = {"edge", "producers", "sagas", "projections", "consumers"}


def read_manifests(folder):
    return [(file.name, one) for file in sorted(folder.glob("*.yaml")) for one in yaml.safe_load_all(file.read_text())]


def check_kubernetes(deploy):
    found, problems = set(), []
    for name, manifest in read_manifests(deploy / "kubernetes") + read_manifests(deploy):
        if "kind" not in manifest:
            continue  # The compose file.
        where = f"{name} ({manifest['kind']})"
        try:
            validate(manifest, "1.31", strict=True)
        except Exception as problem:  # The library's errors share no base but this.
            problems.append(f"{where}: {str(problem).splitlines()[0]}")
        if manifest["kind"] not in ("Deployment", "StatefulSet"):
            continue
        for container in manifest["spec"]["template"]["spec"]["containers"]:
            found.update(container["args"])
            ports = {port["name"] for port in container["ports"]}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                if container[probe]["httpGet"]["port"] not in ports:
                    problems.append(f"{where}: {probe} asks a port that is not there")
    return problems + [f"kubernetes: no manifest runs {role}" for role in sorted(ROLES - found)]


def check_compose(deploy):
    file = deploy / "compose.yaml"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    problems = [] if result.returncode == 0 else [f"compose.yaml: {result.stdout}{result.stderr}"]
    commands = {word for service in yaml.safe_load(file.read_text())["services"].values() for word in service.get("command", [])}
    return problems + [f"compose.yaml: no service runs {role}" for role in sorted(ROLES - commands)]


def check_settings(deploy, binary):
    """A name that the binary does not know would be ignored without a word."""
    shown = subprocess.run([binary, "config"], capture_output=True, text=True, check=True, env={}).stdout
    known = {"JANGTEO_" + line.split(" = ")[0].upper().replace("-", "_") for line in shown.splitlines()}
    files = [file for file in deploy.rglob("*") if file.is_file()]
    used = {name: file.name for file in files for name in re.findall(r"\bJANGTEO_[A-Z_]+\b", file.read_text())}
    return [f"{file}: {name} is no setting of jangteo" for name, file in sorted(used.items()) if name not in known]


def packages_of(binary):
    """The Debian packages of the shared libraries that the binary itself names."""
    listing = subprocess.run(["objdump", "-p", binary], capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"NEEDED +(\S+)", listing))
    resolved = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    for name, path in re.findall(r"(\S+) => (/\S+)", resolved):
        if name not in needed:
            continue
        # /lib is /usr/lib, and dpkg may know either name.
        real = Path(path).resolve()
        for candidate in {path, str(real), str(real).removeprefix("/usr")}:
            owner = subprocess.run(["dpkg", "-S", candidate], capture_output=True, text=True, check=False)
            if owner.returncode == 0:
                yield owner.stdout.split(":")[0]
                break


def check_image(deploy, binary):
    runtime = (deploy / "Containerfile").read_text().split("\nFROM ")[-1]
    # What the base image has, and what only a build with sanitizers needs.
    always_there = {"libc6", "libgcc-s1", "libstdc++6", "zlib1g", "libasan8", "libubsan1"}
    missing = sorted({package for package in packages_of(binary) if package not in runtime} - always_there)
    return [f"Containerfile: the image lacks {package}, which jangteo needs" for package in missing]


def metrics_of(project):
    """The names that the code tells, wherever it tells metrics."""
    sources = [project / "main" / "metrics.cpp", project / "http-edge" / "server" / "metrics.cpp"]
    sources += (project / "http-edge" / "operations").glob("*.cpp")
    return {name for file in sources for name in re.findall(r"\bjangteo_[a-z_]+", file.read_text())}


def headings_of(page):
    lines = page.read_text().splitlines() if page.exists() else []
    return {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in lines if line.startswith("#")}


def check_monitoring(project):
    folder = project / "infra" / "deploy" / "monitoring"
    known, problems, asked = metrics_of(project), [], []
    for group in yaml.safe_load((folder / "alerts.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            asked.append((rule["alert"], rule["expr"]))
            page, _, heading = rule["annotations"]["runbook"].partition("#")
            if heading not in headings_of(project / page):
                problems.append(f"alerts.yaml: {rule['alert']}: {page} has no '{heading}'")
            if rule["labels"]["severity"] not in ("page", "ticket"):
                problems.append(f"alerts.yaml: {rule['alert']}: nobody knows how urgent '{rule['labels']['severity']}' is")
    for panel in json.loads((folder / "dashboard.json").read_text())["panels"]:
        asked += [(panel["title"], target["expr"]) for target in panel.get("targets", [])]
    for where, expression in asked:
        try:
            promql_parser.parse(expression)
        except ValueError as problem:
            problems.append(f"monitoring: {where}: {problem}")
        unknown = set(re.findall(r"\bjangteo_[a-z_]+", expression)) - known
        problems += [f"monitoring: {where}: there is no metric {name}" for name in sorted(unknown)]
    return problems


def main():
    parser = argparse.ArgumentParser(description="Can what infra/deploy says be deployed?")
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    deploy = arguments.project / "infra" / "deploy"
    problems = [
        *check_kubernetes(deploy),
        *check_compose(deploy),
        *check_settings(deploy, arguments.binary),
        *check_image(deploy, arguments.binary),
        *check_monitoring(arguments.project),
    ]
    print("\n".join(problems) or "can be deployed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
