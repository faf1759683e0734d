import { GatewayError } from "#gateway/ports.ts";

const MOST_PAGES = 1000;

export interface AwsPage<T> {
  readonly items: readonly T[];
  /** undefined or "" on the last page. */
  readonly nextToken: string | undefined;
}

/** All pages of a call. @throws GatewayError where they have no end. */
export async function readPages<T>(
  what: string,
  readPage: (token: string | undefined) => Promise<AwsPage<T>>,
): Promise<readonly T[]> {
  const found: T[] = [];
  let token: string | undefined;
  for (let count = 0; count < MOST_PAGES; count++) {
    const page = await readPage(token);
    found.push(...page.items);
    if (page.nextToken === undefined || page.nextToken === "") return found;
    if (page.nextToken === token) break;
    token = page.nextToken;
  }
  throw new GatewayError("aws-failed", `${what}: its pages have no end`);
}

/** In runs of at most `size`. */
export function batches<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  const runs: (readonly T[])[] = [];
  for (let start = 0; start < all.length; start += size) runs.push(all.slice(start, start + size));
  return runs;
}
