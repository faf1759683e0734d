import { EXIT } from "#model/exit-codes.ts";
import { command } from "../command.ts";

export const schemaCommand = command({
  name: "schema",
  summary: "Print the JSON schema of the spec, for editors and checkers.",
  details:
    "Save it next to your specs and begin each with:\n  # yaml-language-server: $schema=./dextre.schema.json",
  isBrief: true,
  args: {},
  async run(_values, terminal) {
    const { default: schema } = await import("../../../dextre.schema.json", { with: { type: "json" } });
    terminal.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    return EXIT.done;
  },
});
