/** A workspace: its projects, members and issues, as they are now. */

import { ago, avatar, h, icon, reconcile, setText } from "./dom.js";
import { showIssue } from "./issue.js";
import { openDialog } from "./dialogs.js";

export const STATUSES = { in_progress: "In progress", todo: "To do", backlog: "Backlog", done: "Done", canceled: "Canceled" };
export const PRIORITIES = ["No priority", "Urgent", "High", "Medium", "Low"];
const STATES = { connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…", offline: "Offline", over: "Ended" };

/** An urgent one first, one without a priority last. */
const rank = ({ priority }) => priority || 9;

export class Board {
  /** @param {HTMLElement} root @param {import("./app.js").App} app */
  constructor(root, app) {
    this.app = app;
    this.store = app.store;
    this.project = null;
    this.filter = "";
    this.issue = null;
    this.#build(root);
    this.store.addEventListener("change", () => this.update());
    app.sync.addEventListener("state", () => this.#showState());
    this.update();
    this.#showState();
  }

  #build(root) {
    this.name = h("span", { class: "grow ellipsis" });
    this.state = h("p", { class: "state", role: "status" });
    this.projects = h("ul", { class: "nav", "aria-label": "Projects" });
    this.groups = h("div", { class: "groups" });
    this.empty = h("div", { class: "empty", hidden: true });
    this.heading = h("h1", { tabindex: "-1" });
    this.search = h("input", { type: "search", "aria-label": "Filter issues", placeholder: "Filter", on: { input: () => this.#filterBy(this.search.value) } });
    this.pane = h("section", { class: "pane", "aria-label": "Issue", hidden: true });
    const menu = h("button", { class: "quiet only-narrow", "aria-label": "Menu", "aria-expanded": "false", "aria-controls": "side", on: { click: () => this.#toggleMenu() } }, icon("menu"));
    this.menu = menu;
    this.side = h(
      "nav",
      { id: "side", class: "side", "aria-label": "Workspace" },
      h("a", { class: "switch", href: "/", title: "All workspaces", on: { click: this.app.follow } }, (this.badge = h("span")), this.name),
      this.state,
      h("ul", { class: "nav" }, (this.all = this.#link("list", "All issues", () => this.choose(null)))),
      h("div", { class: "nav-head" }, h("h2", { text: "Projects" }), h("button", { class: "quiet", "aria-label": "New project", on: { click: () => openDialog("project", this) } }, icon("plus"))),
      this.projects,
      h("ul", { class: "nav" }, this.#link("people", "Members", () => openDialog("members", this))),
      h("div", { class: "side-foot" }, h("span", { class: "muted small ellipsis", text: this.app.email }), h("button", { class: "link small", text: "Sign out", on: { click: () => this.app.signOut() } })),
    );
    this.create = h("button", { class: "primary", "aria-keyshortcuts": "c", on: { click: () => this.newIssue() } }, icon("plus"), h("span", { text: "New issue" }));
    root.replaceChildren(
      h("div", { class: "board" }, this.side,
        h("main", { id: "main", class: "main", tabindex: "-1" },
          h("header", { class: "bar" }, menu, this.heading, h("span", { class: "grow" }), this.search, this.create),
          (this.banner = h("p", { class: "banner only-narrow", role: "status" })), this.empty, this.groups,
          h("p", { class: "hint muted small" }, key("C"), " new issue ", key("J"), key("K"), " move ", key("/"), " filter ", key("Esc"), " close")),
        this.pane),
    );
  }

  #link(sign, text, act) {
    return h("li", {}, h("button", { class: "nav-item", on: { click: act } }, icon(sign), h("span", { class: "grow ellipsis", text }), h("span", { class: "count muted" })));
  }

  #toggleMenu(open = this.menu.getAttribute("aria-expanded") === "false") {
    this.menu.setAttribute("aria-expanded", String(open));
    this.side.classList.toggle("open", open);
    if (open) this.side.querySelector("a")?.focus();
  }

  #filterBy(text) {
    this.filter = text.trim().toLowerCase();
    this.update();
  }

  choose(project) {
    this.project = project;
    this.#toggleMenu(false);
    this.update();
    this.heading.focus();
  }

  newIssue() {
    if (this.store.all("project").length === 0) openDialog("project", this);
    else openDialog("issue", this);
  }

  update() {
    const { workspace } = this.store;
    if (workspace) {
      setText(this.name, workspace.name);
      if (this.badge.dataset.of !== workspace.name) this.badge.replaceChildren(avatar(workspace.name, workspace.url_key));
      this.badge.dataset.of = workspace.name;
      document.title = `${workspace.name} – Issues`;
    }
    this.#updateSide();
    this.#updateIssues();
    this.issue?.update();
    this.#showState();
    this.app.showPosition();
  }

  #updateSide() {
    const open = this.store.all("issue").filter(({ status }) => status !== "done" && status !== "canceled");
    const mark = (item, isCurrent, count) => {
      const button = item.firstElementChild;
      if (isCurrent) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      setText(button.lastElementChild, count ? String(count) : "");
    };
    mark(this.all, this.project === null, open.length);
    const projects = this.store.all("project").sort((a, b) => a.name.localeCompare(b.name));
    reconcile(this.projects, projects, ({ id }) => id, ({ id, name }) => this.#link("folder", name, () => this.choose(id)), (item, { id, name }) => {
      setText(item.querySelector(".grow"), name);
      mark(item, this.project === id, open.filter(({ project_id: of }) => of === id).length);
    });
  }

  #updateIssues() {
    const project = this.project && this.store.get("project", this.project);
    setText(this.heading, project ? project.name : "All issues");
    const shown = this.store.all("issue").filter((issue) => (!project || issue.project_id === project.id) && issue.title.toLowerCase().includes(this.filter));
    const groups = Object.keys(STATUSES).map((status) => ({ status, issues: shown.filter((issue) => issue.status === status).sort(inOrder) })).filter(({ issues }) => issues.length > 0);
    reconcile(this.groups, groups, ({ status }) => status, (group) => this.#group(group), (element, { issues }) => {
      setText(element.querySelector(".count"), String(issues.length));
      reconcile(element.querySelector("ul"), issues, ({ id }) => id, (issue) => this.#row(issue), (row, issue) => this.#updateRow(row, issue));
    });
    this.#showEmpty(shown.length);
  }

  #group({ status }) {
    return h("section", { class: "group" },
      h("h2", { id: `group-${status}` }, icon(status), STATUSES[status], h("span", { class: "count muted" })),
      h("ul", { class: "rows", "aria-labelledby": `group-${status}` }));
  }

  #row({ id }) {
    return h("li", {}, h("a", { class: "row issue", href: this.app.pathOf(id), on: { click: this.app.follow } },
      h("span", { class: "status" }), h("span", { class: "title grow ellipsis" }), h("span", { class: "priority" }), h("span", { class: "tag project" }), h("span", { class: "who" }), h("time", { class: "muted small" })));
  }

  #updateRow(row, issue) {
    const link = row.firstElementChild;
    const [status, title, priority, project, who, time] = link.children;
    const said = JSON.stringify([issue.title, issue.status, issue.priority, issue.project_id, issue.assignee_id, issue.isNew]);
    if (link.dataset.said !== said) {
      link.dataset.said = said;
      status.replaceChildren(icon(issue.status));
      title.textContent = issue.title;
      priority.className = `priority p${issue.priority}`;
      priority.textContent = issue.priority ? PRIORITIES[issue.priority] : "";
      project.textContent = this.store.get("project", issue.project_id)?.name ?? "";
      const member = issue.assignee_id && this.store.get("member", issue.assignee_id);
      who.replaceChildren(...(member ? [avatar(member.name || member.email, member.id), h("span", { class: "visually-hidden", text: `Assigned to ${member.name || member.email}` })] : []));
    }
    project.hidden = this.project !== null;
    setText(time, issue.isNew ? "not sent yet" : ago(issue.updated_at));
    link.classList.toggle("current", this.issue?.id === issue.id);
  }

  #showEmpty(count) {
    const has = { projects: this.store.all("project").length, issues: this.store.all("issue").length };
    const what = !this.store.loaded ? "loading" : count ? "" : !has.projects ? "projects" : this.filter ? "filter" : "issues";
    this.empty.hidden = what === "";
    this.create.hidden = !this.store.loaded || !has.projects;
    if (this.empty.dataset.what === what) return;
    this.empty.dataset.what = what;
    const texts = {
      loading: ["Loading…", "The workspace is being read."],
      projects: ["Begin with a project", "Issues belong to projects: a product, a quarter, a team’s routine."],
      issues: ["Nothing here yet", "What is to be done? Write it down; everybody here sees it at once."],
      filter: ["Nothing found", "No issue’s title has these words."],
    };
    const [title, text] = texts[what] ?? ["", ""];
    const act = what === "projects" ? ["New project", () => openDialog("project", this)] : what === "issues" ? ["New issue", () => this.newIssue()] : null;
    this.empty.replaceChildren(h("h2", { text: title }), h("p", { class: "muted", text }), act ? h("button", { class: "primary", text: act[0], on: { click: act[1] } }) : "");
  }

  #showState() {
    const { state } = this.app.sync;
    const { unsent } = this.store;
    const waiting = unsent && state !== "live" ? ` – ${unsent} ${unsent === 1 ? "change is" : "changes are"} kept here` : unsent ? " – saving…" : "";
    this.state.dataset.state = state;
    setText(this.state, STATES[state] + waiting);
    setText(this.banner, STATES[state] + waiting);
    this.banner.hidden = state === "live" || state === "connecting";
    document.body.dataset.connection = state;
  }

  /** @param {string | null} id */
  open(id) {
    this.issue?.close();
    this.pane.hidden = id === null;
    this.issue = id === null ? null : showIssue(this.pane, this, id);
    document.querySelector(".board")?.classList.toggle("with-pane", id !== null);
    this.#updateIssues();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const inField = event.target.closest?.("input, textarea, select, dialog");
    if (event.key === "Escape" && !event.target.closest?.("dialog")) return this.#escape(event);
    if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "c") this.newIssue();
    else if (event.key === "/") this.search.focus();
    else if (event.key === "j" || event.key === "ArrowDown") this.#move(1);
    else if (event.key === "k" || event.key === "ArrowUp") this.#move(-1);
    else return;
    event.preventDefault();
  }

  #escape(event) {
    if (this.menu.getAttribute("aria-expanded") === "true") {
      this.#toggleMenu(false);
      this.menu.focus();
    } else if (event.target === this.search) this.search.blur();
    else if (this.issue) this.closeIssue();
  }

  closeIssue() {
    const id = this.issue?.id;
    this.app.go(this.app.pathOf(null));
    (this.groups.querySelector(`[data-key="${CSS.escape(id)}"] a`) ?? this.heading).focus();
  }

  #move(by) {
    const rows = [...this.groups.querySelectorAll("a.issue")];
    const at = rows.indexOf(document.activeElement);
    rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
  }
}

const key = (text) => h("kbd", { text });

const inOrder = (a, b) => rank(a) - rank(b) || (b.created_at ?? "z").localeCompare(a.created_at ?? "z") || a.id.localeCompare(b.id);
