import { timestamp } from "../time.ts";
import type { Cluster } from "./cluster.ts";
import type { EventRecorder, Notice } from "./notice.ts";
import type { Resource } from "./object-types.ts";

/** Source: kube-apiserver --event-ttl. */
const lifeMs = 3_600_000;
/** No more than this many are kept: the oldest go first. */
const mostEvents = 2000;

interface Kept {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  /** ms since epoch. */
  readonly time: number;
}

/**
 * Writes core/v1 Events into the cluster. The same words about the same object are one Event that
 * counts. Old ones go when new ones come, so that a quiet world stays quiet. Draws no chance: a world
 * with events goes the same way as one without.
 */
export class ClusterEvents implements EventRecorder {
  private readonly cluster: Cluster;
  /** By what they say; the oldest first. */
  private readonly kept = new Map<string, Kept>();
  private count = 0;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  record(about: Resource, notice: Notice): void {
    const { stores, agenda } = this.cluster;
    const key = `${about.metadata.uid}/${notice.component}/${notice.reason}/${notice.message}`;
    this.dropOld(agenda.now);
    const known = this.kept.get(key);
    const before = known === undefined ? undefined : stores.events.get(known.namespace, known.name);
    if (known !== undefined) this.kept.delete(key);
    const event = before === undefined ? this.newEvent(about, notice) : counted(before, agenda.now);
    const { name, namespace = "default" } = event.metadata;
    this.kept.set(key, { key, namespace, name, time: agenda.now });
    stores.events.put(event);
  }

  private newEvent(about: Resource, notice: Notice): Resource {
    const { now } = this.cluster.agenda;
    this.count += 1;
    const namespace = about.metadata.namespace ?? "default";
    const time = timestamp(now);
    const host = notice.component === "kubelet" ? { host: nodeOf(about) } : {};
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: {
        name: `${about.metadata.name}.${(now * 4096 + (this.count % 4096)).toString(16)}`,
        namespace,
        uid: `${this.count.toString(16).padStart(8, "0")}-e7e7-4e7e-ae7e-000000000000`,
        resourceVersion: "",
        creationTimestamp: time,
      },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name: about.metadata.name,
        ...(about.metadata.namespace === undefined ? {} : { namespace }),
        uid: about.metadata.uid,
        resourceVersion: about.metadata.resourceVersion,
      },
      type: notice.type,
      reason: notice.reason,
      message: notice.message,
      source: { component: notice.component, ...host },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
      eventTime: null,
      reportingComponent: notice.component,
      reportingInstance: "",
    };
    return event;
  }

  private dropOld(now: number): void {
    for (const { key, namespace, name, time } of this.kept.values()) {
      if (time + lifeMs > now && this.kept.size < mostEvents) return;
      this.kept.delete(key);
      const event = this.cluster.stores.events.get(namespace, name);
      if (event !== undefined) this.cluster.stores.events.remove(event);
    }
  }
}

function counted(event: Resource, now: number): Resource {
  const count = "count" in event && typeof event.count === "number" ? event.count + 1 : 2;
  const next = { ...event, count, lastTimestamp: timestamp(now) };
  return next;
}

function nodeOf(about: Resource): string {
  const { spec } = about;
  if (typeof spec !== "object" || spec === null || !("nodeName" in spec)) return "";
  return typeof spec.nodeName === "string" ? spec.nodeName : "";
}
