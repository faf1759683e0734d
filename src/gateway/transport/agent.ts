import http from "node:http";
import https from "node:https";

/** Shorter than servers keep idle connections, so that ours is rarely closed under a request. */
const IDLE_MILLISECONDS = 60_000;

/** One pool of kept connections to a server, through its proxy where there is one. */
export async function createAgent(server: URL, proxy: URL | undefined): Promise<http.Agent> {
  const options = { keepAlive: true, timeout: IDLE_MILLISECONDS, scheduling: "lifo" } as const;
  if (!proxy) return server.protocol === "https:" ? new https.Agent(options) : new http.Agent(options);
  const { HttpProxyAgent, HttpsProxyAgent } = await import("hpagent");
  const Agent = server.protocol === "https:" ? HttpsProxyAgent : HttpProxyAgent;
  return new Agent({ ...options, proxy });
}
