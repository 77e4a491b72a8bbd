/**
 * The auth service's answers, in this isolate's memory.
 *
 * There is no second level in the Cache API: it would keep signed contexts where a `moved` answer cannot purge them, it
 * is inert on workers.dev, and an isolate's memory already answers all but one request a minute of a busy credential.
 */

import { Lru } from "./lru.js";

/** @typedef {import("./credentials.js").CredentialKind} CredentialKind */
/** @typedef {import("./errors.js").RefusalCode} RefusalCode */

/**
 * @typedef {object} Routed where a credential belongs
 * @property {"routed"} outcome
 * @property {CredentialKind} kind
 * @property {string} region
 * @property {string | null} workspace null: none yet, or not known
 * @property {number} version of the workspace's place; only ever rises
 * @property {string} context the signed context; not to be used from `hardAtMs` on
 * @property {number} softAtMs from here on it is asked for again
 * @property {number} hardAtMs from here on only the region counts, as the last known one
 */

/**
 * @typedef {object} Denied
 * @property {"denied"} outcome
 * @property {CredentialKind} kind
 * @property {RefusalCode} code
 * @property {number} hardAtMs
 */

/** @typedef {Routed | Denied} Entry */

// A context is about 1 KiB and at most 8 KiB (auth.js): 10 MiB as a rule, in an isolate of 128 MiB.
const ROUTED_CAPACITY = 10_000;
// Apart from the others, so that a flood of made-up credentials pushes out no real one.
const DENIED_CAPACITY = 2_000;

export class AnswerCache {
  constructor(routedCapacity = ROUTED_CAPACITY, deniedCapacity = DENIED_CAPACITY) {
    /** @type {Lru<Routed>} */
    this.routed = new Lru(routedCapacity);
    /** @type {Lru<Denied>} */
    this.denied = new Lru(deniedCapacity);
  }

  /**
   * @param {string} key
   * @param {CredentialKind} kind checked against the entry's own: a second lock beside the key
   * @returns {Entry | undefined} expired or not
   */
  get(key, kind) {
    const entry = this.denied.get(key) ?? this.routed.get(key);
    return entry?.kind === kind ? entry : undefined;
  }

  /**
   * Keeps an answer, unless a newer one about the same workspace is there already.
   *
   * @param {string} key
   * @param {Entry} entry
   * @returns {Entry} the one that counts
   */
  put(key, entry) {
    if (entry.outcome === "denied") {
      this.routed.delete(key);
      this.denied.set(key, entry);
      return entry;
    }
    const known = this.routed.get(key);
    if (known !== undefined && isOlder(entry, known)) return known;
    this.denied.delete(key);
    this.routed.set(key, entry);
    return entry;
  }
}

/**
 * @param {Routed} entry
 * @param {Routed} known
 * @returns {boolean} versions of different workspaces say nothing about each other
 */
function isOlder(entry, known) {
  return entry.kind === known.kind && entry.workspace === known.workspace && entry.version < known.version;
}
