/** The values that pass between the modules. Types alone: this file is not deployed. */

import type { createAuthClient } from "./auth.js";
import type { createBreaker } from "./breaker.js";
import type { AnswerCache } from "./cache.js";
import type { RefusalCode } from "./errors.js";
import type { Flights } from "./flights.js";
import type { Jwks } from "./jwt.js";
import type { createResolver } from "./resolver.js";

export type { RefusalCode };

export type CredentialKind = "cookie" | "bearer" | "api-key";
export type Credential = { kind: CredentialKind; value: string };

/** `origin` is scheme and host without a trailing slash; regions that are planned or closed are not in the table. */
export type Region = { name: string; origin: string; lifecycle: "active" | "draining" };

export type Table = {
  version: number;
  regions: ReadonlyMap<string, Region>;
  defaultRegion: string;
  /** ISO 3166 code -> region */
  countries: ReadonlyMap<string, string>;
  /** IANA name, or a prefix of names that ends in a slash -> region */
  timeZones: ReadonlyMap<string, string>;
};

/** What tells where somebody without a workspace should be: their choice, their browser's zone, their network's country. */
export type PlacementSigns = { choice: string | null; timeZone: string | null; country: string | null };
export type Placement = { region: string; reason: "choice" | "time-zone" | "country" | "default" | "none" };

/**
 * Everything that the auth service's answer depends on, and nothing else. `workspace` is "" where none is named,
 * `placement` where no region takes new workspaces.
 */
export type Question = { host: string; credential: Credential; workspace: string; placement: string };

/** Where a credential belongs. `workspace` is null where there is none; `version` is the place's and only ever rises. */
export type Routed = {
  outcome: "routed";
  kind: CredentialKind;
  region: string;
  workspace: string | null;
  version: number;
  /** signed; not to be used from `hardAtMs` on, when only the region counts, as the last known one */
  context: string;
  softAtMs: number;
  hardAtMs: number;
};

export type DenialCode = "invalid_credential" | "not_a_member" | "unknown_workspace" | "not_placed";
export type Denied = { outcome: "denied"; kind: CredentialKind; code: DenialCode; hardAtMs: number };
export type Entry = Routed | Denied;

/** Where a request goes. Without a context the region authenticates by itself. */
export type Decision = {
  region: string;
  context: string | null;
  state: "fresh" | "stale" | "none";
  source: "hit" | "miss" | "last-known" | "hint" | "moved" | "anonymous";
  workspace: string | null;
  version: number | null;
};

export type Waiting = Pick<ExecutionContext, "waitUntil">;
export type Asking = { key: string; question: Question; hint: string | null; requestId: string; ctx: Waiting };

/** One try at one region. `placement` says why an unplaced request goes there; `number` is 1, or 2 after a "moved". */
export type Hop = {
  request: Request;
  url: URL;
  headers: Headers;
  region: Region;
  decision: Decision;
  placement: Placement["reason"];
  number: number;
};

/** Where a workspace is, as the highest version that was seen says. */
export type Place = { region: string; version: number };

/** The auth service's statement that a workspace lives elsewhere. */
export type Moved = { workspace: string; to: string; version: number };

/** What becomes of one request. */
export type Journey = {
  method: string;
  requestId: string;
  startedAtMs: number;
  decidedAtMs: number;
  hops: number;
  kind?: CredentialKind;
  decision?: Decision;
};

export type ResolverParts = {
  auth: ReturnType<typeof createAuthClient>;
  jwks: Jwks;
  cache: AnswerCache;
  flights: Flights<Entry>;
  breaker: ReturnType<typeof createBreaker>;
  kv: KVNamespace | undefined;
  now: () => number;
};

/** `fetch` is the one towards the regions, with the client certificate where there is one. */
export type RouterParts = {
  table: Table;
  resolver: ReturnType<typeof createResolver>;
  jwks: Jwks;
  fetch: typeof fetch;
  now: () => number;
  newId: () => string;
};

/** The bindings; bindings.json describes them. */
export type Env = {
  REGIONS: unknown;
  AUTH: string;
  AUTH_TOKEN: string;
  AUTH_TIMEOUT_MS?: string;
  CLIENT_CERT?: Fetcher;
  LAST_KNOWN?: KVNamespace;
};
