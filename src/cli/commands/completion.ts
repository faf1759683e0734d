import { EXIT } from "#model/exit-codes.ts";
import { type Command, command } from "../command.ts";
import { failUsage } from "../failure.ts";

/** The table that it completes holds itself, so it is asked for later. */
export const completionCommand = (commands: () => readonly Command[]): Command =>
  command({
    name: "completion",
    summary: "Print the completion script of a shell: bash, zsh or fish.",
    details:
      "  bash  source <(dextre completion bash)             in ~/.bashrc\n" +
      "  zsh   source <(dextre completion zsh)              in ~/.zshrc, behind compinit\n" +
      "  fish  dextre completion fish > ~/.config/fish/completions/dextre.fish",
    isBrief: true,
    args: {
      shell: {
        type: "positional",
        required: true,
        valueHint: "bash|zsh|fish",
        description: "bash, zsh or fish.",
      },
    },
    async run({ shell }, terminal) {
      const { completionScript, isShell } = await import("../completion/write-completion.ts");
      if (!isShell(shell)) failUsage(`no completion for ${shell}`, "one of: bash, zsh, fish");
      terminal.stdout.write(completionScript(shell, commands()));
      return EXIT.done;
    },
  });
