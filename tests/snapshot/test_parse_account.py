from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from job.errors import SnapshotError
from job.snapshot.model import AccessKey, Credentials, Failure, InlinePolicy, Json, LastUse, RootUser, User
from job.snapshot.parse import parse_account
from tests.snapshot.snapshot_samples import ACCOUNT, ALICE_ROW, REPORT, ROOT_ROW, account_file


def _user(account_users: tuple[User, ...], name: str) -> User:
    return next(user for user in account_users if user.name == name)


def test_a_user_has_its_policies_groups_tags_boundary_keys_and_credentials() -> None:
    alice = _user(parse_account(ACCOUNT, account_file()).users, "alice")
    assert alice == User(
        name="alice",
        arn="arn:aws:iam::000011112222:user/people/alice",
        path="/people/",
        user_id="AIDAALICE",
        created_at=datetime(2021, 1, 1, tzinfo=UTC),
        tags={"team": "blue"},
        groups=("staff",),
        inline_policies=(InlinePolicy(name="own", document={"Statement": {"Effect": "Allow"}}),),
        attached_policies=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
        boundary_arn="arn:aws:iam::000011112222:policy/fence",
        credentials=Credentials(password_enabled=True, password_last_used_at=None, mfa_active=False),
        keys=(
            AccessKey(
                access_key_id="AKIAALICE",
                active=True,
                created_at=datetime(2021, 2, 1, 0, 0, 0, 123000, tzinfo=UTC),
                last_use=LastUse(
                    date=datetime(2026, 11, 19, 9, tzinfo=UTC), service="ec2", region="eu-west-1"
                ),
                last_use_read=True,
            ),
        ),
    )


def test_the_accounts_times_partition_groups_roles_and_policies_are_there() -> None:
    account = parse_account(ACCOUNT, account_file())
    assert account.collected_at == datetime(2026, 11, 22, 4, 0, 12, tzinfo=UTC)
    assert account.credential_report_at == datetime(2026, 11, 22, 3, 59, tzinfo=UTC)
    assert account.partition == "aws"
    assert account.groups["staff"].inline_policies[0].document == {"Statement": []}
    assert account.policies["arn:aws:iam::000011112222:policy/fence"].default_version == "v2"
    (role,) = account.roles
    assert (role.name, role.path, role.role_id) == ("worker", "/service/", "AROAWORKER")
    assert role.instance_profiles == ("arn:aws:iam::000011112222:instance-profile/worker",)
    assert role.tags == {"empty": ""}
    assert account.failures == ()


def test_url_encoded_documents_are_decoded_and_text_that_is_no_json_stays_text() -> None:
    account = parse_account(ACCOUNT, account_file())
    assert account.roles[0].trust == {"Statement": []}
    versions = account.policies["arn:aws:iam::000011112222:policy/fence"].versions
    assert versions == {"v2": {"Version": "2"}, "v1": "not JSON"}


def test_a_key_never_used_has_no_last_use_but_it_was_read() -> None:
    (key,) = _user(parse_account(ACCOUNT, account_file()).users, "=bob,1").keys or ()
    assert (key.active, key.last_use, key.last_use_read) == (False, None, True)


def test_a_key_whose_last_use_was_not_read_says_so() -> None:
    entry = {"UserName": "alice", "AccessKeyId": "AKIA", "Status": "Active", "CreateDate": 1612137600}
    (key,) = _user(parse_account(ACCOUNT, account_file(AccessKeys=[entry])).users, "alice").keys or ()
    assert (key.created_at, key.last_use, key.last_use_read) == (
        datetime(2021, 2, 1, tzinfo=UTC),
        None,
        False,
    )


@pytest.mark.parametrize("date", ["N/A", None])
def test_a_last_use_without_date_is_no_use(date: str | None) -> None:
    entry = {"UserName": "a", "AccessKeyId": "AKIA", "Status": "Active", "LastUsed": {"LastUsedDate": date}}
    (key,) = _user(parse_account(ACCOUNT, account_file(AccessKeys=[entry])).users, "a").keys or ()
    assert (key.last_use, key.last_use_read) == (None, True)


