/** A bug planted on purpose: the storm must find it, or it would not find the real one either. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The mistake that it stands for. */
  readonly why: string;
}

const EVICT = "src/executor/handlers/evict-pod.ts";
const TERMINATE = "src/executor/handlers/terminate-instance.ts";
const HELD_LOCK = "src/executor/held-lock.ts";
const LOCK = "src/executor/lock.ts";
const READY_STEPS = "src/executor/ready-steps.ts";
const TAKE_BACK = "src/executor/take-back-cordon.ts";
const EVICTION_CALL = "src/gateway/kubernetes/evict.ts";
const NODE_WRITE = "src/gateway/kubernetes/node-write.ts";
const KIND_VIEW = "src/gateway/kubernetes/kind-view.ts";
const REPLACED = "src/rules/replaced.ts";
const RUN_STORE = "src/gateway/local/file-run-store.ts";

export const MUTANTS: readonly Mutant[] = [
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
    name: "rights not asked for before",
    file: "src/executor/before-run.ts",
    find: "allowed[index] === false",
    replace: "allowed[index] === null",
    why: "a missing right is found out behind the cordon (kubernetes#37592)",
  },
  {
    name: "waits without an end",
    file: "src/executor/wait.ts",
    find: "    const left = remaining(context);\n    if (left <= 0) return null;\n    await changeOrTime",
    replace: "    const left = Math.max(1, remaining(context));\n    await changeOrTime",
    why: "pods that crash block a drain for ever (kubernetes#72320)",
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
    name: "others' cordon undone",
    file: TAKE_BACK,
    find: "const makeSchedulable = unschedulable && !staysCordoned;",
    replace: "const makeSchedulable = true;",
    why: "somebody cordoned the node before us for a reason",
  },
  {
    name: "autoscaler not told again",
    file: TAKE_BACK,
    find: "    const scaleDownDisabled = isOurs ? before.value : node.scaleDownDisabled;",
    replace: "    const scaleDownDisabled = node.scaleDownDisabled;",
    why: "a node is kept from the autoscaler for ever",
  },
  {
    name: "restore skipped",
    file: TAKE_BACK,
    find: "    if (node.cordonMarker?.run !== run) {",
    replace:
      '    if (node.cordonMarker) return undone("as good as uncordoned");\n    if (node.cordonMarker !== null) {',
    why: "a node stays cordoned for ever",
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
    name: "no intent to evict",
    file: EVICT,
    find: '    await context.commit([{ kind: "StepIntent", step: step.id, intent }]);\n',
    replace: "    void intent;\n",
    why: "after a crash nobody knows that it was asked",
  },
  {
    name: "no intent to cordon",
    file: "src/executor/handlers/cordon-node.ts",
    find: '  await context.commit([\n    {\n      kind: "StepIntent",',
    replace: '  if (step.tier < 0) await context.commit([\n    {\n      kind: "StepIntent",',
    why: "after a crash nobody knows whose cordon it is",
  },
  {
    name: "no intent to terminate",
    file: TERMINATE,
    find: '  await context.commit([{ kind: "StepIntent", step: step.id, intent: intentOf(step, group) }]);\n  if (!',
    replace: "  void group;\n  if (!",
    why: "the write-ahead record is the whole of crash safety",
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
    name: "a namesake is the pod",
    file: EVICT,
    find: "  if (!pod || pod.uid !== target.uid) {",
    replace: "  if (!pod) {",
    why: "waiting by name on StatefulSets (brupop#168, kubernetes.core#792)",
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
    name: "nothing to get back to",
    file: EVICT,
    find: "  const availableBefore = step.owner && countBefore(step.owner, context.live.snapshot);",
    replace: "  const availableBefore = step.owner && countBefore(step.owner, context.live.snapshot) * 0;",
    why: "a replacement judged by a count that lags",
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
    name: "terminates a full node",
    file: "src/executor/node-emptiness.ts",
    find: '  if (left.length === 0) return { kind: "empty" };',
    replace: '  if (left.length >= 0) return { kind: "empty" };',
    why: "drain errors are dropped and the instance ends anyway",
  },
  {
    name: "discovered pods ignored",
    file: "src/executor/judge-arrivals.ts",
    find: '    if (verdict.kind === "move" && !uids.has(pod.uid))',
    replace: '    if (verdict.kind === "move" && uids.has(""))',
    why: "pods move between plan and apply",
  },
  {
    name: "stuck pods given up",
    file: "src/executor/node-emptiness.ts",
    find: '  return content.spec.nodes.unreachable === "terminate" && content.spec.replace.mode === "terminate";',
    replace: '  return content.spec.replace.mode === "terminate";',
    why: "whether they may be given up is the spec's to say",
  },
  {
    name: "lease age not looked at",
    file: HELD_LOCK,
    find: "    if (age < WRITE_SECONDS * 1000) return isAtOnce;",
    replace: "    if (age >= 0 || WRITE_SECONDS === 0) return isAtOnce;",
    why: "a paused process wakes up and goes on",
  },
  {
    name: "monotonic clock alone",
    file: HELD_LOCK,
    find: "  return Math.max(clock.monotonic() - renewal.monotonic, clock.now() - renewal.wall);",
    replace: "  return clock.monotonic() - renewal.monotonic;",
    why: "it stands still while a machine is suspended",
  },
  {
    name: "lock of a live run taken",
    file: LOCK,
    find: '  if (lease.holder === "" || lease.holder === holderOf(options)) return null;',
    replace: '  if (lease.holder !== "?" || lease.holder === holderOf(options)) return null;',
    why: "two runs at once",
  },
  {
    name: "unfinished run not seen",
    file: LOCK,
    find: "    if (shared === null && !isSamePlan) continue;",
    replace: "    if (shared === null || shared !== null) continue;",
    why: "a run begun on another machine is started blind",
  },
  {
    name: "run not announced",
    file: "src/executor/execute-run.ts",
    find: "    await lock.announce(options.stop);\n",
    replace: "",
    why: "other machines must know what is unfinished",
  },
  {
    name: "run not forgotten",
    file: HELD_LOCK,
    find: ".filter((run) => !runEnded || run.run !== self.run);",
    replace: '.filter((run) => !runEnded || run.run !== "" || self.run === "");',
    why: "a finished run refuses every other for ever",
  },
  {
    name: "annotations cut",
    file: "src/gateway/kubernetes/leases.ts",
    find: "const LONGEST_ANNOTATION = 256 * 1024;",
    replace: "const LONGEST_ANNOTATION = 1024;",
    why: "a large plan hung when it was announced: found by the storm",
  },
  {
    name: "steps do not wait for their causes",
    file: READY_STEPS,
    find: "      step.needs.every((need) => isSettled(state, need)),",
    replace: '      step.needs.every((need) => need !== "" || isSettled(state, need)),',
    why: "the next pod goes before the last is replaced",
  },
  {
    name: "all nodes at once",
    file: READY_STEPS,
    find: "    if (unavailable >= content.spec.limits.maxUnavailableNodes) continue;",
    replace: "    if (unavailable >= content.spec.limits.maxUnavailableNodes + 9) continue;",
    why: "the limit is what keeps the cluster alive",
  },
  {
    name: "all pods at once",
    file: READY_STEPS,
    find: "        if (moves >= content.spec.limits.podsInParallel) continue;",
    replace: "        if (moves >= content.spec.limits.podsInParallel + 99) continue;",
    why: "only a budget, where there is one, holds them then",
  },
  {
    name: "no floor of its own",
    file: EVICT,
    find: "  if (available > 1 || isOwnerBehindNewNode(step, context)) return null;",
    replace: "  if (available > -1 || isOwnerBehindNewNode(step, context)) return null;",
    why: "the last pod that serves is evicted",
  },
  {
    name: "doubt not settled",
    file: TERMINATE,
    find: "    if (context.state().intents.has(step.id)) {\n      const doubt",
    replace: '    if (context.state().intents.has("")) {\n      const doubt',
    why: "the answer was lost, the call was not",
  },
  {
    name: "one look is enough",
    file: TERMINATE,
    find: "const AGREEING_READS = 3;",
    replace: "const AGREEING_READS = 0;",
    why: "Describe may lag",
  },
  {
    name: "waits for a node that is gone",
    file: "src/executor/handlers/await-node-gone.ts",
    find: "    if (!node || node.uid !== step.target.uid)\n      return",
    replace: "    if (node && node.uid !== step.target.uid)\n      return",
    why: "a node that vanished is waited for for ever (kops#8867)",
  },
  {
    name: "any instance is the successor",
    file: "src/rules/successor.ts",
    find: "      !before.instanceIds.includes(instance.id) &&\n",
    replace: "",
    why: "a node that was there before is taken for the new one",
  },
  {
    name: "uncordon not noticed",
    file: EVICT,
    find: "  return node.unschedulable ? null : uncordonedByOthers(lane.node);",
    replace: "  return null;",
    why: "what is evicted comes straight back",
  },
  {
    name: "another cluster accepted",
    file: "src/rules/drift.ts",
    find: "  if (identity.uid !== content.cluster.uid) {",
    replace: '  if (identity.uid === "") {',
    why: "a plan is for one cluster",
  },
  {
    name: "expired plan begun",
    file: "src/executor/run-plan.ts",
    find: '  if (known.kind !== "unfinished" && Date.parse(plan.meta.expiresAt) < options.clock.now()) {',
    replace: '  if (known.kind !== "unfinished" && Date.parse(plan.meta.expiresAt) < 0) {',
    why: "nobody knows any more what it was made for",
  },
  {
    name: "asks without a pause",
    file: EVICT,
    find: "  await pause(context, Math.max(milliseconds, FLOOR_MILLISECONDS));",
    replace: "  await pause(context, Math.min(milliseconds, 10));",
    why: "a retry loop without a floor",
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
