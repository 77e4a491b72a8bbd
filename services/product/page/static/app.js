/** The page: which view the address asks for, and what all of them share. */

import { Api, Refused } from "./api.js";
import { Board } from "./board.js";
import { say, toast } from "./dom.js";
import { showSignIn } from "./sign_in.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";
import { showWorkspaces } from "./workspaces.js";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;

export class App {
  constructor() {
    this.root = document.getElementById("app");
    this.api = new Api((region, request) => this.#showAnswer(region, request));
    this.me = null;
    this.board = null;
    addEventListener("popstate", () => this.show());
    addEventListener("keydown", (event) => this.board?.key(event));
    addEventListener("online", () => this.#send());
  }

  /** Once signed in, or found to be. */
  async signedIn() {
    this.me = await this.api.me();
    await this.show();
  }

  async start() {
    try {
      const { has_session: hasSession } = await this.api.start();
      if (hasSession) await this.signedIn();
      else await showSignIn(this.root, this);
    } catch (error) {
      if (error instanceof Refused && error.status === 401) await showSignIn(this.root, this);
      else throw error;
    }
  }

  /** Said in the corner of the page; nothing depends on it. */
  get email() {
    return localStorage.getItem("email") ?? "";
  }

  set email(text) {
    localStorage.setItem("email", text);
  }

  async signOut() {
    await this.api.signOut();
    this.#leave();
    this.me = null;
    localStorage.clear();
    history.replaceState(null, "", "/");
    document.title = "Issues";
    await showSignIn(this.root, this);
  }

  /** @param {string | null} place that a new account's data is to rest in; null: the suggestion */
  choose(place) {
    this.api.place = place;
  }

  go(path) {
    if (path !== location.pathname) history.pushState(null, "", path);
    return this.show();
  }

  /** For links of the page's own. @param {MouseEvent} event */
  follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.go(event.currentTarget.getAttribute("href"));
  };

  /** @param {string | null} issue */
  pathOf(issue) {
    return issue === null ? `/w/${this.api.workspace}` : `/w/${this.api.workspace}/${issue}`;
  }

  async show() {
    const [, workspace, issue] = /^\/w\/([^/]+)(?:\/([^/]+))?$/u.exec(location.pathname) ?? [];
    if (workspace === undefined) {
      this.#leave();
      document.title = "Issues";
      return showWorkspaces(this.root, this);
    }
    if (this.api.workspace !== workspace || this.board === null) this.#enter(workspace);
    this.board.open(issue ?? null);
  }

  #enter(workspace) {
    this.#leave();
    this.api.workspace = workspace;
    this.store = new Store(`unsent:${this.me.account_id}:${workspace}`, this.me.account_id);
    this.sync = new Sync(this.store, workspace, () => this.#mayComeBack());
    this.sync.addEventListener("over", ({ detail }) => this.#over(detail));
    this.sync.addEventListener("state", () => this.sync?.state === "live" && this.#send());
    this.board = new Board(this.root, this);
    this.#send();
  }

  #leave() {
    this.sync?.stop();
    this.sync = this.store = this.board = null;
    this.api.workspace = null;
  }

  /** A page is not told why its socket was refused: an ordinary request says it. */
  async #mayComeBack() {
    try {
      await this.api.me();
      return "go-on";
    } catch (error) {
      return error instanceof Refused && [401, 403, 404].includes(error.status) ? "over" : "go-on";
    }
  }

  async #over(code) {
    if (code === 4400) return toast("This page is older than the region. Load it again.");
    this.#leave();
    history.replaceState(null, "", "/");
    say("You are signed out, or no longer a member.");
    await this.start();
  }

  /** Shown at once, and sent as soon as the region is there. @param {Omit<import("./store.js").Operation, "id">} what */
  change(what) {
    this.store.begin({ ...what, id: crypto.randomUUID() });
    this.#send();
  }

  /** One after the other, in order; each again under its id, until there is an answer. */
  async #send() {
    if (this.sending) return;
    this.sending = true;
    let delay = FIRST_DELAY_MS;
    try {
      for (let { store } = this, operation; (operation = store?.next) && store === this.store; ) {
        try {
          await this.api.send(operation);
          store.answered(operation.id);
          delay = FIRST_DELAY_MS;
        } catch (error) {
          if (error instanceof Refused && !error.isPassing) {
            store.refused(operation.id);
            toast(`A change was not taken. ${error.message}`);
          } else if (!navigator.onLine) return;
          else await new Promise((resolve) => setTimeout(resolve, Math.random() * (delay = Math.min(LONGEST_DELAY_MS, delay * 2))));
        }
      }
    } finally {
      this.sending = false;
    }
  }

  #showAnswer(region, request) {
    if (region) for (const id of ["operator-region", "operator-region-full"]) document.getElementById(id).textContent = region;
    if (request) document.getElementById("operator-request").textContent = request;
  }

  showPosition() {
    const position = this.store?.position;
    document.getElementById("operator-position").textContent = position ? `${position.epoch}:${position.n}` : "none";
  }
}

await new App().start();
