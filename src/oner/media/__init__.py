"""The only room that touches ffmpeg (through PyAV): probing, reading and writing pictures and sound."""

from .files import media_ref, replacing
from .pictures import FrameWriter, decode_frames, read_frames
from .probe import MediaInfo, SoundInfo, VideoInfo, probe
from .sheet import contact_sheet, read_png, save_png
from .sound import Sound, decode_sound, write_sound

__all__ = [
    "FrameWriter", "MediaInfo", "Sound", "SoundInfo", "VideoInfo", "contact_sheet", "decode_frames", "decode_sound",
    "media_ref", "probe", "read_frames", "read_png", "replacing", "save_png", "write_sound",
]  # fmt: skip
