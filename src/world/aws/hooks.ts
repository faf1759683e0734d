import type { Agenda } from "../agenda.ts";
import type { Random } from "../random.ts";
import type { Group, HookTransition, HookWait, Instance } from "./types.ts";

/** No heartbeat holds an instance longer. Source: user guide, 48 hours or 100 timeouts, whichever is less. */
const longestMs = 48 * 3_600_000;

/** Holds instances in Pending:Wait and Terminating:Wait until somebody says how to go on, or the time is over. */
export class LifecycleHooks {
  private readonly agenda: Agenda;
  private readonly random: Random;

  constructor(agenda: Agenda, random: Random) {
    this.agenda = agenda;
    this.random = random;
  }

  /**
   * Waits for the group's hooks of this transition, one after the other, then goes on; at once where there
   * are none. ABANDON ends the waiting: the rest of the hooks is not asked.
   */
  await(
    group: Group | undefined,
    instance: Instance,
    transition: HookTransition,
    goOn: (result: "CONTINUE" | "ABANDON") => void,
  ): void {
    const hooks = group?.hooks.filter((hook) => hook.LifecycleTransition === transition) ?? [];
    const next = (index: number): void => {
      const hook = hooks[index];
      if (hook === undefined) {
        goOn("CONTINUE");
        return;
      }
      const { now } = this.agenda;
      const timeoutMs = hook.HeartbeatTimeout * 1000;
      this.hold(instance, {
        hook,
        token: this.random.uid(),
        until: now + timeoutMs,
        limit: now + Math.min(longestMs, 100 * timeoutMs),
        goOn: (result) => (result === "ABANDON" ? goOn(result) : next(index + 1)),
      });
    };
    next(0);
  }

  private hold(instance: Instance, wait: HookWait): void {
    instance.wait = wait;
    this.arm(instance, wait);
  }

  private arm(instance: Instance, wait: HookWait): void {
    const { until } = wait;
    this.agenda.after(until - this.agenda.now, () => {
      if (instance.wait !== wait) return;
      if (wait.until > until) this.arm(instance, wait);
      else this.complete(instance, wait.hook.DefaultResult);
    });
  }

  /** Goes on; nothing where the instance does not wait. */
  complete(instance: Instance, result: "CONTINUE" | "ABANDON"): void {
    const { wait } = instance;
    instance.wait = undefined;
    wait?.goOn(result);
  }

  heartbeat(wait: HookWait): void {
    wait.until = Math.min(wait.limit, this.agenda.now + wait.hook.HeartbeatTimeout * 1000);
  }
}
