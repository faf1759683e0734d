/** A word as a shell takes it, in quotes where it needs them: for command lines that are to be copied. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
