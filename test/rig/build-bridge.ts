import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cachedBuild, hashOf, runBuild, type Say } from "./cached-build.ts";
import { rigAsset, workTree } from "./paths.ts";

/** The bridge as one program that Node runs: bundled once for each state of its sources. Its path. */
export async function bridgeProgram(cache: string, say: Say): Promise<string> {
  const texts = readdirSync(rigAsset())
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(rigAsset(name), "utf8"));
  const lock = readFileSync(join(workTree(), "package-lock.json"), "utf8");
  const name = `bridge-${hashOf([lock, ...texts], [rigAsset("bridge")])}`;
  const folder = await cachedBuild(cache, name, (temporary) => {
    say(`making ${name} once (log: ${join(temporary, "build.log")})`);
    return bundle(temporary);
  });
  return join(folder, "bridge.mjs");
}

function bundle(folder: string): Promise<void> {
  const rolldown = join(workTree(), "node_modules", "rolldown", "bin", "cli.mjs");
  // .mjs: no package.json says what .js is there
  const names = ["--entryFileNames", "[name].mjs", "--chunkFileNames", "[name]-[hash].mjs"];
  const output = ["--format", "esm", "--platform", "node", "--dir", folder, ...names];
  return runBuild({
    file: process.execPath,
    args: [rolldown, rigAsset("bridge", "bridge.ts"), ...output],
    folder: workTree(),
    log: join(folder, "build.log"),
    environment: {},
  });
}
