"""Keys are kept as hashes, found by their secret and revoked for good."""

import pytest

from oner.errors import InputError
from oner.store import Ledger
from oner.store.keys import Keys, Limits


@pytest.fixture
def keys(tmp_path):
    with Ledger(tmp_path / "oner.db") as ledger:
        yield Keys(ledger.database)


def test_a_key_is_found_by_its_secret_alone(keys, tmp_path):
    """The secret is shown once and is nowhere in the file."""
    assert not keys.any()
    key, secret = keys.add("anna", Limits(queued=3, seconds_per_day=60.0, bytes=10**9))
    assert secret.startswith("sk-oner-")
    assert keys.find(secret) == key
    assert keys.find(secret + "x") is None
    assert key.limits == Limits(3, 60.0, 10**9)
    assert all(secret.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_revoked_key_is_useless_and_its_name_free(keys):
    """There stays a record that keys were made, so that the server goes on asking for one."""
    _, secret = keys.add("anna", Limits())
    with pytest.raises(InputError, match="there is a key 'anna' already"):
        keys.add("anna", Limits())
    keys.revoke("anna")
    assert keys.find(secret) is None
    assert keys.any()
    with pytest.raises(InputError, match="no key 'anna'; there are: none"):
        keys.revoke("anna")
    keys.add("anna", Limits())
    assert len(keys.all()) == 2


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 81])
def test_names_are_for_people(keys, name):
    """Printable and not too long."""
    with pytest.raises(InputError, match="1 to 80 printable"):
        keys.add(name, Limits())
