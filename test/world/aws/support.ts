import { AwsError } from "#gateway/wire.ts";
import { smallWorld } from "#test/world/support.ts";
import { Actors } from "#world/actors.ts";
import type { InputOf, OutputOf, WorldAwsAction } from "#world/aws/actions.ts";
import type { ScenarioGroup } from "#world/scenario.ts";
import type { World } from "#world/world.ts";

const zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];

/** A group "web" of three over three zones, max 6, and nothing else. */
export class Cloud {
  readonly world: World;
  readonly actors: Actors;

  constructor(change: Partial<ScenarioGroup> = {}, cloud: object = {}) {
    const group = { name: "web", size: 3, min: 1, max: 6, zones, ...change };
    this.world = smallWorld(3, { groups: [group], workloads: [], timings: {}, cloud });
    this.actors = new Actors(this.world);
  }

  call<A extends WorldAwsAction>(action: A, input: InputOf<A>): OutputOf<A> {
    const answer = this.world.handle(this.world.now, { kind: "aws", action, input });
    if (answer.kind === "awsError") throw answer.error;
    if (answer.kind !== "aws") throw new Error("not an AWS answer");
    return answer.output as OutputOf<A>;
  }

  errorOf<A extends WorldAwsAction>(action: A, input: InputOf<A>): AwsError {
    try {
      this.call(action, input);
    } catch (error) {
      if (error instanceof AwsError) return error;
    }
    throw new Error(`${action} was answered`);
  }

  pass(seconds: number): void {
    this.world.advance(this.world.now + seconds * 1000);
  }

  get group() {
    const [group] = this.call("DescribeAutoScalingGroups", {}).AutoScalingGroups ?? [];
    if (group === undefined) throw new Error("there is no group");
    return group;
  }

  /** Id → lifecycle state. */
  get states(): ReadonlyMap<string, string> {
    return new Map(
      this.group.Instances?.map(({ InstanceId = "", LifecycleState = "" }) => [InstanceId, LifecycleState]),
    );
  }

  get ids(): readonly string[] {
    return [...this.states.keys()];
  }

  get zones(): readonly string[] {
    return (this.group.Instances ?? []).map(({ AvailabilityZone = "" }) => AvailabilityZone.slice(-1)).sort();
  }

  id(index: number): string {
    return this.ids[index] ?? "";
  }

  terminate(id: string, decrement = false): void {
    this.call("TerminateInstanceInAutoScalingGroup", {
      InstanceId: id,
      ShouldDecrementDesiredCapacity: decrement,
    });
  }

  get activities() {
    return this.call("DescribeScalingActivities", { AutoScalingGroupName: "web" }).Activities ?? [];
  }
}

export const ofWeb = { AutoScalingGroupName: "web" };
