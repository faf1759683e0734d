import { isRecord } from "../json.ts";
import {
  count,
  duration,
  type FieldCheck,
  listOf,
  oneOf,
  quantities,
  record,
  type Shape,
  text,
} from "../scenario-shape.ts";

const node = record({ "group!": text, index: count });
const workload: Shape = {
  "workload!": oneOf("Deployment", "StatefulSet", "DaemonSet"),
  namespace: text,
  "name!": text,
};

const humans: Readonly<Record<string, Shape>> = {
  cordon: { "node!": node },
  uncordon: { "node!": node },
  drain: { "node!": node },
  deletePod: { namespace: text, "app!": text },
  scale: { ...workload, "replicas!": count },
  restart: workload,
};

const kinds: Readonly<Record<string, Shape>> = {
  horizontalAutoscaler: {
    "workload!": oneOf("Deployment", "StatefulSet"),
    namespace: text,
    "name!": text,
    "min!": count,
    "max!": count,
    "pattern!": listOf(count),
    "every!": duration,
    times: count,
  },
  spotInterruption: { "at!": duration, "node!": node },
  clusterAutoscaler: { "group!": text, every: duration, unneededFor: duration, times: count },
  customOwner: {
    "apiVersion!": text,
    "ownerKind!": text,
    namespace: text,
    "name!": text,
    "replicas!": count,
    after: duration,
    ready: duration,
    requests: quantities,
  },
};

/** One of a scenario's actors: its kind says which fields it has, of a human what it does. */
export const actor: FieldCheck = (value, path) => {
  const kind = isRecord(value) ? value.kind : undefined;
  if (!isRecord(value) || typeof kind !== "string") return record({ "kind!": text })(value, path);
  const shape = kind === "human" ? humanShape(value.does) : kinds[kind];
  if (shape !== undefined) return record({ "kind!": text, ...shape })(value, path);
  return oneOf("human", ...Object.keys(kinds))(kind, `${path}.kind`);
};

function humanShape(does: unknown): Shape {
  const shape = typeof does === "string" ? humans[does] : undefined;
  return { "at!": duration, "does!": oneOf(...Object.keys(humans)), ...shape };
}
