/** Which region a request belongs to, and with which context: the cache, the auth service, and what is left without it. */
import { AuthUnavailable } from "./auth.js";
import { EdgeError } from "./errors.js";
/** @import { Asking, Decision, Entry, Moved, ResolverParts, Routed } from "./types.js" */

export class Resolver {
  /** @param {ResolverParts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** @param {Asking} asking @returns {Promise<Decision>} @throws {EdgeError} the denial, or auth_unavailable */
  async resolve(asking) {
    const { cache, now } = this.parts;
    const entry = cache.get(asking.key, asking.question.credential.kind);
    if (entry === undefined || now() >= entry.hardAtMs) return this.#ask(asking);
    if (entry.outcome === "denied") throw new EdgeError(entry.code);
    if (now() >= entry.softAtMs) asking.ctx.waitUntil(this.#refresh(asking).catch(() => {}));
    return signed(entry, now(), "hit");
  }

  /**
   * Where to go after a region has answered "moved".
   * @param {Asking} asking @param {Decision} decision what was gone by @param {Moved} moved @returns {Promise<Decision>}
   * @throws {EdgeError} region_moved where the region is behind what is known here: it will know in a moment
   */
  async reroute(asking, decision, { workspace, to, version }) {
    const { cache, now } = this.parts;
    if ((decision.workspace ?? workspace) !== workspace) throw new EdgeError("bad_reroute", { detail: "workspace" });
    if (version <= (decision.version ?? -1)) throw new EdgeError("region_moved", { detail: "region is behind" });
    const { kind } = asking.question.credential;
    // The context goes, the knowledge of the new place stays, unless another request was told even more.
    const place = { kind, region: to, workspace, version, context: "", softAtMs: 0, hardAtMs: 0 };
    const known = cache.put(asking.key, { outcome: "routed", ...place });
    if (known.outcome === "routed" && now() < known.hardAtMs) return signed(known, now(), "hit");
    return this.#ask(asking);
  }

  /** @param {Asking} asking @returns {Promise<Decision>} */
  async #ask(asking) {
    const { now } = this.parts;
    try {
      const entry = await this.#refresh(asking);
      if (entry.outcome === "denied") throw new EdgeError(entry.code);
      if (now() < entry.hardAtMs) return signed(entry, now(), "miss");
    } catch (error) {
      if (!(error instanceof AuthUnavailable)) throw error;
    }
    return this.#withoutAuth(asking);
  }

  /** @param {Asking} asking @returns {Promise<Entry>} what counts now: the answer, or what is known to be newer */
  #refresh({ key, question, requestId, ctx }) {
    const { auth, breaker, cache, flights, jwks, lastKnown } = this.parts;
    return flights.join(key, ctx, async () => {
      if (!breaker.allows()) throw new AuthUnavailable("breaker is open");
      const answer = await breaker.watch(auth.ask(question, requestId), (error) => !(error instanceof AuthUnavailable) || error.down);
      const entry = cache.put(key, answer);
      const noted = entry.outcome === "denied" ? lastKnown.forget(key) : lastKnown.remember(key, entry.region);
      ctx.waitUntil(Promise.allSettled([noted, jwks.preload(ctx)]));
      return entry;
    });
  }

  /** @param {Asking} asking @returns {Promise<Decision>} */
  async #withoutAuth({ key, question, hint }) {
    const { cache, lastKnown } = this.parts;
    const entry = cache.get(key, question.credential.kind);
    if (entry?.outcome === "routed") return { ...signed(entry, Infinity, "last-known"), context: null, state: "none" };
    const known = await lastKnown.recall(key);
    if (known !== null) return unsigned(known, "last-known");
    if (hint !== null) return unsigned(hint, "hint");
    throw new EdgeError("auth_unavailable");
  }
}

/** @param {string} region @param {Decision["source"]} source @returns {Decision} */
export function unsigned(region, source) {
  return { region, context: null, state: "none", source, workspace: null, version: null };
}

/** @param {Routed} entry @param {number} now @param {Decision["source"]} source @returns {Decision} */
function signed({ region, context, workspace, version, softAtMs }, now, source) {
  return { region, context, state: now < softAtMs ? "fresh" : "stale", source, workspace, version };
}
