"""Servers that speak the Videos API (`/v1/videos`), as engines."""

from .profiles import Profile, Server, profiles, servers

__all__ = ["Profile", "Server", "profiles", "servers"]
