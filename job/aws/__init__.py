"""Clients of AWS: one set for the whole run, shared by all threads.

    clients = open_clients(settings, profile=None, member_profile=None)
    identity = caller_identity(clients.sts)        # the account and partition that the task runs in
    with clients.member.acting_as(credentials):    # what this thread's IAM calls are signed with
        clients.member.iam.list_access_keys(UserName="ci")
    clients.s3()                                   # for job.storage.open_storage

A Session an account would cost 0.12 s and 9 MB; a client an account a third
more CPU. So there is one IAM client, and each thread binds the credentials that its calls are signed with.
"""
