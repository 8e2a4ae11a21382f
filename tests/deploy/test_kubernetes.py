"""The manifests: by the schemas of Kubernetes, and by what must hold of them."""

import re
import shutil
import subprocess

import kubernetes_validate
import pytest
import yaml

from flow.vital_signs import METRICS
from tests.deploy.parts import KUBERNETES, documents, workloads

MINORS = ("1.33", "1.37")
"""The oldest and the newest whose schemas are looked at."""
FOLDERS = ("base", "hpa", "keda")
MOST_JUDGES = 3
"""From the third on the register's end is full: docs/benchmarks.md."""
NOT_KUBERNETES = {"Kustomization", "ScaledObject"}


def ours() -> list[dict]:
    found = [one for folder in FOLDERS for one in documents(folder)]
    return [one for one in found if one.get("kind") not in {*NOT_KUBERNETES, None}]


@pytest.mark.parametrize("minor", MINORS)
@pytest.mark.parametrize("one", ours(), ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_every_object_is_what_kubernetes_allows(one: dict, minor: str) -> None:
    kubernetes_validate.validate(one, minor, strict=True)


def test_the_schemas_notice_a_misspelt_name() -> None:
    wrong = next(one for one in ours() if one["kind"] == "Deployment")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**wrong, "spec": {**wrong["spec"], "replikas": 1}}, MINORS[-1], strict=True)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_named_and_every_name_is_a_file(folder: str) -> None:
    told = next(one for one in documents(folder) if one.get("kind") == "Kustomization")
    files = {path.name for path in (KUBERNETES / folder).glob("*.yaml")} - {"kustomization.yaml", "adapter-rules.yaml"}
    assert set(told["resources"]) - {"../base"} == files


@pytest.mark.parametrize("folder", FOLDERS)
def test_kustomize_puts_them_together(folder: str) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        reason = "kubectl is not on PATH: what kustomize makes of the manifests is not looked at"
        print(reason)  # noqa: T201  a skip must be seen in the output
        pytest.skip(reason)
    done = subprocess.run([kubectl, "kustomize", KUBERNETES / folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = [one for one in yaml.safe_load_all(done.stdout) if one["kind"] not in NOT_KUBERNETES]
    for one in made:
        assert one["kind"] == "Namespace" or one["metadata"]["namespace"] == "earshot"
        kubernetes_validate.validate(one, MINORS[-1], strict=True)
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in made if one["kind"] == "HorizontalPodAutoscaler"}
    told = {one["metadata"]["name"] for one in made if one["kind"] == "Deployment" and "replicas" in one["spec"]}
    assert scaled & told == set()


@pytest.mark.parametrize(("name", "pod"), list(workloads()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_pod_is_shut_in(name: str, pod: dict) -> None:
    told = pod["securityContext"]
    assert (told["runAsNonRoot"], told["runAsUser"], told["seccompProfile"]) == (
        True,
        10001,
        {"type": "RuntimeDefault"},
    )
    assert pod["automountServiceAccountToken"] is False
    for container in (*pod.get("initContainers", ()), *pod["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} == set(container["resources"])


def test_every_deployment_is_probed_counted_on_and_waits_for_the_tables() -> None:
    budgets = {one["metadata"]["name"] for one in ours() if one["kind"] == "PodDisruptionBudget"}
    deployments = [one for one in ours() if one["kind"] == "Deployment"]
    assert {one["metadata"]["name"] for one in deployments} == budgets
    for one in deployments:
        pod, labels = one["spec"]["template"]["spec"], one["spec"]["template"]["metadata"]["labels"]
        assert one["spec"]["selector"]["matchLabels"] == labels
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(pod["containers"][0])
        assert pod["initContainers"][0]["args"] == ["migrate", "--check"]


def test_there_is_one_timetable_and_never_two_for_a_moment() -> None:
    cron = next(one for one in ours() if one["kind"] == "Deployment" and one["metadata"]["name"] == "earshot-cron")
    assert (cron["spec"]["replicas"], cron["spec"]["strategy"]) == (1, {"type": "Recreate"})


def test_every_figure_that_scales_is_one_that_is_told() -> None:
    told = {metric.name for metric in METRICS}
    texts = [path.read_text(encoding="utf-8") for path in KUBERNETES.rglob("*.yaml")]
    assert {name for text in texts for name in re.findall(r"\bearshot_\w+", text)} <= told
    hpa = next(one for one in ours() if one["metadata"]["name"] == "earshot-judge" and "metrics" in one["spec"])
    rule = next(one for one in documents("hpa") if "externalRules" in one)["externalRules"][0]
    assert (
        hpa["spec"]["metrics"][0]["external"]["metric"]["name"] == rule["name"]["as"] == "earshot_backlog_age_seconds"
    )


def test_judges_are_not_multiplied_beyond_what_helps() -> None:
    hpa = next(one for one in ours() if one["metadata"]["name"] == "earshot-judge" and "metrics" in one["spec"])
    keda = next(one for one in documents("keda") if one["kind"] == "ScaledObject")
    assert (hpa["spec"]["minReplicas"], hpa["spec"]["maxReplicas"]) == (1, MOST_JUDGES)
    assert (keda["spec"]["minReplicaCount"], keda["spec"]["maxReplicaCount"]) == (1, MOST_JUDGES)
    names = {one["metadata"]["name"] for one in ours() if one["kind"] == "Deployment"}
    for one in (*ours(), keda):
        target = one.get("spec", {}).get("scaleTargetRef")
        assert target is None or target["name"] in names


def test_every_claim_and_setting_that_a_pod_names_is_there() -> None:
    claims = {one["metadata"]["name"] for one in ours() if one["kind"] == "PersistentVolumeClaim"}
    for name, pod in workloads():
        volumes = {volume["name"] for volume in pod["volumes"]}
        named = {one["persistentVolumeClaim"]["claimName"] for one in pod["volumes"] if "persistentVolumeClaim" in one}
        assert named <= claims, name
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
