import type { IncomingMessage, ServerResponse } from "node:http";
import type { KubernetesMethod, KubernetesRequest } from "#gateway/wire.ts";
import type { WallDriver } from "#world/drivers/wall-driver.ts";
import { refuseAccess } from "#world/kubernetes/access.ts";
import { anonymous, type Identity } from "#world/kubernetes/access-policy.ts";
import { parsePath } from "#world/kubernetes/request-path.ts";
import { badRequest, failure, type ServerAnswer } from "#world/kubernetes/status.ts";
import { negotiate, type Wanted } from "./accept.ts";
import { bodyTooLarge, notAcceptable, sendAnswer, unauthorized, unsupportedMediaType } from "./answer.ts";
import { type Clients, programName } from "./clients.ts";
import { describeServer } from "./describe-server.ts";
import { refuseDuplicates, warnOfDuplicates } from "./duplicates.ts";
import { type Acting, impersonate, readImpersonation } from "./impersonation.ts";
import { describeOpenApiV2 } from "./openapi/openapi-v2.ts";
import { readBody } from "./read-body.ts";
import { parseRequestBody, type RequestBody } from "./request-body.ts";
import { sendMalformed, urlOf } from "./request-url.ts";
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
  readonly identity: Identity | undefined;
  /** Fields of the body that are said more than once. */
  readonly duplicates: readonly string[];
}

type ActingAs = Acting | { readonly kind: "identity"; readonly identity: undefined };

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
    const url = urlOf(message);
    if (url === undefined) {
      sendMalformed(response);
      return;
    }
    const understood = await this.#understand(message, url);
    if ("refused" in understood) sendAnswer(response, understood.refused);
    else if (isWatch(understood.request)) this.#watch(understood, response);
    else this.#answer(understood, response);
  }

  async #understand(
    message: IncomingMessage,
    url: URL,
  ): Promise<Understood | { readonly refused: ServerAnswer }> {
    const bytes = await readBody(message, largestBodyBytes);
    const identity = this.#clients.identityOf(message.headers.authorization);
    const isAnonymous = message.headers.authorization === undefined && publicPaths.has(url.pathname);
    if (identity === undefined && !isAnonymous) return { refused: unauthorized() };
    if (bytes === undefined) return { refused: bodyTooLarge() };
    const openApi = describeOpenApiV2(url.pathname, message.headers.accept);
    if (openApi !== undefined) return { refused: openApi };
    const wanted = negotiate(message.headers.accept);
    if (wanted.kind === "nothing" && !publicPaths.has(url.pathname)) return { refused: notAcceptable() };
    const method = message.method ?? "";
    if (!isMethod(method)) {
      const words = "the server does not allow this method on the requested resource";
      return { refused: failure(405, "MethodNotAllowed", words) };
    }
    const asked = { method, path: url.pathname, query: firstOfEach(url.searchParams) };
    const acting = this.#actingAs(message, asked, identity);
    if (acting.kind === "refused") return { refused: acting.answer };
    const parsed = parseRequestBody(bytes, message.headers["content-type"]);
    const client = programName(message.headers["user-agent"]);
    const common = { wanted, client, identity: acting.identity };
    if (parsed.kind !== "body") {
      // Before anybody reads a body somebody has to be there who wants it.
      return wantsNoBody(asked)
        ? { request: asked, duplicates: [], ...common }
        : { refused: unreadable(parsed) };
    }
    const { body, contentType, duplicates = [] } = parsed;
    const request = { ...asked, ...(body === undefined ? {} : { body, contentType }) };
    return { request, ...common, duplicates };
  }

  #actingAs(message: IncomingMessage, request: KubernetesRequest, identity: Identity | undefined): ActingAs {
    const impersonation = readImpersonation(message.headersDistinct);
    if (impersonation === undefined) return { kind: "identity", identity };
    return impersonate(impersonation, {
      caller: identity ?? anonymous,
      cluster: this.#driver.world.cluster,
      request,
      isWatch: isWatch(request),
    });
  }

  /** Discovery and schemas, for whoever may read their paths. */
  #describe({ request, wanted, identity }: Understood): ServerAnswer | undefined {
    const described = describeServer(request, wanted);
    if (described === undefined) return undefined;
    const attempt = { verb: request.method.toLowerCase(), path: request.path };
    return refuseAccess(this.#driver.world.cluster, identity, attempt) ?? described;
  }

  #answer(understood: Understood, response: ServerResponse): void {
    const { request, wanted, client, identity, duplicates } = understood;
    const own = this.#describe(understood) ?? refuseDuplicates(request, duplicates);
    if (own !== undefined) {
      sendAnswer(response, own);
      return;
    }
    this.#driver.apply((now) => {
      const { world } = this.#driver;
      const answer = world.handle(now, { kind: "kubernetes", request }, client, identity);
      if (answer.kind !== "kubernetes") throw new Error("a Kubernetes request got an AWS answer");
      const warned = warnOfDuplicates(answer.answer, request, duplicates);
      const send = (): void => sendAnswer(response, shapeAnswer(warned, request, wanted, world.now));
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

/** Any value but these is true, none too. Source: apimachinery, Convert_Slice_string_To_bool. */
function isWatch({ method, query }: KubernetesRequest): boolean {
  const watch = query?.watch?.toLowerCase();
  return method === "GET" && watch !== undefined && watch !== "false" && watch !== "0";
}

/** Whether the answer is known whatever the body says: nothing is served there. */
function wantsNoBody({ method, path }: KubernetesRequest): boolean {
  const route = parsePath(path);
  if (route.kind === "unknown") return true;
  const read = ["eviction", "binding", "scale", "status", "token"];
  return method === "POST" && route.kind === "object" && !read.includes(route.subresource ?? "");
}

function unreadable(body: Exclude<RequestBody, { readonly kind: "body" }>): ServerAnswer {
  if (body.kind === "unsupported") return unsupportedMediaType(body.contentType);
  return badRequest(`the body cannot be read: ${body.message}`);
}

/** Parameters that are given more than once: the API server takes the first. */
function firstOfEach(parameters: URLSearchParams): Readonly<Record<string, string>> {
  const query: Record<string, string> = {};
  for (const [name, value] of parameters) query[name] ??= value;
  return query;
}
