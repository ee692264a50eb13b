"""The API itself."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from kejing.office.api.problems import nothing_here, tell_problems
from kejing.office.api.routes import books, change_sets, events, runs
from kejing.office.api.tokens import TokenBearer
from kejing.version import __version__

api = NinjaAPI(
    title="Kejing",
    version=__version__,
    description="Who covers whom, what waits, what changes, what was reckoned: by the scopes of the office.",
    auth=TokenBearer(),
    docs_url=None,  # its page would fetch scripts from elsewhere; the description itself is at openapi.json
    urls_namespace="api",
)
tell_problems(api)
api.add_router("", books.router)
api.add_router("/change-sets", change_sets.router)
api.add_router("/runs", runs.router)
api.add_router("", events.router)


def addresses() -> list[URLPattern | URLResolver]:
    """The addresses, for which a token stands in place of a session."""
    patterns: list[URLPattern | URLResolver] = api.urls[0]
    for pattern in patterns:
        callback = getattr(pattern, "callback", None)
        if callback is not None:
            callback.login_required = False
    return [*patterns, re_path("", csrf_exempt(login_not_required(nothing_here)), name="nothing")]
