import type { Candidates, CompletedFlag, CompletedPlace } from "./completion-table.ts";

/** As ~/.config/fish/completions/dextre.fish. */
export function fishCompletion(places: readonly CompletedPlace[]): string {
  const inner = places.filter(({ at }) => at !== "dextre").map(({ at }) => quotedForFish(at));
  return `# fish completion for dextre. Load it with: dextre completion fish | source
function __dextre_at
    set -l at dextre
    set -l tokens (commandline -opc)
    for token in $tokens[2..-1]
        if contains -- "$at $token" ${inner.join(" ")}
            set at "$at $token"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c dextre -f
${places.flatMap(placeLines).join("\n")}
`;
}

function placeLines({ at, words, flags, word }: CompletedPlace): readonly string[] {
  const head = `complete -c dextre -n ${quotedForFish(`__dextre_at "${at}"`)}`;
  return [
    ...words.map((one) => `${head} -a ${one.word} -d ${quotedForFish(one.help)}`),
    ...flags.map((flag) => `${head} ${flagWords(flag)}`),
    ...(word === null || word.kind === "any" ? [] : [`${head} ${offer(word)}`]),
  ];
}

function flagWords({ names, help, value }: CompletedFlag): string {
  const named = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const takes = value === null ? "" : value.kind === "any" ? " -x" : ` -r ${offer(value)}`;
  return `${named.join(" ")}${takes} -d ${quotedForFish(help)}`;
}

function offer(value: Candidates): string {
  switch (value.kind) {
    case "words":
      return `-f -a ${quotedForFish(value.words.join(" "))}`;
    case "files":
      return value.words.length === 0 ? "-F" : `-F -a ${quotedForFish(value.words.join(" "))}`;
    case "folders":
      return "-f -a '(__fish_complete_directories)'";
    case "any":
      return "-x";
  }
}

/** Within single quotes fish reads a backslash before a quote or a backslash. */
const quotedForFish = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
