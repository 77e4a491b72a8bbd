/** Which region a request belongs to, and with which context: the cache, the auth service, and what is left without it. */
import { AuthUnavailable } from "./auth.js";
import { EdgeError } from "./errors.js";
/** @import { Asking, Decision, Entry, Moved, ResolverParts } from "./types.js" */

const RETENTION_S = 30 * 24 * 3600;

/** @param {ResolverParts} parts */
export function createResolver({ auth, breaker, cache, flights, jwks, kv, now }) {
  /** @param {Asking} asking @returns {Promise<Decision>} @throws {EdgeError} the denial, or auth_unavailable */
  async function resolve(asking) {
    const entry = cache.get(asking.key, asking.question.credential.kind);
    if (entry === undefined || now() >= entry.hardAtMs) return ask(asking);
    if (entry.outcome === "routed" && now() >= entry.softAtMs) asking.ctx.waitUntil(refresh(asking).catch(() => {}));
    return decisionOf(entry, now(), "hit");
  }

  /**
   * Where to go after a region has answered "moved".
   * @param {Asking} asking @param {Decision} decision what was gone by @param {Moved} moved @returns {Promise<Decision>}
   * @throws {EdgeError} region_moved where the region is behind what is known here: it will know in a moment
   */
  async function reroute(asking, decision, { workspace, to, version }) {
    if ((decision.workspace ?? workspace) !== workspace) throw new EdgeError("bad_reroute", { detail: "workspace" });
    if (version <= (decision.version ?? -1)) throw new EdgeError("region_moved", { detail: "region is behind" });
    const { kind } = asking.question.credential;
    // The context goes, the knowledge of the new place stays, unless another request was told even more.
    const place = { kind, region: to, workspace, version, context: "", softAtMs: 0, hardAtMs: 0 };
    const known = cache.put(asking.key, { outcome: "routed", ...place });
    return now() < known.hardAtMs ? decisionOf(known, now(), "hit") : ask(asking);
  }

  /** @param {Asking} asking @returns {Promise<Decision>} */
  async function ask(asking) {
    const { key, question, hint } = asking;
    try {
      return decisionOf(await refresh(asking), now(), "miss");
    } catch (error) {
      if (!(error instanceof AuthUnavailable)) throw error;
      const entry = cache.get(key, question.credential.kind);
      if (entry?.outcome === "routed") return decisionOf(entry, now(), "hit");
      const known = await recall(key);
      if (known !== null) return unsigned(known, "last-known");
      if (hint !== null) return unsigned(hint, "hint");
      throw error;
    }
  }

  /** @param {Asking} asking @returns {Promise<Entry>} what counts now: the answer, or what is known to be newer */
  function refresh({ key, question, place, requestId, ctx }) {
    return flights(key, ctx, async () => {
      const entry = cache.put(key, await breaker(async () => auth.ask(question, await place(), requestId)));
      const noted = note(key, entry.outcome === "denied" ? null : entry.region);
      ctx.waitUntil(Promise.allSettled([noted, jwks.preload(ctx)]));
      return entry;
    });
  }

  /** Where it was served last. KV may be a minute behind, which a region that gets it unsigned finds out. @param {string} key */
  async function recall(key) {
    return (await kv?.get(`region:${key}`).catch(() => null)) ?? null;
  }

  /** @param {string} key @param {string | null} region null: nobody is served any more */
  async function note(key, region) {
    // Reads are cheaper than writes: a credential hardly ever moves, and one that was made up was never served.
    if ((await recall(key)) === region) return;
    await (region === null ? kv?.delete(`region:${key}`) : kv?.put(`region:${key}`, region, { expirationTtl: RETENTION_S }));
  }

  return { resolve, reroute };
}

/** @param {string} region @param {Decision["source"]} source @returns {Decision} */
export function unsigned(region, source) {
  return { region, context: null, state: "none", source, workspace: null, version: null };
}

/** @param {Entry} entry @param {number} now @param {Decision["source"]} source @returns {Decision} @throws {EdgeError} its denial */
function decisionOf(entry, now, source) {
  if (entry.outcome === "denied") throw new EdgeError(entry.code);
  const { region, context, workspace, version, pinned, softAtMs, hardAtMs } = entry;
  if (now >= hardAtMs) return { ...unsigned(region, "last-known"), workspace, version };
  return { region, context, state: now < softAtMs ? "fresh" : "stale", source, workspace, version, pinned };
}
