/**
 * The auth service's answers, in this isolate's memory. No second level in the Cache API: it would keep contexts where a
 * `moved` cannot purge them, and memory already answers all but one request in half a minute of a busy credential.
 */
/** @import { CredentialKind, Denied, Entry, Place, Routed } from "./types.js" */

/** A bounded map that forgets what was not used for the longest time. @template V @extends {Map<string, V>} */
export class Lru extends Map {
  /** @param {number} capacity */
  constructor(capacity) {
    super();
    this.capacity = capacity;
  }

  /** @param {string} key @returns {V | undefined} */
  get(key) {
    const value = super.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** A map keeps the order of insertion, which this makes that of use. @param {string} key @param {V} value */
  set(key, value) {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.capacity) this.delete(this.keys().next().value ?? "");
    return this;
  }
}

// A context is about 1 KiB and at most 8 (auth.js): 10 MiB as a rule, in an isolate of 128.
const ROUTED_CAPACITY = 10_000;
// Apart from the others, so that a flood of made-up credentials pushes out no real one.
const DENIED_CAPACITY = 2_000;

export class AnswerCache {
  /** Two caches that share their places know the same moves. @param {Lru<Place>} [places] */
  constructor(routedCapacity = ROUTED_CAPACITY, deniedCapacity = DENIED_CAPACITY, places = new Lru(routedCapacity)) {
    /** @type {Lru<Routed>} */
    this.routed = new Lru(routedCapacity);
    /** @type {Lru<Denied>} */
    this.denied = new Lru(deniedCapacity);
    /** Where each workspace is, by the newest answer of any credential. */
    this.places = places;
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
