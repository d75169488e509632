"""The server's worker as a process of its own."""

import signal
import subprocess
import sys
from fractions import Fraction

from oner.film import ClipRequest, PromptSpan
from oner.store.videos import Part, VideoOrder
from oner.studio.serving_store import ServingStore
from oner.timing import Span

HANGING_JOIN = """
import sys, threading
from oner.studio import video_worker
video_worker.SILENT_SECONDS = 1
video_worker.join = lambda *_: threading.Event().wait()
sys.exit(video_worker.main())
"""


def test_a_join_that_hangs_ends_its_worker(tmp_path):
    """The take stays; another worker joins the parts when the lease of this one is over."""
    request = ClipRequest((PromptSpan("a dog", Span(0, 4)),), 64, 36, 4, Fraction(24), 1)
    order = VideoOrder("create", "m", "a dog", "testcard@1", request, 2, (Part(None, Span(0, 2)),))
    with ServingStore(tmp_path) as store:
        with store.database.transaction() as connection:
            store.videos.order(connection, ["video"], "", [order], None)
        command = [sys.executable, "-c", HANGING_JOIN, "--idle", "60", str(tmp_path), "--engine", "testcard"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as worker:  # it works as long as its input is open
            assert worker.wait(300) == -signal.SIGALRM
        assert len(store.ledger.takes()) == 1
        assert store.videos.find("", "video").status == "in_progress"
