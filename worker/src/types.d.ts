/** The values that pass between the modules. Types alone: this file is not deployed. */

import type { createAuthClient } from "./auth.js";
import type { AnswerCache } from "./cache.js";
import type { RefusalCode } from "./errors.js";
import type { createBreaker } from "./calls.js";
import type { Jwks } from "./jwt.js";
import type { createResolver } from "./resolver.js";

export type { RefusalCode };

export type CredentialKind = "cookie" | "bearer" | "api-key" | `key:${string}`;
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
export type Placement = { region: string; reason: "choice" | "time-zone" | "country" | "default" | "none" | "key" };

/** Paths whose requests belong to a workspace and carry nobody's credential. Without `deliver` the key stands in the path, the query or a header. */
export type PublicRequest = {
  /** of a path as it stands in the URL */
  exact: RegExp;
  /** of one as a server might read it */
  alike: RegExp;
  kind: `key:${string}`;
  /** by the product, with the workspace's id in front; otherwise a third party's id */
  minted: boolean;
  query?: string;
  header?: string;
  /** which of `cookie` and `authorization` go on */
  forward: readonly string[];
  /** to every region, with these headers */
  deliver: boolean;
  headers: readonly string[];
};
export type PublicList = { version: number; requests: readonly PublicRequest[] };
export type PublicMatch = { listed: PublicRequest; segment: string | undefined };

/** What a request asks the auth service, if anything, and what holds without it. */
export type Asked = { question: Question | null; placement: Placement; hint: string | null };

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

export type DenialCode = "invalid_credential" | "not_a_member" | "unknown_workspace" | "not_placed" | "unknown_key";
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

/** Single flight: who comes while a call with this key is under way shares it. */
export type Flights<V> = (key: string, ctx: Waiting, start: () => Promise<V>) => Promise<V>;
export type Waiting = Pick<ExecutionContext, "waitUntil">;
export type Asking = { key: string; question: Question; hint: string | null; requestId: string; ctx: Waiting };

/** One try at one region. `placement` says why a request comes there. */
export type Hop = {
  request: Request;
  url: URL;
  region: Region;
  decision: Decision;
  placement: Placement["reason"];
  journey: Pick<Journey, "requestId" | "listed" | "hops">;
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
  listed?: PublicRequest;
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
  publicList: PublicList;
  /** apart, so that made-up keys slow down nobody with a credential */
  credentials: ReturnType<typeof createResolver>;
  keys: ReturnType<typeof createResolver>;
  deliveries: Flights<void>;
  auth: ReturnType<typeof createAuthClient>;
  jwks: Jwks;
  fetch: typeof fetch;
  now: () => number;
  newId: () => string;
};

/** The bindings; bindings.json describes them. */
export type Env = {
  REGIONS: unknown;
  PUBLIC_REQUESTS?: unknown;
  AUTH: string;
  AUTH_TOKEN: string;
  AUTH_TIMEOUT_MS?: string;
  CLIENT_CERT?: Fetcher;
  LAST_KNOWN?: KVNamespace;
};
