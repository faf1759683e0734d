import type { IncomingMessage, ServerResponse } from "node:http";
import type { KubernetesMethod, KubernetesRequest } from "#gateway/wire.ts";
import type { WallDriver } from "#world/drivers/wall-driver.ts";
import { badRequest, failure, type ServerAnswer } from "#world/kubernetes/status.ts";
import { negotiate, type Wanted } from "./accept.ts";
import { bodyTooLarge, notAcceptable, sendAnswer, unauthorized, unsupportedMediaType } from "./answer.ts";
import { type ClientIdentity, type Clients, programName } from "./clients.ts";
import { describeServer } from "./describe-server.ts";
import { readBody } from "./read-body.ts";
import { parseRequestBody } from "./request-body.ts";
import { shapeAnswer, shapeEvent } from "./shape-answer.ts";
import { sendWatch } from "./watch-response.ts";

/** Source: kube-apiserver's limit for bodies. */
const largestBodyBytes = 3 * 1024 * 1024;
const methods: readonly string[] = ["GET", "POST", "PUT", "PATCH", "DELETE"] satisfies KubernetesMethod[];
const isMethod = (method: string): method is KubernetesMethod => methods.includes(method);
/** Answered before anybody has said who they are, as on a cluster with its usual roles. */
const publicPaths: ReadonlySet<string> = new Set(["/version", "/healthz", "/livez", "/readyz"]);

/** A request that can be put to the world. */
interface Understood {
  readonly request: KubernetesRequest;
  readonly wanted: Wanted;
  readonly client: string;
  /** undefined: nobody in particular, on a public path. */
  readonly identity: ClientIdentity | undefined;
}

export interface KubernetesHandlerOptions {
  readonly driver: WallDriver;
  readonly clients: Clients;
}

/** Answers the requests of one API server. */
export class KubernetesHandler {
  readonly #driver: WallDriver;
  readonly #clients: Clients;

  constructor({ driver, clients }: KubernetesHandlerOptions) {
    this.#driver = driver;
    this.#clients = clients;
  }

  async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const understood = await this.#understand(message);
    if ("refused" in understood) sendAnswer(response, understood.refused);
    else if (isWatch(understood.request)) this.#watch(understood, response);
    else this.#answer(understood, response);
  }

  async #understand(message: IncomingMessage): Promise<Understood | { readonly refused: ServerAnswer }> {
    const url = new URL(message.url ?? "/", "https://127.0.0.1");
    const bytes = await readBody(message, largestBodyBytes);
    const identity = this.#clients.identityOf(message.headers.authorization);
    const isAnonymous = message.headers.authorization === undefined && publicPaths.has(url.pathname);
    if (identity === undefined && !isAnonymous) return { refused: unauthorized() };
    if (bytes === undefined) return { refused: bodyTooLarge() };
    const wanted = negotiate(message.headers.accept);
    if (wanted.kind === "nothing" && !publicPaths.has(url.pathname)) return { refused: notAcceptable() };
    const method = message.method ?? "";
    if (!isMethod(method)) {
      const words = "the server does not allow this method on the requested resource";
      return { refused: failure(405, "MethodNotAllowed", words) };
    }
    const parsed = parseRequestBody(bytes, message.headers["content-type"]);
    if (parsed.kind === "unsupported") return { refused: unsupportedMediaType(parsed.contentType) };
    if (parsed.kind === "malformed")
      return { refused: badRequest(`the body cannot be read: ${parsed.message}`) };
    const { body, contentType } = parsed;
    const request = {
      method,
      path: url.pathname,
      query: firstOfEach(url.searchParams),
      ...(body === undefined ? {} : { body, contentType }),
    };
    return { request, wanted, client: programName(message.headers["user-agent"]), identity };
  }

  #answer({ request, wanted, client, identity }: Understood, response: ServerResponse): void {
    const own = describeServer(request, wanted);
    if (own !== undefined) {
      sendAnswer(response, own);
      return;
    }
    this.#driver.apply((now) => {
      const { world } = this.#driver;
      const answer = world.handle(now, { kind: "kubernetes", request }, client, identity);
      if (answer.kind !== "kubernetes") throw new Error("a Kubernetes request got an AWS answer");
      const send = (): void => sendAnswer(response, shapeAnswer(answer.answer, request, wanted, world.now));
      if (answer.answer.delayMs === undefined) send();
      else this.#driver.at(now + answer.answer.delayMs, send);
    });
  }

  #watch({ request, wanted, client, identity }: Understood, response: ServerResponse): void {
    this.#driver.apply((now) => {
      const { world } = this.#driver;
      const opening = world.openWatch(now, request, client, identity);
      if (opening.kind === "refused") sendAnswer(response, opening.answer);
      else
        sendWatch(
          response,
          opening.cursor,
          shapeEvent(request, wanted, () => world.now),
        );
    });
  }
}

function isWatch({ method, query }: KubernetesRequest): boolean {
  return method === "GET" && (query?.watch === "true" || query?.watch === "1");
}

/** Parameters that are given more than once: the API server takes the first. */
function firstOfEach(parameters: URLSearchParams): Readonly<Record<string, string>> {
  const query: Record<string, string> = {};
  for (const [name, value] of parameters) query[name] ??= value;
  return query;
}
