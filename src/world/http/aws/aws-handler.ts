import type { IncomingMessage, ServerResponse } from "node:http";
import { type AwsAction, AwsError } from "#gateway/wire.ts";
import type { WallDriver } from "#world/drivers/wall-driver.ts";
import { newRequestId, programName } from "#world/http/clients.ts";
import { readBody } from "#world/http/read-body.ts";
import { sendMalformed, urlOf } from "#world/http/request-url.ts";
import type { WorldRequest } from "#world/world.ts";
import { answerXml, errorXml, inputOf, type Service } from "./dialects.ts";
import { readQuery } from "./query-parameters.ts";

export interface AwsHandlerOptions {
  readonly driver: WallDriver;
  /** The one that is known. Signatures are not checked. */
  readonly accessKeyId: string;
}

const largestBodyBytes = 1024 * 1024;
const ec2Version = "2016-11-15";

/** Answers AWS's query protocols: Auto Scaling and EC2 on one endpoint. */
export class AwsHandler {
  readonly #driver: WallDriver;
  readonly #accessKeyId: string;

  constructor({ driver, accessKeyId }: AwsHandlerOptions) {
    this.#driver = driver;
    this.#accessKeyId = accessKeyId;
  }

  async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlOf(message);
    if (url === undefined) {
      sendMalformed(response);
      return;
    }
    const body = await readBody(message, largestBodyBytes);
    const query = readQuery(message.method === "GET" ? url.search.slice(1) : (body?.toString("utf8") ?? ""));
    const service = serviceOf(message.headers.authorization, query.Version);
    const action = typeof query.Action === "string" ? query.Action : "";
    const requestId = newRequestId();
    const send = (status: number, xml: string): void => {
      const text = `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;
      response.writeHead(status, {
        "content-type": "text/xml;charset=UTF-8",
        "content-length": String(Buffer.byteLength(text)),
        "x-amzn-requestid": requestId,
      });
      response.end(text);
    };
    try {
      this.#authenticate(service, message.headers.authorization);
      if (body === undefined) {
        const words = `The request is larger than ${largestBodyBytes} bytes, or broke off.`;
        throw new AwsError("RequestEntityTooLarge", words, 413, true);
      }
      const client = programName(message.headers["user-agent"]);
      const output = this.#call(action, inputOf(service, query), client);
      send(200, answerXml(service, action, requestId, output));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      send(error.status, errorXml(service, requestId, error.code, error.message, error.status >= 500));
    }
  }

  /** @throws AwsError */
  #call(action: string, input: Readonly<Record<string, unknown>>, client: string): unknown {
    const request = { kind: "aws", action: action as AwsAction, input } as WorldRequest;
    const answer = this.#driver.apply((now) => this.#driver.world.handle(now, request, client));
    if (answer.kind === "awsError") throw answer.error;
    if (answer.kind !== "aws") throw new Error("an AWS call got a Kubernetes answer");
    return answer.output;
  }

  /** @throws AwsError. Source: AWS signature 4, common errors. */
  #authenticate(service: Service, authorization: string | undefined): void {
    const accessKeyId = /Credential=([^/,\s]+)\//.exec(authorization ?? "")?.[1];
    if (accessKeyId === this.#accessKeyId) return;
    if (service === "ec2") {
      throw new AwsError(
        "AuthFailure",
        "AWS was not able to validate the provided access credentials",
        401,
        true,
      );
    }
    if (accessKeyId === undefined) {
      throw new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403, true);
    }
    const words = "The security token included in the request is invalid.";
    throw new AwsError("InvalidClientTokenId", words, 403, true);
  }
}

/** From the scope of the signature, else from the version of the API. */
function serviceOf(authorization: string | undefined, version: unknown): Service {
  const scope = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(authorization ?? "")?.[1];
  if (scope !== undefined) return scope === "ec2" ? "ec2" : "autoscaling";
  return version === ec2Version ? "ec2" : "autoscaling";
}
