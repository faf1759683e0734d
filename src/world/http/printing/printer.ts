import { type JsonRecord, valueAt } from "#world/json.ts";
import { since } from "./human-duration.ts";

export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  readonly format: string;
  /** 1: only with -o wide. */
  readonly priority: 0 | 1;
}

export type Cell = string | number | boolean;

/** How the objects of a kind are shown in a table: a cell for each column, wide ones too. `now` in ms since epoch. */
export interface Printer {
  readonly columns: readonly Column[];
  readonly cells: (object: JsonRecord, now: number) => readonly Cell[];
}

/** "Name*, Ready, Desired:integer, IP+": * is the object's name, + is only shown wide. */
export function columns(...texts: readonly string[]): readonly Column[] {
  return texts.map((text) => {
    const [, name = "", mark, type] = /^([^*+:]+)([*+]*)(?::(\w+))?$/.exec(text) ?? [];
    return {
      name,
      type: type === "integer" || type === "boolean" || type === "date" ? type : "string",
      format: mark?.includes("*") ? "name" : "",
      priority: mark?.includes("+") ? 1 : 0,
    };
  });
}

/** "" where there is none. */
export function text(object: unknown, ...path: readonly string[]): string {
  const found = valueAt(object, ...path);
  return typeof found === "string" ? found : "";
}

/** 0 where there is none. */
export function count(object: unknown, ...path: readonly string[]): number {
  const found = valueAt(object, ...path);
  return typeof found === "number" ? found : 0;
}

export function list(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(object, ...path);
  return Array.isArray(found) ? found : [];
}

export function size(object: unknown, ...path: readonly string[]): number {
  const found = valueAt(object, ...path);
  return typeof found === "object" && found !== null ? Object.keys(found).length : 0;
}

export const nameOf = (object: unknown): string => text(object, "metadata", "name");
export const createdAt = (object: unknown): string => text(object, "metadata", "creationTimestamp");
export const orNone = (found: string): string => (found === "" ? "<none>" : found);

/** What a kind has to tell: the names of its columns, and their cells. */
export interface Telling {
  readonly names: readonly string[];
  readonly tell: Printer["cells"];
}

const nothing: Telling = { names: [], tell: () => [] };

/** Name, then what a kind has to tell, then its age, then what is only shown wide. */
export function between(names: Telling["names"], tell: Telling["tell"], wide: Telling = nothing): Printer {
  return {
    columns: columns("Name*", ...names, "Age", ...wide.names),
    cells: (object, now) => [
      nameOf(object),
      ...tell(object, now),
      since(createdAt(object), now),
      ...wide.tell(object, now),
    ],
  };
}
