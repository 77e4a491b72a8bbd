/** One issue: its fields, files and comments. What others write appears; what is being written here is left alone. */

import { ago, avatar, h, icon, reconcile, say, setText, toast } from "./dom.js";
import { PRIORITIES, STATUSES } from "./board.js";
import { select } from "./dialogs.js";

const LARGEST_FILE_BYTES = 10 * 1024 * 1024;

/** @param {HTMLElement} pane @param {import("./board.js").Board} board @param {string} id */
export function showIssue(pane, board, id) {
  const view = new IssueView(pane, board, id);
  view.update();
  view.focus();
  return view;
}

class IssueView {
  constructor(pane, board, id) {
    this.board = board;
    this.app = board.app;
    this.store = board.store;
    this.id = id;
    this.#build(pane);
  }

  #build(pane) {
    this.title = h("textarea", { class: "title-field", rows: 1, "aria-label": "Title", maxlength: 500, on: { change: () => this.#write("title", this.title.value.trim()), keydown: leaveByEnter } });
    this.description = h("textarea", { class: "description", rows: 5, "aria-label": "Description", placeholder: "Add a description…", maxlength: 20000, on: { change: () => this.#write("description", this.description.value) } });
    this.status = select("of-status", Object.entries(STATUSES), "");
    this.priority = select("of-priority", PRIORITIES.map((name, n) => [String(n), name]), "");
    this.assignee = h("select", { id: "of-assignee" });
    this.status.addEventListener("change", () => this.#write("status", this.status.value));
    this.priority.addEventListener("change", () => this.#write("priority", Number(this.priority.value)));
    this.assignee.addEventListener("change", () => this.#write("assignee_id", this.assignee.value || null));
    this.files = h("ul", { class: "files", "aria-label": "Files" });
    this.comments = h("ol", { class: "comments", "aria-label": "Comments" });
    this.gone = h("p", { class: "notice", hidden: true, text: "This issue is not here any more." });
    this.body = h("div", { class: "pane-body" },
      this.title, this.description,
      h("div", { class: "choices" }, field("Status", this.status), field("Priority", this.priority), field("Assignee", this.assignee)),
      h("h3", { text: "Files" }), this.files, this.#upload(),
      h("h3", { text: "Comments" }), this.comments, this.#commentForm());
    pane.replaceChildren(
      h("header", { class: "bar" }, h("button", { class: "quiet", "aria-label": "Close issue", on: { click: () => this.board.closeIssue() } }, icon("back")), (this.where = h("span", { class: "muted ellipsis grow" })),
        h("button", { class: "quiet danger", on: { click: () => this.#remove() } }, "Delete")),
      this.gone, this.body);
  }

  #upload() {
    const input = h("input", { type: "file", id: "upload", class: "visually-hidden", on: { change: () => this.#send([...input.files]).finally(() => (input.value = "")) } });
    this.progress = h("p", { class: "muted small", role: "status" });
    const zone = h("div", { class: "drop", on: {
      dragover: (event) => { event.preventDefault(); zone.classList.add("over"); },
      dragleave: () => zone.classList.remove("over"),
      drop: (event) => { event.preventDefault(); zone.classList.remove("over"); this.#send([...event.dataTransfer.files]); },
    } }, input, h("label", { for: "upload" }, icon("plus"), "Add a file", h("span", { class: "muted small", text: " or drop it here" })), this.progress);
    return zone;
  }

  async #send(files) {
    for (const file of files) {
      if (file.size > LARGEST_FILE_BYTES) {
        toast(`${file.name} is larger than 10 MB.`);
        continue;
      }
      this.progress.textContent = `Sending ${file.name}…`;
      try {
        await this.app.api.upload(this.id, file);
        this.progress.textContent = "";
        say(`${file.name} was added.`);
      } catch (error) {
        this.progress.textContent = "";
        toast(`${file.name} was not added. ${error.message}`);
      }
    }
  }

  #commentForm() {
    const text = h("textarea", { id: "comment", rows: 3, required: true, maxlength: 20000, placeholder: "Write a comment…", on: { keydown: (event) => { if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) form.requestSubmit(); } } });
    const form = h("form", { class: "comment-form", on: { submit: (event) => {
      event.preventDefault();
      if (!text.value.trim()) return;
      this.app.change({ entity: "comment", entityId: crypto.randomUUID(), kind: "create", fields: { issue_id: this.id, body: text.value.trim() } });
      text.value = "";
      text.focus();
    } } }, h("label", { for: "comment", class: "visually-hidden", text: "Comment" }), text, h("button", { class: "primary", text: "Comment" }));
    return form;
  }

  #write(name, value) {
    const issue = this.store.get("issue", this.id);
    if (!issue || issue[name] === value || (name === "title" && value === "")) return this.update();
    this.app.change({ entity: "issue", entityId: this.id, kind: "update", fields: { [name]: value } });
  }

  #remove() {
    if (!confirm("Delete this issue with its comments and files?")) return;
    this.app.change({ entity: "issue", entityId: this.id, kind: "delete", fields: {} });
    this.board.closeIssue();
  }

  update() {
    const issue = this.store.get("issue", this.id);
    this.gone.hidden = Boolean(issue) || !this.store.loaded;
    this.body.hidden = !issue;
    if (!issue) return;
    setText(this.where, this.store.get("project", issue.project_id)?.name ?? "");
    keepInStep(this.title, issue.title);
    keepInStep(this.description, issue.description ?? "");
    keepInStep(this.status, issue.status);
    keepInStep(this.priority, String(issue.priority ?? 0));
    const members = [{ id: "", name: "Nobody" }, ...this.store.all("member")];
    reconcile(this.assignee, members, ({ id }) => id, ({ id }) => h("option", { value: id }), (option, { name, email }) => setText(option, name || email));
    keepInStep(this.assignee, issue.assignee_id ?? "");
    this.#updateFiles();
    this.#updateComments();
  }

  #updateFiles() {
    const files = this.store.all("attachment").filter(({ issue_id: of }) => of === this.id);
    reconcile(this.files, files, ({ id }) => id, ({ id, name, size_bytes: size }) =>
      h("li", {}, h("a", { class: "row", href: this.app.api.fileUrl(id), download: name }, icon("file"), h("span", { class: "grow ellipsis", text: name }), h("span", { class: "muted small", text: sizeOf(size) }))), () => {});
    this.files.hidden = files.length === 0;
  }

  #updateComments() {
    const comments = this.store.all("comment").filter(({ issue_id: of }) => of === this.id).sort((a, b) => (a.created_at ?? "z").localeCompare(b.created_at ?? "z"));
    reconcile(this.comments, comments, ({ id }) => id, ({ author_id: author }) => {
      const member = this.store.all("member").find(({ account_id: account }) => account === (author ?? this.store.account));
      const name = member?.name || member?.email || "Somebody who has left";
      return h("li", {}, avatar(name, member?.id ?? ""), h("div", { class: "grow" }, h("p", { class: "by" }, h("strong", { text: name }), h("time", { class: "muted small" })), h("p", { class: "said" })));
    }, (item, { body, created_at: at }) => {
      setText(item.querySelector("time"), at ? ago(at) : "not sent yet");
      setText(item.querySelector(".said"), body);
    });
    this.comments.hidden = comments.length === 0;
  }

  focus() {
    this.title.focus({ preventScroll: true });
    this.title.setSelectionRange(0, 0);
  }

  close() {
    for (const element of [this.title, this.description]) if (element === document.activeElement) element.blur();
  }
}

const field = (text, element) => h("label", {}, h("span", { class: "small muted", text }), element);

const sizeOf = (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

/** A field that somebody is writing in stays as it is. */
function keepInStep(element, value) {
  if (element.value === value || (element === document.activeElement && element.tagName === "TEXTAREA")) return;
  element.value = value;
}

function leaveByEnter(event) {
  if (event.key !== "Enter") return;
  event.preventDefault();
  event.target.blur();
}
