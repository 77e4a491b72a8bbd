/** Requests to the region that the edge leads to. */

const RETRY = new Set([408, 425, 429]);

/** The region, or the edge, said no. */
export class Refused extends Error {
  /** @param {number} status @param {{code?: string, message?: string} & Record<string, any>} said */
  constructor(status, said) {
    super(said.message ?? `The request failed (${status}).`);
    this.status = status;
    this.code = said.code ?? "";
    this.said = said;
  }

  /** Whether the same request may succeed later. */
  get isPassing() {
    return this.status >= 500 || RETRY.has(this.status);
  }
}

export class Api {
  /** @param {(region: string | null, request: string | null) => void} answered */
  constructor(answered) {
    this.answered = answered;
    this.workspace = null;
    this.place = null;
  }

  start = () => this.#ask("GET", "/page/start");
  requestCode = (email) => this.#ask("POST", "/auth/code", { body: { email } });
  signIn = (proof) => this.#ask("POST", "/auth/sign-in", { body: proof });
  signOut = () => this.#ask("POST", "/auth/sign-out");
  me = () => this.#ask("GET", "/api/me");
  workspaces = () => this.#ask("GET", "/api/workspaces");
  createWorkspace = (asked) => this.#ask("POST", "/api/workspaces", { body: asked });
  invite = (operation, email) => this.#ask("POST", "/api/members", { operation, body: { email, name: email.split("@")[0] } });

  /** @param {import("./store.js").Operation} operation */
  send({ id: operation, entity, entityId, kind, fields }) {
    const { issue_id: issue, ...body } = fields;
    const path = entity === "comment" && kind === "create" ? `/api/issues/${issue}/comments` : `/api/${entity}s`;
    if (kind === "create") return this.#ask("POST", path, { operation, body: { ...body, id: entityId } });
    return this.#ask(kind === "update" ? "PATCH" : "DELETE", `${path}/${entityId}`, { operation, body: kind === "update" ? body : undefined });
  }

  /** @param {string} issue @param {File} file */
  upload(issue, file) {
    const query = new URLSearchParams({ name: file.name, issue_id: issue });
    return this.#ask("PUT", `/api/attachments/${crypto.randomUUID()}?${query}`, { operation: crypto.randomUUID(), body: file });
  }

  /** The workspace stands in it, since a link sends no header. @param {string} id */
  fileUrl = (id) => `/api/attachments/${id}?workspace=${this.workspace}`;

  /** @param {string} method @param {string} path @param {{operation?: string, body?: any}} [sent] */
  async #ask(method, path, { operation, body } = {}) {
    const headers = { "X-Time-Zone": Intl.DateTimeFormat().resolvedOptions().timeZone };
    if (this.workspace) headers["X-Workspace"] = this.workspace;
    if (this.place) headers["X-Region-Choice"] = this.place;
    if (operation) headers["Idempotency-Key"] = operation;
    const isFile = body instanceof Blob;
    if (body !== undefined) headers["Content-Type"] = isFile ? body.type || "application/octet-stream" : "application/json";
    const content = body === undefined || isFile ? body : JSON.stringify(body);
    const response = await fetch(path, { method, headers, body: content }).catch(() => {
      throw new Refused(503, { code: "offline", message: "There is no connection. Try again." });
    });
    this.answered(response.headers.get("X-Served-By"), response.headers.get("X-Request-Id"));
    const said = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refused(response.status, said.error ?? {});
    return said;
  }
}
