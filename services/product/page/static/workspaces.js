/** The workspaces of an account, of all regions, and the form for a new one. */

import { avatar, h } from "./dom.js";
import { formOf } from "./sign_in.js";

/**
 * @param {HTMLElement} root
 * @param {import("./app.js").App} app
 */
export async function showWorkspaces(root, app) {
  const list = h("ul", { class: "rows", "aria-label": "Workspaces" });
  const heading = h("h1", { text: "Your workspaces", tabindex: "-1" });
  const body = h("div", { class: "card wide" }, heading, list);
  root.replaceChildren(
    h("main", { id: "main", class: "door", tabindex: "-1" },
      h("p", { class: "brand" }, h("img", { src: "/page/icon.svg", alt: "", width: 28, height: 28 }), "Issues"),
      body,
      h("p", { class: "muted small" }, app.email ? `Signed in as ${app.email}. ` : "", h("button", { class: "link", text: "Sign out", on: { click: () => app.signOut() } }))),
  );
  const { workspaces } = await app.api.workspaces();
  if (workspaces.length === 0) {
    heading.textContent = "Create your first workspace";
    list.remove();
    body.append(h("p", { class: "muted", text: "A workspace holds your team’s projects and issues. You can invite others once it is there." }));
  }
  for (const workspace of workspaces) list.append(rowOf(workspace, app));
  const create = createForm(app);
  body.append(workspaces.length === 0 ? create : h("details", { class: "more" }, h("summary", { text: "New workspace" }), create));
  if (workspaces.length === 0) create.querySelector("input").focus();
  else heading.focus();
}

function rowOf({ name, url_key: key, region, role }, app) {
  return h("li", {}, h("a", { class: "row", href: `/w/${key}`, on: { click: app.follow } },
    avatar(name, key), h("span", { class: "grow" }, h("strong", { text: name }), h("span", { class: "muted small", text: `/${key}` })),
    h("span", { class: "tag", text: region }), h("span", { class: "muted small", text: role })));
}

function createForm(app) {
  const name = h("input", { id: "name", name: "name", required: true, maxlength: 100, autocomplete: "organization", on: { input: suggest } });
  const key = h("input", { id: "url-key", name: "url-key", required: true, pattern: "[a-z0-9][a-z0-9\\-]{1,62}", maxlength: 63, autocapitalize: "none", spellcheck: "false", "aria-describedby": "url-key-note problem", on: { input: () => (key.dataset.own = "yes") } });
  // The same content gets the same answer under this id, also after the answer was lost.
  let operation = { id: crypto.randomUUID(), of: "" };
  function suggest() {
    if (!key.dataset.own) key.value = name.value.toLowerCase().normalize("NFKD").replaceAll(/[^a-z0-9]+/gu, "-").replaceAll(/^-+|-+$/gu, "").slice(0, 48);
  }
  return formOf("Create workspace", async () => {
    const content = `${name.value}\n${key.value}`;
    if (operation.of && operation.of !== content) operation = { id: crypto.randomUUID(), of: "" };
    operation.of = content;
    const made = await app.api.createWorkspace({ operation_id: operation.id, name: name.value, url_key: key.value });
    app.go(`/w/${made.workspace.url_key}`);
  }, [
    h("label", { for: "name", text: "Name" }), name,
    h("label", { for: "url-key", text: "Address" }),
    h("div", { class: "prefixed" }, h("span", { class: "muted", "aria-hidden": "true", text: `${location.host}/w/` }), key),
    h("p", { id: "url-key-note", class: "muted small", text: "Small letters, digits and dashes. Nobody else may have it." }),
  ]);
}
