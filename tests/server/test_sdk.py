"""The official clients, unmodified, drive a running server through every method.

Older versions get environments of their own below `build/clients`, made when they are first needed; where that cannot
be done (no network, no Node) their tests are skipped and say so.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parent / "clients"
BUILD = Path(__file__).parents[2] / "build" / "clients"
PACKAGES = {"openai-2.26.0": "openai==2.26.0", "openai-2.27.0": "openai==2.27.0"}
NODE_CLIENT = "openai@7"


def python_of(name: str) -> str:
    """The interpreter of an environment that has this client; made if it is not there."""
    if name == "newest":
        return sys.executable
    folder = BUILD / name
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGES[name]]
        for command in ([sys.executable, "-m", "venv", str(folder)], install):
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            if done.returncode:
                pytest.skip(f"{name} cannot be installed here: {done.stderr.strip().splitlines()[-1:]}")
        (folder / ".ready").touch()
    return str(python)


def run(*command: str, cwd: Path | None = None, **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, cwd=cwd, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("version", ["newest", *PACKAGES])
def test_every_method_of_the_python_client(server, samples, version):
    """Create (JSON before 2.27, forms since), poll, list, download, remix, edit, extend, characters, batches."""
    seen = json.loads(run(python_of(version), str(CLIENTS / "every_method.py"), server.url, str(samples / "red.png")))
    assert version == "newest" or seen["version"] == version.removeprefix("openai-")
    assert seen["edits"] or version == "openai-2.26.0"


def test_the_client_from_npm(server, samples):
    """Create, retrieve, list, download, remix, edit, extend and delete with the JavaScript client."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    folder = BUILD / "node"
    if not (folder / "node_modules" / "openai").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}')
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", NODE_CLIENT]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        if done.returncode:
            shutil.rmtree(folder)
            pytest.skip(f"{NODE_CLIENT} cannot be installed here: {done.stderr.strip().splitlines()[-1:]}")
    shutil.copy(CLIENTS / "methods.mjs", folder)
    assert run("node", "methods.mjs", server.url, str(samples / "red.png"), cwd=folder).strip() == "ok"
