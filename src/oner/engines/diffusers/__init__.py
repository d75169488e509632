"""Open video models through the library `diffusers`: a catalogue of them, loading, and the engine that runs one.

Nothing of diffusers or torch is imported before the first clip is made.
"""

from .catalogue import Catalogue, Entry, catalogue

__all__ = ["Catalogue", "Entry", "catalogue"]
