import type { Cluster } from "./cluster.ts";
import type { KindInfo } from "./kinds.ts";

/** A name with a random end that nobody has yet. Source: apiserver registry/generic, which draws again on a conflict. */
export function generatedName(
  cluster: Cluster,
  { plural }: KindInfo,
  namespace: string | undefined,
  generateName: string,
): string {
  for (;;) {
    const name = `${generateName}${cluster.random.suffix(5)}`;
    if (cluster.stores[plural].get(namespace, name) === undefined) return name;
  }
}
