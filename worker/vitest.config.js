import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

import { MANIFEST } from "./dev/manifest.js";

const miniflare = { compatibilityDate: MANIFEST.compatibility_date, compatibilityFlags: MANIFEST.compatibility_flags };

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [cloudflareTest({ miniflare })],
        test: { name: "unit", include: ["test/unit/**/*.test.js"] },
      },
      {
        // Real workerd processes and real sockets: a file at a time, so that they share the machine with nobody.
        test: { name: "e2e", include: ["test/e2e/**/*.test.js"], environment: "node", fileParallelism: false, testTimeout: 30_000, hookTimeout: 30_000 },
      },
    ],
  },
});
