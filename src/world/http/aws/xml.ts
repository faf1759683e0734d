/** One element with its content; content is XML already. */
export function element(name: string, content: string, attributes = ""): string {
  return `<${name}${attributes}>${content}</${name}>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escapeText(text: string): string {
  const allowed = [...text].filter((character) => character >= " " || "\t\n\r".includes(character)).join("");
  return allowed.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** How names and list items are written. */
export interface XmlDialect {
  nameOf(member: string, value: unknown): string;
  readonly item: string;
}

/** Plain data as XML content; members that are undefined or null are left out. */
export function contentOf(value: unknown, dialect: XmlDialect): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) {
    return value.map((item) => element(dialect.item, contentOf(item, dialect))).join("");
  }
  if (typeof value !== "object") return escapeText(String(value));
  return Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null)
    .map(([name, member]) => element(dialect.nameOf(name, member), contentOf(member, dialect)))
    .join("");
}