def test_a_use_of_a_service_without_regions_is_a_use() -> None:
    used = {"LastUsedDate": "2026-01-01T00:00:00Z", "ServiceName": "s3", "Region": "N/A"}
    entry = {"UserName": "a", "AccessKeyId": "AKIA", "Status": "Active", "LastUsed": used}
    (key,) = _user(parse_account(ACCOUNT, account_file(AccessKeys=[entry])).users, "a").keys or ()
    assert key.last_use == LastUse(date=datetime(2026, 1, 1, tzinfo=UTC), service="s3", region=None)


def test_the_root_user_comes_from_the_credential_report_with_its_keys() -> None:
    assert parse_account(ACCOUNT, account_file()).root == RootUser(
        arn="arn:aws:iam::000011112222:root",
        created_at=datetime(2018, 3, 4, 5, 6, 7, tzinfo=UTC),
        credentials=Credentials(
            password_enabled=None,
            password_last_used_at=datetime(2026, 10, 1, 12, tzinfo=UTC),
            mfa_active=True,
        ),
        keys=(
            AccessKey(
                access_key_id=None,
                active=True,
                created_at=None,
                last_use=LastUse(date=datetime(2026, 11, 20, 10, tzinfo=UTC), service="s3", region=None),
                last_use_read=True,
                rotated_at=datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC),
            ),
            AccessKey(
                access_key_id=None,
                active=False,
                created_at=None,
                last_use=None,
                last_use_read=True,
                rotated_at=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
            ),
        ),
    )


def test_blank_lines_in_a_report_are_nothing() -> None:
    account = parse_account(ACCOUNT, account_file(CredentialReport={"Content": REPORT + "\n\n"}))
    assert account.failures == ()


def test_a_user_whose_creation_time_is_missing_still_has_its_row() -> None:
    report = {"Content": REPORT.replace("2021-01-01T00:00:00+00:00,true", "N/A,true")}
    alice = _user(parse_account(ACCOUNT, account_file(CredentialReport=report)).users, "alice")
    assert alice.credentials is not None


def test_a_time_in_the_report_that_is_none_is_unknown() -> None:
    report = {"Content": REPORT.replace("2026-10-01T12:00:00+00:00", "yesterday")}
    root = parse_account(ACCOUNT, account_file(CredentialReport=report)).root
    assert root is not None
    assert root.credentials.password_last_used_at is None


def test_a_report_without_root_row_leaves_the_root_user_unknown() -> None:
    report = {"GeneratedTime": "2026-11-22T03:59:00Z", "Content": REPORT.replace(ROOT_ROW, "")}
    assert parse_account(ACCOUNT, account_file(CredentialReport=report)).root is None


def test_the_report_may_be_base64_as_the_cli_prints_it() -> None:
    report = {"Content": base64.b64encode(REPORT.encode()).decode()}
    account = parse_account(ACCOUNT, account_file(CredentialReport=report))
    assert account.credential_report_read
    assert account.credential_report_at is None


def test_without_keys_the_reports_slots_are_the_keys_without_ids() -> None:
    account = parse_account(ACCOUNT, account_file(AccessKeys=None))
    (key,) = _user(account.users, "alice").keys or ()
    assert (key.access_key_id, key.active, key.created_at) == (None, True, None)
    assert key.rotated_at == datetime(2021, 2, 1, tzinfo=UTC)


def test_without_keys_and_report_a_users_keys_are_unknown() -> None:
    account = parse_account(ACCOUNT, account_file(AccessKeys=None, CredentialReport=None))
    assert _user(account.users, "alice").keys is None
    assert not account.credential_report_read
    assert account.root is None


def test_users_that_only_keys_and_report_know_are_users_with_keys() -> None:
    account = parse_account(ACCOUNT, account_file(AuthorizationDetails=None))
    assert not account.identities_read
    assert [(user.name, user.arn, user.path) for user in account.users] == [
        ("=bob,1", "arn:aws:iam::000011112222:user/=bob,1", "/"),
        ("alice", "arn:aws:iam::000011112222:user/people/alice", "/people/"),
    ]
    assert [key.access_key_id for user in account.users for key in user.keys or ()] == [
        "AKIABOB",
        "AKIAALICE",
    ]


