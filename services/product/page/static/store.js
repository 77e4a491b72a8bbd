/**
 * A workspace as this tab sees it: what the region has said, and on top of it what was done here and is still on its way.
 *
 * An operation carries an id of this client's own and stays until the change log shows that id, or the region refuses it.
 */

export const ENTITIES = ["workspace", "member", "project", "issue", "comment", "attachment"];

/**
 * @typedef {object} Operation
 * @property {string} id the client's own; the region applies it once
 * @property {string} entity
 * @property {string} entityId
 * @property {"create" | "update" | "delete"} kind
 * @property {Record<string, any>} fields
 * @property {boolean} [answered] the region has applied it; its change is on the way
 */

export class Store extends EventTarget {
  /** @param {string} key under which what is unsent outlives this tab @param {string} account */
  constructor(key, account) {
    super();
    this.key = key;
    this.account = account;
    this.position = null;
    this.loaded = false;
    this.forget();
    /** @type {Operation[]} */
    this.operations = readOperations(key);
  }

  forget() {
    this.records = new Map(ENTITIES.map((entity) => [entity, new Map()]));
  }

  /** @param {{epoch: string, n: number, records: any[]}} snapshot */
  reset({ epoch, n, records }) {
    this.forget();
    for (const { entity, id, body } of records) this.records.get(entity)?.set(id, body);
    this.position = { epoch, n };
    // What the region has answered before this was asked for is in it.
    this.operations = this.operations.filter(({ answered }) => !answered);
    this.loaded = true;
    this.#changed();
  }

  /** @param {{epoch: string, to: number, changes: any[]}} message all changes after the position */
  apply({ epoch, to, changes }) {
    for (const { entity, id, action, body, operation_id: operation } of changes) {
      if (action === "delete") this.records.get(entity)?.delete(id);
      else this.records.get(entity)?.set(id, body);
      if (operation) this.operations = this.operations.filter((own) => own.id !== operation);
    }
    this.position = { epoch, n: to };
    this.#changed();
  }

  /** @param {Operation} operation */
  begin(operation) {
    this.operations.push(operation);
    this.#changed();
  }

  /** @param {string} id */
  answered(id) {
    const operation = this.operations.find((own) => own.id === id);
    if (operation) operation.answered = true;
    this.#changed();
  }

  /** @param {string} id */
  refused(id) {
    this.operations = this.operations.filter((own) => own.id !== id);
    this.#changed();
  }

  /** The next one to be sent. */
  get next() {
    return this.operations.find(({ answered }) => !answered);
  }

  get unsent() {
    return this.operations.filter(({ answered }) => !answered).length;
  }

  /** @param {string} entity @returns {any[]} with what is still on its way */
  all(entity) {
    const records = new Map(this.records.get(entity));
    for (const { entity: of, entityId, kind, fields } of this.operations) {
      if (of !== entity) continue;
      const before = records.get(entityId);
      if (kind === "delete") records.delete(entityId);
      else if (kind === "create") records.set(entityId, before ?? { ...fields, id: entityId, isNew: true });
      else if (before) records.set(entityId, { ...before, ...fields });
    }
    return [...records.values()];
  }

  /** @param {string} entity @param {string} id */
  get(entity, id) {
    return this.all(entity).find((record) => record.id === id);
  }

  get workspace() {
    return this.all("workspace")[0];
  }

  #changed() {
    localStorage.setItem(this.key, JSON.stringify(this.operations.filter(({ answered }) => !answered)));
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {string} key @returns {Operation[]} */
function readOperations(key) {
  try {
    const read = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}
