"""The bridge between fleet and cluster: an instance that runs becomes a Node; one that ends loses its kubelet, then its Node.

It also touches pods that their kubelet has overlooked: on a busy machine kwok drops a pod that is bound to a Node in
the moment in which it takes the Node over (a DaemonSet's, as a rule), and would never start it.
"""
import json
import os
import time

import boto3
import requests

JOIN_SECONDS = float(os.environ["KUBELET_JOIN_S"])
NODES = os.environ["KUBE_API"] + "/api/v1/nodes"
LABEL_TAG = "k8s.io/cluster-autoscaler/node-template/label/"
ALIVE = "kwok.x-k8s.io/alive"
PODS = os.environ["KUBE_API"] + "/api/v1/pods"
OVERLOOKED_SECONDS = 1.5
MERGE = {"Content-Type": "application/merge-patch+json"}

ec2 = boto3.client("ec2")
kubernetes = requests.Session()
kubernetes.trust_env = False
kubernetes.verify = os.environ["KUBE_CERTIFICATE"]
kubernetes.headers["Authorization"] = "Bearer " + os.environ["KUBE_TOKEN"]
running_since = {}  # instance id -> when it was first seen running
first = set()  # the instances of the first look that saw any: they join at once, so that a scenario is up soon
bound_since = {}  # UID of a pod that its kubelet has not looked at yet -> when it was first seen so
joined = set()  # an instance joins once: a Node that somebody deletes does not come back


def log(*words):
    print(time.strftime("%H:%M:%S"), *words, flush=True)


def instances():
    found = {}
    filters = [{"Name": "tag-key", "Values": ["KubernetesCluster"]}]
    for page in ec2.get_paginator("describe_instances").paginate(Filters=filters):
        for reservation in page["Reservations"]:
            found.update({instance["InstanceId"]: instance for instance in reservation["Instances"]})
    return found


def nodes():
    items = kubernetes.get(NODES).json()["items"]
    by_instance = {node["spec"].get("providerID", "").rsplit("/", 1)[-1]: node for node in items}
    by_instance.pop("", None)
    return by_instance


def join(instance):
    identity, zone, name = instance["InstanceId"], instance["Placement"]["AvailabilityZone"], instance["PrivateDnsName"]
    labels = {
        ALIVE: "true",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": zone[:-1],
        "node.kubernetes.io/instance-type": instance["InstanceType"],
        "node-role.kubernetes.io/node": "",
    }
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    labels.update({key[len(LABEL_TAG):]: value for key, value in tags.items() if key.startswith(LABEL_TAG)})
    capacity = {"cpu": "4", "memory": "16Gi", "pods": "58"}
    answer = kubernetes.post(NODES, json={
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": f"aws:///{zone}/{identity}"},
        "status": {"capacity": capacity, "allocatable": capacity},
    })
    log("join", name, identity, answer.status_code)
    if answer.status_code == 201:
        joined.add(identity)


def follow(node, state):
    name = node["metadata"]["name"]
    if state in ("shutting-down", "terminated", "stopped", "stopping") and node["metadata"]["labels"].get(ALIVE):
        kubernetes.patch(f"{NODES}/{name}", headers=MERGE, data=json.dumps({"metadata": {"labels": {ALIVE: None}}}))
        log("kubelet dead", name, state)
    conditions = node["status"].get("conditions", [])
    ready = next((condition["status"] for condition in conditions if condition["type"] == "Ready"), "Unknown")
    if state == "terminated" and ready != "True":
        # what the cloud controller does
        kubernetes.delete(f"{NODES}/{name}")
        log("deleted", name)


def step():
    fleet, cluster = instances(), nodes()
    if not first:
        first.update(fleet)
    for identity, instance in fleet.items():
        if instance["State"]["Name"] != "running" or identity in cluster or identity in joined:
            continue
        running = time.time() - running_since.setdefault(identity, time.time())
        if identity in first or running >= JOIN_SECONDS:
            join(instance)
    for identity, node in cluster.items():
        follow(node, fleet.get(identity, {}).get("State", {}).get("Name", "terminated"))


def touch_overlooked():
    query = {"fieldSelector": "status.phase=Pending,spec.nodeName!="}
    pods = [pod for pod in kubernetes.get(PODS, params=query).json()["items"] if "podIP" not in pod["status"]]
    for uid in set(bound_since) - {pod["metadata"]["uid"] for pod in pods}:
        del bound_since[uid]
    for pod in pods:
        meta, now = pod["metadata"], time.time()
        if now - bound_since.setdefault(meta["uid"], now) < OVERLOOKED_SECONDS:
            continue
        bound_since[meta["uid"]] = now
        path = f"{PODS[:-len('pods')]}namespaces/{meta['namespace']}/pods/{meta['name']}"
        kubernetes.patch(path, headers=MERGE, data=json.dumps({"metadata": {"annotations": {"rig/touched": str(now)}}}))
        log("touched", meta["name"], "on", pod["spec"]["nodeName"])


while True:
    time.sleep(0.5)
    try:
        step()
        touch_overlooked()
    except Exception as problem:  # the API server may be away for a while; try again
        log("problem", repr(problem))
