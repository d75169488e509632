"""`oner serve`, `oner keys` and `oner store` from the command line."""

import json

import pytest


def test_keys_are_added_listed_and_revoked(oner, tmp_path):
    """The secret goes to standard output, once; the list never has it."""
    made = oner("keys", "add", "anna", "--queued", 5, "--store", tmp_path)
    secret = made.out.strip()
    assert made.code == 0
    assert secret.startswith("sk-oner-")
    assert "cannot be shown again" in made.err
    listed = oner("keys", "list", "--store", tmp_path)
    assert "anna" in listed.out
    assert "queued 5" in listed.out
    assert secret not in listed.out
    assert oner("keys", "add", "anna", "--store", tmp_path).code == 2
    assert oner("keys", "revoke", "anna", "--store", tmp_path).code == 0
    rows = json.loads(oner("keys", "list", "--json", "--store", tmp_path).out)
    assert (rows[0]["name"], rows[0]["queued"], rows[0]["revoked"] is None) == ("anna", 5, False)
    assert oner("keys", "revoke", "anna", "--store", tmp_path).code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0", "--port", 0], "there is no key"),
        (["--host", "nowhere.invalid"], "--host"),
        (["--engine", "worls"], "did you mean 'worlds'"),
        (["--config", "none.toml"], "cannot read none.toml"),
    ],
)
def test_what_cannot_be_served_is_refused_at_the_start(oner, tmp_path, arguments, words):
    """A public address without a key, an unknown address, engine or file: exit code 2 and one line."""
    ran = oner("serve", "--store", tmp_path / "store", *arguments)
    assert ran.code == 2
    assert words in ran.err


def test_a_port_in_use_is_named(oner, tmp_path):
    """The message says what to do."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = oner("serve", "--store", tmp_path, "--port", taken.getsockname()[1])
    assert ran.code == 2
    assert "choose another --port" in ran.err


def test_garbage_collection_needs_a_store(oner, tmp_path, shot_project):
    """A folder without one is refused; in a project nothing that takes use is touched."""
    assert oner("store", "gc", "--store", tmp_path / "none").code == 2
    before = sorted((shot_project / "files").rglob("*.mp4"))
    ran = oner("store", "gc", "--store", shot_project, "--json")
    assert json.loads(ran.out) == {"files": 0, "bytes": 0, "removed": True}
    assert sorted((shot_project / "files").rglob("*.mp4")) == before
