import { diffArrays } from "diff";
import type { ItemChange } from "#model/plan-diff.ts";
import { diffFields } from "./diff-fields.ts";

/** Beyond so many moves their smallest number is not worth its time: whatever stands elsewhere has moved. */
const MOST_EDITS = 2_000;

/**
 * Two lists, item by item: matched by `keyOf`, equal keys in their order. In the order of the new
 * list, what was removed behind it. The fewest possible items count as moved.
 */
export function diffLists<Item>(
  from: readonly Item[],
  to: readonly Item[],
  keyOf: (item: Item) => string,
): readonly ItemChange<Item>[] {
  const old = byKey(from, keyOf);
  const now = byKey(to, keyOf);
  const places = {
    from: placesOf([...old.keys()].filter((key) => now.has(key))),
    to: placesOf([...now.keys()].filter((key) => old.has(key))),
  };
  const moved = movedKeys([...places.from.keys()], [...places.to.keys()]);
  const changes: ItemChange<Item>[] = [];
  for (const [key, item] of now) {
    const was = old.get(key);
    if (was === undefined) {
      changes.push({ kind: "added", item });
      continue;
    }
    if (moved.has(key)) {
      changes.push({ kind: "moved", item, from: places.from.get(key) ?? 0, to: places.to.get(key) ?? 0 });
    }
    const fields = diffFields(was, item);
    if (fields.length > 0) changes.push({ kind: "changed", item, fields });
  }
  for (const [key, item] of old) if (!now.has(key)) changes.push({ kind: "removed", item });
  return changes;
}

function byKey<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, Item> {
  const map = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item);
    let unique = key;
    for (let again = 2; map.has(unique); again++) unique = `${key}\n${again}`;
    map.set(unique, item);
  }
  return map;
}

/** Positions from 1. */
const placesOf = (keys: readonly string[]): ReadonlyMap<string, number> =>
  new Map(keys.map((key, index) => [key, index + 1]));

function movedKeys(from: readonly string[], to: readonly string[]): ReadonlySet<string> {
  const parts = diffArrays([...from], [...to], { maxEditLength: MOST_EDITS });
  if (parts === undefined) return new Set(to.filter((key, index) => from[index] !== key));
  return new Set(parts.filter(({ added }) => added).flatMap(({ value }) => value));
}
