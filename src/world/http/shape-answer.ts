import type { KubernetesRequest } from "#gateway/wire.ts";
import type { ServerAnswer } from "#world/kubernetes/status.ts";
import type { Wanted } from "./accept.ts";
import type { EventShape } from "./watch-response.ts";

/** The answer in the form that the client asked for. `now` in ms since epoch. */
export function shapeAnswer(
  answer: ServerAnswer,
  _request: KubernetesRequest,
  _wanted: Wanted,
  _now: number,
): ServerAnswer {
  return answer;
}

export function shapeEvent(_request: KubernetesRequest, _wanted: Wanted, _now: () => number): EventShape {
  return (event) => event;
}
