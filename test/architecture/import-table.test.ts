import { describe, expect, test } from "vitest";
import { type Complaint, lintPlanted } from "./lint-planted.ts";

/** design of the rooms: what each may import, and examples of what it may not. */
const ROOMS = [
  { room: "model", may: [], mayNot: ["#rules/x.ts", "node:fs", "yaml"] },
  { room: "rules", may: ["#model/x.ts"], mayNot: ["#planner/x.ts", "#gateway/ports.ts", "node:fs"] },
  { room: "render", may: ["#model/x.ts"], mayNot: ["#rules/x.ts", "#cli/x.ts", "node:tty"] },
  {
    room: "schema",
    may: ["#model/x.ts", "#rules/x.ts", "yaml", "node:crypto"],
    mayNot: ["#planner/x.ts", "#gateway/ports.ts", "node:fs"],
  },
  {
    room: "planner",
    may: ["#model/x.ts", "#rules/x.ts"],
    mayNot: ["#schema/x.ts", "#gateway/ports.ts", "node:crypto"],
  },
  {
    room: "executor",
    may: ["#model/x.ts", "#rules/x.ts", "#gateway/ports.ts", "#schema/journal-record.ts"],
    mayNot: [
      "#planner/x.ts",
      "#gateway/wire.ts",
      "#gateway/kubernetes/x.ts",
      "#schema/load-spec.ts",
      "node:fs",
    ],
  },
  { room: "gateway", may: ["#model/x.ts"], mayNot: ["#rules/x.ts", "#executor/x.ts"] },
  {
    room: "gateway/kubernetes",
    may: ["#model/x.ts", "#gateway/wire.ts", "#gateway/ports.ts"],
    mayNot: ["#rules/x.ts", "#gateway/aws/x.ts", "#gateway/transport/x.ts", "@kubernetes/client-node"],
  },
  {
    room: "gateway/aws",
    may: ["#model/x.ts", "#gateway/wire.ts", "#gateway/ports.ts"],
    mayNot: ["#gateway/kubernetes/x.ts", "@aws-sdk/client-ec2"],
  },
  {
    room: "gateway/transport",
    may: ["#gateway/wire.ts", "@kubernetes/client-node", "@aws-sdk/client-auto-scaling", "node:https"],
    mayNot: ["#rules/x.ts", "#gateway/kubernetes/x.ts", "#schema/x.ts", "#executor/x.ts"],
  },
  {
    room: "gateway/local",
    may: ["#model/x.ts", "#gateway/ports.ts", "#schema/journal-record.ts", "node:fs"],
    mayNot: ["#rules/x.ts", "#executor/x.ts", "#schema/load-spec.ts", "@kubernetes/client-node"],
  },
  {
    room: "world",
    may: ["#gateway/wire.ts"],
    mayNot: [
      "#model/x.ts",
      "#rules/x.ts",
      "#gateway/ports.ts",
      "#executor/x.ts",
      "#world/http/x.ts",
      "node:fs",
    ],
  },
  {
    room: "world/http",
    may: ["#world/x.ts", "#gateway/wire.ts", "node:https", "yaml"],
    mayNot: ["#model/x.ts", "#rules/x.ts", "#gateway/ports.ts", "#gateway/transport/x.ts", "#cli/x.ts"],
  },
  { room: "cli", may: ["#world/x.ts", "#executor/x.ts", "#gateway/transport/x.ts", "node:fs"], mayNot: [] },
] as const;

/** The four ways to write an import, one file each. */
const WAYS: Readonly<Record<string, (specifier: string) => string>> = {
  static: (specifier) => `import { x } from "${specifier}";\nexport const y = x;\n`,
  dynamic: (specifier) => `export const y = (): unknown => import("${specifier}");\n`,
  "type-only": (specifier) => `import type { X } from "${specifier}";\nexport type Y = X;\n`,
  reexported: (specifier) => `export { x } from "${specifier}";\n`,
};

const importType = (specifier: string): string => `export type Y = import("${specifier}").X;\n`;

function plant(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { room, may, mayNot } of ROOMS) {
    const all = { right: ["./x.ts", ...may], wrong: [...mayNot] };
    for (const [side, specifiers] of Object.entries(all)) {
      for (const [index, specifier] of specifiers.entries()) {
        for (const [way, write] of Object.entries(WAYS)) {
          if (way === "reexported" && side === "right") continue;
          files[`src/${room}/${side}-${index}-${way}.ts`] = write(specifier);
        }
      }
    }
  }
  return files;
}

