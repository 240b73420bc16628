"""Snapshot in, verdicts out: what each access key can do, exactly, and why.

The package is pure: no AWS call, no clock, no environment. Chapters import only earlier ones, and so do the
modules of each, in the order in which its docstring tells them:

- `verdict`: the answers, and the evidence that they carry.
- `language`: IAM's policy language.
- `condition_sets`: condition blocks decided together.
- `service_reference`: AWS's lists of actions, condition keys and services.
- `evaluation`: one principal's policies, and what they allow, deny or leave open.
- `principals`: everybody in the organization, and who gets into which role.
- `data_stores`: what a principal reads of each named store, by both sides' policies.
- `simulate`: one concrete request, answered as AWS would.
- `escalation`: what a principal can change or enter, and all that a key comes to control.
- `answers`: verdicts and findings.
- `engine`: `Analysis`, the front door.
"""
