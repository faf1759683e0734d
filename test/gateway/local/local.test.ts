import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isFolderName, makeRunId } from "#gateway/local/run-id.ts";
import { defaultStateFolder } from "#gateway/local/state-folder.ts";
import { systemClock } from "#gateway/local/system-clock.ts";
import { systemHost } from "#gateway/local/system-host.ts";
import { writeAtomically } from "#gateway/local/write-atomically.ts";

const at = (milliseconds: number) => ({ ...systemClock, now: () => milliseconds });
const sameBytes = (count: number): Uint8Array => new Uint8Array(count).fill(31);

describe("a run's id", () => {
  test("is a ULID in lower case that may name a folder", () => {
    // Source: the ULID specification's example of a time.
    expect(makeRunId(at(1469918176385), sameBytes)).toBe("01aryz6s41zzzzzzzzzzzzzzzz");
    expect(isFolderName(makeRunId(systemClock, sameBytes))).toBe(true);
  });

  test("sorts by time", () => {
    const times = [0, 1, 31, 32, 1023, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48 - 1];
    const ids = times.map((time) => makeRunId(at(time), sameBytes));
    expect([...ids].sort()).toEqual(ids);
  });
});

describe("the machine's clock", () => {
  test("tells how long the machine has been up, in milliseconds", async () => {
    const before = systemClock.uptime();
    await systemClock.sleep(50);
    const passed = systemClock.uptime() - before;
    expect(passed).toBeGreaterThanOrEqual(40);
    expect(passed).toBeLessThan(30_000);
  });
  test("sleeps, and wakes at once when told to stop", async () => {
    const before = systemClock.monotonic();
    await systemClock.sleep(15);
    expect(systemClock.monotonic() - before).toBeGreaterThan(10);
    const stop = new AbortController();
    const sleep = systemClock.sleep(2 ** 40, stop.signal);
    stop.abort(new Error("told to stop"));
    await expect(sleep).rejects.toThrow("told to stop");
    await expect(systemClock.sleep(0, stop.signal)).rejects.toThrow("told to stop");
  });
});

describe("the machine", () => {
  test("knows which processes live", () => {
    expect(systemHost.isProcessAlive(process.pid)).toBe(true);
    expect(systemHost.isProcessAlive(2 ** 22 + 1)).toBe(false);
    expect(systemHost.isProcessAlive(0)).toBe(null);
  });
});

describe("the state folder", () => {
  test("follows XDG_STATE_HOME where that is absolute", () => {
    expect(defaultStateFolder({ XDG_STATE_HOME: "/var/x" })).toBe("/var/x/dextre");
    expect(defaultStateFolder({ XDG_STATE_HOME: "x" })).toMatch(/\.local\/state\/dextre$/);
    expect(defaultStateFolder({})).toMatch(/\.local\/state\/dextre$/);
  });

  test.each([
    ["it is empty", () => ""],
    [
      "the system knows none",
      () => {
        throw new Error("uv_os_homedir");
      },
    ],
  ])("is refused in words where there is no home: %s", (_, home) => {
    expect(() => defaultStateFolder({}, home)).toThrow(/no home folder is known .* --state-dir/);
    expect(defaultStateFolder({ XDG_STATE_HOME: "/var/x" }, home)).toBe("/var/x/dextre");
  });
});

describe("a document written at once", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "dextre-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("takes the place of the old one, with its mode, and leaves nothing else behind", () => {
    const path = join(folder, "plan.json");
    writeFileSync(path, "old");
    chmodSync(path, 0o640);
    writeAtomically(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(["plan.json"]);
  });

  test("goes through a link", () => {
    writeFileSync(join(folder, "real"), "old");
    symlinkSync(join(folder, "real"), join(folder, "link"));
    writeAtomically(join(folder, "link"), "new");
    expect(readFileSync(join(folder, "real"), "utf8")).toBe("new");
  });

  test("leaves the old one where it fails", () => {
    expect(() => writeAtomically(join(folder, "missing", "plan.json"), "new")).toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
