"""Where files are read from and written to: a local folder or `s3://bucket/prefix`, behind one protocol.

    storage = open_storage(location, client_factory, kms_key_arn=None)
    storage.write("latest/keys.csv", data, content_type="text/csv")
    storage.read("latest/keys.csv")      # bytes, or None when there is no such file
    storage.list("runs/")                # every key below, sorted
    storage.url("latest/keys.csv")       # for people and manifests

`client_factory` is called once, and only for S3. A refused write raises PublishError, a refused read
SnapshotError.
"""
