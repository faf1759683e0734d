"""What tests can switch on at the AWS endpoint: by the variable FLEET_FAULTS when it starts, or by POST /rig/faults while it runs.

Both take a JSON object; only the fields that are given change, and null ends one:
  pageSize           at most so many items a page, of every paged call
  throttle           {"DescribeAutoScalingGroups": "2/4"}: calls a second / burst; beyond that the service's throttling error
  busyTerminations   that many TerminateInstanceInAutoScalingGroup are answered with ScalingActivityInProgress
  failedLaunches     {"nodes-a": 2}: that many launches of the group fail for want of capacity; the next is tried RETRY_SECONDS later
  instanceRefreshes  {"nodes-a": "InProgress"}: the state of an instance refresh of the group
"""
import json
import os
import time

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.core.responses import ActionResult

RETRY_SECONDS = 2
LARGEST_PAGE = 100
USUAL_PAGE = 50
NO_CAPACITY = (
    "We currently do not have sufficient {type} capacity in the Availability Zone you requested ({zone}). "
    "Our system will be working on provisioning additional capacity. Launching EC2 instance failed."
)


class InvalidNextToken(AutoscalingClientError):
    code = "InvalidNextToken"


class ScalingActivityInProgress(AutoscalingClientError):
    code = "ScalingActivityInProgress"


class Faults:
    def __init__(self):
        self.page_size = None
        self.busy_terminations = 0
        self.failed_launches = {}
        self.refreshes = {}
        self.buckets = {}  # action -> [calls a second, burst, tokens, when they were counted]
        self.retry_at = {}  # group -> when its next launch is tried
        self.change(json.loads(os.environ.get("FLEET_FAULTS") or "{}"))

    def change(self, wanted):
        known = {"pageSize", "throttle", "busyTerminations", "failedLaunches", "instanceRefreshes"}
        if set(wanted) - known:
            raise ValueError(f"unknown: {sorted(set(wanted) - known)}; there are {sorted(known)}")
        if "pageSize" in wanted:
            self.page_size = wanted["pageSize"]
        if "busyTerminations" in wanted:
            self.busy_terminations = wanted["busyTerminations"] or 0
        if "failedLaunches" in wanted:
            self.failed_launches = dict(wanted["failedLaunches"] or {})
        if "instanceRefreshes" in wanted:
            self.refreshes = dict(wanted["instanceRefreshes"] or {})
        if "throttle" in wanted:
            limits = {action: limit.split("/") for action, limit in (wanted["throttle"] or {}).items()}
            now = time.time()
            self.buckets = {action: [float(rate), float(burst), float(burst), now] for action, (rate, burst) in limits.items()}

    def throttles(self, action):
        """Takes a token; true where there is none."""
        bucket = self.buckets.get(action)
        if bucket is None:
            return False
        rate, burst, tokens, counted = bucket
        now = time.time()
        tokens = min(burst, tokens + (now - counted) * rate)
        allowed = tokens >= 1
        bucket[2:] = [tokens - 1 if allowed else tokens, now]
        return not allowed

    def refuse_termination(self, group):
        if self.busy_terminations > 0:
            self.busy_terminations -= 1
            raise ScalingActivityInProgress(f"Activity in progress for the AutoScalingGroup {group}.")

    def may_launch(self, group):
        return time.time() >= self.retry_at.get(group, 0)

    def fails_launch(self, group):
        if self.failed_launches.get(group, 0) <= 0:
            return False
        self.failed_launches[group] -= 1
        self.retry_at[group] = time.time() + RETRY_SECONDS
        return True

    def page(self, response, key, items):
        """The answer with the page that NextToken and MaxRecords ask for."""
        size = response._get_int_param("MaxRecords", USUAL_PAGE)
        if not 1 <= size <= LARGEST_PAGE:
            raise ValidationError(f"1 validation error detected: Value '{size}' at 'maxRecords' failed to satisfy constraint.")
        size = min(size, self.page_size or size)
        token = response._get_param("NextToken") or "page-0"
        start = int(token[5:]) if token.startswith("page-") and token[5:].isdigit() else None
        if start is None or start > len(items):
            raise InvalidNextToken("The token is not valid.")
        end = start + size
        return ActionResult({key: items[start:end], "NextToken": f"page-{end}" if end < len(items) else None})

    def refreshes_of(self, group, now):
        status = self.refreshes.get(group)
        if status is None:
            return []
        identity = f"refresh-of-{group}"
        return [{"InstanceRefreshId": identity, "AutoScalingGroupName": group, "Status": status, "StartTime": now, "PercentageComplete": 0}]
