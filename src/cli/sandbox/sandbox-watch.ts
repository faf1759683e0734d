import type { PodMood, SandboxNews, SandboxNode, SandboxView } from "#render/sandbox-frame.ts";
import type { Node } from "#world/kubernetes/node-types.ts";
import type { World } from "#world/world.ts";
import { describeChange } from "./change-news.ts";
import { isReady, moodOf } from "./moods.ts";
import { describeRequest } from "./request-news.ts";

const KEPT_NEWS = 200;
const ROLE = "node-role.kubernetes.io/";
const DOMAIN = /(\.[a-z][\w-]*)+$/;

/** Follows what happens in a world from now on. */
export class SandboxWatch {
  readonly #world: World;
  readonly #name: string;
  readonly #use: string;
  readonly #startedAt: number;
  #news: readonly SandboxNews[] = [];
  /** Of this very moment, in the order in which they are told. */
  readonly #gathered: SandboxNews[] = [];
  #requestCount = 0;
  /** Told of each piece of news, at once. */
  onNews: (news: SandboxNews) => void = () => undefined;

  constructor(world: World, { name, use }: Pick<SandboxView, "name" | "use">) {
    this.#world = world;
    this.#name = name;
    this.#use = use;
    this.#startedAt = world.now;
    // The world tells of a request once it is applied: what it did is known by then, and comes behind it.
    let arrived = 0;
    world.onArrival(() => {
      arrived = this.#gathered.length;
    });
    world.onRequest((logged) => {
      this.#requestCount++;
      const described = describeRequest(logged);
      if (described !== undefined)
        this.#gather({ at: logged.time, who: logged.client, ...described }, arrived);
    });
    world.onChange((change) => {
      const words = describeChange(change);
      if (words !== undefined) this.#gather({ at: world.now, who: "", words, isTrouble: false });
    });
  }

  /** What no request and no change of the world has told. */
  tellTrouble(words: string): void {
    this.#gather({ at: this.#world.now, who: "", words, isTrouble: true });
  }

  /** `place`: before what has been gathered from there on. */
  #gather(news: SandboxNews, place = this.#gathered.length): void {
    if (this.#gathered.length === 0) {
      queueMicrotask(() => {
        for (const one of this.#gathered.splice(0)) this.#tell(one);
      });
    }
    this.#gathered.splice(place, 0, news);
  }

  #tell(news: SandboxNews): void {
    const short = { ...news, words: shorten(news.words) };
    this.#news = [...this.#news.slice(1 - KEPT_NEWS), short];
    this.onNews(short);
  }

  view(): SandboxView {
    const byNode = new Map<string, PodMood[]>();
    let unplaced = 0;
    for (const pod of this.#world.list("pods")) {
      const { nodeName } = pod.spec;
      if (nodeName === undefined) unplaced++;
      else byNode.set(nodeName, [...(byNode.get(nodeName) ?? []), moodOf(pod)]);
    }
    return {
      name: this.#name,
      use: this.#use,
      startedAt: this.#startedAt,
      nodes: this.#world.list("nodes").map((node) => nodeView(node, byNode.get(node.metadata.name) ?? [])),
      unplaced,
      news: this.#news,
      requestCount: this.#requestCount,
    };
  }
}

function nodeView(node: Node, pods: readonly PodMood[]): SandboxNode {
  const labels = Object.keys(node.metadata.labels ?? {});
  return {
    name: shorten(node.metadata.name),
    role: labels.find((label) => label.startsWith(ROLE))?.slice(ROLE.length) ?? "",
    isReady: isReady(node),
    isCordoned: node.spec.unschedulable === true,
    pods,
  };
}

/** Without the domain of node names, which is the same for all. */
function shorten(words: string): string {
  return words
    .split(" ")
    .map((word) => (word.startsWith("ip-") ? word.replace(DOMAIN, "") : word))
    .join(" ");
}
