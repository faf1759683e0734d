import type { Resources } from "#model/objects.ts";
import { field, items } from "./foreign.ts";
import { projectResources } from "./project-metadata.ts";

const NONE: Resources = { cpuMillis: 0, memoryBytes: 0, pods: 0 };

function sum(one: Resources, other: Resources): Resources {
  return {
    cpuMillis: one.cpuMillis + other.cpuMillis,
    memoryBytes: one.memoryBytes + other.memoryBytes,
    pods: one.pods + other.pods,
  };
}

function larger(one: Resources, other: Resources): Resources {
  return {
    cpuMillis: Math.max(one.cpuMillis, other.cpuMillis),
    memoryBytes: Math.max(one.memoryBytes, other.memoryBytes),
    pods: Math.max(one.pods, other.pods),
  };
}

const requestsOf = (container: unknown): Resources =>
  projectResources(field(container, "resources", "requests"), 0);

/**
 * What the scheduler reserves for a pod: its containers and sidecars, or its hungriest moment of
 * initialisation, plus overhead; what is asked for the pod as a whole replaces the sum.
 * *Source:* k8s.io/component-helpers resource.PodRequests.
 */
export function projectRequests(spec: unknown): Resources {
  let running = items(field(spec, "containers")).map(requestsOf).reduce(sum, NONE);
  let sidecars = NONE;
  let initialising = NONE;
  for (const container of items(field(spec, "initContainers"))) {
    const requests = requestsOf(container);
    if (field(container, "restartPolicy") === "Always") {
      running = sum(running, requests);
      sidecars = sum(sidecars, requests);
      initialising = larger(initialising, sidecars);
    } else {
      initialising = larger(initialising, sum(sidecars, requests));
    }
  }
  const needed = larger(running, initialising);
  const asWhole = field(spec, "resources", "requests");
  const overall = projectResources(asWhole, 0);
  return sum(
    {
      cpuMillis: field(asWhole, "cpu") === undefined ? needed.cpuMillis : overall.cpuMillis,
      memoryBytes: field(asWhole, "memory") === undefined ? needed.memoryBytes : overall.memoryBytes,
      pods: 1,
    },
    projectResources(field(spec, "overhead"), 0),
  );
}
