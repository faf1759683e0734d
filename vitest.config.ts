import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const DIFFERENTIAL = "test/e2e/differential.test.ts";

const onRigs: TestProjectInlineConfiguration["test"] = {
  include: ["test/e2e/**/*.test.ts"],
  globalSetup: ["test/e2e/harness/prepare.ts"],
  setupFiles: ["test/e2e/harness/tell-failure.ts"],
  environment: "node",
  // Two rigs side by side: mostly they wait for pods and nodes.
  maxWorkers: 2,
  testTimeout: 900_000,
  hookTimeout: 900_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          // Every core, and no fresh process for each file: half the time. Nothing in dextre is global but setMaxListeners.
          maxWorkers: "100%",
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          globalSetup: ["test/temporary-folder.ts"],
          environment: "node",
          // Ends what hangs, and judges nothing: how long a test takes is the machine's affair.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { test: { ...onRigs, name: "e2e", exclude: [DIFFERENTIAL] } },
      // One rig and minutes of waiting in lanes: a step of its own.
      { test: { ...onRigs, name: "differential", include: [DIFFERENTIAL] } },
    ],
  },
});
