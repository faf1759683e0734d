import type { EvictAnswer } from "#gateway/ports.ts";
import type { Budget, Pod } from "#model/objects.ts";
import type { EvictPodStep } from "#model/plan.ts";
import type { WaitReason } from "#model/run.ts";
import { budgetsOf, countHealthy, countsAgainst, isObserved } from "#rules/budgets.ts";
import { judgeBudgetsOf } from "#rules/drift.ts";
import { judgePod } from "#rules/judge-pod.ts";
import { countAvailable, countBefore } from "#rules/replaced.ts";
import { isOwnerBehindNewNode } from "../behind-new-node.ts";
import { knowClaims } from "../know-claims.ts";
import { isSettled } from "../run-state.ts";
import { isExcludedNow, skipExcluded } from "../skip-lane.ts";
import {
  failed,
  type HandlerEnd,
  laneStopped,
  nodeLaneOf,
  renewed,
  type StepContext,
  settled,
  uncordonedByOthers,
} from "../step-context.ts";
import { catchUp, type Look, pause, remaining, waitFor } from "../wait.ts";

/** However the budget's status looks, the server is asked again this often. */
const SAFETY_POLL_MILLISECONDS = 30_000;
const FLOOR_MILLISECONDS = 1_000;
/** A webhook that refuses, a server in trouble: asked again this often. */
const REFUSED_PAUSE_MILLISECONDS = 15_000;
/** A view that has not followed for longer may hide that a node was uncordoned or a budget tightened. */
const BEHIND_MILLISECONDS = 30_000;

/**
 * Evicts one pod: a quorum read that it is still the planned one, the durable intent, one request
 * with the UID precondition, and what follows from the answer. Never a DELETE, never past a budget.
 */
export async function evictPod(step: EvictPodStep, outer: StepContext): Promise<HandlerEnd> {
  let last = "";
  const wait: StepContext["wait"] = (reason) => {
    last = reason.message;
    outer.wait(reason);
  };
  const context = { ...outer, wait };
  return (await evictInTime(step, context)) ?? timedOut(step, last, context);
}

/** null: the time is up. */
async function evictInTime(step: EvictPodStep, context: StepContext): Promise<HandlerEnd | null> {
  let askedAt = context.clock.monotonic();
  while (remaining(context) > 0) {
    await knowClaims([context.live.snapshot.podByUid(step.target.uid)], context);
    const excluded = await skipExcluded(step, context);
    if (excluded) return excluded;
    const ended = await awaitClearance(step, askedAt, context);
    if (ended) return ended;
    const pod = await context.cluster.readPod(step.target.namespace, step.target.name, context.halt);
    const over = judgeVictim(step, pod, context);
    if (over || !pod) return over ?? settled("satisfied", "R-POD-GONE", "");
    await catchUp(context, "pods", pod.resourceVersion);
    await knowClaims([pod], context);
    if (isExcludedNow(step, context) || whyHold(step, pod, askedAt, context)) continue;
    const answer = await send(step, pod, context);
    if (!answer) continue;
    askedAt = context.clock.monotonic();
    const end = await react(answer, step, context);
    if (end) return end;
  }
  return null;
}

/** Waits, on the view alone, until nothing speaks against sending. Not null: the step is over. */
async function awaitClearance(
  step: EvictPodStep,
  askedAt: number,
  context: StepContext,
): Promise<HandlerEnd | null> {
  const cleared = await waitFor(context, (): Look<{ readonly end: HandlerEnd | null }> => {
    // Its node stopped meanwhile: nothing more is begun there.
    if (context.state().stoppedLanes.has(step.lane) || isSettled(context.state(), step.id))
      return { kind: "settled", value: { end: { kind: "again" } } };
    const pod = context.live.snapshot.podByUid(step.target.uid);
    if (isExcludedNow(step, context)) return { kind: "settled", value: { end: null } };
    const hold = pod && pod.deletionAt === null ? whyHold(step, pod, askedAt, context) : null;
    if (hold?.kind === "wait") return { kind: "waiting", reason: hold.reason };
    return { kind: "settled", value: { end: hold?.end ?? null } };
  });
  return cleared?.end ?? null;
}

