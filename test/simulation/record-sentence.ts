import type { Intent, RunRecord } from "#model/run.ts";

/** "that it will evict pod 5f3c… of ip-10-0-1-2": what a journal says, as one reads it. */
export function sentenceOfRecord(record: RunRecord): string {
  switch (record.kind) {
    case "StepIntent":
      return `that it will ${sentenceOfIntent(record.intent)} (${record.step})`;
    case "StepResult":
      return `that ${record.step} is ${record.outcome}: ${record.code} ${record.message}`;
    case "RunStarted":
      return `the start of ${record.run}, plan ${record.plan}, on ${record.host}`;
    case "RunResumed":
      return `that it resumes on ${record.host}`;
    case "LaneStopped":
      return `that ${record.lane} stops: ${record.code} ${record.message}`;
    case "NodeUncordoned":
      return `that ${record.node} is uncordoned`;
    case "RunStopped":
      return `that the run stops with ${record.exit}: ${record.code} ${record.message}`;
    case "RunFinished":
      return "that the run is finished";
    default: {
      const { kind, ...rest } = record;
      return `${kind} ${JSON.stringify(rest)}`;
    }
  }
}

function sentenceOfIntent(intent: Intent): string {
  switch (intent.kind) {
    case "CordonNode":
      return `cordon node ${intent.nodeUid}${intent.wasUnschedulable ? ", which is cordoned already" : ""}`;
    case "EvictPod":
      return `evict pod ${intent.podUid} from ${intent.node}, with ${intent.availableBefore ?? "nothing"} available before`;
    case "TerminateInstance":
      return `end ${intent.instanceId} of ${intent.group}, which wants ${intent.desired} of ${intent.min} to ${intent.max}`;
    case "UncordonNode":
      return `uncordon node ${intent.nodeUid}`;
  }
}
