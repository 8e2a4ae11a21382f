"""Platforms and desks as our tests need them: stateful, written from their documents, with every fault on call."""
