import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type InputOptions, type OutputOptions, type Plugin } from "rolldown";

const workspace = JSON.parse(readFileSync("package.json", "utf8"));

/** dist/ is what is published: its own manifest, no dependency, nothing of the workspace. */
const publishable: Plugin = {
  name: "publishable",
  writeBundle() {
    const { version, description, license, engines } = workspace;
    const manifest = {
      name: "dextre",
      version,
      description,
      license,
      type: "module",
      engines,
      bin: { dextre: "dextre.js" },
      files: ["*.js", "chunks", "dextre.schema.json", "README.md", "LICENSE"],
    };
    writeFileSync("dist/package.json", `${JSON.stringify(manifest, null, 2)}\n`);
    for (const file of ["README.md", "LICENSE", "dextre.schema.json"])
      writeFileSync(`dist/${file}`, readFileSync(file));
    chmodSync("dist/dextre.js", 0o755);
  },
};

/** `import text from "x.yaml?raw"`, as vite has it. */
const rawText: Plugin = {
  name: "raw-text",
  async resolveId(source, importer) {
    if (!source.endsWith("?raw")) return null;
    const found = await this.resolve(source.slice(0, -"?raw".length), importer);
    return found ? `${found.id}?raw` : null;
  },
  load(id) {
    if (!id.endsWith("?raw")) return null;
    const text = readFileSync(id.slice(0, -"?raw".length), "utf8");
    return { code: `export default ${JSON.stringify(text)};`, moduleType: "js" };
  },
};

/** Loaded with client-node for connections of its own, which dextre does not use: two thirds of its weight. */
const UNUSED: Readonly<Record<string, string>> = {
  "socks-proxy-agent":
    "export class SocksProxyAgent { constructor() { throw new Error('dextre connects through no SOCKS proxy'); } }",
  // Node's own fetch is loaded when somebody names it, so nobody does.
  "node-fetch": ["Headers", "AbortError", "FetchError"]
    .map((name) => `export class ${name} {}`)
    .concat("export default () => { throw new Error('dextre fetches nothing'); };")
    .join(" "),
};

const unusedParts: Plugin = {
  name: "unused-parts",
  resolveId: (source) => (source in UNUSED ? `\0unused:${source}` : null),
  load: (id) => UNUSED[id.replace("\0unused:", "")] ?? null,
};

/** Shared with the test that looks at the bundle. */
export const inputOptions: InputOptions = {
  input: { dextre: "src/cli/dextre.ts" },
  platform: "node",
  resolve: {
    // AWS's CommonJS form cannot be tree-shaken.
    mainFields: ["module", "main"],
    alias: {
      // Behind client-node, for a Node that has no URL of its own: 270 kB of tables that would be loaded with it.
      "whatwg-url": "node:url",
      // The same code as modules: Node is given a CommonJS form, which cannot be tree-shaken and starts slowly.
      yaml: resolve("node_modules/yaml/browser/dist/index.js"),
    },
  },
  treeshake: { moduleSideEffects: [{ test: /@kubernetes\/client-node/, sideEffects: false }] },
  plugins: [rawText, unusedParts],
};

/** The modules that every command loads, as static imports lead from the entry; but for the entry itself. */
class StartModules {
  #found: ReadonlySet<string> | undefined;

  has(id: string, importsOf: (id: string) => readonly string[]): boolean {
    this.#found ??= this.#follow(resolve("src/cli/dextre.ts"), importsOf);
    return this.#found.has(id);
  }

  #follow(entry: string, importsOf: (id: string) => readonly string[]): ReadonlySet<string> {
    const found = new Set([entry]);
    // A set takes what is added on the way, too.
    for (const id of found) for (const next of importsOf(id)) found.add(next);
    found.delete(entry);
    return found;
  }
}

const startModules = new StartModules();

export const outputOptions: OutputOptions = {
  dir: "dist",
  format: "esm",
  minify: true,
  cleanDir: true,
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name]-[hash].js",
  // One file, not ten: Node takes its time over each. The entry waits for its command, so nothing may import it.
  codeSplitting: {
    groups: [
      {
        name: (id, chunks) =>
          startModules.has(id, (one) => chunks.getModuleInfo(one)?.importedIds ?? []) ? "start" : null,
      },
    ],
  },
};

export default defineConfig({
  ...inputOptions,
  plugins: [rawText, unusedParts, publishable],
  output: outputOptions,
});
