/**
 * Where a credential was served last, for when neither memory nor the auth service can say. Regions only, under the
 * cache's key. KV may be a minute behind, which the region that gets the request unsigned finds out by itself.
 * Without KV nothing is remembered.
 */

const RETENTION_S = 30 * 24 * 3600;

/** Null also where KV fails: there is still the client's hint. @param {KVNamespace | undefined} kv @param {string} key */
export async function recall(kv, key) {
  return (await kv?.get(`region:${key}`).catch(() => null)) ?? null;
}

/** @param {KVNamespace | undefined} kv @param {string} key @param {string | null} region null: nobody is served any more */
export async function note(kv, key, region) {
  // Reads are cheaper than writes: a credential hardly ever moves, and one that was made up was never served.
  if ((await recall(kv, key)) === region) return;
  await (region === null ? kv?.delete(`region:${key}`) : kv?.put(`region:${key}`, region, { expirationTtl: RETENTION_S }));
}
