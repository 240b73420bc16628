"""Removes from the installed dependencies the bulky data that the job never loads.

Run while the image is built, by the interpreter of the environment to trim.
"""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

# The services that the job calls, and those that credential providers call for a person's own profile.
SERVICES = frozenset(
    {
        "config",
        "dynamodb",
        "iam",
        "kms",
        "organizations",
        "rds",
        "resourcegroupstaggingapi",
        "s3",
        "secretsmanager",
        "securityhub",
        "signin",
        "sns",
        "ssm",
        "sso",
        "sso-oidc",
        "sts",
    }
)

# What tracebacks on a terminal need of some 250 languages.
LEXERS = frozenset({"__init__.py", "_mapping.py", "python.py", "special.py"})


def trim_services(data: Path) -> None:
    """Remove every service's folder but those of `SERVICES`; the files beside them describe endpoints."""
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)


def trim_lexers(lexers: Path) -> None:
    """Remove every language's highlighter but those of `LEXERS`."""
    for file in lexers.glob("*.py"):
        if file.name not in LEXERS:
            file.unlink()


if __name__ == "__main__":
    packages = Path(sysconfig.get_path("purelib"))
    trim_services(packages / "botocore" / "data")
    trim_lexers(packages / "pygments" / "lexers")
