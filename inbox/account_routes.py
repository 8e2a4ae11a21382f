"""Routes of accounts: one's own, open to everybody; those of others, and keys of programs, to administrators."""

from collections.abc import Callable

from starlette.routing import BaseRoute

from inbox.gate import Gate
from inbox.pages import people, person, programs, second_factor, security, sign_on
from inbox.roles import ADMINS, EVERYBODY


def account_routes(gate: Gate, get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/me/security", security.show),
        post("/me/password", security.change_password(gate), EVERYBODY),
        post("/me/sessions/end", security.end_session, EVERYBODY),
        post("/me/sessions/end-others", security.end_others, EVERYBODY),
        post("/me/second-factor/codes", second_factor.renew_codes, EVERYBODY),
        post("/me/second-factor/remove", second_factor.remove, EVERYBODY),
        post("/me/sign-on", sign_on.begin_link(gate), EVERYBODY),
        post("/me/sign-on/unlink", sign_on.unlink, EVERYBODY),
        get("/people", people.show, ADMINS),
        post("/people", people.add, ADMINS),
        get("/people/{id}", person.show, ADMINS),
        post("/people/{id}/invite", people.invite_again, ADMINS),
        post("/people/{id}/disable", people.disable, ADMINS),
        post("/people/{id}/role", person.change_role, ADMINS),
        post("/people/{id}/sessions/end", person.end_sessions, ADMINS),
        post("/people/{id}/second-factor/reset", person.reset_second_factor, ADMINS),
        post("/people/{id}/unlink", person.unlink, ADMINS),
        get("/programs", programs.show, ADMINS),
        post("/programs", programs.make, ADMINS),
        post("/programs/{id}/revoke", programs.revoke, ADMINS),
    ]
