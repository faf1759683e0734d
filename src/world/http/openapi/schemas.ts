import { type Field, type FieldType, structOf } from "#world/kubernetes/fields.ts";

type Schema = Readonly<Record<string, unknown>>;

const scalars: Readonly<Record<string, Schema>> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  time: { type: "string", format: "date-time" },
  microTime: { type: "string", format: "date-time" },
  bytes: { type: "string", format: "byte" },
  quantity: { oneOf: [{ type: "string" }, { type: "number" }] },
  intOrString: { type: "string", format: "int-or-string" },
};

const anything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/**
 * The schemas of these structs and of all that they hold, by struct. `nameOf` says what each is called in the
 * document. Fields and their types are as the API server has them; there are no descriptions.
 */
export function schemasOf(
  structs: readonly string[],
  nameOf: (struct: string) => string,
): ReadonlyMap<string, Schema> {
  const schemas = new Map<string, Schema>();
  const reference = (struct: string): Schema => ({ $ref: `#/components/schemas/${nameOf(struct)}` });
  const visit = (name: string): void => {
    if (schemas.has(name)) return;
    const struct = structOf(name);
    if (struct === undefined) {
      schemas.set(name, anything);
      return;
    }
    const properties = [...struct].map(([field, about]) => [field, fieldSchema(about, reference)]);
    schemas.set(name, { type: "object", properties: Object.fromEntries(properties) });
    for (const { type } of struct.values()) {
      const held = structIn(type);
      if (held !== undefined) visit(held);
    }
  };
  for (const name of structs) visit(name);
  return schemas;
}

function structIn(type: FieldType): string | undefined {
  switch (type.kind) {
    case "scalar":
      return undefined;
    case "struct":
      return type.name;
    case "list":
    case "map":
      return structIn(type.item);
  }
}

type Reference = (struct: string) => Schema;

function fieldSchema(field: Field, reference: Reference): Schema {
  const { mergeKey, listKeys } = field;
  const merge = mergeKey === undefined ? {} : { "x-kubernetes-patch-strategy": "merge" };
  const key = mergeKey === undefined || mergeKey === "" ? {} : { "x-kubernetes-patch-merge-key": mergeKey };
  const keys =
    listKeys === undefined
      ? {}
      : listKeys === "set"
        ? { "x-kubernetes-list-type": "set" }
        : { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": listKeys };
  const schema = typeSchema(field.type, reference);
  // What stands beside a $ref is not read.
  return "$ref" in schema ? { default: {}, allOf: [schema] } : { ...schema, ...merge, ...key, ...keys };
}

function typeSchema(type: FieldType, reference: Reference): Schema {
  switch (type.kind) {
    case "scalar":
      return scalars[type.name] ?? anything;
    case "struct":
      return reference(type.name);
    case "list":
      return { type: "array", items: itemSchema(type.item, reference) };
    case "map":
      return { type: "object", additionalProperties: itemSchema(type.item, reference) };
  }
}

function itemSchema(type: FieldType, reference: Reference): Schema {
  const schema = typeSchema(type, reference);
  return "$ref" in schema ? { default: {}, allOf: [schema] } : schema;
}
