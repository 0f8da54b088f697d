"""What every block of a règlement is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Cel = Annotated[str, Field(min_length=1, max_length=2000)]
Texte = Annotated[str, Field(min_length=1)]


class Bloc(BaseModel):
    """Base of every block: a key nobody declared is a typing error of the author, so it is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
