/** The names of the wire contract (docs/request-path.md). */

/** What begins with this is the fleet's own: stripped from what clients send and from what regions answer. */
export const INTERNAL_PREFIX = "x-edge-";
export const CONTEXT = "x-edge-context";
export const CONTEXT_STATE = "x-edge-context-state";
export const REGION = "x-edge-region";
export const PLACEMENT = "x-edge-placement";
export const HOP = "x-edge-hop";
export const MOVED = "x-edge-moved";
export const MOVED_STATUS = 421;
export const API_KEY = "x-api-key";
export const WORKSPACE = "x-workspace";
export const REGION_CHOICE = "x-region-choice";
export const TIME_ZONE = "x-time-zone";
export const REQUEST_ID = "x-request-id";

// The __Host- prefix makes browsers refuse the cookie unless it is Secure, Path=/ and without Domain, so that no
// subdomain can plant one (RFC 6265bis, 4.1.3.2).
export const SESSION_COOKIE = "__Host-session";
export const REGION_COOKIE = "__Host-region";
export const TIME_ZONE_COOKIE = "time_zone";
