import { describe, expect, it } from "vitest";
import type { GroupInstance, Node, ScalingActivity, ScalingGroup } from "#model/objects.ts";
import type { SnapshotStore } from "#model/snapshot-store.ts";
import {
  judgeSuccessor,
  type SuccessorAnswer,
  type SuccessorQuestion,
  staticPodName,
} from "#rules/successor.ts";
import { aGroup, instanceOf } from "#test/builders/a-group.ts";
import { aNode } from "#test/builders/a-node.ts";
import { aMirrorPod } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";

interface Scene {
  readonly old: Node;
  readonly next: Node;
  readonly snapshot: SnapshotStore;
  readonly group: ScalingGroup;
  readonly question: SuccessorQuestion;
}

/** Three nodes of one group; node-1 has been terminated; what came since is left to the test. */
function terminated(): Scene {
  const nodes = [1, 2, 3].map((index) => aNode({ name: `node-${index}` }));
  const [old = aNode(), ...others] = nodes;
  const next = aNode({ name: "node-4" });
  const snapshot = aSnapshot({ nodes: others });
  const group = aGroup({ nodes: others, desired: 3 });
  const question: SuccessorQuestion = {
    snapshot,
    group,
    activities: [],
    before: { instanceIds: nodes.map((node) => instanceOf(node).id), desired: 3 },
    terminatedInstance: instanceOf(old).id,
    oldNodeUid: old.uid,
    claimed: new Set(),
    stableForSeconds: 0,
    readyForSeconds: () => 3_600,
    mirrorPods: [],
  };
  return { old, next, snapshot, group, question };
}

function ask(
  scene: Scene,
  launched: readonly GroupInstance[] = [],
  more: Partial<SuccessorQuestion> = {},
  group: Partial<ScalingGroup> = {},
): SuccessorAnswer {
  const instances = [...scene.group.instances, ...launched];
  return judgeSuccessor({ ...scene.question, group: { ...scene.group, instances, ...group }, ...more });
}

const textOf = (answer: SuccessorAnswer): string =>
  answer.kind === "waiting"
    ? `${answer.reason.code} ${answer.reason.message}`
    : `${answer.code} ${answer.message}`;

const activity = (status: string, fields: Partial<ScalingActivity> = {}): ScalingActivity => ({
  id: "1",
  startedAt: "",
  status,
  description: "Launching a new EC2 instance",
  message: "",
  ...fields,
});

