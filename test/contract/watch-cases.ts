import { expect } from "vitest";
import { collection, create, expectAtMost, mustSend, until } from "./api.ts";
import { type Follower, follow, told } from "./follow.ts";
import type { ContractCase, Namespaced } from "./subject.ts";

const maps = (cluster: Namespaced): string => collection(cluster, "configmaps");

async function aMap(cluster: Namespaced, name: string, labels: Readonly<Record<string, string>> = {}) {
  return create(cluster, "configmaps", { metadata: { name, labels: { ours: "yes", ...labels } } });
}

function change(cluster: Namespaced, name: string, labels: Readonly<Record<string, string>>) {
  return mustSend(cluster.subject, "PATCH", `${maps(cluster)}/${name}`, { metadata: { labels } });
}

function remove(cluster: Namespaced, name: string) {
  return mustSend(cluster.subject, "DELETE", `${maps(cluster)}/${name}`);
}

const ours = { labelSelector: "ours" };

async function versionOf(cluster: Namespaced): Promise<string> {
  return (await mustSend(cluster.subject, "GET", maps(cluster))).metadata.resourceVersion;
}

/** Waits until so many events have come, and closes the watch. */
async function toldAfter(cluster: Namespaced, follower: Follower, count: number): Promise<readonly string[]> {
  await until(cluster.subject, `${count} events`, async () => follower.events.length >= count || undefined);
  follower.close();
  return told(follower);
}

const events: readonly ContractCase[] = [
  {
    sentence: "tells every change after its version, once and in order, with the object of that moment",
    async show(cluster) {
      await aMap(cluster, "before");
      const resourceVersion = await versionOf(cluster);
      await aMap(cluster, "one");
      await change(cluster, "one", { step: "1" });
      const follower = await follow(cluster.subject, maps(cluster), { ...ours, resourceVersion });
      await change(cluster, "one", { step: "2" });
      await remove(cluster, "one");
      await change(cluster, "before", { step: "3" });
      const seen = await toldAfter(cluster, follower, 5);
      expect(seen).toEqual(["ADDED one", "MODIFIED one", "MODIFIED one", "DELETED one", "MODIFIED before"]);
      const steps = follower.events.map(({ object }) => object.metadata.labels?.step);
      expect(steps).toEqual([undefined, "1", "2", "2", "3"]);
      const versions = follower.events.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions).toEqual(versions.toSorted((left, right) => left - right));
      expect(new Set(versions).size).toBe(5);
      expect(follower.events[0]?.object).toMatchObject({ kind: "ConfigMap", apiVersion: "v1" });
    },
  },
  {
    sentence: "without a version begins with what there is, and goes on with what comes",
    async show(cluster) {
      await aMap(cluster, "b");
      await aMap(cluster, "a");
      const follower = await follow(cluster.subject, maps(cluster), ours);
      await until(cluster.subject, "both", async () => follower.events.length >= 2 || undefined);
      await aMap(cluster, "c");
      expect(await toldAfter(cluster, follower, 3)).toEqual(["ADDED a", "ADDED b", "ADDED c"]);
    },
  },
  {
    sentence: "tells an object that enters the selection as ADDED and one that leaves it as DELETED",
    async show(cluster) {
      await aMap(cluster, "x", { colour: "red" });
      const resourceVersion = await versionOf(cluster);
      const query = { labelSelector: "colour=blue", resourceVersion };
      const follower = await follow(cluster.subject, maps(cluster), query);
      await change(cluster, "x", { colour: "blue" });
      await change(cluster, "x", { colour: "blue", more: "yes" });
      await change(cluster, "x", { colour: "green" });
      await change(cluster, "x", { colour: "blue" });
      await remove(cluster, "x");
      expect(await toldAfter(cluster, follower, 5)).toEqual([
        "ADDED x",
        "MODIFIED x",
        "DELETED x",
        "ADDED x",
        "DELETED x",
      ]);
    },
  },
  {
    sentence: "of one object by name tells of that one alone",
    async show(cluster) {
      await aMap(cluster, "x");
      const resourceVersion = await versionOf(cluster);
      const query = { fieldSelector: "metadata.name=x", resourceVersion };
      const follower = await follow(cluster.subject, maps(cluster), query);
      await aMap(cluster, "y");
      await change(cluster, "x", { step: "1" });
      expect(await toldAfter(cluster, follower, 1)).toEqual(["MODIFIED x"]);
    },
  },
  {
    sentence: "does not tell of a patch that changes nothing",
    async show(cluster) {
      await aMap(cluster, "x", { colour: "red" });
      const resourceVersion = await versionOf(cluster);
      const follower = await follow(cluster.subject, maps(cluster), { ...ours, resourceVersion });
      await change(cluster, "x", { colour: "red" });
      await change(cluster, "x", { colour: "blue" });
      expect(await toldAfter(cluster, follower, 1)).toEqual(["MODIFIED x"]);
      expect(follower.events[0]?.object.metadata.labels?.colour).toBe("blue");
    },
  },
];

const ends: readonly ContractCase[] = [
  {
    sentence: "ends after timeoutSeconds",
    async show(cluster) {
      const resourceVersion = await versionOf(cluster);
      const from = cluster.subject.clock.monotonic();
      const query = { resourceVersion, timeoutSeconds: "4" };
      const follower = await follow(cluster.subject, maps(cluster), query);
      await until(cluster.subject, "its end", async () => follower.isEnded || undefined, 20);
      const took = cluster.subject.clock.monotonic() - from;
      expect(took).toBeGreaterThan(3500);
      expectAtMost(cluster.subject, took, 15_000);
    },
  },
  {
    sentence:
      "sends a bookmark some two seconds before it ends, where asked for, with a version and nothing else",
    async show(cluster) {
      const resourceVersion = await versionOf(cluster);
      const query = { ...ours, resourceVersion, timeoutSeconds: "6", allowWatchBookmarks: "true" };
      const follower = await follow(cluster.subject, maps(cluster), query);
      await until(cluster.subject, "its end", async () => follower.isEnded || undefined, 30);
      expect(follower.events.length).toBeGreaterThan(0);
      for (const { type, object } of follower.events) {
        expect(type).toBe("BOOKMARK");
        expect(object).toMatchObject({ kind: "ConfigMap", apiVersion: "v1" });
        expect(Number(object.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(resourceVersion));
        expect(object.metadata.name ?? "").toBe("");
      }
    },
  },
];

export const watchCases: readonly ContractCase[] = [...events, ...ends].map((one) => ({
  ...one,
  sentence: `a watch ${one.sentence}`,
}));
