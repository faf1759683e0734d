import { type JsonRecord, valueAt } from "#world/json.ts";
import type { Printer } from "./printer.ts";

/** What a row carries beside its cells. */
export type IncludedObject = "None" | "Metadata" | "Object";

export interface TableOptions {
  readonly printer: Printer;
  readonly version: "v1" | "v1beta1";
  readonly included: IncludedObject;
  /** ms since epoch, for ages. */
  readonly now: number;
  /** False in a watch after its first event. */
  readonly hasColumns: boolean;
}

/** The parts of the list's metadata go on; for one object its resourceVersion. */
export function table(objects: readonly JsonRecord[], metadata: unknown, options: TableOptions): JsonRecord {
  const { printer, version, now, hasColumns } = options;
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: hasColumns ? printer.columns.map((column) => ({ ...column, description: "" })) : null,
    rows: objects.map((object) => ({
      cells: printer.cells(object, now),
      object: includedObject(object, options),
    })),
  };
}

function includedObject(object: JsonRecord, { included, version }: TableOptions): unknown {
  switch (included) {
    case "None":
      return null;
    case "Metadata":
      return partialMetadata(object, version);
    case "Object":
      return object;
  }
}

export function partialMetadata(object: JsonRecord, version: "v1" | "v1beta1"): JsonRecord {
  return {
    kind: "PartialObjectMetadata",
    apiVersion: `meta.k8s.io/${version}`,
    metadata: valueAt(object, "metadata"),
  };
}
