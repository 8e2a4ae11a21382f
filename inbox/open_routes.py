"""Routes that nobody logs in for: programs with a signature or a key, the log-in itself, customers with a link."""

from starlette.routing import Route

from inbox.gate import Gate
from inbox.pages import account, api, customer, health, hooks


def open_routes(gate: Gate) -> list[Route]:
    return [
        Route("/hooks/{name}", hooks.receive(gate.inbox), methods=["GET", "POST"]),
        Route("/api/messages", api.take_messages(gate.inbox), methods=["POST"]),
        Route("/healthz", gate.public(health.alive), methods=["GET"]),
        Route("/login", gate.public(account.show_login), methods=["GET"]),
        Route("/login", gate.public(account.log_in(gate)), methods=["POST"]),
        Route("/welcome/{token}", gate.public(account.show_welcome), methods=["GET"]),
        Route("/welcome/{token}", gate.public(account.choose_password), methods=["POST"]),
        Route("/s/{token}", customer.apart(gate.public(customer.show_status)), methods=["GET"]),
        Route("/s/{token}", customer.apart(gate.public(customer.write)), methods=["POST"]),
        Route("/rate/{token}", customer.apart(gate.public(customer.show_rating)), methods=["GET"]),
        Route("/rate/{token}", customer.apart(gate.public(customer.rate)), methods=["POST"]),
    ]
