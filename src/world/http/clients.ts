import { randomBytes, randomUUID } from "node:crypto";
import { servedUsers } from "#world/access-objects.ts";
import { type Identity, masters } from "#world/kubernetes/access-policy.ts";
import type { World } from "#world/world.ts";

/** May do everything, whatever the rules say. */
const admin = "admin";

/** Who may talk to the API server: the users of this server, with tokens made anew, and those of the world's own policy. */
export class Clients {
  readonly #tokens: ReadonlyMap<string, string>;
  readonly #users: ReadonlyMap<string, string>;
  readonly #world: World;

  constructor(users: readonly string[], world: World) {
    this.#tokens = new Map(users.map((user) => [user, newToken()]));
    this.#users = new Map([...this.#tokens].map(([user, token]) => [token, user]));
    this.#world = world;
  }

  /** @throws Error for a user that is none. */
  tokenOf(user: string): string {
    const token = this.#tokens.get(user);
    if (token === undefined) throw new Error(`the served world has no user ${user}`);
    return token;
  }

  /** Whom an Authorization header stands for; undefined where that is nobody. */
  identityOf(authorization: string | undefined): Identity | undefined {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return undefined;
    const user = this.#users.get(token);
    if (user !== undefined) return { user, groups: [user === admin ? masters : servedUsers] };
    return this.#world.identityOf(token);
  }
}

/**
 * "kubectl" of "kubectl/v1.36.3 (linux/amd64) …": what people know a client by. A program behind an AWS SDK
 * says its own name further on, as "app/NAME".
 */
export function programName(userAgent = ""): string {
  return / app\/([\w.-]+)/.exec(userAgent)?.[1] ?? /^[\w.-]+/.exec(userAgent)?.[0] ?? "unnamed";
}

export const newToken = (): string => randomBytes(24).toString("base64url");
export const newRequestId = (): string => randomUUID();
