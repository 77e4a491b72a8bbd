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

  placement = () => this.#ask("GET", "/v1/placement");
  requestCode = (email) => this.#ask("POST", "/v1/sign-in-code", { email });
  signIn = (proof) => this.#ask("POST", "/v1/sign-in", proof);
  signOut = () => this.#ask("POST", "/v1/sign-out");
  me = () => this.#ask("GET", "/v1/me");
  workspaces = () => this.#ask("GET", "/v1/workspaces");
  createWorkspace = (asked) => this.#ask("POST", "/v1/workspaces", asked);
  invite = (asked) => this.#ask("POST", "/v1/members", asked);

  /** @param {import("./store.js").Operation} operation */
  send({ id, entity, entityId, kind, fields }) {
    const path = `/v1/${entity}s`;
    if (kind === "create") return this.#ask("POST", path, { ...fields, operation_id: id, id: entityId });
    if (kind === "update") return this.#ask("PATCH", `${path}/${entityId}`, { ...fields, operation_id: id });
    return this.#ask("DELETE", `${path}/${entityId}?operation_id=${id}`);
  }

  /** @param {string} issue @param {File} file */
  upload(issue, file) {
    const query = new URLSearchParams({ name: file.name, operation_id: crypto.randomUUID(), id: crypto.randomUUID() });
    return this.#ask("POST", `/v1/issues/${issue}/attachments?${query}`, file);
  }

  fileUrl = (id) => `/v1/attachments/${id}/content?workspace=${this.workspace}`;

  /** @param {string} id @param {string} name */
  async download(id, name) {
    const response = await this.#fetch("GET", `/v1/attachments/${id}/content`);
    const url = URL.createObjectURL(await response.blob());
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  async #ask(method, path, body) {
    const response = await this.#fetch(method, path, body);
    return response.status === 204 ? null : response.json();
  }

  async #fetch(method, path, body) {
    const headers = { "X-Time-Zone": Intl.DateTimeFormat().resolvedOptions().timeZone };
    if (this.workspace) headers["X-Workspace"] = this.workspace;
    if (this.place) headers["X-Region-Choice"] = this.place;
    if (body instanceof Blob) headers["Content-Type"] = body.type || "application/octet-stream";
    else if (body !== undefined) headers["Content-Type"] = "application/json";
    const sent = body === undefined || body instanceof Blob ? body : JSON.stringify(body);
    const response = await fetch(path, { method, headers, body: sent, credentials: "same-origin" }).catch(() => {
      throw new Refused(503, { code: "offline", message: "There is no connection. Try again." });
    });
    this.answered(response.headers.get("X-Region"), response.headers.get("X-Request-Id"));
    if (response.ok) return response;
    const said = await response.json().catch(() => ({}));
    throw new Refused(response.status, said.error ?? {});
  }
}
