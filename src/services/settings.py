"""Where everything is: read from the environment, prefix RARE_REVIEW_."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""USD for a million tokens."""


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
    judge_api_key: SecretStr = SecretStr("")
    """The key for that address. It is never printed and never stored."""
    judge_provider: Literal["openai", "anthropic"] = "openai"
    """How the address is spoken to; 'anthropic' needs requirements-anthropic.txt."""
    judge_temperature: float | None = Field(default=0.0, ge=0, le=2)
    """How freely the judge chooses its words; part of every grade's address."""
    judge_reply_tokens: int = Field(default=1_000, ge=64, le=100_000)
    """The longest reply; more for a judge that thinks in its reply."""
    judge_sees_images: bool = False
    """Send the images that a criterion speaks of."""
    judge_shows_case: bool = True
    """Show the judge the case text beside question, criterion and answer."""
    judge_input_price: float = Field(default=2.5, ge=0, allow_inf_nan=False)
    """USD for a million tokens sent; 0 for a judge on machines of one's own."""
    judge_output_price: float = Field(default=10.0, ge=0, allow_inf_nan=False)
    """USD for a million tokens that come back."""
    judge_prices: dict[str, tuple[Price, Price]] = {}
    """Judge -> both prices, for those at the same address that cost something else."""
    judge_timeout_seconds: float = Field(default=120.0, gt=0, le=3_600)
    """How long a call may take."""
    generator_model: str = ""
    """The model that wrote the benchmark's questions, to warn where a judge or model is its kin."""
    single_user: bool = Field(default=True)
    """'Working as' on one's own machine; only when bound to loopback."""
    external_slider: bool = False
    """Offer streamlit-image-comparison as a second slider; it loads a script from the internet."""