const of = (complaints: readonly Complaint[], file: string): readonly string[] =>
  complaints.filter((complaint) => complaint.file === file).map((complaint) => complaint.rule);

describe("the import table", () => {
  const files = plant();
  const complaints = lintPlanted(files);
  const paths = Object.keys(files);

  test("refuses every import that a room may not have: static, dynamic, type-only, re-exported", () => {
    const wrong = paths.filter((path) => path.includes("/wrong-"));
    expect(wrong.length).toBeGreaterThan(150);
    const missed = wrong.filter((path) => !of(complaints, path).includes("lint/style/noRestrictedImports"));
    expect(missed.map((path) => `${path}: ${files[path]}`)).toEqual([]);
  });

  test("lets every import pass that a room may have", () => {
    const right = paths.filter((path) => path.includes("/right-"));
    expect(right.length).toBeGreaterThan(80);
    const refused = right.filter((path) => of(complaints, path).length > 0);
    expect(refused.map((path) => `${path}: ${of(complaints, path)}`)).toEqual([]);
  });
});

describe("the rules that keep the import table whole", () => {
  const files = {
    "src/planner/import-type.ts": importType("#executor/x.ts"),
    "src/planner/import-typeof.ts": 'export type Y = typeof import("#executor/x.ts");\n',
    "src/planner/computed.ts": "export const y = (path: string): unknown => import(path);\n",
    "src/planner/joined.ts": 'export const y = (p: string): unknown => import("#exec" + p);\n',
    "src/planner/way-around.ts": 'import { x } from "./../executor/x.ts";\nexport const y = x;\n',
    "src/planner/way-up.ts": 'import { x } from "../executor/x.ts";\nexport const y = x;\n',
    "src/planner/required.ts": 'export const y = require("node:fs");\n',
    "src/planner/cycle-a.ts": 'import { b } from "./cycle-b.ts";\nexport const a = (): unknown => b;\n',
    "src/planner/cycle-b.ts": 'import { a } from "./cycle-a.ts";\nexport const b = (): unknown => a;\n',
    "src/planner/index.ts": 'export { a } from "./cycle-a.ts";\nexport { b } from "./cycle-b.ts";\n',
    "src/planner/default-export.ts": "const a = 1;\nexport default a;\n",
    "src/planner/enumeration.ts": "export enum Colour {\n  Red = 1,\n}\n",
    "src/planner/random.ts": "export const y = Math.random();\n",
    "src/planner/clock.ts": "export const y = Date.now();\n",
    "src/planner/date.ts": "export const y = new Date();\n",
    "src/planner/timer.ts": "setTimeout(() => undefined, 1);\n",
    "src/planner/console.ts": 'console.log("x");\n',
    "src/planner/process.ts": "export const y = process.env;\n",
    "src/planner/locale.ts": 'export const y = "a".localeCompare("b");\n',
    "src/planner/given-date.ts": "export const y = new Date(5).toISOString();\n",
    "src/cli/clock.ts": "export const y = Date.now() + Math.random();\n",
  } as const;
  const complaints = lintPlanted(files);
  const refusedBy: Readonly<Record<string, string>> = {
    "import-type": "plugin",
    "import-typeof": "plugin",
    computed: "plugin",
    joined: "plugin",
    "way-around": "lint/style/noRestrictedImports",
    "way-up": "lint/style/noRestrictedImports",
    required: "lint/style/noCommonJs",
    "cycle-a": "lint/suspicious/noImportCycles",
    index: "lint/performance/noBarrelFile",
    "default-export": "lint/style/noDefaultExport",
    enumeration: "lint/style/noEnum",
    random: "plugin",
    clock: "plugin",
    date: "plugin",
    timer: "lint/style/noRestrictedGlobals",
    console: "lint/suspicious/noConsole",
    process: "lint/style/noRestrictedGlobals",
    locale: "plugin",
  };

  test.each(Object.entries(refusedBy))("refuse %s in a pure room", (name, rule) => {
    expect(of(complaints, `src/planner/${name}.ts`)).toContain(rule);
  });

  test("let a date of a given number pass, and the clock and chance in cli", () => {
    expect(of(complaints, "src/planner/given-date.ts")).toEqual([]);
    expect(of(complaints, "src/cli/clock.ts")).toEqual([]);
  });
});
