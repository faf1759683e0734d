import { EXIT } from "#model/exit-codes.ts";
import type { Plan } from "#model/plan.ts";
import type { Spec } from "#model/spec.ts";
import { CommandFailure } from "./failure.ts";
import { nameOfDocument, readText } from "./read-text.ts";
import type { Terminal } from "./terminal.ts";

/** @throws CommandFailure 65 with every fault of the spec */
export async function readSpec(path: string, terminal: Terminal): Promise<Spec> {
  const text = await readText(path, "E-SPEC-READ", terminal);
  const { loadSpec } = await import("#schema/load-spec.ts");
  const load = loadSpec(text, nameOfDocument(path));
  if (load.kind === "faulty") throw new CommandFailure(EXIT.invalid, load.diagnostics);
  return load.spec;
}

/** @throws CommandFailure 65; 3 where the file is whole but its digest or checksum does not match */
export async function readPlan(path: string, terminal: Terminal): Promise<Plan> {
  const text = await readText(path, "E-PLAN-READ", terminal);
  const { decodePlan } = await import("#schema/plan-file.ts");
  const decode = decodePlan(text, nameOfDocument(path));
  if (decode.kind === "ok") return decode.plan;
  const refused = decode.diagnostics.some(({ code }) => code === "E-PLAN-EDITED" || code === "E-PLAN-FORMAT");
  throw new CommandFailure(refused ? EXIT.refused : EXIT.invalid, decode.diagnostics);
}