def test_a_user_that_only_the_keys_know_gets_an_arn_without_path() -> None:
    account = parse_account(ACCOUNT, account_file(AuthorizationDetails=None, CredentialReport=None))
    alice = _user(account.users, "alice")
    assert (alice.arn, alice.path) == ("arn:aws:iam::000011112222:user/alice", "/")
    assert (alice.created_at, alice.credentials) == (None, None)


def test_a_user_whom_live_lists_no_longer_know_is_gone_even_if_an_old_report_names_it() -> None:
    deleted = ALICE_ROW.replace("alice", "deleted")
    account = parse_account(ACCOUNT, account_file(CredentialReport={"Content": REPORT + deleted}))
    assert [user.name for user in account.users] == ["=bob,1", "alice"]


def test_a_user_whose_keys_could_not_be_listed_has_those_of_the_report() -> None:
    failure = {"Step": "ListAccessKeys", "Code": "Throttling", "Message": "slow", "UserName": "alice"}
    account = parse_account(ACCOUNT, account_file(AccessKeys=[], Failures=[failure]))
    assert [key.access_key_id for key in _user(account.users, "alice").keys or ()] == [None]
    assert [(user.name, user.keys_listed) for user in account.users] == [("alice", False)]
    assert account.failures == (
        Failure(step="ListAccessKeys", code="Throttling", message="slow", user="alice"),
    )


def test_a_row_about_an_earlier_user_of_the_same_name_is_not_this_users() -> None:
    report = {"Content": REPORT.replace("2021-01-01T00:00:00+00:00,true", "2019-01-01T00:00:00+00:00,true")}
    assert (
        _user(parse_account(ACCOUNT, account_file(CredentialReport=report)).users, "alice").credentials
        is None
    )


def test_one_damaged_key_is_a_failure_and_the_others_stay() -> None:
    whole = {"UserName": "alice", "AccessKeyId": "AKIA1", "Status": "Active", "CreateDate": "2021-02-01"}
    keys = [
        whole,
        7,
        {"UserName": "alice"},
        {"AccessKeyId": "AKIA2"},
        whole | {"AccessKeyId": "AKIA3", "CreateDate": "soon", "Status": "Sleeping", "LastUsed": 5},
    ]
    account = parse_account(ACCOUNT, account_file(AccessKeys=keys))
    found = _user(account.users, "alice").keys or ()
    assert [(key.access_key_id, key.active, key.last_use_read) for key in found] == [
        ("AKIA1", True, False),
        ("AKIA3", True, False),
    ]
    assert [failure.message for failure in account.failures] == [
        "AccessKeys[1]: expected an object",
        "AccessKeys[2].AccessKeyId: expected a text",
        "AccessKeys[3].UserName: expected a text",
        "AccessKeys[4].Status: expected Active, Inactive or Expired",
        "AccessKeys[4].CreateDate: expected an ISO 8601 time",
        "AccessKeys[4].LastUsed: expected an object",
    ]


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ({"Content": ""}, "the header has no column user, arn, access_key_1_active"),
        ({"Content": REPORT.replace("cert_1_active", "user")}, "the header has a column twice"),
        ({"Content": "<html>"}, "the header has no column user, arn, access_key_1_active"),
        ({"Content": 'user,"arn\n'}, "the header is no CSV: unexpected end of data"),
        (
            {"Content": REPORT.partition("\n")[0] + "\n"},
            "no row below the header can be read, not even the root user's: the report is torn",
        ),
        (
            {"Content": REPORT.partition("\n")[0] + "\n<root_acc"},
            (
                "no row below the header can be read, not even the root user's: the report is torn; "
                "line 2: 1 fields where the header has 23"
            ),
        ),
        ({"Content": ["user"]}, "no text in Content"),
        ({}, "no text in Content"),
        ("user,arn", "no text in Content"),
    ],
)
def test_a_malformed_report_is_a_failure_and_users_keep_their_keys(
    report: dict[str, str], message: str
) -> None:
    account = parse_account(ACCOUNT, account_file(CredentialReport=report))
    assert account.failures == (Failure(step="CredentialReport", code="Malformed", message=message),)
    assert not account.credential_report_read
    assert [user.name for user in account.users] == ["=bob,1", "alice"]


