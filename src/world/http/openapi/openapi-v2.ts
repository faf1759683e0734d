import type { ServerAnswer } from "#world/kubernetes/status.ts";

const protobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
const title = "Kubernetes";
const version = "v1.36.3";

/**
 * /openapi/v2 without any path or definition: what there is v3 tells. kubectl asks here for kinds that v3 does not
 * know, and says that they are not there, and goes on, only where it gets a document. undefined: another path.
 */
export function describeOpenApiV2(path: string, accept = ""): ServerAnswer | undefined {
  if (path !== "/openapi/v2") return undefined;
  if (accept.includes("proto-openapi")) {
    return { status: 200, headers: { "content-type": protobufType }, body: protobufDocument };
  }
  const body = { swagger: "2.0", info: { title, version }, paths: {}, definitions: {} };
  return { status: 200, headers: { "content-type": "application/json" }, body };
}

/** A field of text or of a message, which must be short. Source: gnostic, OpenAPIv2.proto. */
const field = (number: number, value: string): string =>
  String.fromCharCode(number * 8 + 2, value.length) + value;

/** All of it is ASCII, so that text is the same as its bytes: swagger, info, paths. */
const protobufDocument = [field(1, "2.0"), field(2, field(1, title) + field(2, version)), field(8, "")].join(
  "",
);
