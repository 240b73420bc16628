"""Reads accounts: role, credential report, identities, keys and their last use, AWS managed policies.

    policies = ManagedPolicies(known)     # of `managed-policies.json` when a run is continued
    members = clients.member
    collector = Collector(clients=members, caller=caller_identity(members.sts), settings=settings,
                          policies=policies, stop=stop, now=now)
    for account in collector.collect(account_ids, already=complete_ids):
        account.document                  # the snapshot file, its statistics under "Collection"
        account.failures                  # what AWS did not answer; empty for a complete account
    policies.document()                   # `managed-policies.json`

Accounts come in the order in which they are done. The ids may still be growing while they are read. Save
`policies.document()` whenever `policies.has_news`, before the account that brought the news: then a killed
run can be continued.
"""
