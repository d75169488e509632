"""The server's own requests never lead inside."""

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from oner.errors import InputError
from oner.server import outward


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.5.5", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_public(address, public):
    """Private, loopback, link-local, shared, mapped and embedding addresses are not."""
    assert outward.is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "https://", "https://user:pw@example.org/",
        "https://example.org:99999/", "https://exa mple.org/", "https://example.org/\r\nX: y", "gopher://x", "//x", "",
        "https://example.org/\u202e",
    ],
)  # fmt: skip
def test_what_is_no_public_https_address_is_refused(url):
    """Before anything is looked up."""
    with pytest.raises(InputError):
        outward.check_url(url, private=False)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "0", "127.1", "2130706433", "0x7f.1"])
def test_names_and_numbers_of_this_machine_are_refused(host):
    """However they are written."""
    with pytest.raises(InputError, match=r"not on the public internet|cannot be found"):
        outward.fetch("GET", f"https://{host}/a.png", seconds=5)


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path == "/inside":
            self.send_response(302)
            self.send_header("Location", "https://10.0.0.1/secret")
            self.end_headers()
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                try:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
                except OSError:
                    return
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 2000)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_sizes_times_and_redirects_have_limits(site):
    """Large answers, endless redirects and slow drips end with a reason."""
    assert outward.fetch("GET", f"{site}/", private=True, max_bytes=2000).body == b"x" * 2000
    with pytest.raises(InputError, match="more than 1,000 bytes"):
        outward.fetch("GET", f"{site}/", private=True, max_bytes=1000)
    with pytest.raises(InputError, match="more than 3 redirects"):
        outward.fetch("GET", f"{site}/loop", private=True)
    with pytest.raises(InputError, match="too long"):
        outward.fetch("GET", f"{site}/slow", private=True, seconds=0.3)


def test_a_redirect_is_checked_like_the_first_address(site, monkeypatch):
    """A public page that leads inside is not followed."""
    monkeypatch.setattr(outward, "is_public", lambda address: not address.startswith("10."))
    monkeypatch.setattr(outward, "check_url", lambda url, private: CHECK(url, True))
    with pytest.raises(InputError, match=r"10\.0\.0\.1 is not on the public internet"):
        outward.fetch("GET", f"{site}/inside")


CHECK = outward.check_url
