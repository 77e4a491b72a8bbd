/** The values that pass between the modules. Types alone: this file is not deployed. */

declare global {
  // workerd has them, TypeScript 5.9 does not know them yet (https://tc39.es/proposal-arraybuffer-base64/).
  interface Uint8Array {
    toHex(): string;
  }
  interface Uint8ArrayConstructor {
    fromBase64(text: string, options?: { alphabet?: "base64url" }): Uint8Array<ArrayBuffer>;
  }
}

import type { createAuthClient } from "./auth.js";
import type { AnswerCache } from "./cache.js";
import type { RefusalCode } from "./errors.js";
import type { createBreaker } from "./calls.js";
import type { Jwks } from "./jwt.js";
import type { createResolver } from "./resolver.js";

export type { RefusalCode };

export type CredentialKind = "cookie" | "bearer" | "api-key" | `key:${string}`;
export type Credential = { kind: CredentialKind; value: string };

/**
 * `origin` is scheme and host without a trailing slash; regions that are planned or closed are not in the table. `weight` is
 * the share of its locality's new workspaces: 0 where it takes none, as a draining one does.
 */
export type Region = { name: string; origin: string; locality: string; weight: number };

export type Table = {
  version: number;
  regions: ReadonlyMap<string, Region>;
  /** Those that take new workspaces, in the order of names. */
  open: readonly Region[];
  /** The locality of sign-ups that no sign gives one, "" where none is open. */
  byDefault: string;
  /** The region that signs people in where none takes new workspaces. */
  fallback: string;
  /** ISO 3166 code -> locality */
  countries: ReadonlyMap<string, string>;
  /** IANA name, or a prefix of names that ends in a slash -> locality */
  timeZones: ReadonlyMap<string, string>;
};

/** What tells where somebody without a workspace should be: their choice, their browser's zone, their network's country. */
export type PlacementSigns = { choice: string | null; timeZone: string | null; country: string | null };
/**
 * Where that is: `wanted` is the locality, or what was chosen, "" where nothing says it; `open` are the regions there that
 * take new workspaces, among which one is drawn.
 */
export type Placement = {
  wanted: string;
  open: readonly Region[];
  reason: "choice" | "time-zone" | "country" | "default" | "none" | "key";
};

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
 * Everything that the auth service's answer depends on, and nothing else. `workspace` is "" where none is named; `wanted`
 * is the placement's, and not the region that was drawn: one answer would be kept many times, and lost with each draw.
 */
export type Question = { host: string; credential: Credential; workspace: string; wanted: string };

/** Where a credential belongs. `workspace` is null where there is none; `version` is the place's and only ever rises. */
export type Routed = {
  outcome: "routed";
  kind: CredentialKind;
  region: string;
  workspace: string | null;
  version: number;
  /** whether the account, which has no workspace yet, was placed at an earlier sign-in, whatever its placement is now */
  pinned?: boolean;
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
  pinned?: boolean;
};

/** Single flight: who comes while a call with this key is under way shares it. */
export type Flights<V> = (key: string, ctx: Waiting, start: () => Promise<V>) => Promise<V>;
export type Waiting = Pick<ExecutionContext, "waitUntil">;
/** `place` draws the region for who has no workspace: only where the auth service is asked. */
export type Asking = {
  key: string;
  question: Question;
  place: () => Promise<string>;
  hint: string | null;
  requestId: string;
  ctx: Waiting;
};

/** One try at one region. `placement` says why a request comes there. */
export type Hop = {
  request: Request;
  url: URL;
  region: Region;
  decision: Decision;
  placement: Placement["reason"] | "pinned";
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
  /** to be set where no workspace is known */
  cookie?: string;
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
