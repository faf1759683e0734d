import { randomBytes, randomUUID } from "node:crypto";

/** Who may talk to the API server: user name → bearer token, made anew for each server. */
export class Clients {
  readonly #tokens: ReadonlyMap<string, string>;
  readonly #users: ReadonlyMap<string, string>;

  constructor(users: readonly string[]) {
    this.#tokens = new Map(users.map((user) => [user, randomBytes(24).toString("base64url")]));
    this.#users = new Map([...this.#tokens].map(([user, token]) => [token, user]));
  }

  /** @throws Error for a user that is none. */
  tokenOf(user: string): string {
    const token = this.#tokens.get(user);
    if (token === undefined) throw new Error(`the served world has no user ${user}`);
    return token;
  }

  /** The user of an Authorization header; undefined where it names none. */
  userOf(authorization: string | undefined): string | undefined {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    return token === undefined ? undefined : this.#users.get(token);
  }
}

/** "kubectl" of "kubectl/v1.36.3 (linux/amd64) …": what people know a client by. */
export function programName(userAgent: string | undefined): string {
  return /^[\w.-]+/.exec(userAgent ?? "")?.[0] ?? "unnamed";
}

export const newRequestId = (): string => randomUUID();
