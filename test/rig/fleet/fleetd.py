"""The AWS endpoint: moto, the Auto Scaling behaviour it lacks, throttling, and a log of every mutating call.

usage: fleetd.py PORT LOG. A line of LOG is one JSON object: what was called, by which access key, with what
parameters, the HTTP status, and the effects that it really had ([] where it changed nothing):
{"at": seconds, "caller": "x", "action": "TerminateInstanceInAutoScalingGroup", "parameters": {...}, "status": 200,
 "effects": [{"effect": "terminate", "group": "nodes-a", "instance": "i-..."}]}
What the endpoint does by itself (launching a successor) has no action.
"""
import collections, io, json, os, re, sys, threading, time, urllib.parse
from moto.autoscaling import models as M, responses as R
from moto.autoscaling.exceptions import ValidationError, AutoscalingClientError
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ec2.models.instances import Instance
from faults import NO_CAPACITY, Faults
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
from werkzeug.wrappers import Response

BOOT = float(os.environ.get("FLEET_BOOT_S", "4")); TERM = float(os.environ.get("FLEET_TERM_S", "3")); RECON = 0.5
FAULTS = Faults(); DEXTRE_KEY = "x"  # the access key that has the rights of the policy in FLEET_POLICY and no others
EFFECTS = []  # of the call that holds LOCK
LOCK = threading.RLock(); ACTS = collections.defaultdict(list); LAUNCHED = set()  # names of groups that have had their first instances

# EC2: real private DNS name of the region, blank once terminated
Instance.private_dns_name = property(lambda s: "" if s._state.name == "terminated" else "ip-%s.%s" % (s.private_ip.replace(".", "-"),
    "ec2.internal" if s.placement.zone.startswith("us-east-1") else s.placement.zone[:-1] + ".compute.internal"))

# each instance keeps the launch template version / config it was launched with
_is_init = M.InstanceState.__init__
def is_init(self, instance, lifecycle_state="Pending", **kw):
    _is_init(self, instance, lifecycle_state=lifecycle_state, **kw)
    g = self.auto_scaling_group; self.born = time.time(); self.until = None
    self.boot = BOOT if g.name in LAUNCHED else 0  # a group's first instances stand at once, so that a scenario is up soon
    self._lt = None; self._lc = getattr(g, "launch_configuration_name", None)
    if g.ec2_launch_template is not None:
        v = g.ec2_launch_template.get_version(g.launch_template_version)
        self._lt = {"LaunchTemplateId": g.ec2_launch_template.id, "LaunchTemplateName": g.ec2_launch_template.name, "Version": str(v.number)}
    if lifecycle_state == "Pending": instance._state.name, instance._state.code = "pending", 0
M.InstanceState.__init__ = is_init
M.InstanceState.launch_template = property(lambda s: s._lt)
M.InstanceState.launch_configuration_name = property(lambda s: s._lc)

G = M.FakeAutoScalingGroup
LIVE = ("Pending", "Pending:Wait", "Pending:Proceed", "InService")
def suspended(g, p): return p in g._suspended_processes
def act(g, text, status="Successful"):
    a = M.Activity(text, "fleetd", g, status_code=status); a.progress = 100; ACTS[g.name].insert(0, a); return a
def effect(kind, g, **more): EFFECTS.append({"effect": kind, "group": g.name, **more})
def log(caller, action, parameters, status):
    effects = EFFECTS[:]; EFFECTS.clear()
    if not LOG or (action is None and not effects): return
    LOG.write(json.dumps({"at": round(time.time(), 6), "caller": caller, "action": action, "parameters": parameters, "status": status, "effects": effects}) + "\n"); LOG.flush()
def validate(g, desired):
    if desired is not None and desired > g.max_size: raise ValidationError(f"New SetDesiredCapacity value {desired} is above max value {g.max_size} for the AutoScalingGroup.")
    if desired is not None and desired < g.min_size: raise ValidationError(f"New SetDesiredCapacity value {desired} is below min value {g.min_size} for the AutoScalingGroup.")
def set_desired(self, n):  # only records; the reconciler acts
    before = getattr(self, "desired_capacity", None); self.desired_capacity = self.min_size if n is None else n
    if before != self.desired_capacity: effect("desired", self, before=before, after=self.desired_capacity)
