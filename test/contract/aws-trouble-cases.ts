import { expect } from "vitest";
import { until } from "./api.ts";
import { group, instancesOf, refusal, settled } from "./aws-cases.ts";
import type { ContractCase, Namespaced } from "./subject.ts";

function terminate({ subject }: Namespaced, InstanceId: string, ShouldDecrementDesiredCapacity = false) {
  const input = { InstanceId, ShouldDecrementDesiredCapacity };
  return subject.aws.call("TerminateInstanceInAutoScalingGroup", input);
}

async function stateOf(cluster: Namespaced, name: string, instance: string): Promise<string | undefined> {
  const { Instances = [] } = await group(cluster, name);
  return Instances.find(({ InstanceId }) => InstanceId === instance)?.LifecycleState;
}

/** What people, limits and other tools do to groups. */
const troubles: readonly ContractCase[] = [
  {
    sentence: "lowers the desired capacity with a termination that is told to, and launches no successor",
    changes: "lost",
    async show(cluster) {
      const [instance = ""] = instancesOf(await settled(cluster, "lost", 1));
      await terminate(cluster, instance, true);
      expect((await group(cluster, "lost")).DesiredCapacity).toBe(0);
      await settled(cluster, "lost", 0);
      await cluster.subject.clock.sleep(3000);
      expect((await group(cluster, "lost")).Instances ?? []).toEqual([]);
      await cluster.subject.admin.setDesired("lost", 1);
      await settled(cluster, "lost", 1);
    },
  },
  {
    sentence: "refuses a termination while another activity goes on, and takes the next one",
    isAlone: true,
    async show(cluster) {
      const [instance = ""] = instancesOf(await settled(cluster, "lost", 1));
      await cluster.subject.admin.refuseNextTermination();
      const input = { InstanceId: instance, ShouldDecrementDesiredCapacity: false };
      expect(await refusal(cluster, "TerminateInstanceInAutoScalingGroup", input)).toMatchObject({
        code: "ScalingActivityInProgress",
        status: 400,
      });
      expect(await stateOf(cluster, "lost", instance)).toBe("InService");
      await terminate(cluster, instance);
      expect(await stateOf(cluster, "lost", instance)).toBe("Terminating");
    },
  },
  {
    sentence: "throttles with a code of its own and status 400",
    isAlone: true,
    async show(cluster) {
      await cluster.subject.admin.throttleGroups(true);
      const refused = refusal(cluster, "DescribeAutoScalingGroups", { AutoScalingGroupNames: ["lost"] });
      await refused.finally(() => cluster.subject.admin.throttleGroups(false));
      expect(await refused).toMatchObject({ code: "Throttling", status: 400 });
      expect((await group(cluster, "lost")).AutoScalingGroupName).toBe("lost");
    },
  },
  {
    sentence: "launches nothing while Launch is suspended, tells so, and catches up when it is resumed",
    changes: "lost",
    async show(cluster) {
      const { admin, clock } = cluster.subject;
      await settled(cluster, "lost", 1);
      await admin.suspendLaunches("lost", true);
      await admin.setDesired("lost", 2);
      await clock.sleep(4000);
      const held = await group(cluster, "lost");
      expect(held.SuspendedProcesses?.map(({ ProcessName }) => ProcessName)).toEqual(["Launch"]);
      expect([held.DesiredCapacity, held.Instances?.length]).toEqual([2, 1]);
      await admin.suspendLaunches("lost", false);
      expect((await settled(cluster, "lost", 2)).SuspendedProcesses).toEqual([]);
      await admin.setDesired("lost", 1);
      await settled(cluster, "lost", 1);
    },
  },
  {
    sentence: "spares a protected instance where it scales in, but not where a termination names it",
    changes: "spare",
    async show(cluster) {
      const { admin } = cluster.subject;
      const [first = "", second = ""] = instancesOf(await settled(cluster, "spare", 2));
      await admin.setDesired("spare", 3);
      const third = instancesOf(await settled(cluster, "spare", 3)).find(
        (one) => one !== first && one !== second,
      );
      for (const one of [first, second]) await admin.protect("spare", one, true);
      const { Instances = [] } = await group(cluster, "spare");
      const marked = Instances.filter(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn === true);
      expect(marked.map(({ InstanceId }) => InstanceId).toSorted()).toEqual([first, second].toSorted());
      await admin.setDesired("spare", 2);
      const left = instancesOf(await settled(cluster, "spare", 2));
      expect(left.toSorted()).toEqual([first, second].toSorted());
      expect(left).not.toContain(third);
      await terminate(cluster, first);
      expect(await stateOf(cluster, "spare", first)).toBe("Terminating");
      await admin.protect("spare", second, false);
    },
  },
  {
    sentence: "holds an instance in Terminating:Wait where a hook asks, until somebody says how to go on",
    changes: "spare",
    async show(cluster) {
      const { admin, clock } = cluster.subject;
      const [instance = ""] = instancesOf(await settled(cluster, "spare", 2));
      await admin.holdTerminations("spare", true);
      try {
        await terminate(cluster, instance);
        const state = () => stateOf(cluster, "spare", instance);
        await until(
          cluster.subject,
          "the wait",
          async () => (await state()) === "Terminating:Wait" || undefined,
        );
        await clock.sleep(4000);
        expect(await state()).toBe("Terminating:Wait");
        await admin.completeTermination("spare", instance);
        await until(cluster.subject, "its end", async () => (await state()) === undefined || undefined);
      } finally {
        await admin.holdTerminations("spare", false);
      }
    },
  },
  {
    sentence: "tells of an instance refresh that goes on",
    async show(cluster) {
      await cluster.subject.admin.listRefresh("lost", "InProgress");
      const input = { AutoScalingGroupName: "lost" };
      const { InstanceRefreshes = [] } = await cluster.subject.aws.call("DescribeInstanceRefreshes", input);
      expect(InstanceRefreshes.map(({ Status }) => Status)).toEqual(["InProgress"]);
      expect(InstanceRefreshes[0]?.InstanceRefreshId).toBeTruthy();
    },
  },
];

export const awsTroubleCases: readonly ContractCase[] = troubles.map((one) => ({
  ...one,
  sentence: `AWS ${one.sentence}`,
}));
