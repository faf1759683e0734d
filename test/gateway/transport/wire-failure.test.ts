import { createServer } from "node:http";
import { expect, test } from "vitest";
import { wireFailure } from "#gateway/transport/wire-failure.ts";
import { dextre } from "#test/cli/bad-input/a-command-line.ts";
import { aKubeconfig, listen } from "./support.ts";

const failed = (code: string): Error => Object.assign(new Error("failed"), { code });

test.each([
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls", "the certificate of api:443 is not trusted"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "tls", "the certificate of api:443 is not trusted"],
  ["EPROTO", "tls", "api:443 does not answer in TLS"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "tls", "api:443 does not answer in TLS"],
  ["ECONNREFUSED", "unreachable", "api:443 cannot be reached"],
  ["ECONNRESET", "reset", "the connection to api:443 broke"],
])("%s is a failure of kind %s: %s", (code, kind, message) => {
  const { failure, message: said } = wireFailure(failed(code), "api:443", true);
  expect([failure, said]).toEqual([kind, expect.stringContaining(message)]);
});

test("a port of plain HTTP behind https:// is said to be so", async () => {
  const url = await listen(createServer(), "https");
  const { exit, stderr } = await dextre("status --kubeconfig", [aKubeconfig(url)]);
  expect(exit).toBe(3);
  expect(stderr).toContain("does not answer in TLS, as https:// asks for");
  expect(stderr).toContain("it may speak plain HTTP");
});
