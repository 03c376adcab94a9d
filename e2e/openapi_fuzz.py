"""The running service against its own OpenAPI document, by schemathesis.

    python e2e/openapi_fuzz.py target/debug/bylaw [SEED]

Valid and invalid calls to every operation: never a 5xx, and every answer is one that the document tells of.
Afterwards the service is still well and its log is whole.
"""

import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from served import Served

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "unsupported_method",
]

# So that the witness's operations are there: the key is the example of the signed-note specification.
WITNESS = {
    "SERVE_WITNESS__NAME": "witness.example/outside",
    "SERVE_WITNESS__LOGS": '["PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]',
}


def main() -> None:
    program = sys.argv[1]
    seed = sys.argv[2] if len(sys.argv) > 2 else str(secrets.randbits(32))
    print(f"repeat with the seed {seed}")
    with tempfile.TemporaryDirectory() as folder, Served(program, Path(folder), WITNESS) as served:
        served.get("/openapi.json")
        status = fuzz(served, seed, Path(folder))
        served.get("/readyz")
        served.run("records", "verify")
        if "panicked" in served.log.read_text():
            raise SystemExit(f"a panic: {served.log.read_text()}")
    if status != 0:
        raise SystemExit("the service does not do what its OpenAPI document says")


def fuzz(served: Served, seed: str, folder: Path) -> int:
    schemathesis = Path(sys.executable).with_name("schemathesis")
    command = [schemathesis, "run", f"{served.url}/openapi.json", "--url", served.url]
    command += ["--header", f"Authorization: Bearer {served.token}", "--seed", seed]
    command += ["--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"]
    command += ["--max-examples", "60", "--continue-on-failure", "--warnings", "off", "--no-color"]
    # Its own folder, since it leaves reports and a cache of examples behind.
    return subprocess.run(command, cwd=folder).returncode


main()
