"""Settings with a secret: pydantic."""

from pydantic import BaseModel, SecretStr


class Settings(BaseModel):
    """How the office is set up."""

    host: str
    port: int = 5432
    password: SecretStr
    opening_hours: dict[str, tuple[int, int]] = {}


def address(settings):
    """Where the database is, as it may be shown."""
    return f"postgres://office:***@{settings.host}:{settings.port}"