describe("the successor", () => {
  it("is awaited from the launch of its instance to its Ready node, step by step", () => {
    const scene = terminated();
    const launched = instanceOf(scene.next);
    expect(textOf(ask(scene))).toBe("N-AWAITING-INSTANCE group nodes-a has not launched the successor yet");
    expect(textOf(ask(scene, [{ ...launched, lifecycle: "Pending:Wait" }]))).toBe(
      `N-AWAITING-INSTANCE new instance ${launched.id} is Pending:Wait`,
    );
    expect(textOf(ask(scene, [launched]))).toBe(
      `N-AWAITING-NODE new instance ${launched.id} has not joined as a node yet`,
    );
    scene.snapshot.putNode({ ...scene.next, ready: "False" });
    expect(textOf(ask(scene, [launched]))).toBe("N-AWAITING-NODE new node node-4 is not Ready yet");
    scene.snapshot.putNode(scene.next);
    expect(ask(scene, [launched])).toMatchObject({
      kind: "settled",
      code: "R-NEW-NODE",
      successor: { instanceId: launched.id, node: "node-4", nodeUid: scene.next.uid },
    });
  });

  it("is known by instance id, providerID and UID: a node that only has the old name is none", () => {
    const scene = terminated();
    const launched = instanceOf(scene.next);
    scene.snapshot.putNode({ ...scene.old, ready: "True" });
    expect(ask(scene, [launched])).toMatchObject({ kind: "waiting", reason: { code: "N-AWAITING-NODE" } });
    scene.snapshot.putNode({ ...scene.old, providerId: scene.next.providerId });
    expect(ask(scene, [launched])).toMatchObject({ kind: "waiting", reason: { code: "N-AWAITING-NODE" } });
  });

  it("may have the old name where it is a new node on the new instance", () => {
    const scene = terminated();
    scene.snapshot.putNode({ ...scene.next, name: scene.old.name });
    expect(ask(scene, [instanceOf(scene.next)])).toMatchObject({
      code: "R-NEW-NODE",
      successor: { node: "node-1" },
    });
  });

  it("is none of the instances that were there before", () => {
    expect(ask(terminated())).toMatchObject({ kind: "waiting" });
  });

  it("is none that another step has claimed, and none that is ending", () => {
    const scene = terminated();
    const launched = instanceOf(scene.next);
    scene.snapshot.putNode(scene.next);
    expect(ask(scene, [launched], { claimed: new Set([launched.id]) })).toMatchObject({ kind: "waiting" });
    expect(ask(scene, [{ ...launched, lifecycle: "Terminating:Wait" }])).toMatchObject({ kind: "waiting" });
  });

  it("is watched for as long as the spec asks", () => {
    const scene = terminated();
    scene.snapshot.putNode(scene.next);
    const watched = (seconds: number): SuccessorAnswer =>
      ask(scene, [instanceOf(scene.next)], { stableForSeconds: 30, readyForSeconds: () => seconds });
    expect(textOf(watched(12))).toBe("N-AWAITING-NODE new node node-4 is Ready, watched for 18 s more");
    expect(watched(30)).toMatchObject({ kind: "settled" });
  });

  it("is awaited until the static pods of the old node are Ready on it", () => {
    const scene = terminated();
    scene.snapshot.putNode(scene.next);
    const mirrorPods = ["etcd", "kube-apiserver"];
    scene.snapshot.putPod(aMirrorPod("etcd", "node-4"));
    scene.snapshot.putPod({ ...aMirrorPod("kube-apiserver", "node-4"), ready: false });
    scene.snapshot.putPod(aMirrorPod("kube-apiserver", "node-2"));
    const launched = [instanceOf(scene.next)];
    expect(textOf(ask(scene, launched, { mirrorPods }))).toBe(
      "N-MIRROR-PODS not Ready on node-4 yet: kube-apiserver",
    );
    scene.snapshot.putPod(aMirrorPod("kube-apiserver", "node-4"));
    expect(ask(scene, launched, { mirrorPods })).toMatchObject({ kind: "settled" });
  });

  it("is the second instance where the first one never joins", () => {
    const scene = terminated();
    const dud = instanceOf(aNode({ name: "dud" }));
    scene.snapshot.putNode(scene.next);
    expect(ask(scene, [dud, instanceOf(scene.next)])).toMatchObject({ successor: { node: "node-4" } });
  });
});

describe("a group that has not launched", () => {
  it("is explained at once with the message of its newest activity where that failed", () => {
    const message = "You have requested more vCPU capacity than your current limit allows";
    const activities = [activity("Failed", { message }), activity("Successful", { id: "0" })];
    expect(textOf(ask(terminated(), [], { activities }))).toBe(
      `N-LAUNCH-FAILED group nodes-a cannot launch: ${message}`,
    );
  });

  it("is not blamed for an old failure when something newer is under way", () => {
    const activities = [activity("InProgress", { id: "2" }), activity("Failed", { message: "old" })];
    expect(textOf(ask(terminated(), [], { activities }))).toContain("N-AWAITING-INSTANCE");
  });

  it("has no successor to bring where somebody lowered desired, once the rest is whole", () => {
    const scene = terminated();
    expect(textOf(ask(scene, [], {}, { desired: 2 }))).toBe(
      "R-NO-SUCCESSOR no successor: nodes-a wants 2 now, not 3",
    );
    scene.snapshot.putNode(aNode({ name: "node-3", ready: "Unknown" }));
    expect(ask(scene, [], {}, { desired: 2 })).toMatchObject({ kind: "waiting" });
  });

  it("is still awaited where desired was raised", () => {
    expect(ask(terminated(), [], {}, { desired: 5 })).toMatchObject({ kind: "waiting" });
  });
});

describe("an instance that others ended before anybody recorded the group", () => {
  it("is succeeded once the group as a whole has its desired instances, all Ready", () => {
    const scene = terminated();
    const launched = instanceOf(scene.next);
    const instanceIds = [...scene.question.before.instanceIds.slice(1), launched.id];
    const more = { before: { instanceIds, desired: 3 } };
    expect(ask(scene, [launched], more)).toMatchObject({ kind: "waiting" });
    scene.snapshot.putNode(scene.next);
    expect(ask(scene, [launched], more)).toMatchObject({
      code: "R-NEW-NODE",
      message: "nodes-a has its 3 instances, all Ready",
      successor: null,
    });
  });
});

describe("the name of a static pod", () => {
  it("is the mirror pod's without its node's", () => {
    expect(staticPodName(aMirrorPod("kube-apiserver", "ip-10-0-1-4"))).toBe("kube-apiserver");
  });
});
