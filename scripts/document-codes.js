const NAMES = {
  E: "Errors and refusals",
  B: "Blockers",
  W: "Warnings",
  D: "Drift",
  R: "Reasons and results",
  N: "Notices and waits",
};

/** docs/codes.md */
export function documentCodes({ CODES, CODE_KINDS, EXPLANATIONS }) {
  const sections = Object.keys(CODE_KINDS).map((letter) => {
    const codes = Object.keys(CODES).filter((code) => code.startsWith(`${letter}-`));
    const texts = codes.map((code) => {
      const { about, todo } = EXPLANATIONS[code];
      return `### ${code}\n\n**${CODES[code]}** ${about}\n\n*What to do:* ${todo}\n`;
    });
    return `## ${NAMES[letter]}\n\n${texts.join("\n")}`;
  });
  const intro =
    "# Codes\n\n" +
    "Codes are stable and meant for programs; the texts beside them are for people and change.\n" +
    "`dextre explain CODE` prints one of these, `dextre explain` lists them all.\n";
  return `${intro}\n${sections.join("\n")}`;
}
