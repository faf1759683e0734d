import { nearestWord } from "./nearest-word.ts";
import type { ShapeFault } from "./shape-validator.ts";
import { formatPath, type SpecFault, type SpecPath, valueAt } from "./spec-fault.ts";
import type { SpecSource } from "./spec-source.ts";

/** Values that are planned, by field. */
const NOT_BUILT_VALUES: Readonly<Record<string, readonly string[]>> = {
  "spec.replace.mode": ["surge", "detach"],
};

/** A value of the right type that is not allowed where it stands. */
export function describeValueFault(source: SpecSource, path: SpecPath, fault: ShapeFault): SpecFault {
  const value = valueAt(source.value, path);
  const bad = (message: string, help: string): SpecFault => ({
    code: "E-SPEC-BAD-VALUE",
    path,
    at: "value",
    message,
    help,
  });
  const field = formatPath(path);
  switch (fault.keyword) {
    case "enum":
    case "const":
      return describeChoice(
        path,
        value,
        [fault.params.allowedValues ?? fault.params.allowedValue].flat().map(String),
      );
    case "pattern":
      return describePattern(path, String(value));
    case "minLength":
      return bad(`${field} is empty`, "give it a value or take it out");
    case "maxLength":
      return bad(`${field} is too long`, `at most ${String(fault.params.limit)} characters`);
    case "minItems":
      return bad(`${field} is an empty list`, "give it at least one item");
    case "maxItems":
      return bad(`${field} is too long a list`, `at most ${String(fault.params.limit)} items`);
    case "minimum":
      return bad(`${field} is ${String(value)}: too small`, `write ${String(fault.params.limit)} or more`);
    case "maximum":
      return bad(`${field} is ${String(value)}: too large`, `write ${String(fault.params.limit)} or less`);
    case "uniqueItems": {
      const position = String(Math.max(Number(fault.params.i), Number(fault.params.j)));
      const twice = JSON.stringify(valueAt(value, [position]));
      return {
        ...bad(`${twice} is given twice in ${field}`, "keep one of the two"),
        path: [...path, position],
      };
    }
    default:
      return bad(`${field} is not allowed as it is`, `see the schema: ${fault.keyword}`);
  }
}

function describeChoice(path: SpecPath, value: unknown, allowed: readonly string[]): SpecFault {
  const text = String(value);
  const field = formatPath(path);
  if (NOT_BUILT_VALUES[field]?.includes(text)) {
    return {
      code: "E-SPEC-NOT-BUILT",
      path,
      at: "value",
      message: `${field} "${text}" is not built yet`,
      help: `write ${allowed.join(" or ")}`,
    };
  }
  const near = nearestWord(text, allowed);
  const choices = allowed.length === 1 ? `write ${allowed[0]}` : `one of ${allowed.join(", ")}`;
  return {
    code: "E-SPEC-BAD-VALUE",
    path,
    at: "value",
    message: `"${text}" is not a value of ${field}`,
    help: near !== undefined && allowed.length > 1 ? `did you mean "${near}"? ${choices}` : choices,
  };
}

function describePattern(path: SpecPath, value: string): SpecFault {
  const bad = { code: "E-SPEC-BAD-VALUE", path, at: "value" } as const;
  if (path.at(-1) === "region") {
    return { ...bad, message: `"${value}" is not an AWS region`, help: "as in eu-west-1" };
  }
  const better = value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return {
    ...bad,
    message: `"${value}" cannot be a name: lower-case letters, digits and hyphens, at most 63 characters`,
    help: better === "" ? "as in workers-1-36" : `write ${better}`,
  };
}
