/**
 * The auth service's answers, in this isolate's memory. No second level in the Cache API: it would keep contexts where a
 * `moved` cannot purge them, and memory already answers all but one request in half a minute of a busy credential.
 */
import { Lru } from "./lru.js";
/** @import { CredentialKind, Denied, Entry, Place, Routed } from "./types.js" */

// A context is about 1 KiB and at most 8 (auth.js): 10 MiB as a rule, in an isolate of 128.
const ROUTED_CAPACITY = 10_000;
// Apart from the others, so that a flood of made-up credentials pushes out no real one.
const DENIED_CAPACITY = 2_000;

export class AnswerCache {
  constructor(routedCapacity = ROUTED_CAPACITY, deniedCapacity = DENIED_CAPACITY) {
    /** @type {Lru<Routed>} */
    this.routed = new Lru(routedCapacity);
    /** @type {Lru<Denied>} */
    this.denied = new Lru(deniedCapacity);
    /** Where each workspace is, by the newest answer of any credential. @type {Lru<Place>} */
    this.places = new Lru(routedCapacity);
  }

  /** The kind is checked against the entry's own. @param {string} key @param {CredentialKind} kind */
  get(key, kind) {
    const entry = this.denied.get(key) ?? this.#upToDate(this.routed.get(key));
    return entry?.kind === kind ? entry : undefined;
  }

  /** Without its context where another credential's answer told that the workspace has moved. @template {Entry | undefined} E @param {E} entry @returns {E} */
  #upToDate(entry) {
    if (entry?.outcome !== "routed" || entry.workspace === null) return entry;
    const place = this.places.get(entry.workspace);
    if (place === undefined || place.version <= entry.version) return entry;
    return { ...entry, ...place, context: "", softAtMs: 0, hardAtMs: 0 };
  }

  /**
   * Keeps an answer, unless a newer one about the same workspace is there already.
   * @param {string} key @param {Entry} entry @returns {Entry} the one that counts
   */
  put(key, entry) {
    if (entry.outcome === "denied") {
      this.routed.delete(key);
      this.denied.set(key, entry);
      return entry;
    }
    const { workspace, region, version } = entry;
    const known = this.#upToDate(this.routed.get(key));
    // Versions of different workspaces say nothing about each other.
    if (known?.workspace === workspace && known.version > version) return known;
    const newest = this.#upToDate(entry);
    if (newest === entry && workspace !== null) this.places.set(workspace, { region, version });
    this.denied.delete(key);
    this.routed.set(key, newest);
    return newest;
  }
}
