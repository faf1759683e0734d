import type { InputOf, OutputOf, WorldAwsAction } from "./actions.ts";
import { groupCalls, groupReads } from "./calls/group-calls.ts";
import { membershipCalls } from "./calls/membership-calls.ts";
import { type ReadTime, readCalls } from "./calls/read-calls.ts";
import { scalingCalls } from "./calls/scaling-calls.ts";
import { templateCalls } from "./calls/template-calls.ts";
import { endDryRun, fault } from "./faults.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetView } from "./fleet-view.ts";
import { isKnownAction, refuseUnknownParameters } from "./parameters.ts";

type Reads = {
  readonly [A in keyof typeof readCalls | keyof typeof groupReads]: (
    fleet: FleetView,
    input: InputOf<A>,
    time: ReadTime,
  ) => OutputOf<A>;
};

type Writes = {
  readonly [A in Exclude<WorldAwsAction, keyof Reads>]: (fleet: Fleet, input: InputOf<A>) => OutputOf<A>;
};

/** Answered from a past where reads lag. */
const reads: Reads = { ...readCalls, ...groupReads };

/** Answered from the present. */
const writes: Writes = { ...scalingCalls, ...membershipCalls, ...groupCalls, ...templateCalls };

/** EC2's own; the others are those of Auto Scaling. */
const ofEc2: ReadonlySet<string> = new Set<WorldAwsAction>([
  "DescribeInstances",
  "TerminateInstances",
  ...(Object.keys(templateCalls) as (keyof typeof templateCalls)[]),
]);

export function isEc2Action(action: string): boolean {
  return ofEc2.has(action);
}

/**
 * Answers one AWS call at once: throttled, refused and lagging as the fleet is told to be.
 * @throws AwsError with AWS's own codes; InvalidAction for what is not modelled
 */
export function answerAwsCall<A extends WorldAwsAction>(
  fleet: Fleet,
  action: A,
  input: InputOf<A>,
): OutputOf<A> {
  const { now } = fleet.agenda;
  const throttled = fleet.throttle.refuse(action, isEc2Action(action), now);
  if (throttled !== undefined) throw throttled;
  const refusal = fleet.refusals.get(action)?.shift() ?? fleet.refusals.get("*")?.shift();
  if (refusal !== undefined) throw refusal;
  if (!isKnownAction(action)) throw unknownAction(action);
  refuseUnknownParameters(action, input, isEc2Action(action));
  const output = answerKnown(fleet, action, input);
  // Reads alone come so far: calls that change anything end a dry run before they do.
  if (isEc2Action(action)) endDryRun(input as { readonly DryRun?: boolean });
  return output;
}

function answerKnown<A extends WorldAwsAction>(fleet: Fleet, action: A, input: InputOf<A>): OutputOf<A> {
  const { now } = fleet.agenda;
  const read: unknown = Object.hasOwn(reads, action) ? reads[action as keyof Reads] : undefined;
  if (typeof read === "function") {
    const lag = fleet.history.lagMs === 0 ? 0 : fleet.random.between(0, fleet.history.lagMs);
    const time = { forgottenBefore: now - fleet.timings.instanceForgottenMs };
    return read(fleet.history.at(fleet, now - lag), input, time);
  }
  const write: unknown = Object.hasOwn(writes, action) ? writes[action as keyof Writes] : undefined;
  if (typeof write === "function") return write(fleet, input);
  throw unknownAction(action);
}

function unknownAction(action: string): Error {
  return fault(
    "InvalidAction",
    `The action ${action} is not valid for this web service: the embedded cluster does not model it.`,
  );
}
