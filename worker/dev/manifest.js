/** What is deployed: the modules of worker/src and the bindings that they want, as bindings.json says. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);

/** @typedef {{name: string, kind: string, required: boolean, description: string}} Binding */
/** @typedef {{main_module: string, compatibility_date: string, compatibility_flags: string[], bindings: Binding[]}} Manifest */

/** @type {Manifest} */
export const MANIFEST = JSON.parse(readFileSync(new URL("bindings.json", ROOT), "utf8"));

/**
 * @returns {{name: string, path: string, contents: string}[]} the main module first, the others by name
 */
export function modules() {
  const folder = new URL("src/", ROOT);
  const others = readdirSync(folder).filter((name) => name.endsWith(".js") && name !== MANIFEST.main_module).sort();
  return [MANIFEST.main_module, ...others].map((name) => {
    const path = fileURLToPath(new URL(name, folder));
    return { name, path, contents: readFileSync(path, "utf8") };
  });
}
