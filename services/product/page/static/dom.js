/** Elements, made and kept. No markup is ever parsed from text, so nothing that a user wrote can become markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, any>} [props] attributes; `on` listeners; `text`; true and false as boolean attributes
 * @param {...(Node | string | null | false | undefined)} children
 */
export function h(tag, props = {}, ...children) {
  const element = tag === "svg" || tag === "path" || tag === "circle" ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (name === "text") element.textContent = value;
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** Writes only what differs, so that nothing is announced twice. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * The children of `parent` become one element an item, in order; those that stay are kept, and so is the focus.
 *
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(element: HTMLElement, item: T) => void} update
 */
export function reconcile(parent, items, keyOf, make, update) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = before.get(key);
    before.delete(key);
    if (element === undefined) {
      element = make(item);
      element.dataset.key = key;
    }
    update(element, item);
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  for (const gone of before.values()) gone.remove();
}

/** @param {string} name of a status or a sign of the page's own */
export function icon(name) {
  const svg = h("svg", { viewBox: "0 0 16 16", class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" });
  for (const [tag, attributes] of ICONS[name] ?? []) svg.append(h(tag, attributes));
  return svg;
}

const ring = { cx: 8, cy: 8, r: 6, fill: "none", stroke: "currentColor", "stroke-width": 1.6 };
const line = { fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round" };
const ICONS = {
  backlog: [["circle", { ...ring, "stroke-dasharray": "2.2 2.5" }]],
  todo: [["circle", ring]],
  in_progress: [["circle", ring], ["path", { d: "M8 4.5a3.5 3.5 0 0 1 0 7z", fill: "currentColor" }]],
  done: [["circle", { cx: 8, cy: 8, r: 6.8, fill: "currentColor" }], ["path", { d: "M5 8.2l2.1 2.1L11 6.2", ...line, stroke: "var(--surface)" }]],
  canceled: [["circle", { cx: 8, cy: 8, r: 6.8, fill: "currentColor" }], ["path", { d: "M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4", ...line, stroke: "var(--surface)" }]],
  plus: [["path", { d: "M8 3v10M3 8h10", ...line }]],
  close: [["path", { d: "M4 4l8 8M12 4l-8 8", ...line }]],
  menu: [["path", { d: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11", ...line }]],
  back: [["path", { d: "M9.5 3.5L5 8l4.5 4.5", ...line }]],
  file: [["path", { d: "M4 1.8h5l3.2 3.2v9.2H4zM9 1.8V5h3.2", ...line, "stroke-width": 1.3 }]],
  people: [["circle", { cx: 6, cy: 5.4, r: 2.4, ...line, "stroke-width": 1.4 }], ["path", { d: "M1.8 13c.3-2.6 2-4 4.2-4s3.900 1.400 4.200 4M10.500 3.200a2.300 2.300 0 0 1 0 4.300M12 9.300c1.300.6 2 1.900 2.200 3.700", ...line, "stroke-width": 1.4 }]],
  list: [["path", { d: "M5.500 4h8M5.500 8h8M5.500 12h8M2.500 4h.01M2.500 8h.01M2.500 12h.01", ...line }]],
  folder: [["path", { d: "M1.800 4.200c0-.6.4-1 1-1h3l1.400 1.600h6c.6 0 1 .4 1 1v6c0 .6-.4 1-1 1H2.800c-.6 0-1-.4-1-1z", ...line, "stroke-width": 1.4 }]],
};

/** @param {string} name @param {string} id */
export function avatar(name, id) {
  const words = name.trim().split(/\s+/u);
  const initials = (words.length > 1 ? [...words[0]][0] + [...words.at(-1)][0] : [...name].slice(0, 2).join("")).toUpperCase();
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 997;
  return h("span", { class: `avatar hue-${sum % 6}`, "aria-hidden": "true", text: initials || "?" });
}

/** @param {string} text of an ISO time */
export function ago(text) {
  const seconds = (Date.now() - Date.parse(text)) / 1000;
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (seconds >= size) return format.format(-Math.floor(seconds / size), unit);
  }
  return "just now";
}

/** Says it to who listens to the page. @param {string} text */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** @param {string} text @param {"bad" | "good"} [kind] */
export function toast(text, kind = "bad") {
  const close = h("button", { class: "quiet", "aria-label": "Dismiss", on: { click: () => element.remove() } }, icon("close"));
  const element = h("div", { class: `toast ${kind}`, role: kind === "bad" ? "alert" : "status" }, h("p", { text }), close);
  document.getElementById("toasts").append(element);
  if (kind === "good") setTimeout(() => element.remove(), 5000);
}
