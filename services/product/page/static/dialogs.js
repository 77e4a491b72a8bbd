/** What is asked in a dialog: a new issue, a new project, who belongs here. */

import { avatar, h, icon, reconcile, say } from "./dom.js";
import { PRIORITIES, STATUSES } from "./board.js";
import { formOf } from "./sign_in.js";

/** @param {"issue" | "project" | "members"} kind @param {import("./board.js").Board} board */
export function openDialog(kind, board) {
  const dialog = h("dialog", { "aria-labelledby": "dialog-title", class: kind });
  const close = h("button", { type: "button", class: "quiet", "aria-label": "Close", on: { click: () => dialog.close() } }, icon("close"));
  const title = h("h2", { id: "dialog-title" });
  dialog.append(h("header", {}, title, close));
  DIALOGS[kind](dialog, title, board);
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (document.activeElement === document.body && before?.isConnected) before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
}

const DIALOGS = {
  project(dialog, title, board) {
    title.textContent = "New project";
    const name = h("input", { id: "project-name", required: true, maxlength: 200, autofocus: true, autocomplete: "off" });
    dialog.append(formOf("Create project", async () => {
      const id = crypto.randomUUID();
      board.app.change({ entity: "project", entityId: id, kind: "create", fields: { name: name.value } });
      dialog.close();
      board.choose(id);
    }, [h("label", { for: "project-name", text: "Name" }), name]));
  },

  issue(dialog, title, board) {
    title.textContent = "New issue";
    const { store } = board;
    const name = h("input", { id: "issue-title", required: true, maxlength: 500, autofocus: true, autocomplete: "off", class: "big", placeholder: "What is to be done?" });
    const text = h("textarea", { id: "issue-description", rows: 4, maxlength: 20000, placeholder: "Add a description…" });
    const project = select("issue-project", store.all("project").map(({ id, name }) => [id, name]), board.project ?? store.all("project")[0].id);
    const status = select("issue-status", Object.entries(STATUSES), "todo");
    const priority = select("issue-priority", PRIORITIES.map((name, n) => [String(n), name]), "0");
    dialog.append(formOf("Create issue", async () => {
      board.app.change({
        entity: "issue", entityId: crypto.randomUUID(), kind: "create",
        fields: { project_id: project.value, title: name.value, description: text.value, status: status.value, priority: Number(priority.value) },
      });
      dialog.close();
      say(`Created: ${name.value}`);
    }, [
      h("label", { for: "issue-title", class: "visually-hidden", text: "Title" }), name,
      h("label", { for: "issue-description", class: "visually-hidden", text: "Description" }), text,
      h("div", { class: "choices" }, labelled("Project", project), labelled("Status", status), labelled("Priority", priority)),
    ]));
  },

  members(dialog, title, board) {
    title.textContent = "Members";
    const operations = new Map(); // the same invitation goes out once, also where its answer was lost
    const operationFor = (address) => operations.get(address) ?? operations.set(address, crypto.randomUUID()).get(address);
    const { app, store } = board;
    const list = h("ul", { class: "rows people", "aria-label": "Members" });
    const show = () => reconcile(list, store.all("member"), ({ id }) => id, ({ id, name, email, role }) =>
      h("li", { class: "row" }, avatar(name || email, id), h("span", { class: "grow" }, h("strong", { text: name || email }), name ? h("span", { class: "muted small", text: email }) : ""), h("span", { class: "tag", text: role })), () => {});
    show();
    store.addEventListener("change", show);
    dialog.addEventListener("close", () => store.removeEventListener("change", show));
    const email = h("input", { id: "invite-email", type: "email", required: true, autocomplete: "off", autofocus: true });
    const form = formOf("Invite", async () => {
      await app.api.invite(operationFor(email.value), email.value);
      say(`Invited: ${email.value}`);
      email.value = "";
      email.focus();
    }, [h("label", { for: "invite-email", text: "Invite by mail" }), email]);
    form.classList.add("inline");
    dialog.append(list, form);
  },
};

/** @param {string} id @param {string[][]} options @param {string} chosen */
export function select(id, options, chosen) {
  const element = h("select", { id });
  for (const [value, text] of options) element.append(h("option", { value, text, selected: value === chosen }));
  return element;
}

const labelled = (text, field) => h("label", {}, h("span", { class: "small muted", text }), field);
