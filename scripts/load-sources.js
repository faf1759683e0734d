import { mkdirSync, writeFileSync } from "node:fs";
import { rolldown } from "rolldown";

const folder = new URL("../build/documented/", import.meta.url);

const entry = `
export { COMMANDS } from "#cli/commands.ts";
export { commandHelp, EXIT_TEXTS, groupHelp } from "#cli/help.ts";
export { CODES } from "#model/codes.ts";
export { CODE_KINDS } from "#model/code-kinds.ts";
export { EXIT } from "#model/exit-codes.ts";
export { EXPLANATIONS } from "#model/explanations/explanations.ts";
export { paintAll } from "#render/palette.ts";
`;

/** The entry stands where the package's own imports ("#cli/…") are known; what commands load when they run stays out. */
const tables = {
  name: "tables",
  resolveId(source, _importer, { kind }) {
    if (source === "tables") return new URL("../tables.js", import.meta.url).pathname;
    return kind === "dynamic-import" ? { id: source, external: true } : null;
  },
  load: (id) => (id.endsWith("/tables.js") ? entry : null),
};

/** The tables that the program itself uses: commands, codes, explanations, exit codes. */
export async function loadSources() {
  const bundle = await rolldown({ input: "tables", platform: "node", plugins: [tables], logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm" });
  await bundle.close();
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("tables.js", folder), output[0].code);
  return import("../build/documented/tables.js");
}
