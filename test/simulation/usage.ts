/** A command line that says something that the program does not understand. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const WRONG_USAGE = 2;

const isUsage = (error: unknown): error is Error =>
  error instanceof UsageError ||
  (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_"));

/** The program's exit code: 1 says that it has found something, 2 that it was not understood, with a sentence. */
export async function exitOf(
  main: () => Promise<number>,
  help: string,
  say: (text: string) => void,
): Promise<number> {
  try {
    return await main();
  } catch (error) {
    if (!isUsage(error)) throw error;
    say(`${error.message}\n${help}`);
    return WRONG_USAGE;
  }
}
