"""The OpenAPI document, and schemathesis' attempts to break what it describes."""

import pytest

schemathesis = pytest.importorskip("schemathesis")
from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from hypothesis.errors import Unsatisfiable  # noqa: E402

from oner.server import wire  # noqa: E402
from oner.server.app import build_app  # noqa: E402
from oner.settings import ServerSettings, UploadSettings  # noqa: E402
from oner.studio.video_service import VideoService  # noqa: E402


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """The document of an application whose videos are tiny."""
    plain = ServerSettings(
        size="16x16",
        seconds=0.1,
        max_seconds=2.0,
        hosts=("testserver",),
        upload=UploadSettings(bytes=100_000, decode_seconds=20),
    )
    service = VideoService(tmp_path_factory.mktemp("schema"), plain, ["testcard"])
    yield schemathesis.openapi.from_asgi("/openapi.json", build_app(service))
    service.close()


FEW = settings(
    max_examples=4, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_no_request_causes_a_server_error(described, mode):
    """Generated requests for every operation, good and bad: answers below 500, in the envelope where they refuse."""
    tried = set()
    for found in described.get_all_operations():
        operation = found.ok()

        @FEW
        @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
        def ask(case) -> None:
            answer = case.call()
            assert answer.status_code < 500, answer.text
            if answer.status_code >= 400:
                assert set(answer.json()["error"]) == {"message", "type", "param", "code"}

        try:
            ask()
        except Unsatisfiable:  # nothing about this operation can be wrong
            assert mode == "negative"
        tried.add(operation.label)
    assert {"POST /v1/videos", "GET /v1/videos/{video_id}/content", "POST /v1/batches"} <= tried
    assert len(tried) >= 20


def test_the_document_has_examples_and_both_kinds_of_bodies(house):
    """Orders are described as JSON and as forms; every body and answer has an example, and examples are valid."""
    document = house.call.get("/openapi.json").json()
    body = document["paths"]["/v1/videos"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "multipart/form-data"}
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for kind in methods.get("post", {}).get("requestBody", {}).get("content", {}).values():
            assert schemas[kind["schema"]["$ref"].rpartition("/")[2]]["examples"], path
    for kind in (wire.CreateVideo, wire.RemixVideo, wire.VideoObject, wire.ErrorAnswer, wire.CreateBatch):
        assert schemas[kind.__name__]["examples"]
        for example in kind.model_json_schema()["examples"]:  # the document leaves out what is null
            kind.model_validate(example)
    assert {"/v1/videos/edits", "/v1/videos/{video_id}/remix", "/v1/batches", "/metrics"} <= set(document["paths"])
