import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isCharacterDevice, writeNow } from "#cli/descriptors.ts";

describe("a descriptor", () => {
  const folder = mkdtempSync(join(tmpdir(), "dextre-descriptors-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("that is a file takes a whole text, in UTF-8", () => {
    const path = join(folder, "text");
    const descriptor = openSync(path, "w");
    const text = "ä→😀\n".repeat(40_000);
    expect([isCharacterDevice(descriptor), writeNow(descriptor, text).length]).toEqual([false, 0]);
    closeSync(descriptor);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("that does not wait keeps what it takes, and the rest is handed back", () => {
    const fifo = join(folder, "fifo");
    spawnSync("mkfifo", [fifo]);
    // Opened for both, so that it waits for nobody to read.
    const descriptor = openSync(fifo, "r+");
    const nonBlocking = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    const text = "0123456789".repeat(20_000);
    const rest = writeNow(nonBlocking, text);
    expect(rest.length).toBeGreaterThan(0);
    expect(text.endsWith(rest.toString())).toBe(true);
    closeSync(nonBlocking);
    closeSync(descriptor);
  });

  test("that is a device or no descriptor at all is left to Node", () => {
    const device = openSync("/dev/null", "w");
    expect([isCharacterDevice(device), isCharacterDevice(-1)]).toEqual([true, true]);
    closeSync(device);
  });
});
