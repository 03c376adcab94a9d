"""Starts the real `bylaw serve` on a fresh folder of data, and asks it."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

SMALL = Path(__file__).parent.parent / "crates/bylaw/tests/small"


class Served:
    """A running server; ended at the end of its `with` block."""

    def __init__(self, program: str, folder: Path, settings: dict[str, str] | None = None):
        self.program = program
        self.data = folder / "data"
        self.options = ["--packs", str(SMALL)]
        self.environment = os.environ | {f"BYLAW_SERVE__{key}": value for key, value in (settings or {}).items()}
        self.log = folder / "log"

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.program, "serve", *self.options, "--data", self.data, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=self.log.open("a"),
            env=self.environment,
            text=True,
        )
        first = self.process.stdout.readline().strip()
        if not first.startswith("listening on "):
            raise SystemExit(f"bylaw serve does not start: {first} {self.log.read_text()}")
        self.url = first.removeprefix("listening on ")
        self.token = self.run("token", "create", "--name", "outside", "--jurisdiction", "town").strip()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        status = self.process.wait(60)
        if status != 0:
            raise SystemExit(f"bylaw serve ended with {status}: {self.log.read_text()}")

    def run(self, *words: str) -> str:
        """A subcommand on the same data."""
        command = [self.program, *words, *self.options, "--data", self.data]
        return subprocess.run(
            command, check=True, stdout=subprocess.PIPE, env=self.environment, text=True
        ).stdout

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=60) as response:
            return response.read()

    def ask(self, path: str, body: dict) -> dict:
        call = urllib.request.Request(
            self.url + path,
            json.dumps(body).encode(),
            {"content-type": "application/json", "authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(call, timeout=60) as response:
            return json.load(response)


def question(principal: str, **properties) -> dict:
    """A question of the small law's town."""
    return {
        "subject": {"type": "staff", "id": principal, "properties": properties},
        "action": {"name": "enter"},
        "resource": {"type": "door", "id": "front-door"},
    }
