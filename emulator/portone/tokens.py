"""Access tokens: 30 minutes each, the same one until it expires, prolonged when asked for in its last minute (docs)."""

import secrets
from dataclasses import dataclass, replace

LIFE_SECONDS = 30 * 60  # docs
LAST_MINUTE_SECONDS = 60  # docs: asked for again within it, a token is prolonged
PROLONGED_SECONDS = 5 * 60  # docs
MOST_FORMER = 10_000  # tokens that are remembered as expired or revoked


@dataclass(frozen=True, slots=True)
class Token:
    """An access token of the account `imp_code`; `expires_at` in unix seconds of the clock that it ages by."""

    access_token: str
    imp_code: str
    expires_at: float


class Tokens:
    """The newest token of each account. Which clock `now` is read from is the account's setting."""

    def __init__(self) -> None:
        self._by_text: dict[str, Token] = {}
        self._by_account: dict[str, Token] = {}
        self._former: dict[str, str] = {}
        self._revoked: dict[str, list[Token]] = {}

    def issue(self, imp_code: str, now: float) -> Token:
        """The token the account has while it lives, prolonged in its last minute, else a new one."""
        token = self._by_account.get(imp_code)
        if token is None or token.expires_at <= now:
            if token is not None:
                self.revoke(token.access_token)
            token = Token(secrets.token_hex(20), imp_code, now + LIFE_SECONDS)
        elif token.expires_at - now <= LAST_MINUTE_SECONDS:
            token = replace(token, expires_at=token.expires_at + PROLONGED_SECONDS)
        self._by_account[imp_code] = self._by_text[token.access_token] = token
        return token

    def revoke(self, access_token: str) -> None:
        """Take a token back: no call is served with it any more, and the account gets another one when it asks."""
        token = self._by_text.pop(access_token, None)
        if token is None:
            return
        if self._by_account.get(token.imp_code) is token:
            del self._by_account[token.imp_code]
        self._former[access_token] = token.imp_code
        if len(self._former) > MOST_FORMER:
            del self._former[next(iter(self._former))]

    def restore(self, imp_code: str) -> None:
        """Undo the revoking of an account's tokens; one that was issued meanwhile stays valid too."""
        for token in self._revoked.pop(imp_code, ()):
            self.put(token)

    def revoke_all(self, imp_code: str) -> None:
        """Take every token of an account back, so that whoever kept one meets 401."""
        for token in [one for one in self._by_text.values() if one.imp_code == imp_code]:
            self._revoked.setdefault(imp_code, []).append(token)
            self.revoke(token.access_token)

    def was_issued(self, access_token: str) -> str | None:
        """The account (imp_code) that a token is or once was of; None for one that was never issued."""
        token = self._by_text.get(access_token)
        return token.imp_code if token else self._former.get(access_token)

    def newest(self, imp_code: str) -> Token | None:
        """The account's newest token, expired or not."""
        return self._by_account.get(imp_code)

    def put(self, token: Token) -> None:
        """Let this be its account's newest one."""
        self._by_account[token.imp_code] = self._by_text[token.access_token] = token

    def find(self, access_token: str) -> Token | None:
        """The newest token of an account, expired or not, by its text."""
        return self._by_text.get(access_token)
