"""What runs Seamark elsewhere says what Seamark takes: commands, ports, probes, folders, users."""

import configparser
import json
import re
import shlex
import shutil
import subprocess

import pytest
import yaml
from tests.architecture.house import ROOT

from seamark import cli
from seamark.config import Config, parse

PACKAGING = ROOT / "packaging"
DOCKERFILE = (PACKAGING / "Dockerfile").read_text(encoding="utf-8")
UNIT = PACKAGING / "seamark.service"
DATA = "/var/lib/seamark"


def documents(name):
    return list(yaml.safe_load_all((PACKAGING / name).read_text(encoding="utf-8")))


def of_kind(kind, name="kubernetes.yaml"):
    [found] = [each for each in documents(name) if each["kind"] == kind]
    return found


def unit():
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    parser.read(UNIT, encoding="utf-8")
    return parser["Service"]


def pods():
    return [
        of_kind("StatefulSet")["spec"]["template"]["spec"],
        of_kind("Job", "kubernetes-token.yaml")["spec"]["template"]["spec"],
    ]


def instruction(name):
    """The arguments of the last such line of the Dockerfile."""
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)[-1]


def commands():
    yield shlex.split(unit()["ExecStart"])[1:]
    yield json.loads(instruction("CMD"))
    for pod in pods():
        yield pod["containers"][0]["args"]


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_is_one_that_seamark_takes(words):
    cli.parser_of(cli.load(words[0])).parse_args(words[1:])


def test_the_image_is_made_in_two_stages_and_runs_as_nobody_special():
    assert DOCKERFILE.count("\nFROM ") == 2
    user = instruction("USER")
    assert not user.startswith(("0", "root"))
    assert DOCKERFILE.index("\nUSER ") < DOCKERFILE.index("\nENTRYPOINT ")
    assert re.search(r"pip install .*--require-hashes --requirement \S+/requirements\.lock", DOCKERFILE)
    assert int(instruction("EXPOSE")) == Config().server.port
    assert instruction("ENTRYPOINT") == '["seamark"]'


def test_a_pod_is_not_root_writes_to_its_volume_alone_and_has_no_rights():
    for pod in pods():
        [container] = pod["containers"]
        user = pod["securityContext"]["runAsUser"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert f"{user}:{user}" == instruction("USER")
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert not container["securityContext"]["allowPrivilegeEscalation"]
        assert not pod["automountServiceAccountToken"]
        assert DATA in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_one_server_has_the_volume_and_time_to_finish():
    stateful = of_kind("StatefulSet")["spec"]
    assert stateful["replicas"] == 1
    drain = Config().ingest.drain_seconds
    assert stateful["template"]["spec"]["terminationGracePeriodSeconds"] > drain
    assert int(unit()["TimeoutStopSec"]) > drain
    [claim] = stateful["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    [volume] = of_kind("Job", "kubernetes-token.yaml")["spec"]["template"]["spec"]["volumes"]
    pod = f"{of_kind('StatefulSet')['metadata']['name']}-0"
    assert volume["persistentVolumeClaim"]["claimName"] == f"{claim['metadata']['name']}-{pod}"


def test_probes_ask_what_is_open_to_everybody():
    [container] = of_kind("StatefulSet")["spec"]["template"]["spec"]["containers"]
    described = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    for probe in ("livenessProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        assert f"### GET {asked['path']}\n" in described
        assert asked["port"] in {port["name"] for port in container["ports"]}
    assert container["ports"][0]["containerPort"] == Config().server.port


def test_the_mounted_configuration_is_one_and_names_the_volume():
    config = parse(of_kind("ConfigMap")["data"]["seamark.toml"])
    assert config.store.path == DATA
    assert config.server.host == "0.0.0.0"


def test_services_and_selectors_name_the_same_pods():
    labels = of_kind("StatefulSet")["spec"]["template"]["metadata"]["labels"]
    assert of_kind("StatefulSet")["spec"]["selector"]["matchLabels"] == labels
    assert of_kind("Service")["spec"]["selector"] == labels


def test_the_unit_lets_the_server_write_to_its_folder_alone():
    said = unit()
    assert f"--data {DATA}" in said["ExecStart"]
    assert f"/var/lib/{said['StateDirectory']}" == DATA
    assert (said["DynamicUser"], said["ProtectSystem"], said["NoNewPrivileges"]) == ("yes", "strict", "yes")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_finds_no_fault_in_the_unit(tmp_path):
    text = UNIT.read_text(encoding="utf-8").replace("/opt/seamark/bin/seamark", shutil.which("true"))
    (tmp_path / UNIT.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / UNIT.name)],
        check=False,
        capture_output=True,
        text=True,
    )
    complaints = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert complaints == []
