import { labelValueProblems, qualifiedProblems } from "./names.ts";
import { type LabelTest, matchesRequirement, SelectorError } from "./selectors.ts";
import type { Problem } from "./status.ts";

const end = "";
const special = /[=!(),<>]/;
const operators: Readonly<Record<string, string>> = {
  in: "In",
  notin: "NotIn",
  "=": "In",
  "==": "In",
  "!=": "NotIn",
  ">": "Gt",
  "<": "Lt",
};

/** The query parameter labelSelector: "app=web,tier in (a,b),!old". @throws SelectorError in the server's words */
export function parseLabelSelector(text: string): LabelTest {
  const tests = new Parser(tokensOf(text)).parse();
  return (labels) => tests.every((test) => test(labels));
}

function tokensOf(text: string): readonly string[] {
  return text.match(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g) ?? [];
}

/** Source: apimachinery labels/selector.go, whose grammar and messages these are. */
class Parser {
  private readonly tokens: readonly string[];
  private position = 0;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  parse(): readonly LabelTest[] {
    const tests: LabelTest[] = [];
    for (;;) {
      const next = this.look();
      if (next === end) return tests;
      if (next !== "!" && !isIdentifier(next)) this.fail(`, expected: !, identifier, or 'end of string'`);
      tests.push(this.requirement());
      const after = this.look();
      if (after === end) return tests;
      if (after !== ",") this.fail(`, expected: ',' or 'end of string'`);
      this.take();
      const following = this.look();
      if (following !== "!" && !isIdentifier(following)) this.fail(`, expected: identifier after ','`);
    }
  }

  private requirement(): LabelTest {
    try {
      return this.readRequirement();
    } catch (error) {
      if (error instanceof SelectorError) {
        throw new SelectorError(`unable to parse requirement: ${error.message}`);
      }
      throw error;
    }
  }

  private readRequirement(): LabelTest {
    const isNegated = this.look() === "!";
    if (isNegated) this.take();
    if (!isIdentifier(this.look())) this.fail(", expected: identifier");
    const key = this.take();
    refuse(qualifiedProblems("<nil>", key));
    if (isNegated) return test(key, "DoesNotExist", []);
    const next = this.look();
    if (next === end || next === ",") return test(key, "Exists", []);
    const operator = operators[next];
    if (operator === undefined) this.fail(", expected: in, notin, =, ==, !=, gt, lt");
    this.take();
    const isSet = next === "in" || next === "notin";
    const values = isSet ? this.values() : [this.exactValue()];
    values.forEach((value, index) => {
      refuse(labelValueProblems(`values[${index}][${key}]`, value));
    });
    return test(key, operator ?? "", values);
  }

  private exactValue(): string {
    const next = this.look();
    if (next === end || next === ",") return "";
    if (!isIdentifier(next)) this.fail(", expected: identifier");
    return this.take();
  }

  private values(): readonly string[] {
    if (this.look() !== "(") this.fail(" expected: '('");
    this.take();
    const found: string[] = [];
    let value = "";
    for (;;) {
      const next = this.look();
      if (isIdentifier(next) && value === "") value = this.take();
      else if (next === "," || next === ")") {
        found.push(value);
        value = "";
        this.take();
        if (next === ")") return found;
      } else if (found.length === 0 && value === "") this.fail(", expected: ',', ')' or identifier");
      else this.fail(", expected: ',' or ')'");
    }
  }

  private look(): string {
    return this.tokens[this.position] ?? end;
  }

  private take(): string {
    const token = this.look();
    this.position += 1;
    return token;
  }

  private fail(expected: string): never {
    throw new SelectorError(`found '${this.look()}'${expected}`);
  }
}

function isIdentifier(token: string): boolean {
  return token !== end && !special.test(token);
}

function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first !== undefined) throw new SelectorError(`${first.field}: ${first.message}`);
}

function test(key: string, operator: string, values: readonly string[]): LabelTest {
  return (labels) => matchesRequirement(labels, key, operator, values);
}
