"""Where everything is: read from the environment, prefix RARE_REVIEW_."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The configuration; `manage.py doctor` prints each value and what it resolves to."""

    model_config = SettingsConfigDict(env_prefix="RARE_REVIEW_", extra="ignore")

    database_url: str = "sqlite:///var/review.db"
    """Where rows are kept: SQLite by default, postgresql://... for a team."""
    migration_database_url: str = ""
    """A role that may change the schema, where the app's own may not; empty uses database_url."""
    image_store: str = "var/images"
    """A folder for the images."""
    import_dir: Path = Path("var/import")
    """Files too large to upload are imported from here by name."""
    orphanet_file: str = ""
    """The Orphanet nomenclature, if there is one."""
    judge_base_url: str = ""
    """An OpenAI-compatible address."""
    judge_model: str = ""
    """The judge's name at that address."""
    single_user: bool = Field(default=True)
    """'Working as' on one's own machine; only when bound to loopback."""
    external_slider: bool = False
    """Offer streamlit-image-comparison as a second slider; it loads a script from the internet."""
