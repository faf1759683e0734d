import type { EvictAnswer, EvictRequest } from "#gateway/ports.ts";
import type { KubernetesRequest, KubernetesResponse } from "#gateway/wire.ts";
import {
  causeMessage,
  describeAnswer,
  hasCause,
  isSuccess,
  retryAfterSeconds,
  statusMessage,
} from "./answer.ts";
import { field } from "./foreign.ts";

/** Where the server asks to go slower and names no time. */
const SLOWER_SECONDS = 5;

export function evictionRequest(request: EvictRequest): KubernetesRequest {
  const namespace = encodeURIComponent(request.namespace);
  const name = encodeURIComponent(request.name);
  const { gracePeriodSeconds } = request;
  return {
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
    body: {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { namespace: request.namespace, name: request.name },
      deleteOptions: {
        preconditions: { uid: request.uid },
        ...(gracePeriodSeconds === null ? {} : { gracePeriodSeconds }),
      },
    },
  };
}

/**
 * A 429 is one of three: a budget that allows nothing, a budget whose controller has not caught up
 * (it names a time), or a server that wants to be left alone (no cause).
 */
function classifyTooMany(response: KubernetesResponse, message: string): EvictAnswer {
  const asked = retryAfterSeconds(response);
  if (!hasCause(response.body, "DisruptionBudget")) {
    return { kind: "throttled", retryAfterSeconds: asked || SLOWER_SECONDS, message };
  }
  // "The disruption budget web needs 5 healthy pods and has 5 currently"
  const cause = causeMessage(response.body, "DisruptionBudget") || message;
  if (asked > 0) return { kind: "budget-unobserved", retryAfterSeconds: asked, message: cause };
  return { kind: "budget", message: cause };
}

/** A webhook's 403 is its own decision; the server's own is a missing right. */
function classifyForbidden(response: KubernetesResponse, message: string): EvictAnswer {
  if (hasCause(response.body, "NamespaceTerminating")) return { kind: "namespace-terminating", message };
  if (/denied the request/.test(statusMessage(response.body))) {
    return { kind: "refused", status: response.status, message };
  }
  return { kind: "forbidden", message };
}

/** Only a mismatch of the UID proves that another pod has the name; the server has no cause for it. */
function classifyConflict(response: KubernetesResponse, message: string): EvictAnswer {
  const isAboutUid = /precondition.*\buid\b/is.test(statusMessage(response.body));
  return isAboutUid ? { kind: "renewed" } : { kind: "unknown", retryAfterSeconds: 0, message };
}

/** *Source:* the eviction answers measured on kube-apiserver 1.36; pkg/registry/core/pod/storage/eviction.go. */
export function classifyEviction(response: KubernetesResponse): EvictAnswer {
  const { status, body } = response;
  if (isSuccess(status)) return { kind: "accepted" };
  const message = describeAnswer(status, body);
  if (status === 404 && field(body, "reason") === "NotFound") return { kind: "gone" };
  if (status === 409) return classifyConflict(response, message);
  if (status === 429) return classifyTooMany(response, message);
  if (status === 403) return classifyForbidden(response, message);
  if (status === 401) return { kind: "forbidden", message };
  if (status === 500 && /more than one PodDisruptionBudget/.test(statusMessage(body))) {
    return { kind: "two-budgets", message };
  }
  if (status >= 500 || status === 408) {
    return { kind: "unknown", retryAfterSeconds: retryAfterSeconds(response), message };
  }
  return { kind: "refused", status, message };
}
