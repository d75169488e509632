"""Chosen takes to a film: the plan of the cut, the assembled film, and what an editor needs to go on from there."""

from .assemble import assemble
from .export import export_otio
from .sheet import film_sheet
from .timeline import plan_cut

__all__ = ["assemble", "export_otio", "film_sheet", "plan_cut"]
