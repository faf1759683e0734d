import { isRecord } from "../json.ts";

/** Where a list goes on: the first key of the next page, at this version. */
export interface ContinueToken {
  readonly version: number;
  readonly start: string;
}

/** The version of a token that goes on with whatever there is now. Source: apiserver storage/continue.go */
export const anyVersion = -1;

/** Opaque to clients; made as the real one is, so that people recognise it. */
export function encodeContinue({ version, start }: ContinueToken): string {
  const text = JSON.stringify({ v: "meta.k8s.io/v1", rv: version, start });
  return Buffer.from(text).toString("base64url");
}

/** undefined where it is no token of ours. */
export function decodeContinue(token: string): ContinueToken | undefined {
  try {
    const content: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (!isRecord(content) || typeof content.rv !== "number" || typeof content.start !== "string")
      return undefined;
    return { version: content.rv, start: content.start };
  } catch {
    return undefined;
  }
}
