"""Run-time choices, read once from the environment (COVERAGE_SEARCH_*) or a .env file."""

from functools import cache
from pathlib import Path

from platformdirs import user_cache_path, user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things lie and how the server behaves; build facts live in the snapshot's manifest."""

    model_config = SettingsConfigDict(
        env_prefix="COVERAGE_SEARCH_", env_file=".env", extra="ignore", frozen=True
    )

    home: Path = Field(
        default_factory=lambda: user_data_path("coverage-search") / "snapshots",
        description="Folder of snapshots; the file CURRENT in it names the one in use.",
    )
    cache: Path = Field(
        default_factory=lambda: user_cache_path("coverage-search"),
        description="Folder for exported encoders; safe to delete.",
    )
    host: str = Field(default="127.0.0.1", description="Address that `serve` binds.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port that `serve` binds; 0 takes a free one."
    )


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
