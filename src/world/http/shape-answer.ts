import type { KubernetesRequest } from "#gateway/wire.ts";
import { isRecord, type JsonRecord, textAt, valueAt } from "#world/json.ts";
import type { ServerAnswer } from "#world/kubernetes/status.ts";
import type { Wanted } from "./accept.ts";
import { printerOf } from "./printing/printers.ts";
import { type IncludedObject, partialMetadata, type TableOptions, table } from "./printing/table.ts";
import type { EventShape } from "./watch-response.ts";

/** The answer in the form that the client asked for; errors stay what they are. `now` in ms since epoch. */
export function shapeAnswer(
  answer: ServerAnswer,
  request: KubernetesRequest,
  wanted: Wanted,
  now: number,
): ServerAnswer {
  const { body } = answer;
  if (!isRecord(body) || body.kind === "Status") return answer;
  switch (wanted.kind) {
    case "table":
      return { ...answer, body: tableOf(body, request, { version: wanted.version, now, hasColumns: true }) };
    case "metadata":
      return { ...answer, body: metadataOf(body) };
    default:
      return answer;
  }
}

type Asked = Pick<TableOptions, "version" | "now" | "hasColumns">;

function tableOf(body: JsonRecord, { query }: KubernetesRequest, asked: Asked): JsonRecord {
  const kind = String(body.kind);
  const items = itemsOf(body);
  const options = { ...asked, included: includedIn(query?.includeObject) };
  if (items === undefined) {
    const metadata = { resourceVersion: textAt(body, "metadata", "resourceVersion") };
    return table([body], metadata, { ...options, printer: printerOf(kind) });
  }
  const itemKind = kind.slice(0, -"List".length);
  const whole =
    options.included === "Object"
      ? items.map((item) => ({ kind: itemKind, apiVersion: body.apiVersion, ...item }))
      : items;
  return table(whole, body.metadata, { ...options, printer: printerOf(itemKind) });
}

function includedIn(parameter: string | undefined): IncludedObject {
  return parameter === "None" || parameter === "Object" ? parameter : "Metadata";
}

function metadataOf(body: JsonRecord): JsonRecord {
  const items = itemsOf(body);
  if (items === undefined) return partialMetadata(body, "v1");
  return {
    kind: "PartialObjectMetadataList",
    apiVersion: "meta.k8s.io/v1",
    metadata: body.metadata,
    items: items.map((item) => partialMetadata(item, "v1")),
  };
}

function itemsOf(body: JsonRecord): readonly JsonRecord[] | undefined {
  return String(body.kind).endsWith("List") && Array.isArray(body.items) ? body.items : undefined;
}

/** The same for the events of one watch: columns are told with the first event only. `now` gives ms since epoch. */
export function shapeEvent(request: KubernetesRequest, wanted: Wanted, now: () => number): EventShape {
  let hasColumns = true;
  return (event) => {
    const object = valueAt(event, "object");
    if (!isRecord(object) || object.kind === "Status") return event;
    const type = valueAt(event, "type");
    switch (wanted.kind) {
      case "table": {
        const shaped = tableOf(object, request, { version: wanted.version, now: now(), hasColumns });
        hasColumns = false;
        return { type, object: shaped };
      }
      case "metadata":
        return { type, object: metadataOf(object) };
      default:
        return event;
    }
  };
}