G.set_desired_capacity = set_desired
def launch(self, n, tags):
    azs = self.availability_zones; subs = (self.vpc_zone_identifier or "").split(",")
    for _ in range(n):
        count = collections.Counter(s.availability_zone for s in self.instance_states if s.lifecycle_state in LIVE)
        i = min(range(len(azs)), key=lambda k: count[azs[k]])
        if FAULTS.fails_launch(self.name):
            a = act(self, "Launching a new EC2 instance.  Status Reason: no capacity", "Failed"); a.status_message = NO_CAPACITY.format(type=self.instance_type, zone=azs[i]); return
        t = dict(tags); t[M.ASG_NAME_TAG] = self.name; t.update(self.instance_tags)
        lt = {"LaunchTemplateId": self.ec2_launch_template.id, "Version": self.launch_template_version} if self.ec2_launch_template else None
        r = self.autoscaling_backend.ec2_backend.run_instances(self.image_id, 1, self.user_data, self.security_groups, instance_type=self.instance_type,
            tags={"instance": t}, placement=azs[i], launch_config=self.launch_config, launch_template=lt, is_instance_type_default=False,
            associate_public_ip=None, subnet_id=subs[i] if subs[0] else None)
        ins = r.instances[0]; ins.autoscaling_group = self
        self.instance_states.append(M.InstanceState(ins, protected_from_scale_in=self.new_instances_protected_from_scale_in))
        act(self, f"Launching a new EC2 instance: {ins.id}"); effect("launch", self, instance=ins.id)
G.replace_autoscaling_group_instances = launch
def hooks(b, g, tr): return [h for h in b.lifecycle_hooks.values() if h.auto_scaling_group_name == g.name and h.lifecycle_transition == "autoscaling:" + tr]
def begin_term(b, g, s):
    h = hooks(b, g, "EC2_INSTANCE_TERMINATING")
    if h: s.lifecycle_state = "Terminating:Wait"; s.until = time.time() + h[0].heartbeat_timeout
    else: s.lifecycle_state = "Terminating"; s.until = time.time() + TERM; s.instance._state.name, s.instance._state.code = "shutting-down", 32
    act(g, f"Terminating EC2 instance: {s.instance.id}"); effect("terminate", g, instance=s.instance.id)
def reconcile(b):
    for g in list(b.autoscaling_groups.values()):
        now = time.time()
        for s in list(g.instance_states):
            if s.instance._state.name == "terminated": g.instance_states.remove(s); continue
            if s.lifecycle_state == "Pending" and now - s.born > s.boot:
                s.instance._state.name, s.instance._state.code = "running", 16; s.lifecycle_state = "InService"
            elif s.lifecycle_state == "Terminating:Wait" and now > s.until: s.lifecycle_state = "Terminating:Proceed"
            if s.lifecycle_state == "Terminating:Proceed":
                s.lifecycle_state = "Terminating"; s.until = now + TERM; s.instance._state.name, s.instance._state.code = "shutting-down", 32
            if s.lifecycle_state == "Terminating" and now > s.until:
                s.instance.terminate(); g.instance_states.remove(s)
        live = [s for s in g.instance_states if s.lifecycle_state in LIVE]
        d = g.desired_capacity - len(live)
        if d > 0 and not suspended(g, "Launch") and FAULTS.may_launch(g.name): g.replace_autoscaling_group_instances(d, g.get_propagated_tags()); LAUNCHED.add(g.name)
        if d < 0 and not suspended(g, "Terminate"):
            cand = sorted((s for s in live if not s.protected_from_scale_in), key=lambda s: s.born)
            for s in cand[:-d]: begin_term(b, g, s)
def loop():
    while True:
        time.sleep(RECON)
        with LOCK:
            for acc in M.autoscaling_backends.values():
                for b in list(acc.values()): reconcile(b)
            log(None, None, {}, 0)

B = M.AutoScalingBackend
B.notify_terminate_instances = lambda self, ids: None   # reconciler sees it
_sd = B.set_desired_capacity
def b_set(self, name, n):
    if name not in self.autoscaling_groups: raise ValidationError("AutoScalingGroup name not found - AutoScalingGroup '%s' not found" % name)
    validate(self.autoscaling_groups[name], n); _sd(self, name, n)
B.set_desired_capacity = b_set
_up = B.update_auto_scaling_group
def b_up(self, name, **kw):
    g = self.autoscaling_groups.get(name)
    if g:
        mx = kw["max_size"] if kw["max_size"] is not None else g.max_size; mn = kw["min_size"] if kw["min_size"] is not None else g.min_size
        if mn > mx: raise ValidationError("Min bound, %s, must be less than or equal to max bound, %s" % (mn, mx))
        d = kw["desired_capacity"]
        if d is not None and d > mx: raise ValidationError("Desired capacity:%s must be between the specified min size:%s and max size:%s" % (d, mn, mx))
        if d is None: kw["desired_capacity"] = min(max(g.desired_capacity, mn), mx)
        if kw.get("mixed_instances_policy") is None: kw["mixed_instances_policy"] = g.mixed_instances_policy
    return _up(self, name, **kw)
B.update_auto_scaling_group = b_up
def b_term(self, iid, dec):
    for g in self.autoscaling_groups.values():
        for s in g.instance_states:
            if s.instance.id == iid:
                FAULTS.refuse_termination(g.name)
                if s.lifecycle_state.startswith("Terminating"): return act(g, f"Terminating EC2 instance: {iid}", "InProgress")
                if dec and g.desired_capacity - 1 < g.min_size:
                    raise ValidationError(f"Currently, desiredSize equals minSize ({g.min_size}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.")
                if dec: g.desired_capacity -= 1; effect("desired", g, before=g.desired_capacity + 1, after=g.desired_capacity)
                begin_term(self, g, s); return ACTS[g.name][0]
    raise ValidationError(f"Instance Id not found - No managed instance found for instance ID: {iid}")
