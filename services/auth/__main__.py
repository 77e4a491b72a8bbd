"""`python -m auth`: the service."""

from __future__ import annotations

from auth.app import Outside, make_app
from auth.settings import AuthSettings
from kit.serve import run

if __name__ == "__main__":
    settings = AuthSettings.model_validate({})
    run(make_app(settings, Outside(certificates_url=settings.certificates_url)), settings)
