import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { RigError } from "./rig-error.ts";

/** The loopback ports of one rig, one block of neighbours. */
export interface RigPorts {
  readonly base: number;
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kwok: number;
  readonly fleet: number;
}

const blockSize = 10;
/** Below the range that systems hand out to outgoing connections, which come and go. */
const first = 20_000;
const blockCount = 1_200;

function portsFrom(base: number): RigPorts {
  return {
    base,
    etcd: base,
    etcdPeer: base + 1,
    apiServer: base + 2,
    controllerManager: base + 3,
    scheduler: base + 4,
    kwok: base + 5,
    fleet: base + 6,
  };
}

/**
 * Claims a block of free ports: an exclusive file keeps other rigs off it, a trial listen strangers.
 * @throws RigError where a hundred tries find none
 */
export async function claimPorts(root: string, owner: string): Promise<RigPorts> {
  mkdirSync(join(root, "ports"), { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < 100; attempt++) {
    const base = first + blockSize * Math.floor(Math.random() * blockCount);
    if (!claim(root, base, owner)) continue;
    if (await allFree(base)) return portsFrom(base);
    releasePorts(root, base);
  }
  throw new RigError(`no block of free ports between ${first} and ${first + blockSize * blockCount}`);
}

/** Gives the block back. */
export function releasePorts(root: string, base: number): void {
  rmSync(join(root, "ports", String(base)), { force: true });
}

function claim(root: string, base: number, owner: string): boolean {
  try {
    const file = openSync(join(root, "ports", String(base)), "wx", 0o600);
    writeSync(file, `${owner}\n`);
    closeSync(file);
    return true;
  } catch {
    return false;
  }
}

async function allFree(base: number): Promise<boolean> {
  const ports = Array.from({ length: blockSize }, (_, index) => base + index);
  const servers = await Promise.all(ports.map(listen));
  await Promise.all(servers.map(close));
  return servers.every((server) => server !== undefined);
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function close(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => (server ? server.close(() => resolve()) : resolve()));
}
