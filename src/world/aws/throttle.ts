import type { AwsError } from "#gateway/wire.ts";
import { fault } from "./faults.ts";

export interface ThrottleRate {
  /** Calls that may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Token buckets, one for each action; off until a rate is set. */
export class Throttle {
  rate: ThrottleRate | undefined;
  private readonly buckets = new Map<string, { tokens: number; time: number }>();

  /** Takes a token. Gives the error where there is none left. */
  refuse(action: string, isEc2: boolean, now: number): AwsError | undefined {
    const { rate } = this;
    if (rate === undefined) return undefined;
    const bucket = this.buckets.get(action) ?? { tokens: rate.burst, time: now };
    this.buckets.set(action, bucket);
    bucket.tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.time) / 1000) * rate.perSecond);
    bucket.time = now;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return undefined;
    }
    return isEc2
      ? fault("RequestLimitExceeded", "Request limit exceeded.", 503)
      : fault("Throttling", "Rate exceeded", 400);
  }
}
