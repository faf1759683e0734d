import { fault } from "./faults.ts";

/** One condition of a read: any of the values is enough. */
export interface AwsFilter {
  readonly Name?: string;
  readonly Values?: readonly string[];
}

/** An input that may carry filters. */
export interface Filtered {
  readonly Filters?: readonly AwsFilter[];
}

/** What a filter of this name looks at; undefined where there is no such filter. */
export type ReaderOf<T> = (name: string) => ((item: T) => readonly string[]) | undefined;

/**
 * The items that pass every filter. EC2's values may hold "*" and "?"; those of Auto Scaling are words.
 * @throws AwsError for a filter that is not known here, whether or not there are items
 */
export function applyFilters<T>(
  items: readonly T[],
  { Filters }: Filtered,
  readerOf: ReaderOf<T>,
  service: "autoscaling" | "ec2",
): readonly T[] {
  // An empty list comes over the query protocol as an empty text.
  const tests = (Array.isArray(Filters) ? Filters : []).map(({ Name = "", Values = [] }: AwsFilter) => {
    const read = readerOf(Name);
    if (read === undefined) throw unknownFilter(Name, service);
    const isMeant = service === "ec2" ? matcherOf(Values) : (value: string) => Values.includes(value);
    return (item: T): boolean => read(item).some(isMeant);
  });
  return items.filter((item) => tests.every((passes) => passes(item)));
}

/** Those of a table, and no other. */
export function readerAmong<T>(
  readers: Readonly<Record<string, (item: T) => readonly string[]>>,
): ReaderOf<T> {
  return (name) => (Object.hasOwn(readers, name) ? readers[name] : undefined);
}

/** The reader of tag-key, tag-value and tag:KEY. */
export function tagReader<T>(
  name: string,
  tagsOf: (item: T) => readonly { readonly Key?: string; readonly Value?: string }[],
): ((item: T) => readonly string[]) | undefined {
  if (name === "tag-key") return (item) => tagsOf(item).map(({ Key = "" }) => Key);
  if (name === "tag-value") return (item) => tagsOf(item).map(({ Value = "" }) => Value);
  if (!name.startsWith("tag:")) return undefined;
  const key = name.slice("tag:".length);
  return (item) => tagsOf(item).flatMap(({ Key, Value = "" }) => (Key === key ? [Value] : []));
}

function unknownFilter(name: string, service: "autoscaling" | "ec2"): Error {
  return fault(
    service === "ec2" ? "InvalidParameterValue" : "ValidationError",
    `The filter '${name}' is invalid: the embedded cluster does not model it`,
  );
}

/** Source: EC2 user guide, "List and filter your resources". */
function matcherOf(values: readonly string[]): (value: string) => boolean {
  const patterns = values.map((value) => {
    const pattern = value
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`^${pattern}$`, "s");
  });
  return (value) => patterns.some((pattern) => pattern.test(value));
}
