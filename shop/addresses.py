"""Where goods go: a postal address as a buyer typed it, checked against what PortOne's delivery registration takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from babel import Locale

LONGEST = 40  # characters of each part (docs, POST /paymentwall/delivery)
COUNTRIES: Mapping[str, str] = {
    code: name
    for code, name in sorted(Locale("en").territories.items(), key=lambda territory: territory[1])
    if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "QO", "UN", "ZZ"}
}
"""Alpha-2 codes and English names of what is a country."""
PARTS = {"street": "a street", "city": "a city", "zip": "a postal code", "phone": "a telephone number"}


@dataclass(frozen=True)
class Address:
    """A postal address; `country` alpha-2, `state` empty outside the USA unless the buyer gave one."""

    street: str
    city: str
    zip: str
    state: str
    country: str
    phone: str

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Self:
        """Raises ValueError with one sentence for the buyer."""
        typed = {name: _line(fields.get(name)) for name in (*PARTS, "state", "country")}
        country = typed["country"].upper()
        if country not in COUNTRIES:
            raise ValueError("Please choose the country that your order goes to.")
        for name, words in PARTS.items():
            if not typed[name]:
                raise ValueError(f"Please give {words}, so that we can send your order.")
        if country == "US" and not typed["state"]:
            raise ValueError("Please give a state: parcels to the United States need one.")
        if any(len(text) > LONGEST or not text.isprintable() for text in typed.values()):
            raise ValueError(f"Please shorten the address: each line takes {LONGEST} characters.")
        return cls(**typed | {"country": country})


def _line(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
