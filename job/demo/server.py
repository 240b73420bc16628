"""The made-up organization behind a local HTTP port, spoken to with the ordinary AWS SDK settings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from moto.sts.models import sts_backends
from werkzeug.serving import make_server

from job.demo.gateway import Gateway
from job.demo.seed_iam import READER_ROLE, REGION, seed_identities
from job.demo.seed_organization import seed_units
from job.demo.seed_stores import seed_stores
from job.demo.shims import install_shims
from job.demo.spec import OrganizationSpec

BUCKET = "acme-security-reports"
ORGANIZATION_ROLE = "iam-access-key-report-organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedAws:
    """Where the organization listens, and the environment in which a task of its security account runs."""

    endpoint_url: str
    environment: Mapping[str, str]


@contextmanager
def serve(spec: OrganizationSpec, *, now: datetime, seed: int = 1) -> Iterator[EmbeddedAws]:
    """Seed moto in this process and serve it; ids depend on `seed` alone, ages count back from `now`."""
    moto_api_backend.reset()
    mock_random.seed(seed)
    accounts = {account["id"]: account for account in spec["accounts"]}
    clock = now.astimezone(UTC).replace(tzinfo=None)  # moto's own times are naive UTC
    install_shims(accounts, clock)
    seed_units(spec, clock)
    header = spec["organization"]
    for account in spec["accounts"]:
        seed_identities(account, clock, management=header["management"], reader=header["reader"])
    credentials = _task_credentials(header["reader"])
    s3_backends[header["reader"]]["aws"].create_bucket(BUCKET, REGION)
    for account in spec["accounts"]:
        seed_stores(account)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    gateway = Gateway(DomainDispatcherApplication(create_backend_app), accounts)
    server = make_server("127.0.0.1", 0, gateway, threaded=True, request_handler=MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever, name="embedded-aws", daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield EmbeddedAws(endpoint_url=url, environment=_environment(url, credentials, header["management"]))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _task_credentials(reader: str) -> Mapping[str, str]:
    session = sts_backends[reader]["aws"].assume_role(
        region_name=REGION,
        role_session_name="task",
        role_arn=f"arn:aws:iam::{reader}:role/{READER_ROLE}-task",
        policy="",
        duration=3600,
        external_id="",
    )
    return {
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
    }


def _environment(url: str, credentials: Mapping[str, str], management: str) -> Mapping[str, str]:
    return {
        **credentials,
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "REPORT_MEMBER_ROLE": READER_ROLE,
        "REPORT_ORGANIZATION_ROLE_ARN": f"arn:aws:iam::{management}:role/{ORGANIZATION_ROLE}",
    }
