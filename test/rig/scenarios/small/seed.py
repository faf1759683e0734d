"""The scenario `small`: one group of three workers over three zones, in launch template version 1, with version 2 waiting."""
import time
import boto3

ec2, asg = boto3.client("ec2"), boto3.client("autoscaling")
group = "nodes-a"
subnets = ec2.describe_subnets()["Subnets"]
image = ec2.describe_images()["Images"][0]["ImageId"]
template = ec2.create_launch_template(
    LaunchTemplateName=group, LaunchTemplateData={"ImageId": image, "InstanceType": "m5.large"}
)["LaunchTemplate"]["LaunchTemplateId"]


def tag(key, value):
    return {"Key": key, "Value": value, "PropagateAtLaunch": True, "ResourceId": group, "ResourceType": "auto-scaling-group"}


asg.create_auto_scaling_group(
    AutoScalingGroupName=group, MinSize=3, MaxSize=6, DesiredCapacity=3,
    LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
    VPCZoneIdentifier=",".join(s["SubnetId"] for s in subnets),
    Tags=[tag("KubernetesCluster", "k8s.test"),
          tag("k8s.io/cluster-autoscaler/node-template/label/kops.k8s.io/instancegroup", group)],
)
# version 2 must come only after the instances were launched in version 1: the group follows $Latest
while True:
    instances = asg.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"][0]["Instances"]
    if len(instances) == 3:
        break
    time.sleep(0.2)
assert all(i["LaunchTemplate"]["Version"] == "1" for i in instances), instances
ec2.create_launch_template_version(
    LaunchTemplateId=template, LaunchTemplateData={"ImageId": image, "InstanceType": "m5.xlarge"})
