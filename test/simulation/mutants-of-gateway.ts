import type { Mutant } from "./mutant.ts";

const EVICTION_CALL = "src/gateway/kubernetes/evict.ts";
const NODE_WRITE = "src/gateway/kubernetes/node-write.ts";
const KIND_VIEW = "src/gateway/kubernetes/kind-view.ts";
const REPLACED = "src/rules/replaced.ts";
const RUN_STORE = "src/gateway/local/file-run-store.ts";

/** In the rules and the gateway. */
export const GATEWAY_MUTANTS: readonly Mutant[] = [
  {
    name: "no UID precondition",
    file: EVICTION_CALL,
    find: "        preconditions: { uid: request.uid },\n",
    replace: "",
    why: "a pod of the same name is evicted (kubernetes#138229)",
  },
  {
    name: "grace of an instant",
    file: EVICTION_CALL,
    find: "...(gracePeriodSeconds === null ? {} : { gracePeriodSeconds })",
    replace: "gracePeriodSeconds: gracePeriodSeconds ?? 0",
    why: "30 nanoseconds of grace are 0 seconds",
  },
  {
    name: "grace of the spec not sent",
    file: EVICTION_CALL,
    find: "...(gracePeriodSeconds === null ? {} : { gracePeriodSeconds })",
    replace: "...{}",
    why: "pods get their own grace period where the plan says another",
  },
  {
    name: "deletes instead of evicting",
    file: EVICTION_CALL,
    find: '    method: "POST",',
    replace: '    method: "DELETE",',
    why: "a delete asks no budget",
  },
  {
    name: "a 500 is done",
    file: EVICTION_CALL,
    find: "  if (status >= 500 || status === 408) {",
    replace: '  if (status >= 500) return { kind: "accepted" };\n  if (status === 408) {',
    why: "a server in trouble has evicted nothing",
  },
  {
    name: "a 429 is done",
    file: EVICTION_CALL,
    find: "  if (status === 429) return classifyTooMany(response, message);",
    replace: '  if (status === 429) return { kind: "accepted" };',
    why: "drain errors are dropped",
  },
  {
    name: "two budgets not seen",
    file: "src/rules/judge-pod.ts",
    find: "  twoBudgets,\n",
    replace: "",
    why: "the server refuses it until a person settles it (kubernetes#75957)",
  },
  {
    name: "node patched by name",
    file: NODE_WRITE,
    find: "body: { metadata: { uid, resourceVersion, annotations }, spec }",
    replace: "body: { metadata: { annotations }, spec }",
    why: "another node of the same name is cordoned (kops#5794)",
  },
  {
    name: "cordon without a mark",
    file: NODE_WRITE,
    find: "    [CORDON_ANNOTATION]: writeCordonMarker(request),\n",
    replace: "",
    why: "nobody knows whose cordon it is",
  },
  {
    name: "autoscaler not told",
    file: NODE_WRITE,
    find: '    [SCALE_DOWN_ANNOTATION]: "true",\n',
    replace: "",
    why: "an autoscaler removes the emptied node with decrement",
  },
  {
    name: "decrements",
    file: "src/gateway/aws/terminate.ts",
    find: "ShouldDecrementDesiredCapacity: false };",
    replace: "ShouldDecrementDesiredCapacity: true };",
    why: "the group shrinks with each node",
  },
  {
    name: "terminate retried blindly",
    file: "src/gateway/aws/terminate.ts",
    find: "    if (error instanceof AwsError) return classifyTermination(error);",
    replace:
      '    if (error instanceof AwsError && error.code === "Unreachable" && !signal?.aborted) return terminate(caller, instanceId, signal);\n    if (error instanceof AwsError) return classifyTermination(error);',
    why: "whether AWS counts a repeated call twice is not known",
  },
  {
    name: "intents not synced",
    file: "src/gateway/local/file-sink.ts",
    find: "      calls.syncData(descriptor);\n",
    replace: "",
    why: "a power loss takes what was never synced",
  },
  {
    name: "journal's name not synced",
    file: "src/gateway/local/private-files.ts",
    find: "    const descriptor = refuseOnError(path, () => this.#files.open(path, flags, FILE_MODE));\n    this.#syncFolder(dirname(path));",
    replace: "    const descriptor = refuseOnError(path, () => this.#files.open(path, flags, FILE_MODE));",
    why: "the bytes are durable and the file is not",
  },
  {
    name: "torn tail kept",
    file: RUN_STORE,
    find: "    if (tailBytes > 0) {",
    replace: "    if (tailBytes > 1e9) {",
    why: "the next record is written behind half of one",
  },
  {
    name: "replacement not awaited",
    file: REPLACED,
    find: "  if (available.length < wanted || namesakeMissing) {",
    replace: "  if (available.length < 0) {",
    why: "nobody waits for the replacement (kubernetes#31487)",
  },
  {
    name: "newest pod of the app",
    file: REPLACED,
    find: "  if (available.length < wanted || namesakeMissing) {",
    replace: "  if (available.length < Math.min(1, wanted)) {",
    why: "the newest pod with the same label is taken for the replacement",
  },
  {
    name: "replacement found by its timestamp",
    file: REPLACED,
    find: "  if (available.length < wanted || namesakeMissing) {",
    replace:
      '  if (!available.some((pod) => pod.createdAt > (snapshot.podByUid(victim.uid)?.createdAt ?? ""))) {',
    why: "a pod that is newer than the evicted one need not be in its place",
  },
  {
    name: "HPA not understood",
    file: REPLACED,
    find: "  const wanted = workload ? Math.min(workload.replicas, availableBefore) : availableBefore;",
    replace: "  const wanted = availableBefore + (workload ? 0 : 0);",
    why: "a workload that was scaled down is waited for for ever",
  },
  {
    name: "minReadySeconds ignored",
    file: REPLACED,
    find: "  Math.max(workload?.minReadySeconds ?? 0, stableFor);",
    replace: "  Math.min(workload?.minReadySeconds ?? 0, stableFor) * 0;",
    why: "a pod that is Ready for an instant serves nobody",
  },
  {
    name: "view still shows the victim",
    file: REPLACED,
    find: "  if (seen && seen.deletionAt === null && !isFinished(seen)) {",
    replace: '  if (seen && seen.deletionAt === null && seen.namespace === "") {',
    why: "the old count is taken for the new one",
  },
  {
    name: "DaemonSet pods moved",
    file: "src/rules/judge-pod.ts",
    find: "  daemonPod,\n  finishedPod,",
    replace: "  finishedPod,",
    why: "they come back on the same node, for ever",
  },
  {
    name: "mirror pods moved",
    file: "src/rules/judge-pod.ts",
    find: "  mirrorPod,\n  daemonPod,\n  finishedPod,\n  terminatingPod,",
    replace: "  daemonPod,\n  finishedPod,\n  terminatingPod,",
    why: "they belong to their node",
  },
  {
    name: "annotations cut",
    file: "src/gateway/kubernetes/leases.ts",
    find: "const LONGEST_ANNOTATION = 256 * 1024;",
    replace: "const LONGEST_ANNOTATION = 1024;",
    why: "a large plan hung when it was announced: found by the storm",
  },
  {
    name: "any instance is the successor",
    file: "src/rules/successor.ts",
    find: "      !before.instanceIds.includes(instance.id) &&\n",
    replace: "",
    why: "a node that was there before is taken for the new one",
  },
  {
    name: "another cluster accepted",
    file: "src/rules/drift.ts",
    find: "  if (identity.uid !== content.cluster.uid) {",
    replace: '  if (identity.uid === "") {',
    why: "a plan is for one cluster",
  },
  {
    name: "watch that ends is forgotten",
    file: "src/gateway/kubernetes/follow-kind.ts",
    find: "    if (progressed) failures = lists = 0;",
    replace:
      '    if (end.kind === "ended" && !mustList) await caller.clock.sleep(86_400_000, signal);\n    if (progressed) failures = lists = 0;',
    why: "a closed watch counts as success",
  },
  {
    name: "older list accepted",
    file: KIND_VIEW,
    find: "      if (isOlder(list.resourceVersion, seen)) return false;\n      const found = new Set(list.objects.map(kind.key));\n      for (const key of [...held.keys()]) if (!found.has(key)) drop(key);\n      for (const object of list.objects) put(object);\n      seen = list.resourceVersion;\n",
    replace:
      "      const found = new Set(list.objects.map(kind.key));\n      for (const key of [...held.keys()]) if (!found.has(key)) drop(key);\n      for (const object of list.objects) put(object);\n      seen = newest(list.resourceVersion, seen);\n",
    why: "a lagging server takes the view back in time, and what came since is not told again",
  },
  {
    name: "deletions not seen",
    file: KIND_VIEW,
    find: '        if (type === "DELETED") drop(kind.key(object));\n        else put(object);',
    replace: "        put(object);",
    why: "what is gone is waited for",
  },
  {
    name: "a relist keeps what is gone",
    file: KIND_VIEW,
    find: "      for (const key of [...held.keys()]) if (!found.has(key)) drop(key);\n",
    replace: "      void found;\n",
    why: "what went while nobody watched is waited for",
  },
];
