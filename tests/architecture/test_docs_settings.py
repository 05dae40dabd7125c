"""docs/configuration.md knows every setting with its default, and every example in it is a valid configuration."""

import re
from dataclasses import MISSING, fields

import pytest
from tests.architecture.house import ROOT, project_files

from seamark.config import Config, parse
from seamark.config.writing import _value as as_toml
from seamark.detect.metric_defaults import NAMES, rules_for
from seamark.ingest.source import sources
from seamark.notify.notifier import notifiers
from seamark.notify.options import MaintenanceOptions, NotificationOptions, RouteOptions
from seamark.records.business import BusinessOptions
from seamark.records.metric import METRICS, ComponentKind
from seamark.records.metric_rule import ServiceOptions
from seamark.records.options import FeatureOptions, ModelOptions
from seamark.records.quality import QualityOptions

TEXT = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
NESTED = {"thresholds", "features", "business", "quality"}  # tables with a heading of their own

SECTIONS = {
    "## [store]": type(Config().store),
    "## [server]": type(Config().server),
    "## [ingest]": type(Config().ingest),
    "## [pipeline]": type(Config().pipeline),
    "## [models.NAME]": ModelOptions,
    "### [models.NAME.features.FEATURE]": FeatureOptions,
    "### [models.NAME.quality.METRIC]": QualityOptions,
    "### [models.NAME.business.METRIC]": BusinessOptions,
    "## [metrics]": type(Config().metrics),
    "## [services.NAME]": ServiceOptions,
    "## [notifications]": NotificationOptions,
    "## [routes.NAME]": RouteOptions,
    "## [maintenance.NAME]": MaintenanceOptions,
    **{f'### type = "{name}"': each.options for name, each in {**notifiers(), **sources()}.items()},
}


def section(heading):
    """The text under a heading, up to the next of any level."""
    assert f"\n{heading}\n" in TEXT, f"docs/configuration.md has no heading {heading}"
    return re.split(r"\n#+ ", TEXT.split(f"\n{heading}\n")[1])[0]


def default_of(field):
    if field.default is MISSING and field.default_factory is MISSING:
        return "needed"
    default = field.default if field.default is not MISSING else field.default_factory()
    return "not set" if default is None else f"`{as_toml(default)}`"


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_described_with_its_default(heading):
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \| \S.* \|$", section(heading), re.MULTILINE))
    known = {field.name: default_of(field) for field in fields(SECTIONS[heading]) if field.name not in NESTED}
    assert rows == known


def test_every_rule_about_components_is_described_with_what_it_fires_and_clears_at():
    rows = dict(re.findall(r"^\| `(\w+)` \| .+? \| (.+?) \|", section("### [services.NAME.thresholds]"), re.MULTILINE))
    rules = rules_for(ComponentKind.SERVICE, METRICS, ServiceOptions(sla_seconds=1.0))
    fixed = {each.name: f"{each.rule.fire:g}, {each.rule.clear:g}, {each.rule.priority.value}" for each in rules}
    assert rows == {name: fixed.get(name, "not set, P1") for name in NAMES}


def test_every_section_of_the_tree_has_a_heading():
    headings = {re.sub(r"\W*(\w+).*", r"\1", heading) for heading in re.findall(r"^## \[.*", TEXT, re.MULTILINE)}
    assert headings == {field.name for field in fields(Config)}


def toml_blocks():
    for path in project_files("*.md", "docs/**/*.md"):
        for number, block in enumerate(
            re.findall(r"^```toml\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        ):
            yield pytest.param(block, id=f"{path.name}-{number}")


@pytest.mark.parametrize("block", list(toml_blocks()))
def test_every_example_is_a_valid_configuration(block):
    parse(block)
