import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A server on the loopback. */
export interface Listening {
  /** Of 127.0.0.1. */
  readonly port: number;
  /** Breaks what is open, watches too, and takes nothing more. */
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function listenOnLoopback(server: Server): Promise<Listening> {
  // The server itself forgets those that have not yet shaken hands, and would wait two minutes for them.
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port: await portOf(server), close };
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
