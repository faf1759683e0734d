import { chmodSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { resolve } from "node:path";
import { defineConfig, type InputOptions, type OutputOptions, type Plugin } from "rolldown";
import { esmExternalRequirePlugin } from "rolldown/plugins";

const workspace = JSON.parse(readFileSync("package.json", "utf8"));

/** What README.md sends a user to: rights, examples, reference. */
const FOR_USERS = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "deploy",
  "dextre.schema.json",
  "docs/cli.md",
  "docs/codes.md",
  "docs/spec.md",
  "plans",
  "scenarios",
];

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
      files: ["*.js", "chunks", ...FOR_USERS],
    };
    writeFileSync("dist/package.json", `${JSON.stringify(manifest, null, 2)}\n`);
    for (const path of FOR_USERS) cpSync(path, `dist/${path}`, { recursive: true });
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

/** Functions of a module that is loaded when one of them is called. */
const late = (names: readonly string[], module: string): string =>
  names
    .map(
      (name) => `export const ${name} = async (...given) => (await import("${module}")).${name}(...given);`,
    )
    .join(" ");

/** The same of a module of Node's, at once. */
const lateOfNode = (name: string, module: string): string =>
  `export const ${name} = (...given) => process.getBuiltinModule("${module}").${name}(...given);`;

/**
 * What packages load beside what dextre uses of them, by package: of client-node it is two thirds of
 * its weight. What dextre never comes to is left out, what it seldom comes to is loaded then.
 */
const PARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "@kubernetes/client-node": {
    // Connections of its own.
    "socks-proxy-agent": "export class SocksProxyAgent {}",
    hpagent: "export class HttpProxyAgent {} export class HttpsProxyAgent {}",
    // Node's own fetch is loaded when somebody names it, so nobody does.
    "node-fetch": ["Headers", "AbortError", "FetchError"]
      .map((name) => `export class ${name} {}`)
      .concat("export default () => { throw new Error('dextre fetches nothing'); };")
      .join(" "),
    // A writer of YAML, with the reader.
    "js-yaml": "import { load } from 'js-yaml'; export default { load };",
    // For auth-provider oidc.
    "openid-client": late(["discovery", "refreshTokenGrant"], "openid-client"),
    // For auth-provider gcp and azure.
    "node:child_process": `${lateOfNode("execSync", "node:child_process")} export default { execSync };`,
  },
  // Half of it is for parsing words, and help needs none of that.
  citty: { "node:util": lateOfNode("parseArgs", "node:util") },
};

const partKey = (source: string, importer = ""): string | undefined =>
  Object.keys(PARTS).find(
    (name) => importer.includes(`/node_modules/${name}/`) && source in (PARTS[name] ?? {}),
  );

const packageParts: Plugin = {
  name: "package-parts",
  resolveId(source, importer) {
    const name = partKey(source, importer);
    return name === undefined ? null : `\0part:${name}:${source}`;
  },
  load(id) {
    const [, name = "", source = ""] = /^\0part:([^:]+):(.+)$/.exec(id) ?? [];
    return PARTS[name]?.[source] ?? null;
  },
};

// Node's own modules are imported by CommonJS packages, too: its `require` is one more module to load.
const plugins = [rawText, packageParts, esmExternalRequirePlugin({ external: [...builtinModules] })];

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
      // The same code without Node's virtual machine, which is only for expressions that client-node lets nobody write.
      "jsonpath-plus": resolve("node_modules/jsonpath-plus/dist/index-browser-esm.js"),
    },
  },
  treeshake: { moduleSideEffects: [{ test: /@kubernetes\/client-node/, sideEffects: false }] },
  plugins,
};

/**
 * What is loaded together is one file, because Node takes a millisecond or two over each: these
 * modules with all that they import, but for what is in a file before.
 */
const FILES: readonly (readonly [name: string, modules: readonly string[]])[] = [
  ["start", ["src/cli/dextre.ts"]],
  ["spec", ["src/schema/load-spec.ts"]],
  [
    "plan",
    [
      "src/cli/make-plan-document.ts",
      "src/gateway/kubernetes/cluster.ts",
      "src/gateway/kubernetes/leases.ts",
      "src/gateway/local/system-clock.ts",
      "src/gateway/local/system-host.ts",
      "src/gateway/transport/open-kubernetes.ts",
      "src/schema/seal-plan.ts",
    ],
  ],
];

export const outputOptions: OutputOptions = {
  dir: "dist",
  format: "esm",
  minify: true,
  cleanDir: true,
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name]-[hash].js",
  codeSplitting: {
    groups: FILES.map(([name, modules], index) => ({
      name,
      test: (id) => modules.some((one) => resolve(one) === id),
      priority: FILES.length - index,
    })),
  },
};

export default defineConfig({
  ...inputOptions,
  plugins: [...plugins, publishable],
  output: outputOptions,
});
