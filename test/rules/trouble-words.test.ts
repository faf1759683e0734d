import { expect, test } from "vitest";
import { troubleWords } from "#rules/trouble-words.ts";

const UID = "ed393251-2946-4ae5-ae77-f6e86057589f";

test.each([
  [
    "0/4 nodes are available: 3 Insufficient cpu. preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod.",
    "0/4 nodes are available: 3 Insufficient cpu",
  ],
  [
    "0/1 nodes are available: 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    "0/1 nodes are available: 1 node(s) were unschedulable",
  ],
  [
    `back-off 20s restarting failed container=c pod=web-1_default(${UID})`,
    "back-off 20s restarting failed container=c",
  ],
  ["no such image", "no such image"],
])("what scheduler and kubelet say is told without what helps nobody: %s", (message, words) => {
  expect(troubleWords({ reason: "Any", message })).toBe(words);
});

test("a long text leaves room for what to do", () => {
  expect(troubleWords({ reason: "Any", message: "x".repeat(5000) })).toHaveLength(300);
});
