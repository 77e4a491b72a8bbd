import { readFileSync } from "node:fs";

import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

const { compatibility_date, compatibility_flags } = JSON.parse(readFileSync(new URL("bindings.json", import.meta.url), "utf8"));

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [cloudflareTest({ miniflare: { compatibilityDate: compatibility_date, compatibilityFlags: compatibility_flags } })],
        test: { name: "unit", include: ["test/unit/**/*.test.js"] },
      },
      {
        // Real workerd processes and real sockets: a file at a time, so that they share the machine with nobody.
        test: { name: "e2e", include: ["test/e2e/**/*.test.js"], environment: "node", fileParallelism: false, testTimeout: 30_000, hookTimeout: 30_000 },
      },
    ],
  },
});
