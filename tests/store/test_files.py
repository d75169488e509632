"""Files by content."""

import pytest

from oner.errors import StoreError
from oner.film import MediaRef
from oner.store import Files, Hold


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path / "files")


def written(tmp_path, content: bytes, name: str = "clip.mp4"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_a_file_is_moved_in_under_the_name_of_its_content(files, tmp_path):
    """The name is the SHA-256, in a folder of its first two digits, with the suffix kept."""
    path = written(tmp_path, b"abc", "My Clip.MP4")
    ref = files.put(path)
    assert ref == MediaRef("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3, ".mp4")
    assert files.locate(ref) == files.folder / "ba" / f"{ref.sha256}.mp4"
    assert not path.exists()
    files.verify(ref)


def test_equal_content_is_kept_once(files, tmp_path):
    """Putting the same content twice gives the same reference and one file."""
    refs = {files.put(written(tmp_path, b"abc")) for _ in range(2)}
    assert len(refs) == 1
    assert len([path for path in files.folder.rglob("*") if path.is_file()]) == 1


def test_a_vanished_file_is_named_with_what_to_do(files, tmp_path):
    """Looking for a file that was deleted raises StoreError."""
    ref = files.put(written(tmp_path, b"abc"))
    files.locate(ref).unlink()
    assert not files.has(ref)
    with pytest.raises(StoreError, match="has vanished; `oner shoot` makes missing takes again"):
        files.locate(ref)


def test_damage_is_noticed(files, tmp_path):
    """A shortened file is noticed when it is located, a changed one when it is verified."""
    ref = files.put(written(tmp_path, b"abc"))
    files.locate(ref).write_bytes(b"abd")
    files.locate(ref)
    with pytest.raises(StoreError, match="is damaged"):
        files.verify(ref)
    files.locate(ref).write_bytes(b"ab")
    with pytest.raises(StoreError, match="has 2 bytes instead of 3"):
        files.locate(ref)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    """A file where the folder should be is named."""
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(StoreError, match="cannot keep files in"):
        Files(tmp_path / "files")


def test_scratch_folders_are_empty_and_swept_one_by_one(files):
    """Each worker gets an empty folder; sweeping one leaves the others."""
    (files.scratch("a") / "half.mp4").write_text("x")
    (files.scratch("b") / "half.mp4").write_text("x")
    files.sweep("a")
    assert [path.parent.name for path in files.folder.rglob("half.mp4")] == ["b"]
    assert not list(files.scratch("b").iterdir())
    files.sweep()
    assert not list(files.folder.iterdir())


def test_a_project_is_held_by_one(tmp_path):
    """The second one is told at once what is going on; afterwards it may."""
    first, second = (Hold(tmp_path / "oner.lock", "oner shoot") for _ in range(2))
    with first, pytest.raises(StoreError, match=r"another `oner shoot` is at work.*Ctrl-C"), second:
        pass
    with second:
        pass


def test_a_project_that_cannot_be_written_is_not_held(tmp_path):
    """A folder that does not exist is named."""
    with pytest.raises(StoreError, match="cannot write in"), Hold(tmp_path / "nowhere" / "oner.lock", "oner shoot"):
        pass
