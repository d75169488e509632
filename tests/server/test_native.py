"""The native model behind the API, with tiny random weights: each operation makes a video of the right length."""

import numpy as np
import pytest

from oner.media import probe, read_frames

ORDER = {"prompt": "a woman walks in a forest", "size": "64x36", "seconds": "1", "fps": "8"}
QUICK = {"options": {"steps": 1}, "guidance": 1}


@pytest.fixture
def native(open_house, tiny_weights):
    import torch

    torch.set_num_threads(1)
    return open_house(f"native:{tiny_weights}")


def test_every_operation_of_the_native_model(native, samples, tmp_path):
    """Words, a first picture, a loop, a remix, both extensions, a connection: all are made, and originals are kept."""

    def order(path: str = "", **fields) -> dict:
        answer = native.call.post(f"/v1/videos{path}", json={**QUICK, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def shown(video: dict) -> np.ndarray:
        path = tmp_path / "video.mp4"
        path.write_bytes(native.call.get(f"/v1/videos/{video['id']}/content").content)
        assert probe(path).video.frames == video["frames"]
        return np.stack(list(read_frames(path))).astype(int)

    first = order(**ORDER)
    looped = order(**ORDER, loop=True)
    native.make()
    named = {"prompt": "a man runs in a city", "video": {"id": first["id"]}}
    remixed = order(f"/{first['id']}/remix", prompt=named["prompt"], strength="mild")
    longer = order("/extensions", **named, seconds="1")
    earlier = order("/extensions", **named, seconds="1", direction="backwards")
    over = order(prompt="over", seconds="1", connect=[first["id"], looped["id"]])
    native.make()
    videos = [
        native.call.get(f"/v1/videos/{video['id']}").json() for video in (first, looped, remixed, longer, earlier, over)
    ]
    assert [(video["status"], video["error"], video["seconds"]) for video in videos] == [
        ("completed", None, seconds) for seconds in ("1", "1", "1", "2", "2", "3")
    ]
    original = shown(first)
    assert np.abs(shown(longer)[:8] - original).mean() < 4
    assert np.abs(shown(earlier)[8:] - original).mean() < 4
    assert np.abs(shown(over)[:8] - original).mean() < 4
    shown(looped), shown(remixed)
