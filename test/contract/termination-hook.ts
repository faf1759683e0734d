/** The hook that holds a group's instances on their way out, as AWS takes it. */
export function nameOfHook(group: string) {
  return { AutoScalingGroupName: group, LifecycleHookName: "last-words" };
}

export function terminationHook(group: string) {
  return {
    ...nameOfHook(group),
    LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
    HeartbeatTimeout: 3600,
    DefaultResult: "CONTINUE",
  } as const;
}

/** What ends the waiting of an instance. */
export function goOn(group: string, instance: string) {
  return { ...nameOfHook(group), InstanceId: instance, LifecycleActionResult: "CONTINUE" };
}
