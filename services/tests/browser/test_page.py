"""The page, as people use it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import OpenBrowser
from tests.end_to_end.fleet import ZONES, Fleet

AXE = Path(__file__).parents[3] / "worker" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("region", sorted(ZONES))
def test_a_new_account_is_served_where_its_time_zone_says(people: OpenBrowser, fleet: Fleet, region: str) -> None:
    context = people(timezone_id=ZONES[region])
    page = context.new_page()
    page.goto(fleet.origin)
    place = {"eu-west": "Europe", "us-east": "United States"}[region]
    suggested = page.get_by_role("group", name="Where your data will rest")
    expect(suggested).to_contain_text(place)
    expect(suggested).to_contain_text(f"suggested by your time zone, {ZONES[region]}")
    page.close()
    page = steps.workspace(context, fleet)
    expect(page.locator("#operator-region")).to_have_text(region)
    page.locator("#operator summary").click()
    expect(page.locator("#operator-request")).to_have_text(re.compile("[0-9a-f-]{36}"))


def test_a_place_that_is_chosen_is_kept(people: OpenBrowser, fleet: Fleet) -> None:
    context = people(timezone_id="Europe/Berlin")
    page = context.new_page()
    page.goto(fleet.origin)
    email = steps.new_email("chooser")
    page.get_by_text("Choose another place").click()
    page.get_by_label("Place").select_option(label="United States")
    steps.ask_for_code(page, email)
    steps.enter_code(page, fleet, email)
    steps.create_workspace(page, steps.new_name("Far"))
    expect(page.locator("#operator-region")).to_have_text("us-east")
    page.get_by_role("button", name="Sign out").click()
    # Signing in again from Europe, without a choice: the account leads back to where it is.
    steps.ask_for_code(page, email)
    steps.enter_code(page, fleet, email)
    page.get_by_role("list", name="Workspaces").get_by_role("link").click()
    steps.live(page)
    expect(page.locator("#operator-region")).to_have_text("us-east")


def test_who_lives_in_a_region_that_drains_signs_in_on_a_new_device(people: OpenBrowser, fleet: Fleet) -> None:
    email = steps.new_email("resident")
    steps.sign_in(people(timezone_id=ZONES["eu-west"]), fleet, email)
    fleet.restart_worker("eu-west")
    try:
        page = steps.sign_in(people(timezone_id=ZONES["us-east"]), fleet, email)
        steps.create_workspace(page, steps.new_name("Home"))
        expect(page.locator("#operator-region")).to_have_text("eu-west")
        page.reload()
        steps.live(page)
    finally:
        fleet.restart_worker()


def test_two_tabs_show_the_same_at_once(people: OpenBrowser, fleet: Fleet) -> None:
    context = people()
    one = steps.workspace(context, fleet)
    other = context.new_page()
    other.goto(one.url)
    steps.live(other)
    steps.create_issue(one, "Fuel valve sticks")
    expect(steps.issue(other, "Fuel valve sticks")).to_be_visible()
    steps.issue(other, "Fuel valve sticks").click()
    other.get_by_label("Title").fill("Fuel valve is fixed")
    other.get_by_label("Title").press("Enter")
    other.get_by_label("Status").select_option("done")
    expect(one.get_by_role("heading", name="Done")).to_be_visible()
    expect(steps.issue(one, "Fuel valve is fixed")).to_be_visible()
    other.get_by_label("Comment", exact=True).fill("New spring.")
    other.get_by_role("button", name="Comment").click()
    steps.issue(one, "Fuel valve is fixed").click()
    expect(one.get_by_role("list", name="Comments")).to_contain_text("New spring.")


def test_what_somebody_is_writing_is_not_taken_from_them(people: OpenBrowser, fleet: Fleet) -> None:
    context = people()
    one = steps.workspace(context, fleet)
    steps.create_issue(one, "First title")
    other = context.new_page()
    other.goto(one.url)
    for page in (one, other):
        steps.issue(page, "First title").click()
    one.get_by_label("Description").fill("half a sent")
    other.get_by_label("Title").fill("Second title")
    other.get_by_label("Title").press("Enter")
    expect(one.get_by_label("Title")).to_have_value("Second title")
    expect(one.get_by_label("Description")).to_have_value("half a sent")


def test_a_file_is_added_and_comes_back_byte_for_byte(people: OpenBrowser, fleet: Fleet) -> None:
    page = steps.workspace(people(), fleet)
    steps.create_issue(page, "With a file")
    steps.issue(page, "With a file").click()
    content = bytes(range(256)) * 100
    page.get_by_label("Add a file").set_input_files({"name": "run.bin", "mimeType": "", "buffer": content})
    link = page.get_by_role("list", name="Files").get_by_role("link", name="run.bin")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "run.bin"
    assert Path(download.value.path()).read_bytes() == content


def test_what_is_done_offline_is_kept_and_sent_once(people: OpenBrowser, fleet: Fleet) -> None:
    context = people()
    page = steps.workspace(context, fleet)
    context.set_offline(True)
    expect(page.get_by_role("status").filter(has_text="Offline")).to_have_count(1)
    steps.create_issue(page, "Written offline")
    expect(page.get_by_role("status").filter(has_text="1 change is kept here")).to_have_count(1)
    context.set_offline(False)
    steps.live(page)
    expect(page.get_by_text("not sent yet")).to_have_count(0)
    page.reload()
    expect(steps.issue(page, "Written offline")).to_have_count(1)


def test_somebody_who_is_invited_joins(people: OpenBrowser, fleet: Fleet) -> None:
    owner = steps.workspace(people(), fleet)
    email = steps.new_email("grace")
    owner.get_by_role("button", name="Members").click()
    owner.get_by_label("Invite by mail").fill(email)
    owner.get_by_role("button", name="Invite").click()
    expect(owner.get_by_role("list", name="Members")).to_contain_text(email)
    owner.keyboard.press("Escape")
    guest = steps.sign_in(people(timezone_id="America/New_York"), fleet, email)
    guest.get_by_role("list", name="Workspaces").get_by_role("link").click()
    steps.live(guest)
    steps.create_issue(owner, "Seen by both")
    expect(steps.issue(guest, "Seen by both")).to_be_visible()


def test_signing_out_ends_the_session_in_every_tab(people: OpenBrowser, fleet: Fleet) -> None:
    context = people()
    one = steps.workspace(context, fleet)
    other = context.new_page()
    other.goto(one.url)
    steps.live(other)
    one.get_by_role("button", name="Sign out").click()
    for page in (one, other):
        expect(page.get_by_label("Work email")).to_be_visible()


def test_all_of_it_goes_by_keyboard(people: OpenBrowser, fleet: Fleet) -> None:
    email = steps.new_email("keys")
    page = people().new_page()
    page.goto(fleet.origin)
    expect(page.get_by_label("Work email")).to_be_focused()
    page.keyboard.type(email)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(fleet.mailbox.code(email))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(steps.new_name("Keys"))
    page.keyboard.press("Enter")
    steps.live(page)
    expect(page.get_by_role("heading", name="Begin with a project")).to_be_visible()
    _tab_to(page, "New project")
    page.keyboard.press("Enter")
    page.keyboard.type("By hand")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")
    for title in ("One", "Two"):
        page.keyboard.press("c")
        page.keyboard.type(title)
        page.keyboard.press("Enter")
        expect(steps.issue(page, title)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Title")).to_be_hidden()
    expect(page.locator("a.issue").nth(1)).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("tw")
    expect(page.locator("a.issue")).to_have_count(1)


def test_a_phone_shows_one_thing_at_a_time_and_nothing_is_cut_off(people: OpenBrowser, fleet: Fleet) -> None:
    page = steps.sign_in(people(**PHONE), fleet, steps.new_email("phone"))
    _fits(page)
    steps.create_workspace(page, steps.new_name("Phone"))
    page.get_by_role("button", name="New project").first.click()
    page.get_by_role("dialog").get_by_label("Name").fill("A project with a rather long name, for a phone")
    _fits(page)
    page.get_by_role("button", name="Create project").click()
    steps.create_issue(page, "A title that is longer than a phone is wide, and goes on for a while after that")
    _fits(page)
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("button", name="Members")).to_be_visible()
    page.get_by_role("button", name="All issues").click()
    expect(page.get_by_role("button", name="Members")).to_be_hidden()
    page.locator("a.issue").click()
    expect(page.get_by_label("Description")).to_be_visible()
    _fits(page)
    page.get_by_role("button", name="Close issue").click()
    expect(page.get_by_label("Description")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_object_to(people: OpenBrowser, fleet: Fleet, scheme: str) -> None:
    context = people(color_scheme=scheme, bypass_csp=True)  # for axe alone, which is put into the page
    first = context.new_page()
    first.goto(fleet.origin)
    expect(first.get_by_label("Work email")).to_be_visible()
    _check(first)
    first.close()
    page = steps.workspace(context, fleet)
    _check(page)
    steps.create_issue(page, "An issue")
    _check(page)
    steps.issue(page, "An issue").click()
    page.get_by_label("Comment", exact=True).fill("A comment.")
    page.get_by_role("button", name="Comment").click()
    expect(page.get_by_role("list", name="Comments")).to_contain_text("A comment.")
    _check(page)
    page.get_by_role("button", name="Members").click()
    _check(page)
    page.keyboard.press("Escape")
    page.goto(fleet.origin)
    expect(page.get_by_role("list", name="Workspaces")).to_be_visible()
    _check(page)


def _check(page: Page) -> None:
    page.add_script_tag(path=AXE)
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []


def _fits(page: Page) -> None:
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1], json.dumps(wide)


def _tab_to(page: Page, name: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == name:
            return
    raise AssertionError(f"Tab does not lead to {name}")
