"""Oner: a song and an idea in, a finished music video out, on your own machine."""

__version__ = "0.1.0"
