import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { PrivateFolder } from "#cli/private-folder.ts";
import { aFolder } from "#test/gateway/transport/support.ts";

afterEach(() => vi.unstubAllEnvs());

test("where temporary files have no place, that is said, and how to name another", () => {
  const missing = join(aFolder(), "missing");
  vi.stubEnv("TMPDIR", missing);
  expect(() => new PrivateFolder("dextre-demo-")).toThrow(
    `no folder can be made in ${missing}: there is no such file or folder`,
  );
});

test("it goes with all that is in it", () => {
  vi.stubEnv("TMPDIR", aFolder());
  const folder = new PrivateFolder("dextre-demo-");
  folder.write("kubeconfig", "secret");
  folder.remove();
  expect(existsSync(folder.path)).toBe(false);
});
