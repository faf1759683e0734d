import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  type Node,
  type ParsedNode,
  type Scalar,
  visit,
} from "yaml";
import type { Code } from "#model/codes.ts";
import { describeSyntax, TAGS, type YamlFault } from "./yaml-syntax.ts";

export interface YamlFaults {
  readonly faults: readonly YamlFault[];
  /** False where the data cannot be looked at any further. */
  readonly isReadable: boolean;
}

const MAX_LEVELS = 32;
const FORBIDDEN_KEYS: readonly string[] = ["__proto__", "constructor", "prototype"];

/**
 * What is wrong with a document, parsed from `text` without the parser's own look at unique keys,
 * before its fields are looked at.
 */
export function findYamlFaults(document: Document.Parsed<ParsedNode>, text: string): YamlFaults {
  // One slip in the syntax drags others behind it: only the first one is surely a fault.
  const [syntax] = [...document.errors, ...document.warnings];
  if (syntax) return { faults: [describeSyntax(syntax, text)], isReadable: false };
  const structure = findStructureFaults(document);
  if (structure.length > 0) return { faults: structure, isReadable: false };
  return { faults: findRepeatedFields(document), isReadable: true };
}

function findRepeatedFields(document: Document.Parsed<ParsedNode>): readonly YamlFault[] {
  const faults: YamlFault[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const [start, end] = key.range ?? [0, 0];
        const message = `"${name}" is given twice in the same block`;
        if (seen.has(name))
          faults.push({ code: "E-SPEC-SYNTAX", message, help: "keep one of the two", start, end });
        seen.add(name);
      }
    },
  });
  return faults;
}

function findStructureFaults(document: Document.Parsed<ParsedNode>): readonly YamlFault[] {
  const faults: YamlFault[] = [];
  const add = (code: Code, message: string, help: string, node: Node | null): void => {
    const [start, end] = node?.range ?? [0, 0];
    faults.push({ code, message, help, start, end });
  };
  // Some that the parser knows besides are read without a word, a set as a block.
  const addTag = (node: Node): void => {
    if ("tag" in node && node.tag !== undefined) add("E-SPEC-SYNTAX", TAGS.message, TAGS.help, node);
  };
  if (document.directives.yaml.explicit && document.directives.yaml.version !== "1.2") {
    add("E-SPEC-SYNTAX", "YAML 1.1 is not read", "take the %YAML line out", null);
  }
  visit(document, {
    Alias: (_, node) => add("E-SPEC-SYNTAX", "aliases are not read here", "write the value out", node),
    Scalar: (_, node) => addTag(node),
    Pair: (_, pair) => {
      const fault = isScalar(pair.key) ? describeKey(pair.key) : NOT_A_NAME;
      if (fault && !isAlias(pair.key))
        add("E-SPEC-SYNTAX", fault.message, fault.help, pair.key as Node | null);
    },
    Collection: (_, node, path) => {
      addTag(node);
      const levels = path.filter((parent) => isMap(parent) || "items" in parent).length;
      if (levels !== MAX_LEVELS) return undefined;
      add(
        "E-SPEC-TOO-LARGE",
        `the spec nests deeper than ${MAX_LEVELS} levels`,
        "a spec nests a few levels",
        node,
      );
      return visit.SKIP;
    },
  });
  return faults;
}

const NOT_A_NAME = { message: "a field's name is a plain text", help: "write name: value" };

function describeKey(scalar: Scalar): { readonly message: string; readonly help: string } | undefined {
  if (scalar.value === null) return { message: "a field has no name", help: "write name: value" };
  const key = String(scalar.value);
  // A number loses how it was written, and a label would get another name: 1.10 is 1.1.
  if (typeof scalar.value !== "string" && scalar.source !== undefined && scalar.source !== key) {
    const message = `the name ${scalar.source} would be read as ${key}`;
    return { message, help: `quote it: "${scalar.source}"` };
  }
  if (key === "<<") return { message: "merge keys are not read here", help: "write the fields out" };
  if (FORBIDDEN_KEYS.includes(key)) return { message: `"${key}" cannot be a field`, help: "take it out" };
  return undefined;
}
