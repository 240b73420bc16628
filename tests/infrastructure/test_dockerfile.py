"""The Dockerfile as text: what holds without an engine to build it."""

from __future__ import annotations

import re

from terraform_runs import REPOSITORY

DOCKERFILE = (REPOSITORY / "docker" / "Dockerfile").read_text()
COPIED = {
    source
    for sources in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE)
    for source in sources.split()
}
ALLOWED = {
    line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")
}


def test_the_builder_is_sent_what_is_copied_and_nothing_else() -> None:
    assert ALLOWED == COPIED


def test_everything_else_is_left_out() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*"


def test_the_made_up_organization_and_the_sources_of_the_page_are_left_out() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert {"job/demo", "job/report/html/frontend"} <= {*lines[lines.index("!job") :]}


def test_the_base_can_be_given_by_digest_and_is_the_same_for_both_stages() -> None:
    assert "ARG PYTHON_IMAGE=python:3.13-slim-trixie" in DOCKERFILE
    assert re.findall(r"(?m)^FROM (\S+)", DOCKERFILE) == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]


def test_dependencies_come_before_the_source() -> None:
    assert DOCKERFILE.index("requirements/job.txt") < DOCKERFILE.index("COPY job job")


def test_the_final_stage_copies_the_environment_alone() -> None:
    assert re.findall(r"(?m)^COPY --from=build .*$", DOCKERFILE) == ["COPY --from=build /opt/job /opt/job"]


def test_nothing_secret_is_an_argument() -> None:
    assert set(re.findall(r"(?m)^ARG (\w+)", DOCKERFILE)) == {
        "PYTHON_IMAGE",
        "CREATED",
        "REVISION",
        "SOURCE",
        "VERSION",
    }
