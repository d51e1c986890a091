"""A provider of logins by OpenID Connect on the loopback address: whoever comes says who they are."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.http_server import running

CLIENT_ID, CLIENT_SECRET = "dashboard", "not-a-secret"


@dataclass
class Provider:
    """A provider that answers.

    Args:
        people: the addresses that its page lets one choose from.
        port: where it answers.
    """

    people: Sequence[str]
    port: int = 0
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def metadata_url(self) -> str:
        return f"{self.url}/.well-known/openid-configuration"

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def choices(self, asked: dict[str, str]) -> str:
        """A page with a link for each person, back to who asked."""
        links = []
        for email in self.people:
            code = secrets.token_urlsafe()
            self.codes[code] = {"email": email, "nonce": asked["nonce"]}
            back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            links.append(f'<p><a href="{back.replace("&", "&amp;")}">{email}</a></p>')
        return f"<!doctype html><title>Who are you?</title>{''.join(links)}"

    def token(self, code: str) -> dict[str, Any]:
        """The signed claims that a code stands for; a code counts once."""
        told, moment = self.codes.pop(code), int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "sub": told["email"], "iat": moment, "exp": moment + 600}
        claims |= {**told, "email_verified": True, "name": told["email"].partition("@")[0].capitalize()}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return {"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "expires_in": 600, "id_token": signed}


@contextmanager
def serve(people: Sequence[str]) -> Iterator[Provider]:
    """Let these people log in until the block ends."""
    provider = Provider(people)

    class Handler(_Handler):
        provided = provider

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        provider.port = port
        yield provider


class _Handler(BaseHTTPRequestHandler):
    provided: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._say(self.provided.choices(asked), "text/html")
        elif parts.path == "/keys":
            self._say(json.dumps({"keys": [self.provided.key.as_dict(private=False)]}))
        else:
            self._say(json.dumps(self.provided.metadata()))

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._say(json.dumps(self.provided.token(sent["code"][0])))

    def _say(self, body: str, kind: str = "application/json") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass
