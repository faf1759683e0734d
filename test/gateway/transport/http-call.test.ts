import { once } from "node:events";
import { type AddressInfo, createServer, Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { type HttpCall, openCall } from "#gateway/transport/http-call.ts";

afterEach(() => {
  vi.useRealTimers();
});

const aCall = (options: HttpCall["options"]): HttpCall => ({
  protocol: "https:",
  options: { agent: false, ...options },
  body: undefined,
  server: "api:443",
  signal: undefined,
});

test("a server that takes the connection and is silent is not said to take none", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const answer = expect(openCall(aCall({ host: "127.0.0.1", port }))).rejects.toMatchObject({
    failure: "unreachable",
    message: "api:443 takes connections, but does not answer in TLS",
    maybeSent: false,
  });
  const [socket] = (await once(server, "connection")) as [Socket];
  await once(socket, "data");
  vi.advanceTimersByTime(10_000);
  await answer;
  server.close();
});

test("an address where nobody answers takes no connection", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const nobody = Object.assign(new Socket(), { connecting: true });
  const answer = expect(openCall(aCall({ createConnection: () => nobody }))).rejects.toMatchObject({
    failure: "unreachable",
    message: "api:443 takes no connection",
    maybeSent: false,
  });
  vi.advanceTimersByTime(10_000);
  await answer;
});
