import { parseArgs } from "node:util";

export const RIG_USAGE = `usage: npm run -s rig -- build | up | down | status  [--name NAME] [--scenario NAME|FILE]
  eval "$(npm run -s rig -- up)"    starts a control plane on loopback and points this shell at it
  npm run rig -- down               ends it
`;

const COMMANDS = ["build", "up", "down", "status"] as const;

export type RigWords =
  | {
      readonly kind: "ok";
      readonly command: (typeof COMMANDS)[number];
      readonly name: string;
      readonly scenario: string;
    }
  /** The message is "" where nothing was said at all. */
  | { readonly kind: "faulty"; readonly message: string };

/** What the words behind `rig` ask for. */
export function readRigWords(words: readonly string[]): RigWords {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        name: { type: "string", default: "default" },
        scenario: { type: "string", default: "small" },
      },
    });
    const said = positionals.join(" ");
    const command = COMMANDS.find((one) => one === said);
    if (command) return { kind: "ok", command, ...values };
    return { kind: "faulty", message: said === "" ? "" : `there is no command "${said}"` };
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    // What follows tells of "--", which helps nobody here.
    return { kind: "faulty", message: thrown.message.split(/\. |\.?\n/)[0] ?? "" };
  }
}
