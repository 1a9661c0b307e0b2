"""Access tokens: 30 minutes of the wall clock each, because a merchant's clock does not jump with ours."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

LIFE_SECONDS = 30 * 60  # docs
LAST_MINUTE_SECONDS = 60  # docs: asked for again within it, a token is prolonged
PROLONGED_SECONDS = 5 * 60  # docs


@dataclass(frozen=True, slots=True)
class Token:
    """An access token of the account `imp_code`; `expires_at` in wall-clock unix seconds."""

    access_token: str
    imp_code: str
    expires_at: float


class Tokens:
    """The newest token of each account."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._by_text: dict[str, Token] = {}
        self._by_account: dict[str, Token] = {}

    def issue(self, imp_code: str) -> Token:
        """The token the account has while it lives, prolonged in its last minute, else a new one (docs)."""
        now, token = self._wall(), self._by_account.get(imp_code)
        if token is None or token.expires_at <= now:
            if token is not None:
                del self._by_text[token.access_token]
            token = Token(secrets.token_hex(20), imp_code, now + LIFE_SECONDS)
        elif token.expires_at - now <= LAST_MINUTE_SECONDS:
            token = replace(token, expires_at=token.expires_at + PROLONGED_SECONDS)
        self._by_account[imp_code] = self._by_text[token.access_token] = token
        return token

    def holder(self, access_token: str) -> tuple[str, bool] | None:
        """The account whose newest token this is, and whether it still lives; None for an unknown token."""
        token = self._by_text.get(access_token)
        return None if token is None else (token.imp_code, self._wall() < token.expires_at)
