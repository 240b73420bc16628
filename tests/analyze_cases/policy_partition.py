"""Says a case's world as it would be in another partition: its ARNs, its Region, its names of services."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_REGIONS = "eu-central-1|eu-west-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition by its name, its Region that stands for those of cases, and the domain of its endpoints.

    Services have the domain of endpoints where they are named with a Region, as by `kms:ViaService`. As
    principals without one they are called the same everywhere.
    """

    name: str
    region: str
    domain: str

    def said(self, document: Any) -> Any:  # noqa: ANN401 - any JSON
        """A document in this partition."""
        return document if self == AWS else json.loads(self.text(json.dumps(document)))

    def text(self, text: str) -> str:
        """A text in this partition."""
        if self == AWS:
            return text
        named = re.sub(rf"\b({_REGIONS})\.amazonaws\.com\b(?!\.cn)", rf"\1.{self.domain}", text)
        return re.sub(rf"\b({_REGIONS})\b", self.region, named.replace("arn:aws:", f"arn:{self.name}:"))


AWS = Partition(name="aws", region="", domain="")
OTHERS = {
    each.name: each
    for each in (
        Partition(name="aws-us-gov", region="us-gov-west-1", domain="amazonaws.com"),
        Partition(name="aws-cn", region="cn-north-1", domain="amazonaws.com.cn"),
        Partition(name="aws-eusc", region="eusc-de-east-1", domain="amazonaws.eu"),
    )
}
