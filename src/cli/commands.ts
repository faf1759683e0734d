import type { Command } from "./command.ts";
import { abortCommand } from "./commands/abort.ts";
import { applyCommand } from "./commands/apply.ts";
import { completionCommand } from "./commands/completion.ts";
import { demoCommand } from "./commands/demo.ts";
import { diffCommand } from "./commands/diff.ts";
import { drainCommand } from "./commands/drain.ts";
import { explainCommand } from "./commands/explain.ts";
import { planCommand } from "./commands/plan.ts";
import { resumeCommand } from "./commands/resume.ts";
import { rollCommand } from "./commands/roll.ts";
import { sandboxCommand } from "./commands/sandbox.ts";
import { schemaCommand } from "./commands/schema.ts";
import { showCommand } from "./commands/show.ts";
import { statusCommand } from "./commands/status.ts";
import { validateCommand } from "./commands/validate.ts";
import { versionCommand } from "./commands/version.ts";

/** Every command, in the order of their use. */
export const COMMANDS: readonly Command[] = [
  validateCommand,
  planCommand,
  showCommand,
  diffCommand,
  applyCommand,
  resumeCommand,
  drainCommand,
  rollCommand,
  statusCommand,
  abortCommand,
  explainCommand,
  demoCommand,
  sandboxCommand,
  schemaCommand,
  completionCommand(() => COMMANDS),
  versionCommand,
];
