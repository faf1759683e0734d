import { type Line, type Style, span } from "./palette.ts";

const COMMAND = /^(.*: +)((?:dextre|kubectl|aws) .+)$/;

/** A text whose end may be a command line, as in "see: kubectl get nodes": that is to be copied, and never broken. */
export function commandInText(text: string, style: Style = "plain"): Line {
  const [, before, command] = COMMAND.exec(text) ?? [];
  if (before === undefined || command === undefined) return [span(text, style)];
  return [span(before, style), span(command, "command")];
}
