"""The frozen value that everything a plan is made of derives from."""

import hashlib

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value that refuses unknown fields and serialises to JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def digest(self) -> str:
        """sha256 over the JSON form: the identity of the value."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
