"""The documents of the repository: their links, their headings, and the commands that they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PLACES = ("*.md", ".github/*.md", "docs/**/*.md", "job/analyze/**/*.md", "terraform/**/*.md", "tests/*/*.md")
PAGES = sorted({page for place in _PLACES for page in ROOT.glob(place)})

_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CONTINUED = re.compile(r"\s*\\\n +|(?<=[^|\n] \|)\n {4,}")
_CODE = re.compile(r"`([^`\n]+)`")
PROGRAMS = (
    r"\.venv/bin/iam-access-key-report|iam-access-key-report|python -m job|make|\.ci/\w+|git|pre-commit|"
    r"docker|terraform|aws|eval"
)
_COMMAND = re.compile(rf"(?:[A-Z_]+=\S+ |[a-z]+=\$\()?(?:{PROGRAMS})(?: .*)?")
_INLINE = re.compile(rf"(?:{PROGRAMS}) [^`]+|\.ci/\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link as a page has it; `target` is a path beside the page or an address, with its anchor."""

    page: Path
    target: str

    @property
    def is_address(self) -> bool:
        """Whether it leads out of the repository."""
        return ":" in self.target.partition("#")[0]

    @property
    def file(self) -> Path:
        """The file that a link within the repository leads to."""
        path = self.target.partition("#")[0]
        return (self.page.parent / path).resolve() if path else self.page

    @property
    def anchor(self) -> str:
        """The heading that it leads to, as an anchor; empty for the page's top."""
        return self.target.partition("#")[2]


def name_of(page: Path) -> str:
    """The page's path in the repository."""
    return page.relative_to(ROOT).as_posix()


def text_of(page: Path) -> str:
    """Everything on it."""
    return page.read_text(encoding="utf-8")


def links(page: Path) -> Iterator[Link]:
    """Links and pictures, in their order; not what stands in code."""
    prose = _CODE.sub("", _FENCED.sub("", text_of(page)))
    yield from (Link(page=page, target=target) for target in _LINK.findall(prose))


def anchors(page: Path) -> set[str]:
    """What the repository's host makes of the page's headings."""
    headings = _HEADING.findall(_FENCED.sub("", text_of(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def shell_lines(page: Path) -> Iterator[str]:
    """Lines of code blocks that name no language, without comments; continued ones as one."""
    text = text_of(page)
    blocks = [body for _, language, body in _FENCED.findall(text) if language in ("", "sh", "bash")]
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            command = re.sub(r"(^|\s+)#.*$", "", line).strip()
            if command:
                yield re.sub(r"\s+", " ", command)


def indented_commands(page: Path) -> Iterator[str]:
    """Commands in code blocks by indentation, which may also hold configuration; continued ones as one."""
    text = _CONTINUED.sub(" ", _FENCED.sub("", text_of(page)))
    for line in text.splitlines():
        if re.match(r" {4,}\S", line):
            command = re.sub(r"\s+#.*$", "", line).strip()
            if _COMMAND.fullmatch(command):
                yield re.sub(r"\s+", " ", command)


def codes(page: Path) -> Iterator[str]:
    """What stands in code in running text and in tables."""
    yield from _CODE.findall(_FENCED.sub("", text_of(page)))


def inline_commands(page: Path) -> Iterator[str]:
    """Commands in running text and in tables."""
    yield from filter(_INLINE.fullmatch, codes(page))


def commands(page: Path) -> set[str]:
    """Every command that the page shows."""
    return {*shell_lines(page), *indented_commands(page), *inline_commands(page)}


def is_command(line: str) -> bool:
    """Whether a line of a code block begins with a program that the documents may show."""
    return _COMMAND.fullmatch(line) is not None
