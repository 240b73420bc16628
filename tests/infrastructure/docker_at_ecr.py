"""`docker`, with what it would ask of ECR's registry asked of the embedded AWS: to sign in, and to push.

A layer goes nowhere: the registry is told the image's id as its digest, by which the engine knows it too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import boto3

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def main(engine: str, command: str, *arguments: str) -> None:
    """Do one command of the engine at `engine`."""
    match command:
        case "login":
            assert sys.stdin.read()
        case "tag":
            pass
        case "push":
            push(engine, arguments[0])
        case _:
            os.execv(engine, [engine, command, *arguments])  # noqa: S606 - it stands in for it


def push(engine: str, name: str) -> None:
    """Have the repository know an image, which its tag names by the beginning of its id."""
    place, _, tag = name.rpartition(":")
    shown = subprocess.run([engine, "image", "inspect", tag], capture_output=True, check=True)
    (image,) = json.loads(shown.stdout)
    boto3.client("ecr").put_image(
        repositoryName=place.partition("/")[2],
        imageTag=tag,
        imageDigest=image["Id"],
        imageManifest=json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": image["Id"]}),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
