/**
 * The fields that a JSON text says more than once in one object, each once, as the API server names them:
 * `spec.containers[0].image`. The text must be one that JSON.parse takes.
 */
export function duplicateFields(text: string): readonly string[] {
  const found = new Set<string>();
  const open: Level[] = [];
  let path = "";
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/gs)) {
    const top = open.at(-1);
    if (token === "{" || token === "[") {
      open.push({ path, isList: token === "[", keys: new Set(), index: 0, expectsKey: token === "{" });
      if (token === "[") path = `${path}[0]`;
    } else if (top === undefined) {
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ",") {
      top.index += 1;
      top.expectsKey = !top.isList;
      path = `${top.path}[${top.index}]`;
    } else if (token !== ":" && top.expectsKey) {
      const key = String(JSON.parse(token));
      path = top.path === "" ? key : `${top.path}.${key}`;
      if (top.keys.has(key)) found.add(path);
      top.keys.add(key);
      top.expectsKey = false;
    }
  }
  return [...found];
}

/** An object or list that has begun. */
interface Level {
  readonly path: string;
  readonly isList: boolean;
  readonly keys: Set<string>;
  index: number;
  expectsKey: boolean;
}
