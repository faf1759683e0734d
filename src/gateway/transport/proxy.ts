import { BlockList, isIP } from "node:net";
import { KubeconfigError } from "./kubeconfig-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const first = (environment: Environment, name: string): string =>
  environment[name] || environment[name.toLowerCase()] || "";

function isInSubnet(host: string, entry: string): boolean {
  const [network = "", prefix = ""] = entry.split("/");
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (isIP(network) === 0 || isIP(host) !== isIP(network) || !/^\d{1,3}$/.test(prefix)) return false;
  const longest = family === "ipv6" ? 128 : 32;
  if (Number(prefix) > longest) return false;
  const subnet = new BlockList();
  subnet.addSubnet(network, Number(prefix), family);
  return subnet.check(host, family);
}

/** "example.com" and ".example.com" cover what is below, the former itself too; a port must be the same. */
function isExempt(host: string, port: string, entry: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isInSubnet(host, entry);
  if (isIP(entry) !== 0) return host === entry;
  const [name = "", onlyPort] = entry.split(":");
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const domain = name.replace(/^\*/, "");
  if (domain === "") return false;
  return host === domain || host.endsWith(domain.startsWith(".") ? domain : `.${domain}`);
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function parse(proxy: string): URL {
  const address = proxy.includes("://") ? proxy : `http://${proxy}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && (url.protocol === "http:" || url.protocol === "https:")) return url;
  const what = url ? `a proxy of kind ${url.protocol.replace(":", "")}` : "a proxy address like this";
  // The address itself may hold a password.
  throw new KubeconfigError("E-KUBECONFIG", `${what} is not supported`, "Use an http:// or https:// proxy.");
}

/**
 * The proxy to a server; undefined for none. The kubeconfig's proxy-url holds without exception;
 * HTTPS_PROXY spares this machine and what NO_PROXY names.
 * *Source:* client-go clientcmd, golang.org/x/net/http/httpproxy. @throws KubeconfigError
 */
export function proxyFor(server: URL, proxyUrl: string, environment: Environment): URL | undefined {
  if (proxyUrl !== "") return parse(proxyUrl);
  const proxy = first(environment, server.protocol === "http:" ? "HTTP_PROXY" : "HTTPS_PROXY");
  const host = server.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  const port = server.port || (server.protocol === "http:" ? "80" : "443");
  if (proxy === "" || isLocal(host)) return undefined;
  const exemptions = first(environment, "NO_PROXY").toLowerCase().split(",");
  const isSpared = exemptions.some((entry) => isExempt(host, port, entry.trim()));
  return isSpared ? undefined : parse(proxy);
}
