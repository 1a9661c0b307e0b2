"""What may be sent to the emulator, or lies in its files: the base of its models."""

from pydantic import BaseModel, ConfigDict


class Fields(BaseModel):
    """What is not changed; these names and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")
