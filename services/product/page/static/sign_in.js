/** Signing in: an address, where a new account's data will rest, and the code that was mailed. */

import { h, say } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {import("./app.js").App} app
 */
export async function showSignIn(root, app) {
  const panel = h("div", { class: "card" });
  root.replaceChildren(h("main", { id: "main", class: "door", tabindex: "-1" }, brand(), panel));
  askForAddress(panel, app, await app.api.start().catch(() => null));
}

const brand = () => h("p", { class: "brand" }, h("img", { src: "/page/icon.svg", alt: "", width: 28, height: 28 }), "Issues");

function askForAddress(panel, app, placement, email = "") {
  const field = h("input", { id: "email", name: "email", type: "email", autocomplete: "email", required: true, value: email, "aria-describedby": "problem" });
  const choice = placement?.places.length ? choiceOf(placement) : null;
  const form = formOf("Continue", async () => {
    if (choice) app.choose(choice.value());
    const { challenge_id: challenge } = await app.api.requestCode(field.value).catch((error) => {
      throw error.code === "region_not_open" ? new Error("No new accounts are taken there for now. Choose another place.") : error;
    });
    askForCode(panel, app, placement, { email: field.value, challenge });
  }, [h("label", { for: "email", text: "Work email" }), field, choice?.element]);
  panel.replaceChildren(
    h("h1", { text: "Sign in, or create an account" }),
    h("p", { class: "muted", text: "We mail you a code. There is no password." }),
    form,
  );
  field.focus();
}

/** Where a new account's data rests: the suggestion is said, and the choice is one click away. */
function choiceOf({ suggested, why, places }) {
  const title = places.find(({ name }) => name === suggested)?.title;
  const select = h("select", { id: "place", name: "place" }, h("option", { value: "", text: title ? `${title} (suggested)` : "As suggested" }));
  for (const { name, title: text } of places) if (name !== suggested) select.append(h("option", { value: name, text }));
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const reason = { "time-zone": `suggested by your time zone, ${zone}`, country: "suggested by your country" }[why] ?? "where we have room";
  const element = h(
    "fieldset",
    { class: "place" },
    h("legend", { text: "Where your data will rest" }),
    h("p", {}, title && h("strong", { text: title }), h("span", { class: "muted", text: title ? ` – ${reason}` : `A place ${reason}.` })),
    places.length > 1 && h("details", {}, h("summary", { text: "Choose another place" }), h("label", { for: "place", text: "Place" }), select,
      h("p", { class: "muted small", text: "For a new account. It is kept: an account that exists stays where it is." })),
  );
  return { element, value: () => select.value || null };
}

function askForCode(panel, app, placement, { email, challenge }) {
  const field = h("input", { id: "code", name: "code", inputmode: "numeric", autocomplete: "one-time-code", pattern: "[0-9]{6}", maxlength: 6, required: true, class: "code", "aria-describedby": "problem sent" });
  const form = formOf("Sign in", async () => {
    const proof = { challenge_id: challenge, email, code: field.value };
    await app.api.signIn(proof).catch((error) => {
      if (error.code !== "placed_elsewhere") throw error;
      // The account is of another place, and nothing was done here: the same code is good there.
      app.choose(error.said.region);
      return app.api.signIn(proof);
    });
    app.email = email;
    await app.signedIn();
  }, [h("label", { for: "code", text: "Code" }), field]);
  const another = h("button", { type: "button", class: "link", text: "Use another address", on: { click: () => askForAddress(panel, app, placement, email) } });
  panel.replaceChildren(
    h("h1", { text: "Check your mail" }),
    h("p", { id: "sent", class: "muted" }, "We sent a code of six digits to ", h("strong", { text: email }), "."),
    form,
    another,
  );
  say("A code was sent. Enter it to sign in.");
  field.focus();
}

/**
 * A form that can be sent once at a time and says what went wrong beside itself.
 *
 * @param {string} label
 * @param {() => Promise<void>} act
 * @param {(Node | null | undefined)[]} fields
 */
export function formOf(label, act, fields) {
  const button = h("button", { class: "primary", text: label });
  const problem = h("p", { id: "problem", class: "problem", role: "alert" });
  const form = h("form", { on: { submit } }, ...fields, problem, button);
  async function submit(event) {
    event.preventDefault();
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    problem.textContent = "";
    try {
      await act();
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }
  return form;
}
