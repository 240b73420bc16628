from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from job.errors import IdentityError
from job.pipeline.connections import Connections
from job.settings.load import load_settings


@pytest.fixture
def two_profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = s\n"
        "[profile empty]\nregion = eu-west-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))


def connections(profile: str, member_profile: str | None = None) -> Connections:
    return Connections(
        load_settings({}, destination_required=False), profile=profile, member_profile=member_profile
    )


@pytest.mark.usefixtures("two_profiles")
def test_clients_are_opened_once() -> None:
    aws = connections("own")
    assert aws.clients is aws.clients
    assert aws.s3 is aws.s3
    assert aws.members is aws.own


@pytest.mark.usefixtures("two_profiles")
def test_the_profile_that_lacks_credentials_is_the_one_that_is_named() -> None:
    with pytest.raises(IdentityError, match="AWS profile empty: Unable to locate credentials"):
        assert connections("empty").s3
    with pytest.raises(IdentityError, match="AWS profile empty: Unable to locate credentials"):
        assert connections("own", "empty").clients
    with pytest.raises(IdentityError, match=r"AWS profile missing: .* \(missing\) could not be found"):
        assert connections("missing").clients


def test_local_files_are_read_without_loading_the_sdk(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"read")
    program = (
        "import sys; from job.pipeline.connections import Connections; "
        "from job.settings.load import load_settings;"
        "aws = Connections(load_settings({}, destination_required=False));"
        f"sys.exit(aws.read_file({str(tmp_path / 'a')!r}) != b'read' or 'boto3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
