import { type Candidates, type CompletedPlace, quoted } from "./completion-table.ts";

/** As a file named _dextre in $fpath, or loaded with source. */
export function zshCompletion(places: readonly CompletedPlace[]): string {
  const inner = places.filter(({ at }) => at !== "dextre").map(({ at }) => quoted(at));
  return `#compdef dextre
# zsh completion for dextre. Load it with: source <(dextre completion zsh)
_dextre() {
  local at=dextre flag=\${words[CURRENT-1]} index
  local -a found
  for (( index = 2; index < CURRENT; index++ )); do
    case "$at \${words[index]}" in
      (${inner.join("|")}) at="$at \${words[index]}" ;;
    esac
  done
  if [[ $PREFIX == --*=* ]]; then
    flag=\${PREFIX%%=*}
    compset -P '*='
  fi
  case "$at $flag" in
${places.flatMap(valueCases).join("\n")}
  esac
  case "$at" in
${places.map(placeCase).join("\n")}
  esac
}
# Run by the completion system as a file of $fpath, else read with source.
if [[ $funcstack[1] == _dextre ]]; then _dextre "$@"; else compdef _dextre dextre; fi
`;
}

function valueCases({ at, flags }: CompletedPlace): readonly string[] {
  return flags.flatMap(({ names, value }) =>
    value === null
      ? []
      : [`    (${names.map((name) => quoted(`${at} ${name}`)).join("|")}) ${offer(value)}; return ;;`],
  );
}

function placeCase({ at, words, flags, word }: CompletedPlace): string {
  const described = flags.flatMap(({ names, help }) => names.map((name) => describe(name, help)));
  const others =
    words.length > 0
      ? `found=(${words.map((one) => describe(one.word, one.help)).join(" ")}); _describe command found`
      : offer(word);
  return `    (${quoted(at)})
      if [[ $PREFIX == -* ]]; then found=(${described.join(" ")}); _describe -o flag found
      else ${others}
      fi ;;`;
}

const describe = (word: string, help: string): string => quoted(`${word.replaceAll(":", "\\:")}:${help}`);

function offer(value: Candidates | null): string {
  switch (value?.kind) {
    case "words":
      return `compadd -- ${value.words.join(" ")}`;
    case "files":
      return value.words.length === 0 ? "_files" : `compadd -- ${value.words.join(" ")}; _files`;
    case "folders":
      return "_files -/";
    default:
      return ":";
  }
}
