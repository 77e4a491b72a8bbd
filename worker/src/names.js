/** The names of the wire contract (docs/request-path.md) that several modules use. */

export const API_KEY = "x-api-key";
export const WORKSPACE = "x-workspace";
export const REGION_CHOICE = "x-region-choice";
export const TIME_ZONE = "x-time-zone";
export const REQUEST_ID = "x-request-id";

// The __Host- prefix makes browsers refuse the cookie unless it is Secure, Path=/ and without Domain, so that no
// subdomain can plant one (RFC 6265bis, 4.1.3.2).
export const SESSION_COOKIE = "__Host-session";
export const REGION_COOKIE = "__Host-region";
export const FLOW_COOKIE = "__Host-flow";
export const TIME_ZONE_COOKIE = "time_zone";
/** Of those that the Worker sets. */
export const COOKIE_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";
