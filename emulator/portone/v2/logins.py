"""Logging in at V2: access and refresh tokens (JWT) for an API secret, which calls may use in the secret's place."""

import base64
import hmac
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

ACCESS_SECONDS = 30 * 60  # docs
REFRESH_SECONDS = 24 * 3600  # docs: one day

Use = Literal["access", "refresh"]
_HEAD = {"alg": "HS256", "typ": "JWT"}


@dataclass(frozen=True, slots=True)
class Login:
    """What an account logged in with; both are JWTs, signed with its API secret (what PortOne's hold is inferred)."""

    access_token: str
    refresh_token: str


@dataclass(slots=True)
class Logins:
    """The logins of one account: each makes the refresh token of the one before void (docs)."""

    last: int = 0
    revoked: int = 0
    """Logins up to this number are taken back."""

    def new(self, store_id: str, api_secret: str, now: float) -> Login:
        """Log in at `now` (unix seconds of the clock that tokens age by)."""
        self.last += 1

        def token(use: Use, seconds: int) -> str:
            claims = {"iss": "portone", "sub": store_id, "use": use, "jti": self.last, "iat": int(now)}
            return _written({**claims, "exp": int(now) + seconds}, api_secret)

        return Login(token("access", ACCESS_SECONDS), token("refresh", REFRESH_SECONDS))

    def problem(self, token: str, use: Use, api_secret: str, now: float) -> str | None:
        """Why this token opens nothing; None where it does."""
        claims = _read(token, api_secret)
        if claims is None or claims.get("use") != use:
            return f"PortOne did not issue this {use} token"
        if claims["exp"] <= now:
            return f"the {use} token has expired"
        number = claims["jti"]
        if number <= self.revoked or (use == "refresh" and number != self.last):
            return f"the {use} token was used already, replaced, or taken back"
        return None

    def revoke(self) -> None:
        """Whoever kept a token meets 401."""
        self.revoked = self.last

    def restore(self) -> None:
        """What was revoked is taken again."""
        self.revoked = 0


def store_of(token: str) -> str | None:
    """The store that a token says it is of, believed by nobody; None where it is no JWT of this shape."""
    claims = _claims(token)
    store = claims.get("sub") if claims else None
    return store if isinstance(store, str) else None


def _written(claims: dict[str, Any], secret: str) -> str:
    content = ".".join(_part(json.dumps(one, separators=(",", ":")).encode()) for one in (_HEAD, claims))
    return f"{content}.{_signature(content, secret)}"


def _read(token: str, secret: str) -> dict[str, Any] | None:
    content, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(content, secret).encode()):
        return None
    return _claims(token)


def _claims(token: str) -> dict[str, Any] | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _signature(content: str, secret: str) -> str:
    return _part(hmac.digest(secret.encode(), content.encode(), sha256))


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
