/** docs/cli.md: every command with its help as it is printed, and the exit codes. */
export function documentCli({ COMMANDS, commandHelp, groupHelp, paintAll, EXIT, EXIT_TEXTS }) {
  const commands = COMMANDS.flatMap((command) => [command, ...command.subcommands]);
  const texts = commands.map((command) => {
    const help = command.subcommands.length > 0 ? groupHelp(command) : commandHelp(command);
    return `## dextre ${command.name}\n\n\`\`\`text\n${paintAll(help, "none")}\`\`\`\n`;
  });
  const index = commands.map(
    ({ name, summary }) => `- [dextre ${name}](#dextre-${name.replaceAll(" ", "-")}): ${summary}`,
  );
  const exits = Object.entries(EXIT_TEXTS).map(([name, text]) => `| ${EXIT[name]} | ${text} |`);
  return [
    "# Commands",
    "",
    ...index,
    "",
    ...texts,
    "## Exit codes",
    "",
    "| exit | meaning |",
    "| ---: | --- |",
    ...exits,
    "",
  ].join("\n");
}
