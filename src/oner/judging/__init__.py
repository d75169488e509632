"""Takes become measurements, scores, picks, and sheets to look at; without downloaded weights."""

from .measure import Measured, Signature, judge
from .ranking import WEIGHTS, Candidate, choose, difference, score, seam
from .sheet import JudgedShot, JudgedTake, draw_sheet, write_page

__all__ = [
    "WEIGHTS",
    "Candidate",
    "JudgedShot",
    "JudgedTake",
    "Measured",
    "Signature",
    "choose",
    "difference",
    "draw_sheet",
    "judge",
    "score",
    "seam",
    "write_page",
]
