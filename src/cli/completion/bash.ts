import { type Candidates, type CompletedPlace, quoted } from "./completion-table.ts";

/** Bash 3.2 and later. Nothing of dextre runs when the tab key is pressed. */
export function bashCompletion(places: readonly CompletedPlace[]): string {
  const inner = places.filter(({ at }) => at !== "dextre").map(({ at }) => quoted(at));
  return `# bash completion for dextre. Load it with: source <(dextre completion bash)
_dextre_words() { COMPREPLY=( $(compgen -W "$*" -- "$cur") ); }
_dextre_files() { compopt -o filenames 2>/dev/null; COMPREPLY=( $(compgen -f -- "$cur") ); }
_dextre_folders() { compopt -o filenames 2>/dev/null; COMPREPLY=( $(compgen -d -- "$cur") ); }

_dextre() {
  local IFS=$'\\n' at=dextre index
  local cur=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  for (( index = 1; index < COMP_CWORD; index++ )); do
    case "$at \${COMP_WORDS[index]}" in
      ${inner.join("|")}) at="$at \${COMP_WORDS[index]}" ;;
    esac
  done
  # --flag=value comes as three words
  if [[ $cur == "=" ]]; then cur=
  elif [[ $flag == "=" ]]; then flag=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case "$at $flag" in
${places.flatMap(valueCases).join("\n")}
  esac
  case "$at" in
${places.map(placeCase).join("\n")}
  esac
}
complete -F _dextre dextre
`;
}

function valueCases({ at, flags }: CompletedPlace): readonly string[] {
  return flags.flatMap(({ names, value }) =>
    value === null
      ? []
      : [`    ${names.map((name) => quoted(`${at} ${name}`)).join("|")}) ${offer(value)}; return ;;`],
  );
}

function placeCase({ at, words, flags, word }: CompletedPlace): string {
  const names = flags.flatMap((flag) => flag.names).filter((name) => name.startsWith("--"));
  const others = words.length > 0 ? `_dextre_words ${words.map((one) => one.word).join(" ")}` : offer(word);
  return `    ${quoted(at)}) if [[ $cur == -* ]]; then _dextre_words ${names.join(" ")}; else ${others}; fi ;;`;
}

function offer(value: Candidates | null): string {
  switch (value?.kind) {
    case "words":
      return `_dextre_words ${value.words.join(" ")}`;
    case "files":
      return value.words.length === 0
        ? "_dextre_files"
        : `_dextre_files; COMPREPLY+=( $(compgen -W $'${value.words.join("\\n")}' -- "$cur") )`;
    case "folders":
      return "_dextre_folders";
    default:
      return ":";
  }
}
