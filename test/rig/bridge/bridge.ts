import { setTimeout as sleep } from "node:timers/promises";
import { EC2Client } from "@aws-sdk/client-ec2";
import { messageOf } from "../rig-error.ts";
import { Fleet } from "./fleet.ts";
import { Nodes } from "./nodes.ts";
import { OverlookedPods } from "./overlooked-pods.ts";
import { readSettings } from "./settings.ts";

/*
 * The bridge between fleet and cluster: an instance that runs becomes a Node; one that ends loses its
 * kubelet, then its Node. usage: bridge.mjs FOLDER-OF-THE-RIG, with AWS_* pointing at the rig's endpoint.
 */

const everyMilliseconds = 500;

const settings = readSettings(process.argv[2] ?? ".");
const fleet = new Fleet(new EC2Client({}), settings.joinSeconds * 1000);
const nodes = new Nodes(settings);
const overlooked = new OverlookedPods(settings.access);

for (;;) {
  await sleep(everyMilliseconds);
  try {
    const instances = await fleet.look();
    await nodes.follow(instances, (instance) => fleet.mayJoin(instance));
    await overlooked.touch();
  } catch (thrown) {
    // API server or endpoint is away for a while: the next look tries again
    process.stdout.write(`${new Date().toISOString()} problem: ${messageOf(thrown)}\n`);
  }
}