/** Is there still something to evict? Not null: the step is over. */
function judgeVictim(step: EvictPodStep, pod: Pod | undefined, context: StepContext): HandlerEnd | null {
  const { target } = step;
  const lane = nodeLaneOf(context.content, step);
  const sent = context.state().intents.has(step.id);
  const facts = { availableBefore: availableBeforeOf(step, context) };
  if (!pod || pod.uid !== target.uid) {
    const text = pod ? `another pod is called ${target.name} now` : `${target.name} is gone`;
    if (sent) return settled("done", "R-DONE", `${target.name} was evicted`, facts);
    return settled("satisfied", pod ? "R-POD-RENEWED" : "R-POD-GONE", text, facts);
  }
  if (pod.deletionAt !== null) {
    if (sent) return settled("done", "R-DONE", `${target.name} was evicted`, facts);
    return settled("satisfied", "R-TERMINATING-POD", `${target.name} is terminating already`, facts);
  }
  if (pod.phase === "Succeeded" || pod.phase === "Failed") {
    return settled("satisfied", "R-FINISHED-POD", `${target.name} has finished`, { availableBefore: null });
  }
  if (target.node !== "" && pod.nodeName !== target.node) {
    return settled(
      "satisfied",
      "R-POD-MOVED",
      `${target.name} is on ${pod.nodeName || "no node"} now`,
      facts,
    );
  }
  const node = lane ? context.live.snapshot.node(lane.node) : undefined;
  if (!lane || !node) return null;
  if (node.uid !== lane.nodeUid) {
    const { code, message } = renewed(lane, node);
    return settled("satisfied", code, message, facts);
  }
  return node.unschedulable ? null : uncordonedByOthers(lane.node);
}

/**
 * What the owner has to get back to. As counted before our own request; else as the plan saw it,
 * because a pod that others took away leaves no count behind.
 */
function availableBeforeOf(step: EvictPodStep, context: StepContext): number | null {
  const intent = context.state().intents.get(step.id);
  if (intent?.kind === "EvictPod") return intent.availableBefore;
  if (!step.owner) return null;
  const planned = context.content.observed.workloads.find((one) => one.uid === step.owner?.uid);
  return planned?.readyPods ?? countBefore(step.owner, context.live.snapshot);
}

function countNow(step: EvictPodStep, context: StepContext): number | null {
  if (!step.owner) return null;
  const { stableForSeconds } = context.content.spec.pods;
  return countAvailable(step.owner, context.live.snapshot, stableForSeconds, (pod) => context.ages.of(pod));
}

type Hold =
  | { readonly kind: "wait"; readonly reason: WaitReason }
  | { readonly kind: "end"; readonly end: HandlerEnd };

/** Why not to send now, as far as the view shows: it saves a refusal and explains the wait. */
function whyHold(step: EvictPodStep, pod: Pod, askedAt: number, context: StepContext): Hold | null {
  const { content, live } = context;
  if (live.trouble !== null && live.behindMilliseconds > BEHIND_MILLISECONDS)
    return { kind: "wait", reason: { code: "N-UNREACHABLE", message: live.trouble } };
  const scope = nodeLaneOf(content, step) ? "node" : "pods";
  const verdict = judgePod(pod, { snapshot: live.snapshot, spec: content.spec, scope });
  if (verdict.kind === "block") {
    const { code, message } = verdict.finding;
    // Other nodes come and go: a place may turn up until the timeout.
    if (code === "B-UNPLACEABLE") return { kind: "wait", reason: { code, message } };
    return { kind: "end", end: laneStopped(code, `${pod.namespace}/${pod.name}: ${message}`) };
  }
  const tightened = judgeBudgetsOf(pod, step.lane, content, live.snapshot)[0];
  if (tightened) return { kind: "end", end: laneStopped(tightened.code, tightened.message) };
  const floor = whyBelowFloor(step, pod, context);
  if (floor) return { kind: "wait", reason: { code: "N-OWN-FLOOR", message: floor } };
  return whyBudgetHolds(pod, askedAt, context);
}

function whyBudgetHolds(pod: Pod, askedAt: number, context: StepContext): Hold | null {
  const budget = budgetsOf(pod, context.live.snapshot)[0];
  if (!budget || !countsAgainst(budget, pod)) return null;
  if (!isObserved(budget)) return null;
  const closed = budget.disruptionsAllowed <= 0;
  if (!closed) return whyStatusLags(budget, pod, context);
  if (context.clock.monotonic() - askedAt >= SAFETY_POLL_MILLISECONDS) return null;
  return { kind: "wait", reason: { code: "N-BUDGET", message: budgetText(budget) } };
}

/** Where a budget's controller stands still, its status knows nothing of what was lost since. */
function whyStatusLags(budget: Budget, pod: Pod, context: StepContext): Hold | null {
  if (!pod.ready) return null;
  const healthy = countHealthy(budget, context.live.snapshot);
  if (healthy > budget.desiredHealthy) return null;
  const message = `${budgetText(budget)}, but ${healthy} of its pods are healthy as they are seen now`;
  return { kind: "wait", reason: { code: "N-BUDGET", message } };
}

