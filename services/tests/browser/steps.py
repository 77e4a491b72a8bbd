"""What somebody does at the page, by what they see: labels, roles, texts."""

from __future__ import annotations

import re
import secrets

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.end_to_end.fleet import Fleet


def sign_in(context: BrowserContext, fleet: Fleet, email: str) -> Page:
    page = context.new_page()
    page.goto(fleet.origin)
    ask_for_code(page, email)
    enter_code(page, fleet, email)
    return page


def ask_for_code(page: Page, email: str) -> None:
    page.get_by_label("Work email").fill(email)
    page.get_by_role("button", name="Continue").click()


def enter_code(page: Page, fleet: Fleet, email: str) -> None:
    page.get_by_label("Code").fill(fleet.mailbox.code(email))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("workspace"))


def create_workspace(page: Page, name: str) -> str:
    """Its address."""
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create workspace").click()
    live(page)
    return page.url


def create_project(page: Page, name: str) -> None:
    page.get_by_role("button", name="New project").first.click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def create_issue(page: Page, title: str) -> None:
    page.get_by_role("button", name="New issue").first.click()
    page.get_by_role("dialog").get_by_label("Title").fill(title)
    page.get_by_role("button", name="Create issue").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(issue(page, title)).to_be_visible()


def issue(page: Page, title: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=title).get_by_role("link")


def live(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-connection", "live")


def new_name(what: str) -> str:
    return f"{what} {secrets.token_hex(3)}"


def new_email(who: str) -> str:
    return f"{who}-{secrets.token_hex(3)}@example.com"


def workspace(context: BrowserContext, fleet: Fleet, who: str = "ada") -> Page:
    """Signed in, in a workspace with a project."""
    page = sign_in(context, fleet, new_email(who))
    create_workspace(page, new_name("Acme"))
    create_project(page, "Lander")
    return page
