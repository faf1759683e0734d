import type { IndexFailures } from "./job-backoff.ts";
import { failureCountKey, ignoredCountKey, indexKey } from "./job-indexes.ts";
import type { Container, PodTemplate } from "./pod-types.ts";
import type { Job } from "./workload-types.ts";

/** The pod that an index of a Job gets. */
export interface IndexedDraft {
  readonly template: PodTemplate;
  readonly labels: Readonly<Record<string, string>>;
  readonly generateName: string;
}

const longestPrefix = 58;

/** `failures`: undefined where the Job does not count them by index. */
export function indexedDraft(job: Job, index: number, failures: IndexFailures | undefined): IndexedDraft {
  const { template } = job.spec;
  const annotations = {
    ...template.metadata?.annotations,
    [indexKey]: String(index),
    ...(failures === undefined ? {} : { [failureCountKey]: String(failures.counted) }),
    ...((failures?.ignored ?? 0) === 0 ? {} : { [ignoredCountKey]: String(failures?.ignored) }),
  };
  const suffix = `-${index}-`;
  return {
    template: {
      metadata: { ...template.metadata, annotations },
      spec: {
        ...template.spec,
        ...numbered(template),
        hostname: `${job.metadata.name}-${index}`,
      },
    },
    labels: { [indexKey]: String(index) },
    generateName: `${job.metadata.name.slice(0, longestPrefix - suffix.length)}${suffix}`,
  };
}

const known = new WeakMap<PodTemplate, Pick<PodTemplate["spec"], "containers" | "initContainers">>();

/** All pods of a template share their containers. */
function numbered(template: PodTemplate): Pick<PodTemplate["spec"], "containers" | "initContainers"> {
  const before = known.get(template);
  if (before !== undefined) return before;
  const { containers, initContainers } = template.spec;
  const found = {
    containers: containers.map(withIndex),
    ...(initContainers === undefined ? {} : { initContainers: initContainers.map(withIndex) }),
  };
  known.set(template, found);
  return found;
}

const variable = {
  name: "JOB_COMPLETION_INDEX",
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${indexKey}']` } },
};

function withIndex(container: Container): Container {
  const { env = [] } = container;
  return env.some(({ name }) => name === variable.name)
    ? container
    : { ...container, env: [...env, variable] };
}