def test_a_damaged_row_is_a_failure_and_the_others_count() -> None:
    content = REPORT + "short,row\n" + ALICE_ROW.replace("alice", "carl").replace(",true,2021", ",maybe,2021")
    account = parse_account(ACCOUNT, account_file(CredentialReport={"Content": content + '"open'}))
    assert [failure.message for failure in account.failures] == [
        "line 5: 2 fields where the header has 23",
        "line 6: no user name, or a key that is neither active nor inactive",
        "line 7: no CSV: unexpected end of data",
    ]
    assert _user(account.users, "alice").credentials is not None


def test_the_partition_is_the_one_of_the_accounts_arns() -> None:
    row = ROOT_ROW.replace("arn:aws:", "arn:aws-us-gov:")
    report = {"Content": REPORT.partition("\n")[0] + "\n" + row}
    parts = {"AuthorizationDetails": None, "AccessKeys": [{"UserName": "x", "AccessKeyId": "AKIAX"}]}
    account = parse_account(ACCOUNT, account_file(CredentialReport=report, **parts))
    assert account.partition == "aws-us-gov"
    assert account.users[0].arn == "arn:aws-us-gov:iam::000011112222:user/x"


def test_an_empty_file_is_an_account_of_which_nothing_was_read() -> None:
    account = parse_account(ACCOUNT, {})
    assert (account.users, account.root, account.roles) == ((), None, ())
    assert not account.identities_read
    assert account.partition == "aws"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "accounts/000011112222.json: expected an object"),
        ({"AuthorizationDetails": 5}, "AuthorizationDetails: expected an object"),
        (
            {"AuthorizationDetails": {"RoleDetailList": [{"RoleName": "r", "Arn": 5}]}},
            "accounts/000011112222.json: AuthorizationDetails.RoleDetailList[0].Arn: expected a text",
        ),
        (
            {"AuthorizationDetails": {"UserDetailList": [{"UserName": "u", "GroupList": [1]}]}},
            "AuthorizationDetails.UserDetailList[0].GroupList[0]: expected a text",
        ),
        ({"AuthorizationDetails": {"UserDetailList": {}}}, "UserDetailList: expected a list"),
        (
            {"AuthorizationDetails": {"UserDetailList": [{"UserName": "u", "Tags": {"a": 5}}]}},
            "UserDetailList[0].Tags.a: expected a text",
        ),
        (
            {"AuthorizationDetails": {"UserDetailList": [{"UserName": "u", "CreateDate": "never"}]}},
            "UserDetailList[0].CreateDate: expected an ISO 8601 time",
        ),
        ({"AccessKeys": {}}, "AccessKeys: expected a list"),
        (
            {"AuthorizationDetails": {"UserDetailList": [{"UserName": "u", "GroupList": "staff"}]}},
            "UserDetailList[0].GroupList: expected a list",
        ),
        (
            {"AccountId": "999900001111"},
            "accounts/000011112222.json: AccountId: another account's: name the file after it",
        ),
        ({"AccountId": 11112222}, "AccountId: expected a text"),
        ({"CollectedAt": []}, "CollectedAt: expected an ISO 8601 time"),
        ({"Failures": [5]}, "Failures[0]: expected an object"),
    ],
)
def test_garbage_is_told_with_file_and_place(document: Json, message: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        parse_account(ACCOUNT, document)
    assert message in str(caught.value)


def test_user_tags_may_be_an_object_of_texts() -> None:
    details = {"UserDetailList": [{"UserName": "u", "Tags": {"a": "b", "c": None}}]}
    account = parse_account(ACCOUNT, account_file(AuthorizationDetails=details, AccessKeys=[]))
    assert account.users[0].tags == {"a": "b", "c": ""}
    assert account.users[0].arn == "arn:aws:iam::000011112222:user/u"
