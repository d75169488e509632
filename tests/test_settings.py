"""The server's settings file."""

import pytest

from oner.errors import InputError
from oner.settings import ServerSettings, read_settings, serving_folder

SETTINGS = """
nearest = true
keep_days = 30
[models]
sora-2 = "testcard"
[upload]
bytes = 1000
[[webhooks]]
url = "https://example.org/hook"
secret = "whsec_AAAA"
keys = ["anna"]
"""


def test_settings_are_read_from_a_file(tmp_path):
    """What is not named keeps its default."""
    path = tmp_path / "serve.toml"
    path.write_text(SETTINGS)
    found = read_settings(path)
    assert (found.nearest, found.keep_days, found.models, found.fps) == (True, 30.0, {"sora-2": "testcard"}, "24")
    assert (found.upload.bytes, found.upload.frames) == (1000, ServerSettings().upload.frames)
    assert (found.webhooks[0].keys, found.webhooks[0].events) == (("anna",), ("video.completed", "video.failed"))
    assert read_settings(None) == ServerSettings()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nearst = true", "unknown setting nearst; did you mean 'nearest'"),
        ("[upload]\nbyte = 1", "unknown setting upload.byte; did you mean 'bytes'"),
        ("keep_days = 'ever'", "keep_days = 'ever'"),
        ("[[webhooks]]\nurl = 'https://a'", "a url and a secret"),
        ("[[webhooks]]\nurl = 'https://a'\nsecret = 'x'", "whsec_"),
        ("nearest = ", "Invalid value"),
    ],
)
def test_mistakes_are_named(tmp_path, text, words):
    """With the file and the key."""
    path = tmp_path / "serve.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_settings(path)
    with pytest.raises(InputError, match="cannot read"):
        read_settings(tmp_path / "none.toml")


def test_the_store_lies_where_the_desktop_keeps_data(monkeypatch, tmp_path):
    """ONER_HOME wins over XDG_DATA_HOME."""
    monkeypatch.delenv("ONER_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert serving_folder() == tmp_path / "oner" / "serve"
    monkeypatch.setenv("ONER_HOME", str(tmp_path / "home"))
    assert serving_folder() == tmp_path / "home" / "serve"
