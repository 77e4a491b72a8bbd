/** Requests that belong to a workspace and carry nobody's credential: the fleet's list of them, and the key in each. */
import { readParameter } from "./credentials.js";
import { EdgeError } from "./errors.js";
import { object, wrong } from "./regions.js";
/** @import { Asked, PublicList, PublicMatch, PublicRequest } from "./types.js" */

const PATH = /^\/[\w.~-]+(\/([\w.~-]+|\*|\{key\}))*(\/\*\*)?$/;
const NAME = /^[a-z][a-z0-9-]*$/;
const MAX_KEY_CHARS = 512;
const KEY = /^[\w.~-]+$/;
const MINTED = /^([\w-]{1,64})\.[\w.~-]{22,}$/;
/** @type {Record<string, string>} */
const VARIABLES = { "*": "[^/]+", "{key}": "(?<key>[^/]+)" };

/** @param {unknown} [binding] PUBLIC_REQUESTS @returns {PublicList} @throws {EdgeError} misconfigured */
export function parsePublicRequests(binding = { version: 0, requests: [] }) {
  const { version, requests } = object(binding);
  if (!Number.isSafeInteger(version) || !Array.isArray(requests)) throw wrong("PUBLIC_REQUESTS: no version, or no list");
  return { version: Number(version), requests: requests.map((entry) => publicRequest(object(entry))) };
}

/** @param {Record<string, any>} entry @returns {PublicRequest} */
function publicRequest({ path, kind, minted = false, query, header, forward = [], deliver, headers = [] }) {
  const isPattern = PATH.test(path) && NAME.test(kind ?? "") && [header, ...headers].every((name = "x") => NAME.test(name));
  const keys = [...String(path).matchAll(/\{key\}/g), query, header].filter((place) => place !== undefined);
  const isComplete = deliver === undefined ? keys.length === 1 : deliver === "all" && keys.length === 0;
  if (!isPattern || !isComplete) throw wrong(`PUBLIC_REQUESTS: ${path} is no pattern with one key, or with deliver: all`);
  const segments = path.split("/").map((/** @type {string} */ segment) => VARIABLES[segment] ?? segment.replaceAll(".", "\\."));
  const source = `^${segments.join("/").replace("/**", "(?:/.*)?")}$`;
  return { exact: new RegExp(source), alike: new RegExp(source, "i"), kind: `key:${kind}`, minted, query, header, forward, deliver: deliver === "all", headers };
}

/**
 * @param {PublicList} list @param {URL} url @returns {PublicMatch | null} null: not of the list
 * @throws {EdgeError} ambiguous_path where a server might find another one of it, or another key
 */
export function findPublic({ requests }, { pathname }) {
  if (requests.length === 0) return null;
  const [found = null, ...others] = requests.flatMap((listed) => matchOf(listed, listed.exact.exec(pathname)));
  if (others.length > 0) throw wrong("PUBLIC_REQUESTS: a path of two patterns");
  for (const path of readingsOf(pathname)) {
    const [alike] = requests.flatMap((listed) => matchOf(listed, listed.alike.exec(path)));
    if (found?.listed !== alike?.listed || found?.segment !== alike?.segment) throw new EdgeError("ambiguous_path");
  }
  return found;
}

/** @param {PublicRequest} listed @param {RegExpExecArray | null} match @returns {PublicMatch[]} one or none */
const matchOf = (listed, match) => (match ? [{ listed, segment: match.groups?.key }] : []);

/** As servers read it that decode first: some drop parameters, some resolve dot segments, most join slashes. @param {string} path */
function readingsOf(path) {
  if (/^(\/[\w.~-]+)+$/.test(path)) return [path]; // as nearly all are
  const decoded = path.replaceAll(/%[0-7][0-9a-f]/gi, (code) => String.fromCharCode(parseInt(code.slice(1), 16)));
  const texts = [decoded, decoded.replaceAll(/;[^/\\]*/g, "")];
  const resolved = texts.map((text) => new URL(`http://x${text.replaceAll(/[?#]/g, "_")}`).pathname);
  return new Set([...texts, ...resolved].map((text) => text.replaceAll(/\/+/g, "/").replace(/\/$/, "")));
}

/**
 * @param {PublicMatch} match @param {URL} url @param {Headers} headers @returns {Asked}
 * @throws {EdgeError} malformed_key, header_too_large, duplicate_header
 */
export function readKey({ listed: { kind, minted, query, header }, segment }, url, headers) {
  const key = (query !== undefined ? readParameter(url, query) : header !== undefined ? headers.get(header) : segment) ?? "";
  if (header !== undefined && key.includes(",")) throw new EdgeError("duplicate_header", { detail: kind });
  if (key.length > MAX_KEY_CHARS) throw new EdgeError("header_too_large", { detail: kind });
  const workspace = minted ? MINTED.exec(key)?.[1] : "";
  if (!KEY.test(key) || workspace === undefined) throw new EdgeError("malformed_key", { detail: kind });
  // Of a minted key the workspace alone is asked about: what is secret of it is the region's to compare.
  const question = { host: url.host, credential: { kind, value: minted ? "" : key }, workspace, wanted: "" };
  return { question, placement: { wanted: "", open: [], reason: "key" }, hint: null };
}
