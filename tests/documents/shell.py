"""A shell in which what the documents show can be typed as it stands."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BASH = shutil.which("bash") or "bash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Runs commands in a folder that has what they read, as somebody whose AWS is the embedded one."""

    folder: Path
    environment: Mapping[str, str]
    words: Mapping[str, str]

    def type(self, command: str, words: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a command by the shell, its placeholders filled in: by these words, then by everybody's."""
        for placeholder, word in (*words.items(), *self.words.items()):
            command = command.replace(placeholder, word)
        return subprocess.run(
            [BASH, "-c", command],
            cwd=self.folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