B.terminate_instance = b_term

A = R.AutoScalingResponse
A.describe_auto_scaling_groups = lambda self: FAULTS.page(self, "AutoScalingGroups", self.autoscaling_backend.describe_auto_scaling_groups(self._get_param("AutoScalingGroupNames", []), filters=self._get_param("Filters", [])))
A.describe_scaling_activities = lambda self: FAULTS.page(self, "Activities", ACTS[self._get_param("AutoScalingGroupName")])
A.describe_instance_refreshes = lambda self: FAULTS.page(self, "InstanceRefreshes", FAULTS.refreshes_of(self._get_param("AutoScalingGroupName"), utcnow()))  # moto has none
def describe_instances(self):
    ids = self._get_param("InstanceIds", [])
    if len(ids) > 50: raise ValidationError("1 validation error detected: Value at 'instanceIds' failed to satisfy constraint: at most 50.")
    return FAULTS.page(self, "AutoScalingInstances", self.autoscaling_backend.describe_auto_scaling_instances(instance_ids=ids))
A.describe_auto_scaling_instances = describe_instances
def complete(self):
    b = self.autoscaling_backend; iid = self._get_param("InstanceId")
    for g in b.autoscaling_groups.values():
        for s in g.instance_states:
            if s.instance.id == iid and s.lifecycle_state == "Terminating:Wait": s.lifecycle_state = "Terminating:Proceed"; return EmptyResult()
    raise ValidationError("No active Lifecycle Action found with instance ID " + str(iid))
A.complete_lifecycle_action = complete

def as_list(value): return value if isinstance(value, list) else [value]
class Front:
    """Stands before moto: the control call, the policy of dextre's access key, throttling, and the log of every mutating call."""
    def __init__(self, app):
        self.app = app; policy = os.environ.get("FLEET_POLICY"); self.allowed = None  # the policy's conditions are not looked at
        if policy: self.allowed = {action for statement in json.load(open(policy))["Statement"] for action in as_list(statement["Action"])}
    def forbids(self, service, action, authorization):
        return self.allowed is not None and f"Credential={DEXTRE_KEY}/" in authorization and f"{service}:{action}" not in self.allowed
    def __call__(self, env, start):
        n = int(env.get("CONTENT_LENGTH") or 0); body = env["wsgi.input"].read(n) if n else b""
        if env["PATH_INFO"] == "/rig/faults": return self.control(body)(env, start)
        env["wsgi.input"] = io.BytesIO(body)
        m = re.search(rb"(?:^|&)Action=(\w+)", body); k = m.group(1).decode() if m else ""
        authorization = env.get("HTTP_AUTHORIZATION", ""); ec2 = "/ec2/" in authorization
        if k and self.forbids("ec2" if ec2 else "autoscaling", k, authorization):
            x = ("<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation.</Message></Error></Errors><RequestID>r</RequestID></Response>" if ec2
                 else f'<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized to perform: autoscaling:{k}</Message></Error><RequestId>r</RequestId></ErrorResponse>')
            return Response(x, status=403, content_type="text/xml")(env, start)
        with LOCK: throttled = FAULTS.throttles(k)
        if throttled:
            x = ("<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors><RequestID>r</RequestID></Response>" if ec2
                 else '<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>r</RequestId></ErrorResponse>')
            return Response(x, status=503 if ec2 else 400, content_type="text/xml")(env, start)
        if not k or k.startswith(("Describe", "Get")):
            with LOCK: return self.app(env, start)
        return self.mutate(k, body, env, start)
    def control(self, body):
        try:
            with LOCK: FAULTS.change(json.loads(body))
            return Response("{}", status=200, content_type="application/json")
        except (ValueError, AttributeError, TypeError) as wrong: return Response(f"{wrong}\n", status=400, content_type="text/plain")
    def mutate(self, action, body, env, start):
        parameters = {n: v for n, v in urllib.parse.parse_qsl(body.decode(), keep_blank_values=True) if n not in ("Action", "Version")}
        key = re.search(r"Credential=([^/]+)/", env.get("HTTP_AUTHORIZATION", "")); status = []
        def started(line, *rest): status.append(int(line.split()[0])); return start(line, *rest)
        with LOCK:
            try: return self.app(env, started)
            finally: log(key.group(1) if key else None, action, parameters, status[0] if status else 500)

LOG = None
if __name__ == "__main__":
    LOG = open(sys.argv[2], "a") if len(sys.argv) > 2 else None
    threading.Thread(target=loop, daemon=True).start()
    app = Front(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True)
