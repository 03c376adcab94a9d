"""Requests decided by the program itself."""

import json
import subprocess


class Bylaw:
    def __init__(self, program: str, packs: str):
        self.program = program
        self.packs = packs

    def ask(self, *words: str) -> dict:
        """A verb's JSON. Exit code 1 says that something of what it printed is not as it should be."""
        done = self.run([*words, "--json"])
        if done.returncode not in (0, 1) or not done.stdout:
            raise SystemExit(f"bylaw {' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def decide(self, requests: list[dict]) -> list[dict]:
        """The replies, in order."""
        if not requests:
            return []
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        done = self.run(["decide", "--batch", "-"], lines)
        replies = [json.loads(line) for line in done.stdout.splitlines()]
        if len(replies) != len(requests):
            raise SystemExit(f"bylaw decide gave {len(replies)} replies to {len(requests)} requests: {done.stderr}")
        return replies

    def run(self, words: list[str], text: str = "") -> subprocess.CompletedProcess:
        command = [self.program, *words, "--packs", self.packs]
        return subprocess.run(command, input=text, capture_output=True, text=True)


def rules_of(reply: dict) -> list[str]:
    return sorted(rule["rule"] for rule in reply["because"])
