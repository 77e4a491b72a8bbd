/** Which region a request belongs to and with which context: the cache, the auth service, and what is left without it. */

import { AuthUnavailable } from "./auth.js";
import { EdgeError } from "./errors.js";

/** @typedef {import("./auth.js").Question} Question */
/** @typedef {import("./cache.js").Entry} Entry */
/** @typedef {import("./cache.js").Routed} Routed */
/** @typedef {import("./moved.js").Moved} Moved */
/** @typedef {Pick<ExecutionContext, "waitUntil">} Waiting */

/**
 * @typedef {object} Decision
 * @property {string} region
 * @property {string | null} context null: the region authenticates by itself
 * @property {"fresh" | "stale" | "none"} state
 * @property {"hit" | "miss" | "last-known" | "hint" | "moved" | "anonymous"} source
 * @property {string | null} workspace
 * @property {number | null} version
 */

/**
 * @typedef {object} Asking
 * @property {string} key
 * @property {Question} question
 * @property {string | null} hint the region that the client says it was served by
 * @property {string} requestId
 * @property {Waiting} ctx
 */

export class Resolver {
  /**
   * @param {object} parts
   * @param {import("./auth.js").AuthClient} parts.auth
   * @param {import("./cache.js").AnswerCache} parts.cache
   * @param {import("./flights.js").Flights<Entry>} parts.flights
   * @param {import("./breaker.js").Breaker} parts.breaker
   * @param {import("./last_known.js").LastKnown} parts.lastKnown
   * @param {() => number} parts.now
   */
  constructor({ auth, cache, flights, breaker, lastKnown, now }) {
    this.auth = auth;
    this.cache = cache;
    this.flights = flights;
    this.breaker = breaker;
    this.lastKnown = lastKnown;
    this.now = now;
  }

  /**
   * @param {Asking} asking
   * @returns {Promise<Decision>}
   * @throws {EdgeError} the auth service's denial, or auth_unavailable
   */
  async resolve(asking) {
    const entry = this.cache.get(asking.key, asking.question.credential.kind);
    const now = this.now();
    if (entry === undefined || now >= entry.hardAtMs) return this.#ask(asking);
    if (entry.outcome === "denied") throw new EdgeError(entry.code);
    if (now >= entry.softAtMs) asking.ctx.waitUntil(this.#refresh(asking).catch(() => {}));
    return signed(entry, now, "hit");
  }

  /**
   * Where to go after a region has answered "moved".
   *
   * @param {Asking} asking
   * @param {Decision} decision what was gone by
   * @param {Moved} moved
   * @returns {Promise<Decision>}
   * @throws {EdgeError} region_moved where the region is behind what is known here: it will know in a moment
   */
  async reroute(asking, decision, moved) {
    const { kind } = asking.question.credential;
    if (decision.workspace !== null && decision.workspace !== moved.workspace) throw new EdgeError("bad_reroute", { detail: "another workspace" });
    if (decision.version !== null && moved.version <= decision.version) throw new EdgeError("region_moved", { detail: "region is behind" });
    // Replaces the context by the bare knowledge of the new place, unless another request has been told already.
    const known = this.cache.put(asking.key, {
      outcome: "routed", kind, region: moved.to, workspace: moved.workspace, version: moved.version, context: "", softAtMs: 0, hardAtMs: 0,
    });
    if (known.outcome === "routed" && this.now() < known.hardAtMs) return signed(known, this.now(), "hit");
    return this.#ask(asking);
  }

  /** @param {Asking} asking */
  async #ask(asking) {
    try {
      const entry = await this.#refresh(asking);
      if (entry.outcome === "denied") throw new EdgeError(entry.code);
      if (this.now() < entry.hardAtMs) return signed(entry, this.now(), "miss");
    } catch (error) {
      if (!(error instanceof AuthUnavailable)) throw error;
    }
    return this.#withoutAuth(asking);
  }

  /**
   * @param {Asking} asking
   * @returns {Promise<Entry>}
   */
  #refresh({ key, question, requestId, ctx }) {
    return this.flights.join(key, ctx, async () => {
      if (!this.breaker.allows()) throw new AuthUnavailable("breaker open");
      const answer = await this.auth.ask(question, requestId).catch((error) => {
        this.breaker.failed();
        throw error;
      });
      this.breaker.succeeded();
      const entry = this.cache.put(key, answer);
      const remembered = entry.outcome === "denied" ? this.lastKnown.forget(key) : this.lastKnown.remember(key, entry.region);
      ctx.waitUntil(remembered.catch(() => {}));
      return entry;
    });
  }

  /**
   * @param {Asking} asking
   * @returns {Promise<Decision>}
   */
  async #withoutAuth({ key, question, hint }) {
    const entry = this.cache.get(key, question.credential.kind);
    if (entry?.outcome === "routed") {
      return { region: entry.region, context: null, state: "none", source: "last-known", workspace: entry.workspace, version: entry.version };
    }
    const known = await this.lastKnown.recall(key);
    if (known !== null) return unsigned(known, "last-known");
    if (hint !== null) return unsigned(hint, "hint");
    throw new EdgeError("auth_unavailable");
  }
}

/**
 * @param {string} region
 * @param {Decision["source"]} source
 * @returns {Decision}
 */
export function unsigned(region, source) {
  return { region, context: null, state: "none", source, workspace: null, version: null };
}

/**
 * @param {Routed} entry
 * @param {number} now
 * @param {Decision["source"]} source
 * @returns {Decision}
 */
function signed({ region, context, workspace, version, softAtMs }, now, source) {
  return { region, context, state: now < softAtMs ? "fresh" : "stale", source, workspace, version };
}