/**
 * Own floor, with or without a budget: never the last available pod of a workload with several
 * replicas, unless it is accepted that the workload is down until the new node is Ready.
 */
function whyBelowFloor(step: EvictPodStep, pod: Pod, context: StepContext): string | null {
  const workload = step.owner ? context.live.snapshot.workload(step.owner.uid) : undefined;
  if (!workload || workload.job || workload.kind === "DaemonSet" || workload.replicas < 2 || !pod.ready)
    return null;
  const available = countNow(step, context) ?? 0;
  if (available > 1 || isOwnerBehindNewNode(step, context)) return null;
  return `${pod.name} is the last available pod of ${workload.kind} ${workload.name}, which wants ${workload.replicas}`;
}

function budgetText(budget: Budget): string {
  const counts = `${budget.currentHealthy} healthy, ${budget.desiredHealthy} needed, ${budget.disruptionsAllowed} disruptions allowed`;
  return `budget ${budget.namespace}/${budget.name}: ${counts}`;
}

/** null: not sent, because the lock had to be waited for, and meanwhile anything may have changed. */
async function send(step: EvictPodStep, pod: Pod, context: StepContext): Promise<EvictAnswer | null> {
  if (!(await context.writable())) return null;
  const availableBefore = step.owner && countBefore(step.owner, context.live.snapshot);
  const known = context.state().intents.get(step.id);
  if (known?.kind !== "EvictPod" || known.availableBefore !== availableBefore) {
    const intent = { kind: "EvictPod", podUid: pod.uid, node: pod.nodeName, availableBefore } as const;
    await context.commit([{ kind: "StepIntent", step: step.id, intent }]);
    if (!(await context.writable())) return null;
  }
  return context.cluster.evict(
    {
      namespace: step.target.namespace,
      name: step.target.name,
      uid: step.target.uid,
      gracePeriodSeconds: step.params.gracePeriodSeconds,
    },
    context.halt,
  );
}

/** null: look again. */
async function react(
  answer: EvictAnswer,
  step: EvictPodStep,
  context: StepContext,
): Promise<HandlerEnd | null> {
  const { name } = step.target;
  switch (answer.kind) {
    case "accepted":
      return settled("done", "R-DONE", `${name} was evicted`, {
        availableBefore: availableBeforeOf(step, context),
      });
    case "gone":
    case "renewed":
      await pause(context, FLOOR_MILLISECONDS);
      return null;
    case "budget":
      return again("N-BUDGET", answer.message, FLOOR_MILLISECONDS, context);
    case "budget-unobserved":
      return again("N-BUDGET-UNOBSERVED", answer.message, answer.retryAfterSeconds * 1000, context);
    case "throttled":
      return again("N-THROTTLED", answer.message, answer.retryAfterSeconds * 1000, context);
    case "namespace-terminating":
      return again("N-NAMESPACE-TERMINATING", answer.message, FLOOR_MILLISECONDS * 2, context);
    case "unknown":
      return again("N-SERVER-TROUBLE", answer.message, answer.retryAfterSeconds * 1000, context);
    case "refused":
      return again(
        "N-SERVER-TROUBLE",
        `the server refuses the eviction: ${answer.message}`,
        REFUSED_PAUSE_MILLISECONDS,
        context,
      );
    case "two-budgets":
      return laneStopped("B-TWO-BUDGETS", `${step.target.namespace}/${name}: ${answer.message}`);
    case "forbidden":
      return failed("E-FORBIDDEN", answer.message);
  }
}

async function again(
  code: Parameters<StepContext["wait"]>[0]["code"],
  message: string,
  milliseconds: number,
  context: StepContext,
): Promise<null> {
  context.wait({ code, message });
  await pause(context, Math.max(milliseconds, FLOOR_MILLISECONDS));
  return null;
}

function timedOut(step: EvictPodStep, last: string, context: StepContext): HandlerEnd {
  const { namespace, name, uid } = step.target;
  const pod = context.live.snapshot.podByUid(uid);
  const budget = pod && budgetsOf(pod, context.live.snapshot)[0];
  const command = budget
    ? `kubectl describe poddisruptionbudget ${budget.name} --namespace ${namespace}`
    : `kubectl describe pod ${name} --namespace ${namespace}`;
  return failed(
    "E-EVICTION-TIMEOUT",
    `${namespace}/${name} could not be evicted within ${step.timeoutSeconds} s: ${last || "no answer"}; see: ${command}`,
  );
}
