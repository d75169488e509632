"""Timeline to OpenTimelineIO: what an editor needs to go on with the cut.

Picked takes on V1 with their handles, alternates on tracks that are switched off, the song on A1, markers for sections
and downbeats, media by paths relative to the file. All times are whole frames at the film's own rate; OTIO's rates are
floats, so the exact rate is kept in the metadata beside them.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from .. import __version__
from ..errors import MediaError, OnerError
from ..film import Clip, Locate, MediaRef, Timeline, TransitionKind
from ..media import probe, replacing
from ..timing import Span, frames_in, rate_text
from .timeline import frames_after, frames_before

MARKER_COLOURS = {"section": otio.schema.MarkerColor.GREEN, "downbeat": otio.schema.MarkerColor.CYAN}


def export_otio(timeline: Timeline, locate: Locate, song_path: Path, out: Path) -> None:
    """Write `out` (.otio) for editors; media paths are relative to its folder. Whole or not at all.

    A take that `locate` does not find becomes a missing reference, as editors show offline media. Raises MediaError
    if the file cannot be written.
    """
    out = Path(out)
    film = otio.schema.Timeline(timeline.title, global_start_time=RationalTime(0, float(timeline.rate)))
    film.metadata["oner"] = {
        "version": __version__,
        "rate": rate_text(timeline.rate),
        "frames": timeline.frames,
        "width": timeline.width,
        "height": timeline.height,
        "song_samples": [timeline.song_span.start, timeline.song_span.end],
        "sample_rate": timeline.sample_rate,
    }
    builder = _Builder(timeline, locate, out.absolute().parent)
    film.tracks.append(builder.picked())
    film.tracks.extend(builder.alternates())
    film.tracks.append(builder.song(Path(song_path)))
    film.tracks.markers.extend(builder.markers())
    try:
        with replacing(out) as temporary:
            otio.adapters.write_to_file(film, str(temporary), adapter_name="otio_json")
    except (OSError, otio.exceptions.OTIOError) as error:
        raise MediaError(f"cannot write {out}: {error}") from error


class _Builder:
    """Nouns to OTIO's nouns, for one timeline and one folder."""

    def __init__(self, timeline: Timeline, locate: Locate, folder: Path):
        self.timeline, self.locate, self.folder = timeline, locate, folder

    def picked(self) -> otio.schema.Track:
        track = otio.schema.Track("V1 picked takes", kind=otio.schema.TrackKind.Video)
        for clip in self.timeline.clips:
            if clip.transition.kind is not TransitionKind.CUT:
                track.append(self._transition(clip))
            item = otio.schema.Clip(
                clip.shot, self._take(clip.take, clip.media, clip.available), self._range(clip.source)
            )
            item.metadata["oner"] = {
                "shot": clip.shot,
                "take": clip.take,
                "sha256": clip.media.sha256,
                "camera": clip.camera,
                "engine": clip.engine,
                "alternates": [{"take": take, "sha256": media.sha256} for take, media in clip.alternates],
            } | ({"continues": clip.continues} if clip.continues else {})
            track.append(item)
        return track

    def _transition(self, clip: Clip) -> otio.schema.Transition:
        """OTIO keeps its clips' lengths: a transition reaches `in_offset` before the cut and `out_offset` after it."""
        kind = clip.transition.kind
        dissolve = kind is TransitionKind.DISSOLVE
        first = clip.place.start == 0
        return otio.schema.Transition(
            name=kind.value,
            transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve if dissolve else "Custom_Transition",
            in_offset=self._time(0 if first else frames_before(clip.transition)),
            out_offset=self._time(frames_after(clip.transition)),
            metadata={"oner": {"kind": kind.value, "frames": clip.transition.frames, "camera": clip.camera}},
        )

    def alternates(self) -> list[otio.schema.Track]:
        """Tracks V2, V3, ... switched off, each with one unused take over every shot that has one left."""
        tracks = []
        for number in range(max((len(clip.alternates) for clip in self.timeline.clips), default=0)):
            track = otio.schema.Track(f"V{number + 2} alternates", kind=otio.schema.TrackKind.Video)
            track.enabled = False
            for clip in self.timeline.clips:
                if number >= len(clip.alternates):
                    track.append(otio.schema.Gap(source_range=self._range(Span(0, len(clip.source)))))
                    continue
                take, media = clip.alternates[number]
                item = otio.schema.Clip(clip.shot, self._take(take, media, None), self._range(clip.source))
                item.enabled = False
                item.metadata["oner"] = {"shot": clip.shot, "take": take, "sha256": media.sha256}
                track.append(item)
            tracks.append(track)
        return tracks

    def song(self, path: Path) -> otio.schema.Track:
        """The song's excerpt in whole frames; the exact samples are in the timeline's metadata."""
        timeline = self.timeline
        start = float(timeline.song_span.start * timeline.rate / timeline.sample_rate)
        heard = frames_in(len(timeline.song_span), timeline.sample_rate, timeline.rate)
        sound = probe(path).sound
        if sound is None:
            raise MediaError(f"no sound in {path}")
        # mp3 and ogg files do not always state their length: what is heard exists in any case.
        samples = max(sound.samples, timeline.song_span.end)
        length = frames_in(samples, timeline.sample_rate, timeline.rate)
        reference = otio.schema.ExternalReference(self._address(path), self._range(Span(0, length)))
        reference.name = path.stem
        item = otio.schema.Clip(
            path.stem,
            reference,
            TimeRange(RationalTime(start, self._rate), self._time(min(heard, timeline.frames))),
        )
        track = otio.schema.Track("A1 song", kind=otio.schema.TrackKind.Audio)
        track.append(item)
        return track

    def markers(self) -> Sequence[otio.schema.Marker]:
        return [
            otio.schema.Marker(
                marker.name,
                self._range(Span(marker.frame, marker.frame + 1)),
                MARKER_COLOURS[marker.kind],
                {"oner": {"kind": marker.kind}},
            )
            for marker in self.timeline.markers
        ]

    def _take(self, take: str, media: MediaRef, available: Span | None) -> otio.core.MediaReference:
        """Reference to a take's file; its length is counted where the timeline does not know it."""
        try:
            path = Path(self.locate(media))
            if available is None:
                video = probe(path).video
                available = Span(0, video.frames) if video else None
        except (OnerError, OSError):
            return otio.schema.MissingReference(take, metadata={"oner": {"sha256": media.sha256}})
        return _named(otio.schema.ExternalReference(self._address(path), available and self._range(available)), take)

    def _address(self, path: Path) -> str:
        relative = Path(os.path.relpath(Path(path).absolute(), self.folder)).as_posix()
        return otio.url_utils.url_from_filepath(relative)

    @property
    def _rate(self) -> float:
        return float(self.timeline.rate)

    def _time(self, frame: int) -> RationalTime:
        return RationalTime(frame, self._rate)

    def _range(self, span: Span) -> TimeRange:
        return TimeRange(self._time(span.start), self._time(len(span)))


def _named(reference: otio.core.MediaReference, name: str) -> otio.core.MediaReference:
    reference.name = name
    return reference
