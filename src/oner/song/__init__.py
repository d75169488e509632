"""Hearing a song: tempo, beats, bars, sections, energy, loudness and the times of its words."""

from .analysis import analyse, as_json, as_rows
from .overrides import Overrides
from .plot import draw_plot

__all__ = ["Overrides", "analyse", "as_json", "as_rows", "draw_plot"]
