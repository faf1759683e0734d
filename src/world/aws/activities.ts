import type { Agenda } from "../agenda.ts";
import type { Random } from "../random.ts";
import { timestamp } from "../time.ts";
import type { Activity, Group } from "./types.ts";

/** The groups' scaling activities. AWS keeps them for six weeks; here the last hundred. */
export class Activities {
  private readonly agenda: Agenda;
  private readonly random: Random;

  constructor(agenda: Agenda, random: Random) {
    this.agenda = agenda;
    this.random = random;
  }

  record(
    group: Group | undefined,
    [description, cause]: readonly [string, string],
    status: string,
    message?: string,
  ): Activity {
    const now = timestamp(this.agenda.now);
    const isOver = status === "Failed" || status === "Successful";
    const activity = {
      ActivityId: this.random.uid(),
      Description: description,
      Cause: cause,
      StartTime: now,
      Progress: isOver ? 100 : 50,
      ...(isOver ? { EndTime: now } : {}),
      StatusCode: status,
      ...(message === undefined ? {} : { StatusMessage: message }),
    };
    if (group !== undefined) group.activities = [activity, ...group.activities].slice(0, 100);
    return activity;
  }

  settle(group: Group | undefined, { ActivityId }: Activity, status: string): void {
    if (group === undefined) return;
    const end = { StatusCode: status, EndTime: timestamp(this.agenda.now), Progress: 100 };
    group.activities = group.activities.map((one) =>
      one.ActivityId === ActivityId ? { ...one, ...end } : one,
    );
  }

  /** Where the activity waits for a hook. */
  move(group: Group | undefined, { ActivityId }: Activity, status: string): void {
    if (group === undefined) return;
    group.activities = group.activities.map((one) =>
      one.ActivityId === ActivityId ? { ...one, StatusCode: status } : one,
    );
  }

  /** "At 2026-03-02T08:00:00Z an instance …" */
  cause(what: string): string {
    return `At ${timestamp(this.agenda.now)} ${what}`;
  }
}
