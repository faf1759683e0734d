import { isRecord } from "../json.ts";
import { bad, required, tooLong } from "./problems.ts";
import type { Problem } from "./status.ts";

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

interface Rule {
  readonly regex: RegExp;
  readonly source: string;
  readonly words: string;
  readonly examples: readonly string[];
  readonly longest: number;
}

function rule(source: string, longest: number, words: string, ...examples: readonly string[]): Rule {
  return { regex: new RegExp(`^${source}$`), source, words, examples, longest };
}

const dnsLabel = rule(
  label,
  63,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  "my-name",
  "123-abc",
);
const dnsSubdomain = rule(
  subdomain,
  253,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  "example.com",
);
const labelValue = rule(
  `(${qualified})?`,
  63,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  "MyValue",
  "my_value",
  "12345",
);
const namePart = rule(
  qualified,
  63,
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  "MyName",
  "my.name",
  "123-abc",
);

function breaches(value: string, { regex, source, words, examples, longest }: Rule): readonly string[] {
  const found = value.length > longest ? [`must be no more than ${longest} bytes`] : [];
  if (regex.test(value)) return found;
  const list = examples.map((one) => `'${one}'`).join(",  or ");
  const hint = `${words} (e.g. ${list}, regex used for validation is '${source}')`;
  return value === "" && source === qualified ? ["name part must be non-empty", hint] : [...found, hint];
}

function problemsOf(field: string, value: string, wanted: Rule): readonly Problem[] {
  return breaches(value, wanted).map((detail) => bad(field, value, detail));
}

/** Names of containers, volumes, namespaces. */
export function dnsLabelProblems(field: string, value: string): readonly Problem[] {
  return problemsOf(field, value, dnsLabel);
}

/** Names of service accounts. */
export function dnsSubdomainProblems(field: string, value: string): readonly Problem[] {
  return problemsOf(field, value, dnsSubdomain);
}

/** Source: apimachinery, content.IsPathSegmentName. */
export function pathSegmentProblems(field: string, value: string): readonly Problem[] {
  if (value === "." || value === "..") return [bad(field, value, `may not be '${value}'`)];
  return ["/", "%"]
    .filter((one) => value.includes(one))
    .map((one) => bad(field, value, `may not contain '${one}'`));
}

const labelKinds: readonly string[] = ["namespaces", "statefulsets", "services"];
const pathKinds: readonly string[] = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"];

/** metadata.name, by kind. */
export function nameProblems(plural: string, name: string): readonly Problem[] {
  if (pathKinds.includes(plural)) return pathSegmentProblems("metadata.name", name);
  return problemsOf("metadata.name", name, labelKinds.includes(plural) ? dnsLabel : dnsSubdomain);
}

/** A key of labels, annotations, taints, finalizers. Source: validation.IsQualifiedName. */
export function qualifiedBreaches(key: string): readonly string[] {
  const parts = key.split("/");
  if (parts.length > 2) {
    const form = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
    return [
      `a valid label key ${namePart.words.replace("name part ", "")} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualified}') ${form}`,
    ];
  }
  const name = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const wrong =
    prefix === ""
      ? ["prefix part must be non-empty"]
      : prefix === undefined
        ? []
        : breaches(prefix, dnsSubdomain).map((text) => `prefix part ${text}`);
  return [...wrong, ...breaches(name, namePart)];
}

export function qualifiedProblems(field: string, key: string): readonly Problem[] {
  return qualifiedBreaches(key).map((detail) => bad(field, key, detail));
}

export function labelValueProblems(field: string, value: string): readonly Problem[] {
  return problemsOf(field, value, labelValue);
}

/** Source: metav1 validation.ValidateLabels. */
export function labelsProblems(field: string, labels: unknown): readonly Problem[] {
  if (!isRecord(labels)) return [];
  return Object.keys(labels).flatMap((key) => [
    ...qualifiedProblems(field, key),
    ...labelValueProblems(field, String(labels[key])),
  ]);
}

/** Source: apimachinery TotalAnnotationSizeLimitB. */
const annotationBytes = 256 * 1024;

/** Source: apimachinery ValidateAnnotations: keys are judged in lower case, and all of them have room together. */
export function annotationsProblems(field: string, annotations: unknown): readonly Problem[] {
  if (!isRecord(annotations)) return [];
  const wrong = Object.keys(annotations).flatMap((key) =>
    qualifiedBreaches(key.toLowerCase()).map((detail) => bad(field, key, detail)),
  );
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  return bytes > annotationBytes ? [...wrong, tooLong(field, annotationBytes)] : wrong;
}

/** Source: metav1 validation.ValidateLabelSelector. */
export function selectorProblems(field: string, selector: unknown): readonly Problem[] {
  if (!isRecord(selector)) return [];
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions : [];
  return [
    ...labelsProblems(`${field}.matchLabels`, selector.matchLabels),
    ...expressions.filter(isRecord).flatMap((expression, index) => {
      const path = `${field}.matchExpressions[${index}]`;
      return [
        ...operatorProblems(path, expression),
        ...qualifiedProblems(`${path}.key`, String(expression.key ?? "")),
      ];
    }),
  ];
}

function operatorProblems(path: string, expression: Readonly<Record<string, unknown>>): readonly Problem[] {
  const count = Array.isArray(expression.values) ? expression.values.length : 0;
  switch (expression.operator) {
    case "In":
    case "NotIn": {
      const detail = "must be specified when `operator` is 'In' or 'NotIn'";
      return count === 0 ? [required(`${path}.values`, detail)] : [];
    }
    case "Exists":
    case "DoesNotExist": {
      const message = "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      return count > 0 ? [{ reason: "FieldValueForbidden", message, field: `${path}.values` }] : [];
    }
    default:
      return [bad(`${path}.operator`, expression.operator ?? "", "not a valid selector operator")];
  }
}
