"""What is refused or made before the engine starts: credentials, secrets, config, places."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from regionctl.engine import Engine, Plan, PulumiCli, Workspace
from regionctl.engine.runs.preflight import NotReady, check_cloud
from regionctl.engine.secrets.slots import MissingSecrets, UnknownSecret
from regionctl.engine.state.checkpoint import EMPTY
from regionctl.engine.state.stackconfig import StackConfig
from regionctl.model.errors import EngineError
from regionctl.model.program import SecretKind, SecretSlot, StackProgram, Target
from tests.engine.conftest import Toy, plan_of, program

CREDENTIALS = (
    "GOOGLE_CREDENTIALS",
    "GOOGLE_CLOUD_KEYFILE_JSON",
    "GCLOUD_KEYFILE_JSON",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
)


def nothing() -> None:
    """Declares nothing."""


def in_the_cloud(**more: str) -> StackProgram:
    google = frozenset({"gcp"})
    return replace(program(nothing), target=Target.CLOUD, providers=google, config={"gcp:project": "acme", **more})


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in CREDENTIALS:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")  # tests may run on a machine of Google's


def test_a_cloud_without_credentials_is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotReady) as refused:
        Engine(workspace=Workspace.at(tmp_path, str(tmp_path / "state"))).plan([in_the_cloud()])
    assert refused.value.missing == "credentials"
    assert "gcloud auth application-default login" in str(refused.value.hint)
    assert not (tmp_path / "state").exists()


def test_a_cloud_without_its_project_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "x")
    with pytest.raises(NotReady) as refused:
        check_cloud(replace(in_the_cloud(), config={}))
    assert refused.value.missing == "project"


def test_a_key_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    with pytest.raises(NotReady, match="names a file that is not there"):
        check_cloud(in_the_cloud())


@pytest.mark.parametrize("variable", ["GOOGLE_OAUTH_ACCESS_TOKEN", "GOOGLE_CREDENTIALS"])
def test_credentials_of_the_environment_will_do(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "x")
    check_cloud(in_the_cloud())


def test_a_machine_of_googles_has_credentials_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_GCE_CHECK")
    monkeypatch.setenv("GCE_METADATA_HOST", "metadata.google.internal")
    check_cloud(in_the_cloud())


def test_credentials_of_gcloud_will_do(tmp_path: Path) -> None:
    (tmp_path / "gcloud").mkdir()
    (tmp_path / "gcloud" / "application_default_credentials.json").write_text("{}")
    check_cloud(in_the_cloud())


@pytest.mark.parametrize("providers", [frozenset({"cloudflare"}), frozenset()])
def test_a_stack_without_google_is_asked_for_nothing_of_googles(providers: frozenset[str]) -> None:
    check_cloud(replace(in_the_cloud(), providers=providers, config={}))


def test_a_provider_that_somebody_attached_is_asked_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "cloudflare:1")
    with pytest.raises(NotReady):
        check_cloud(in_the_cloud())
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "cloudflare:1,gcp:2")
    check_cloud(in_the_cloud())


@pytest.mark.parametrize(
    ("attached", "downloads"), [("gcp:1", False), ("gcp:1,cloudflare:2", False), ("cloudflare:2", True), ("", True)]
)
def test_no_provider_is_downloaded_where_all_are_attached(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, attached: str, downloads: bool
) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", attached)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "a passphrase")
    environment = Workspace.at(tmp_path, str(tmp_path)).environment(in_the_cloud())
    assert ("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION" not in environment) is downloads


def test_a_sandbox_needs_no_credentials() -> None:
    check_cloud(program(nothing))


def test_a_cloud_without_a_passphrase_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(variable, raising=False)
    workspace = Workspace.at(tmp_path, str(tmp_path / "state"))
    workspace.prepare(in_the_cloud())
    with pytest.raises(EngineError, match="passphrase"):
        workspace.environment(in_the_cloud())
    assert not workspace.passphrase_file.exists()


def with_secrets(base: StackProgram) -> StackProgram:
    slots = {"made": SecretSlot(kind=SecretKind.GENERATED), "given": SecretSlot(kind=SecretKind.PROVIDED)}
    return replace(base, secrets=slots)


@pytest.mark.engine
def test_a_provided_secret_that_is_not_set_is_refused_in_the_cloud(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "x")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "a passphrase")
    engine = Engine(workspace=Workspace.at(tmp_path, str(tmp_path / "state")))
    refused = engine.plan([with_secrets(in_the_cloud())])["test.one"]
    assert isinstance(refused, MissingSecrets)
    assert refused.keys == ("given",)
    assert "secrets set one given" in str(refused.hint)


@pytest.mark.engine
def test_a_sandbox_makes_secrets_up_once_and_says_so(toy: Toy) -> None:
    def export() -> None:
        pulumi.export("made", pulumi.Config().require_secret("made"))

    stack = replace(with_secrets(program(export)), config={"toys:size": "small"})
    assert toy.engine.missing_secrets(stack) == ("made", "given")
    first = plan_of(toy.engine.plan([stack]), "test.one")
    assert ["'given'" in d.message for d in first.diagnostics] == [True]
    value = toy.engine.show_secret(stack, "made")
    assert len(value) >= 32
    again = plan_of(toy.engine.apply([stack]), "test.one")
    assert again.diagnostics == ()
    assert toy.engine.missing_secrets(stack) == ()
    assert toy.engine.outputs(stack, show_secrets=True) == {"made": value}


@pytest.mark.engine
def test_a_secret_is_set_from_outside(toy: Toy) -> None:
    stack = with_secrets(program(nothing))
    toy.engine.set_secret(stack, "given", "from a human\nin two lines")
    assert toy.engine.show_secret(stack, "given") == "from a human\nin two lines"
    assert "from a human" not in toy.engine.workspace.config_file("test.one").read_text()


def test_a_secret_that_is_not_declared_is_not_set(tmp_path: Path) -> None:
    engine = Engine(workspace=Workspace.at(tmp_path, str(tmp_path / "state")))
    with pytest.raises(UnknownSecret, match="did you mean given") as unknown:
        engine.set_secret(with_secrets(program(nothing)), "givn", "x")
    assert unknown.value.known == ("given", "made")


def test_a_sandbox_has_a_private_passphrase_made_once(tmp_path: Path) -> None:
    workspace = Workspace.default(tmp_path)
    workspace.prepare(program(nothing))
    passphrase = workspace.passphrase_file.read_text()
    assert len(passphrase.strip()) >= 32
    assert stat.S_IMODE(workspace.passphrase_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(workspace.data_dir.stat().st_mode) == 0o700
    workspace.prepare(program(nothing))
    assert workspace.passphrase_file.read_text() == passphrase


def test_a_passphrase_that_is_gone_is_told_and_none_is_made_in_its_place(tmp_path: Path) -> None:
    workspace = Workspace.default(tmp_path)
    workspace.prepare(program(nothing))
    workspace.passphrase_file.unlink()
    workspace.config_file("other.one").write_text("encryptionsalt: v1:of-another-fleet\n")
    workspace.config_file("test.two").write_text("config:\n  toys:a: b\nencryptionsalt: v1:salt\n")
    with pytest.raises(EngineError, match="put it back") as gone:
        workspace.prepare(program(nothing))
    assert gone.value.where == str(workspace.passphrase_file)
    assert not workspace.passphrase_file.exists()
    workspace.config_file("test.two").unlink()
    workspace.prepare(program(nothing))
    assert workspace.passphrase_file.exists()


def test_with_a_state_elsewhere_everything_lies_beside_it(tmp_path: Path) -> None:
    root, state = tmp_path / "checkout", tmp_path / "state"
    for workspace in (Workspace.at(root, str(state)), Workspace.at(root, state.as_uri())):
        assert workspace.backend_url == state.as_uri()
        assert workspace.passphrase_file == state / "passphrase"
        assert workspace.sandbox_data("prod") == state / "sandbox" / "prod.db"
        assert workspace.config_file("prod.eu-west") == state / "stacks" / "Pulumi.prod.eu-west.yaml"


def test_a_remote_state_leaves_the_configs_in_the_checkout(tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path, "gs://states/acme")
    assert workspace.backend_url == "gs://states/acme"
    assert workspace.config_file("prod.eu-west") == tmp_path / "stacks" / "Pulumi.prod.eu-west.yaml"
    assert workspace.state_dir is None


def test_a_state_on_this_disk_is_read_without_the_cli_and_nothing_is_made(tmp_path: Path) -> None:
    nowhere = Workspace.at(tmp_path, str(tmp_path / "state"))
    engine = Engine(workspace=nowhere, cli=PulumiCli(path=tmp_path / "none", version="3.259.0"))
    stack = program(nothing)
    assert (engine.state(stack), engine.last_applied(stack)) == (EMPTY, None)
    assert engine.held_nothing(stack)
    assert not engine.locks(stack)
    assert not nowhere.project_dir.exists()


def test_config_is_written_beside_what_a_human_wrote(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.eu-west.yaml"
    file.write_text("# ours\nconfig:\n  gcp:region: a # why\n  regionctl:token:\n    secure: v1:abc\n")
    StackConfig(file).update({"gcp:region": "b", "gcp:project": "c"})
    text = file.read_text()
    assert "# ours" in text
    assert "gcp:region: b # why" in text
    assert "gcp:project: c" in text
    assert StackConfig(file).secret_keys() == {"regionctl:token"}


def test_config_that_is_so_already_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.x.yaml"
    file.write_text("config: {a:b:   c}\n".replace("a:b:   c", '"a:b":   c'))
    before = file.read_bytes(), file.stat().st_mtime_ns
    StackConfig(file).update({"a:b": "c"})
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


@pytest.mark.parametrize("content", [b"config: [", b"- a\n", b"config: 1\n", b"\xff\xfe"])
def test_a_broken_config_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "Pulumi.x.yaml"
    file.write_bytes(content)
    with pytest.raises(EngineError) as broken:
        StackConfig(file)
    assert str(broken.value.where).startswith(str(file))
    assert file.read_bytes() == content


def test_a_plan_without_stacks_is_empty(tmp_path: Path) -> None:
    results: dict[str, Plan] = dict(Engine(workspace=Workspace.default(tmp_path)).plan([]))  # type: ignore[arg-type]
    assert results == {}
