import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { KubernetesWire } from "#gateway/wire.ts";
import { driverOf, startTime } from "#test/world/support.ts";
import { Actors } from "#world/actors.ts";
import { buildWorld } from "#world/build-world.ts";
import { checkScenario } from "#world/check-scenario.ts";
import type { VirtualDriver } from "#world/drivers/virtual-driver.ts";
import { unauthorized } from "#world/http/answer.ts";
import type { Scenario } from "#world/scenario.ts";
import type { World } from "#world/world.ts";
import type { OpenSubject } from "./run-contract.ts";
import type { Admin, Subject } from "./subject.ts";
import { goOn, nameOfHook, terminationHook } from "./termination-hook.ts";

/** test/contract/cluster.yaml, checked. */
export function contractScenario(): Scenario {
  return checkScenario(parse(readFileSync(new URL("cluster.yaml", import.meta.url), "utf8")));
}

/** The embedded cluster in process, in virtual time: waiting costs nothing. */
export async function openInProcess(): Promise<OpenSubject> {
  const world = buildWorld(contractScenario(), { seed: 7, now: startTime });
  const driver = driverOf(world);
  return {
    subject: subjectOn(world, driver, "case"),
    run: (show) => driver.run(show),
    close: async () => undefined,
  };
}

/** A world in virtual time as a subject. */
export function subjectOn(world: World, driver: VirtualDriver, prefix: string): Subject {
  const { kubernetes, aws, clock } = driver.client(prefix);
  return {
    name: "embedded",
    kubernetes,
    withToken: (token) => wireWithToken(world, () => driver.now(), token),
    aws,
    clock,
    admin: adminOf(world),
    prefix,
    patience: 1,
    isPunctual: true,
  };
}

/** Without latency: what a token may do does not depend on it. */
function wireWithToken(world: World, now: () => number, token: string): KubernetesWire {
  return {
    async request(request) {
      const identity = world.identityOf(token);
      if (identity === undefined) return unauthorized();
      const answer = world.handle(now(), { kind: "kubernetes", request }, "token", identity);
      if (answer.kind !== "kubernetes") throw new Error("a Kubernetes request got an AWS answer");
      return answer.answer;
    },
    stream: () => Promise.reject(new Error("nobody watches with a token of a case")),
  };
}

/** What people and accidents do to an embedded cluster. */
export function adminOf(world: World): Admin {
  const actors = new Actors(world);
  return {
    holdControllers: async (held) => world.hold("budgets", held),
    compact: async () => world.compact(),
    silenceNode: async (name, silent) => (silent ? actors.silenceNode(name) : actors.recoverNode(name)),
    setDesired: async (group, desired) => actors.setDesired(group, desired),
    failNextLaunch: async (group) =>
      actors.failNextLaunch(group, "We currently do not have sufficient capacity"),
    refuseNextTermination: async () =>
      actors.refuseNextCall(
        "TerminateInstanceInAutoScalingGroup",
        "ScalingActivityInProgress",
        "Activity in progress for the AutoScalingGroup.",
      ),
    throttleGroups: async (isThrottled) =>
      actors.throttle(isThrottled ? { burst: 0, perSecond: 0 } : undefined),
    suspendLaunches: async (group, isSuspended) => actors.suspend(group, isSuspended ? ["Launch"] : []),
    protect: async (group, instance, isProtected) =>
      void actors.aws("SetInstanceProtection", {
        AutoScalingGroupName: group,
        InstanceIds: [instance],
        ProtectedFromScaleIn: isProtected,
      }),
    holdTerminations: async (group, isHeld) =>
      isHeld
        ? void actors.aws("PutLifecycleHook", terminationHook(group))
        : void actors.aws("DeleteLifecycleHook", nameOfHook(group)),
    completeTermination: async (group, instance) =>
      void actors.aws("CompleteLifecycleAction", goOn(group, instance)),
    listRefresh: async (group, status) => actors.listRefresh(group, status),
  };
}
