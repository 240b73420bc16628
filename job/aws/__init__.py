"""Clients of AWS: one set for the whole run, shared by all threads.

    own = identity_of(settings, profile=None)      # whose Region, endpoints, trust and credentials hold
    clients = open_clients(settings, own)
    identity = caller_identity(clients.member.sts)        # the account and partition that the task runs in
    with clients.member.acting_as(credentials):    # what this thread's IAM calls are signed with
        clients.member.iam.list_access_keys(UserName="ci")
    open_s3(settings, own)                         # for job.storage.open_storage

A Session an account would cost 0.12 s and 9 MB; a client an account a third
more CPU. So there is one IAM client, and each thread binds the credentials that its calls are signed with.
"""
