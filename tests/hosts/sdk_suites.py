"""The SDKs' own test suites and examples, run against the offline provider.

    python tests/hosts/sdk_suites.py            the suites of both vendors, then their examples
    python tests/hosts/sdk_suites.py --reasons  each reason of each class, with its count

The source packages of the installed versions are fetched with pip into a temporary folder; nothing
of theirs is kept. Their tests of the routes that costlib/provider/README.md claims run with
`connect`'s clients, real objects behind their placeholder ids, responses validated strictly. Their
requests name every parameter at once, so that many are refused here, as in production. Prints a
table by class; exit status 1 when a test is of the class "provider wrong". Needs a package index.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITES = {
    "OpenAI": (
        "openai",
        (
            "chat", "test_responses.py", "responses", "test_embeddings.py", "test_files.py",
            "test_batches.py", "test_models.py", "test_moderations.py",
            "admin/organization/test_usage.py", "admin/organization/test_spend_limit.py",
        ),
    ),
    "Anthropic": ("anthropic", ("test_messages.py", "messages", "test_models.py")),
    "Anthropic beta": (
        "anthropic",
        ("beta/test_messages.py", "beta/messages", "beta/test_models.py"),
    ),
}  # fmt: skip
CLASSES = (
    "passed", "provider wrong", "rightly refused", "documented as missing", "endpoint not claimed",
    "another reading", "skipped by the suite", "the suite's own warning",
)  # fmt: skip
# Why an example is not run, by a word in its path.
ELSEWHERE = {
    "a service that the provider does not claim": (
        "agent", "azure", "bedrock", "fallbacks", "google", "identity", "mcp", "memory", "vertex",
    ),
    "pictures, sound or realtime": (
        "audio", "image_stream", "live", "picture", "realtime", "speech", "video", "websocket",
    ),
    "a desktop, a browser or a file of its own": (
        "browser", "computer", "desktop", "upload", "mtls", "batch_results", "__init__",
    ),
    "the client of the module, which connect does not make": ("module_client",),
}  # fmt: skip
SNIPPET = """
import runpy, sys, time
import {package}
from costlib.provider import connect, connect_async
kept = {package}.{sync}, {package}.Async{sync}
def instead(connecting):
    def made(*args, **more):
        {package}.{sync}, {package}.Async{sync} = kept  # connect uses them itself
        try:
            return connecting("{package}")
        finally:
            {package}.{sync}, {package}.Async{sync} = sync, asynchronous
    return made
sync, asynchronous = instead(connect), instead(connect_async)
for module in ({package}, sys.modules["{package}._client"]):
    module.{sync}, module.Async{sync} = sync, asynchronous
time.sleep = lambda seconds: None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def fetch(package: str, folder: Path) -> Path:
    """The unpacked source package of the installed version."""
    name = f"{package}=={version(package)}"
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", package]
    command += ["-d", str(folder), name]
    found = subprocess.run(command, capture_output=True, text=True)
    if found.returncode:
        raise SystemExit(f"pip could not fetch {name}: {found.stderr.strip().splitlines()[-1:]}")
    (archive,) = folder.glob(f"{package}-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def run_suite(vendor: str, source: Path, paths: tuple[str, ...]) -> list[dict[str, str]]:
    """What each test came to: its name, its class, the reason."""
    shutil.copy(Path(__file__).with_name("sdk_conftest.py"), source / "tests" / "conftest.py")
    report = source / "report.jsonl"
    report.unlink(missing_ok=True)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(source)]),
        "SDK_SUITES_VENDOR": vendor,
        "SDK_SUITES_REPORT": str(report),
    }
    files = [str(source / "tests" / "api_resources" / path) for path in paths]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    command += ["--rootdir", str(source), "--continue-on-collection-errors", *files]
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True)
    if not report.exists():
        raise SystemExit(f"the suite of {vendor} did not run:\n{done.stdout[-2_000:]}")
    lines = report.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def run_examples(vendor: str, source: Path) -> list[dict[str, str]]:
    """The examples, each in a process of its own; whatever one asks a person is answered yes."""
    code = SNIPPET.format(package=vendor, sync={"openai": "OpenAI"}.get(vendor, "Anthropic"))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    results = []
    for path in sorted((source / "examples").rglob("*.py")):
        name = path.relative_to(source / "examples").as_posix()
        group = "passed"
        why = next((why for why, words in ELSEWHERE.items() if any(w in name for w in words)), "")
        if why:
            group = "needs something else"
        else:
            done = subprocess.run(
                [sys.executable, "-c", code, str(path)],
                cwd=path.parent, env=environment, capture_output=True, text=True, timeout=300,
                input="y\n" * 9,
            )  # fmt: skip
            if done.returncode:
                why = next(iter(reversed(done.stderr.strip().splitlines())), "no message")
                served = "does not serve" in why
                group = "documented as missing" if served else "see the reason"
        results.append({"test": name, "class": group, "why": why})
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--reasons", action="store_true", help="print each reason with its count")
    parser.add_argument("--sources", type=Path, help="source packages that lie there already")
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        sources = {}
        for vendor in ("openai", "anthropic"):
            kept = options.sources and options.sources / f"{vendor}-{version(vendor)}"
            sources[vendor] = kept or fetch(vendor, Path(folder))
        print(f"{'':<26}" + "".join(f"{name:>18}" for name in SUITES))
        results = {
            name: run_suite(vendor, sources[vendor], paths)
            for name, (vendor, paths) in SUITES.items()
        }
        for group in ("run", *CLASSES):
            counts = [
                sum(group in ("run", each["class"]) for each in found) for found in results.values()
            ]
            print(f"{group:<26}" + "".join(f"{count:>18}" for count in counts))
        for name, found in results.items():
            wrong += sum(each["class"] == "provider wrong" for each in found)
            reasons = Counter((each["class"], each["why"]) for each in found if each["why"])
            for (group, why), count in sorted(reasons.items()):
                if options.reasons or group == "provider wrong":
                    print(f"{name}: {group} {count:>4}  {why}")
        for vendor, source in sources.items():
            print(f"\nexamples of {vendor}")
            for each in run_examples(vendor, source):
                print(f"  {each['test']:<48} {each['class']:<24} {each['why']}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
