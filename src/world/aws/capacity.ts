/** What AWS cannot give at present, and what its answer to a launch is. */
export class Capacity {
  private readonly lacking = new Set<string>();

  /** @param zone undefined: in every zone @param type undefined: of every type */
  set(zone: string | undefined, type: string | undefined, isThere: boolean): void {
    const key = `${zone ?? "*"} ${type ?? "*"}`;
    if (isThere) this.lacking.delete(key);
    else this.lacking.add(key);
  }

  /** All there again. */
  restore(): void {
    this.lacking.clear();
  }

  lacks(zone: string, type: string): boolean {
    return [`${zone} ${type}`, `* ${type}`, `${zone} *`, "* *"].some((key) => this.lacking.has(key));
  }

  /** EC2's sentence. `others` are zones that could give it. */
  refusal(zone: string, type: string, others: readonly string[]): string {
    const advice =
      others.length === 0
        ? ""
        : ` You can currently get ${type} capacity by not specifying an Availability Zone in your request or choosing ${others.join(", ")}.`;
    return `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.${advice}`;
  }
}
