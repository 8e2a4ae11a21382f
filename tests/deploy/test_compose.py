"""The compose file: by the schema of the Compose specification, and by what must hold of it."""

import json
import os

import pytest
from jsonschema import Draft7Validator

from tests.deploy.parts import COMPOSE, compose
from tests.servers.bluesky.install import ServerUnavailable, install_packages

PACKAGES = COMPOSE.parents[2] / "tests/deploy/packages"


@pytest.fixture(scope="module")
def schema() -> dict:
    try:
        _, folder = install_packages(PACKAGES, "compose_schema")
    except ServerUnavailable as error:
        if os.environ.get("CI"):
            pytest.fail(f"no schema of compose files: {error}", pytrace=False)
        pytest.skip(f"no schema of compose files: {error}")
    return json.loads((folder / "node_modules/dclint/schemas/compose.schema.json").read_text(encoding="utf-8"))


def test_the_file_is_what_the_specification_allows(schema: dict) -> None:
    assert [error.message for error in Draft7Validator(schema).iter_errors(compose())] == []
    wrong = {**compose(), "services": {"web": {"comand": ["web"]}}}
    assert list(Draft7Validator(schema).iter_errors(wrong)) != []


def test_only_the_inbox_can_be_reached_and_only_from_this_machine() -> None:
    published = {name: service["ports"] for name, service in compose()["services"].items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8571:8571"]}
    assert compose()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert compose()["services"][name]["networks"] == ["inside"]


def test_everybody_waits_for_the_tables_and_starts_again_when_it_dies() -> None:
    for name, service in compose()["services"].items():
        if not service["image"].startswith("earshot-"):
            assert service["restart"] == "unless-stopped"
            assert "healthcheck" in service
        elif name == "migrate":
            assert service["depends_on"]["postgres"]["condition"] == "service_healthy"
        else:
            assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
            assert service["restart"] == ("no" if name == "backup" else "unless-stopped")


def test_everything_of_ours_is_shut_in() -> None:
    for service in compose()["services"].values():
        if service["image"].startswith("earshot-"):
            assert (service["user"], service["read_only"], service["cap_drop"]) == ("10001:10001", True, ["ALL"])
            assert service["security_opt"] == ["no-new-privileges:true"]


def test_redis_refuses_when_it_is_full_and_the_timetable_is_there_once() -> None:
    command = compose()["services"]["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert compose()["services"]["cron"]["scale"] == 1


def test_every_file_network_volume_and_secret_that_is_named_is_there() -> None:
    told = compose()
    for service in told["services"].values():
        assert set(service.get("secrets", [])) <= set(told["secrets"])
        assert set(service.get("networks", [])) <= set(told["networks"])
        assert {one.split(":")[0] for one in service.get("volumes", [])} <= set(told["volumes"])
        if build := service.get("build"):
            assert (COMPOSE.parent / build["context"] / build["dockerfile"]).resolve().is_file()
            stages = (COMPOSE.parent / build["context"] / build["dockerfile"]).read_text()
            assert f"FROM runtime AS {build['target']}\n" in stages
            assert service["image"] == f"earshot-{build['target']}"
