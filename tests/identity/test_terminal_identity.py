from __future__ import annotations

from pathlib import Path

import pytest

from job.cli import console
from tests.secrets.awkward_aws import Answer, awkward_aws

pytestmark = pytest.mark.usefixtures("this_process_as_before")

ANSWERS: dict[str, Answer] = {
    "ListAccounts": {"body": '{"Accounts": [{"Id": "000000000001", "Name": "one"}]}'},
    "GetResources": {"body": '{"ResourceTagMappingList": [], "PaginationToken": ""}'},
    "ListTagsForResource": {"body": '{"Tags": []}'},
    "PUT": {"body": ""},
}


@pytest.mark.parametrize("metadata", ["s3://reports/tags.json", "{folder}/tags.json"])
def test_all_that_is_asked_with_a_profile_is_asked_with_its_key(
    metadata: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with awkward_aws(ANSWERS) as aws:
        (tmp_path / "config").write_text(
            "[profile x]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n"
            f"region = eu-central-1\nendpoint_url = {aws.url}\n"
        )
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASTRANGER")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
        monkeypatch.setenv("REPORT_ORGANIZATIONS_RATE_PERCENT", "100")

        code = console.main(["-p", "x", "-m", metadata.replace("{folder}", str(tmp_path))])

    assert code == 0
    assert {key for _, key in aws.asked} == {"AKIAPROFILE"}
    operations = {operation for operation, _ in aws.asked}
    assert {"ListAccounts", "GetResources", "ListTagsForResource"} <= operations
    assert ("PUT" in operations) == metadata.startswith("s3://")
