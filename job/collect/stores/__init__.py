"""Reads an account's data stores with their policies, one module a kind, into the snapshot as AWS answered.

    read = read_stores(member, StoresWanted(kinds=("s3", "dynamodb"), regions=("eu-central-1",)))
    read.document      # the section `DataStores` of the account's file
    read.failures      # what AWS did not answer, with step and Region

With an `Aggregator`, parts that AWS Config has recorded are not asked in the account, and where the account
refuses a list that of AWS Config stands, under `Incomplete`.

A list that could not be read is left out; so is a part of a store, such as its policy, where a part that is
null says that AWS has none. What vanished between list and question is named under `Gone`, and is no failure.
"""
