import { isEqualJson, isRecord, valueAt } from "../json.ts";
import type { Resource } from "./object-types.ts";
import { bad, forbiddenField, immutable, required, tooLong } from "./problems.ts";
import type { Problem } from "./status.ts";

/** Source: core validation.ValidateConfigMap. */
export function configMapProblems(object: Resource): readonly Problem[] {
  const binary = valueAt(object, "binaryData");
  const data = valueAt(object, "data");
  const repeated = isRecord(data) && isRecord(binary) ? Object.keys(data).filter((key) => key in binary) : [];
  return [
    ...keyProblems("data", data),
    ...repeated.map((key) => bad(`data[${key}]`, key, "duplicate of key present in binaryData")),
    ...keyProblems("binaryData", binary),
    // the whole object is meant, which has no path
    ...sizeProblems("[]", bytesOf(data, "utf8") + bytesOf(binary, "base64")),
  ];
}

/** What the values of a ConfigMap or a Secret may have together. Source: core MaxSecretSize. */
const dataBytes = 1024 * 1024;

function sizeProblems(field: string, bytes: number): readonly Problem[] {
  return bytes > dataBytes ? [tooLong(field, dataBytes)] : [];
}

function bytesOf(data: unknown, encoding: "utf8" | "base64"): number {
  if (!isRecord(data)) return 0;
  return Object.values(data).reduce<number>(
    (sum, value) => sum + Buffer.byteLength(String(value), encoding),
    0,
  );
}

/** Keys without which a Secret of a type is of no use to anybody. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

/** Source: core validation.ValidateSecret; that a docker configuration is JSON is not looked at. */
export function secretProblems(object: Resource): readonly Problem[] {
  const data = valueAt(object, "data");
  const has = (key: string): boolean => valueAt(data, key) !== undefined;
  const type = String(valueAt(object, "type"));
  const basic = type === "kubernetes.io/basic-auth" ? ["username", "password"] : [];
  const missing = [
    ...(wanted[type] ?? []).filter((key) => !has(key)),
    // One of the two is enough.
    ...(basic.some(has) ? [] : basic),
  ];
  return [
    ...keyProblems("data", data),
    ...sizeProblems("data", bytesOf(data, "base64")),
    ...missing.map((key) => required(`data[${key}]`)),
  ];
}

/** Source: core validation.ValidateConfigMapUpdate and ValidateSecretUpdate. */
export function dataUpdateProblems(object: Resource, current: Resource): readonly Problem[] {
  const type = valueAt(object, "type");
  const isRetyped = type !== valueAt(current, "type");
  return [...(isRetyped ? [bad("type", type, immutable)] : []), ...sealedProblems(object, current)];
}

function sealedProblems(object: Resource, current: Resource): readonly Problem[] {
  if (valueAt(current, "immutable") !== true) return [];
  const detail = "field is immutable when `immutable` is set";
  const isKept = (key: string): boolean =>
    isEqualJson(valueAt(object, key) ?? {}, valueAt(current, key) ?? {});
  return [
    ...(valueAt(object, "immutable") === true ? [] : [forbiddenField("immutable", detail)]),
    ...["data", "binaryData"].filter((key) => !isKept(key)).map((key) => forbiddenField(key, detail)),
  ];
}

function keyProblems(field: string, data: unknown): readonly Problem[] {
  if (!isRecord(data)) return [];
  const detail =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  return Object.keys(data)
    .filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key))
    .map((key) => bad(`${field}[${key}]`, key, detail));
}
