"""The VIP list, and skills and room, as leads and others see them."""

import re
from dataclasses import replace

import pytest

import inbox.app
from inbox.roles import Role
from models import Tier
from tests.inbox.conftest import FORM_KEY, Browser, add_person
from tests.inbox.factory import NOW, Said, add

ENTRY = {
    "channel": "x",
    "handle": "@Joss_Wattle",
    "band": "key",
    "until": "2026-12-01",
    "reason": "Largest account of the branch",
    "reference": "K-17",
}


@pytest.fixture
def lead(as_role) -> Browser:
    return as_role(Role.LEAD)


@pytest.fixture
def case_id(sqlite_store) -> int:
    return add(sqlite_store, Said("I was charged twice"), now=NOW)


def form_key(browser: Browser, path: str) -> str:
    return FORM_KEY.search(browser.get(path).text)[1]


def enter(lead: Browser, **changes: str):
    return lead.post("/vips", **(ENTRY | {"form_key": form_key(lead, "/vips")} | changes))


def listed(store):
    with store.reading() as transaction:
        return transaction.vips.listed(limit=10)


def test_a_lead_enters_an_account_and_its_case_says_so_in_the_score_and_on_the_authors_card(
    sqlite_store, lead, case_id
):
    until = f"{NOW:%Y-%m-%d}"
    assert "notice=vip_added" in enter(lead, until=until).headers["location"]
    page = lead.get(f"/cases/{case_id}").text
    assert "customer value" in page, "why is this first?"
    assert "Key customer" in page and "Largest account of the branch" in page
    assert "+6.00" in page
    assert "joss_wattle" in lead.get("/vips").text
    [entry] = listed(sqlite_store)
    answer = lead.post(f"/vips/{entry.id}/end", form_key=form_key(lead, "/vips"))
    assert "notice=vip_ended" in answer.headers["location"]
    assert "customer value" not in lead.get(f"/cases/{case_id}").text
    assert "Largest account" in lead.get("/vips?list=past").text


def test_what_cannot_be_is_said_and_what_was_typed_stays(lead):
    answer = enter(lead, band="gold", until=f"{NOW:%Y-%m-%d}")
    assert answer.status_code == 422
    assert "known bands: key, large, known" in answer.text and 'value="Largest account of the branch"' in answer.text


def test_many_are_pasted_at_once_and_a_broken_line_is_named(sqlite_store, lead):
    head, until = "channel,handle,band,until,reason,reference\n", f"{NOW:%Y-%m-%d}"
    lines = f"x,one,key,{until},Large,\nx,two,known,{until},Long,\n"
    broken = lead.post("/vips/file", form_key=form_key(lead, "/vips"), file=head + lines + "x,three,gold,,Why,\n")
    assert broken.status_code == 422 and "Line 4" in broken.text
    assert listed(sqlite_store) == []
    lead.post("/vips/file", form_key=form_key(lead, "/vips"), file=head + lines)
    assert [one.handle for one in listed(sqlite_store)] == ["one", "two"]


def test_an_agent_neither_sees_nor_changes_the_list_but_sees_why_a_case_stands_high(lead, agent, case_id):
    enter(lead, until=f"{NOW:%Y-%m-%d}")
    assert agent.get("/vips").status_code == 403
    assert agent.post("/vips", **ENTRY, form_key="a" * 32).status_code == 403
    assert "Key customer" in agent.get(f"/cases/{case_id}").text


def test_the_customer_learns_nothing_of_it(lead, case_id, nobody):
    enter(lead, until=f"{NOW:%Y-%m-%d}")
    assert "Key customer" not in nobody.get("/login").text


def test_a_lead_enters_skills_and_room_and_everybody_says_whether_they_are_away(sqlite_store, lead, agent):
    user_id = next(
        int(number)
        for number, name in re.findall(r'id="who-(\d+)"><bdi>([^<]+)', lead.get("/skills").text)
        if name == "agent person"
    )
    common = {"user_id": str(user_id)}
    lead.post("/skills", **common, skill="turkish", has="yes", form_key=form_key(lead, "/skills"))
    lead.post("/skills/room", **common, capacity="3", form_key=form_key(lead, "/skills"))
    agent.post("/skills/room", **common, away="yes", capacity="99", form_key=form_key(agent, "/skills"))
    with sqlite_store.reading() as transaction:
        room = transaction.rooms.all()[user_id]
        assert transaction.rooms.skills() == {user_id: frozenset({"turkish"})}
    assert (room.capacity, room.is_away) == (3, True), "how much somebody takes is a lead's to say"
    other = add_person(sqlite_store, "Bo", Role.AGENT)
    refused = agent.post("/skills/room", user_id=str(other), away="yes", form_key=form_key(agent, "/skills"))
    assert refused.status_code == 403


@pytest.fixture
def switched_on(monkeypatch) -> None:
    load = inbox.app.load_policy

    def loaded(**known: object):
        policy = load(**known)
        return replace(policy, skills=replace(policy.skills, is_on=True))

    monkeypatch.setattr(inbox.app, "load_policy", loaded)


def test_a_case_that_nobody_owns_says_who_fits_best_and_is_assigned_by_one_button(sqlite_store, as_role, agent):
    lead = as_role(Role.LEAD)
    said = Said("Kartım çalındı, ne yapmalıyım?", lang="tr", tier=Tier.HIGH_PRIORITY, native_id="tr1")
    number = add(sqlite_store, said, now=NOW)
    assert "Fits best" not in agent.get(f"/cases/{number}").text, "nobody has any of what it asks for"
    lead.post(
        "/skills", user_id=me(lead, "agent person"), skill="turkish", has="yes", form_key=form_key(lead, "/skills")
    )
    page = agent.get(f"/cases/{number}").text
    assert "Fits best: <bdi>agent person</bdi> for <bdi>Turkish</bdi> (0 of 20 open cases)." in page
    done = agent.post(f"/cases/{number}/assign", owner="agent person", version=agent.version(number))
    assert done.status_code == 303
    assert "Fits best" not in agent.get(f"/cases/{number}").text
    simple = replace(said, tier=Tier.SAVED_REPLY, label="enquiry", native_id="tr2", conversation="c2")
    easy = add(sqlite_store, simple, now=NOW)
    assert "Fits best" not in agent.get(f"/cases/{easy}").text, "a saved reply is enough"


def test_the_next_case_is_given_to_who_fits_and_the_case_says_why(switched_on, sqlite_store, as_role, case_id):
    lead = as_role(Role.LEAD)
    add_person(sqlite_store, "Bo", Role.AGENT)
    lead.post("/skills/room", user_id=me(lead), capacity="0", form_key=form_key(lead, "/skills"))
    answer = lead.post("/skills/next", form_key=form_key(lead, "/skills"))
    assert f"/cases/{case_id}" in answer.headers["location"] and "notice=given" in answer.headers["location"]
    page = lead.get(f"/cases/{case_id}").text
    assert "Given to <bdi>Bo</bdi> because" in page and "0 of 20 open cases then" in page


def me(browser: Browser, name: str = "lead person") -> str:
    return re.search(rf'id="who-(\d+)"><bdi>{name}', browser.get("/skills").text)[1]


def test_as_shipped_nothing_is_given_out_and_it_is_said_where_to_switch_it_on(lead, case_id):
    refused = lead.post("/skills/next", form_key=form_key(lead, "/skills"))
    assert refused.status_code == 409 and "has it off" in refused.text
    assert "policy/skills/skills.toml" in lead.get("/skills").text
