"""Routes without a whole log-in: programs with a signature or a key, the log-in itself, customers with a link."""

from starlette.routing import Route

from inbox import api_description
from inbox.gate import SIGNED, Access, Gate, declare
from inbox.pages import (
    account,
    api,
    customer,
    figures,
    health,
    hooks,
    metrics,
    register,
    second_factor,
    sign_off,
    sign_on,
    web_form,
)
from inbox.programs import keyed
from inbox.sign_on import LEFT_PATH, RETURN_PATH
from models.account import Scope, Stage

WRITES_MESSAGES = Access(scope=Scope.MESSAGES_WRITE)


def open_routes(gate: Gate) -> list[Route]:
    return [
        Route("/hooks/{name}", declare(hooks.receive(gate.inbox), SIGNED), methods=["GET", "POST"]),
        Route("/api/messages", declare(api.take_messages(gate.inbox), WRITES_MESSAGES), methods=["POST"]),
        Route("/api/openapi.json", gate.public(api_description.show), methods=["GET"]),
        Route("/api/figures", keyed(gate, figures.download, Scope.FIGURES_READ), methods=["GET"]),
        Route("/api/register", keyed(gate, register.download, Scope.REGISTER_EXPORT), methods=["GET"]),
        Route("/healthz", gate.public(health.alive), methods=["GET"]),
        Route("/readyz", gate.public(health.is_ready), methods=["GET"]),
        Route("/metrics", declare(metrics.show(gate.inbox), SIGNED), methods=["GET"]),
        Route("/login", gate.public(account.show_login), methods=["GET"]),
        Route("/login", gate.public(account.log_in(gate)), methods=["POST"]),
        Route("/login/code", gate.halfway(second_factor.show_code, Stage.CODE), methods=["GET"]),
        Route("/login/code", gate.halfway(second_factor.check_code(gate), Stage.CODE), methods=["POST"]),
        Route("/logout", gate.halfway(sign_off.log_out(gate), Stage.CODE, Stage.SET_UP), methods=["POST"]),
        Route("/sign-on", gate.public(sign_on.begin(gate)), methods=["GET"]),
        Route(RETURN_PATH, gate.public(sign_on.come_back(gate)), methods=["GET"]),
        Route(LEFT_PATH, gate.public(sign_off.come_back(gate)), methods=["GET"]),
        Route("/me/second-factor", gate.halfway(second_factor.show, Stage.SET_UP), methods=["GET"]),
        Route("/me/second-factor/picture", gate.halfway(second_factor.picture, Stage.SET_UP), methods=["GET"]),
        Route("/me/second-factor/begin", gate.halfway(second_factor.begin, Stage.SET_UP), methods=["POST"]),
        Route("/me/second-factor/confirm", gate.halfway(second_factor.confirm(gate), Stage.SET_UP), methods=["POST"]),
        Route("/welcome/{token}", gate.public(account.show_welcome), methods=["GET"]),
        Route("/welcome/{token}", gate.public(account.choose_password), methods=["POST"]),
        Route("/contact", customer.apart(gate.public(web_form.show)), methods=["GET"]),
        Route("/contact", customer.apart(gate.public(web_form.take(gate.inbox))), methods=["POST"]),
        Route("/s/{token}", customer.apart(gate.public(customer.show_status)), methods=["GET"]),
        Route("/s/{token}", customer.apart(gate.public(customer.write)), methods=["POST"]),
        Route("/rate/{token}", customer.apart(gate.public(customer.show_rating)), methods=["GET"]),
        Route("/rate/{token}", customer.apart(gate.public(customer.rate)), methods=["POST"]),
    ]
