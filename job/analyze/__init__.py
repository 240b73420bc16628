"""Snapshot in, verdicts out: what each access key can do, exactly, and why.

The package is pure: no AWS call, no clock, no environment. Each module imports only earlier ones:

- `verdict`: the answers, and the evidence that they carry.
- `globs`: IAM wildcards as sets of words, with exact emptiness of any mix of them.
- `elements`: the values of a statement's elements, in every spelling.
- `policy`: documents as statements; what is not understood is kept and named.
- `context`: what a principal's request holds, lacks or leaves open, and policy variables filled in from it.
- `operators`, `conditions`: condition blocks in three-valued logic.
- `text_atoms`, `value_atoms`: finitely many values that stand for all.
- `comparisons`, `key_values`, `key_atoms`, `condition_sets`: condition blocks decided together.
- `subject`: a principal with every policy that bears on it, layer by layer.
- `actions`, `action_table`: the known actions, as bits, with the kinds of resource that each takes.
- `request_keys`: the condition keys that a direct request for an action can carry.
- `data_age`: where the lists of AWS's services come from, and how old they are.
- `services`: what a service principal stands for among actions, and the services that RCPs bind.
- `grants`: a statement in a context, and the shape of answers about requests and resources.
- `force`: the statements in force for one action of one subject, and what they leave.
- `library`: compiled policies, shared by all subjects.
- `rights`: all of one subject's rights, each question answered once.
- `aws_rules`: what AWS answers whatever the policies say, and which objects are its own.
- `members`, `trusted`, `directory`: everybody in the organization, indexed by whom roles trust.
- `world`: subjects and rights, made on demand under the organization's policies.
- `resource_tags`: the tags of a user or role that conditions ask for.
- `naming`, `trust`: who gets into which role.
- `simulate`: one concrete request, answered as AWS would.
- `service_changes`: whether a principal may change anything in a service, listed or not.
- `needs`: actions needed together, the shape that the next two tables share.
- `capabilities`, `methods`: kinds of data and ways to escalate, read from `data/`.
- `administrator`: who is an administrator as it stands.
- `graph`: principals as nodes, ways from one to the next as edges, and the search over them.
- `steps`, `granting`, `changes`: what escalation rules ask of one principal and can do to another.
- `sessions`: what a caller chooses when it assumes a role.
- `rules_new`, `rules_others`, `rules_services`: the rules, by whom they reach.
- `escalation`: a principal's ways out and the changes it can make, all rules applied.
- `closure`: all that a key comes to control.
- `access`: what a principal has of a kind of data by itself.
- `notes`: what was not looked at or not understood.
- `paths`: hops, statements in words and sample requests, which findings are told with.
- `ascent`, `reading`: the answers about administration and about each kind of data, with their findings.
- `exposure`: what no verdict counts: credentials that may lead on, and what is only worth knowing.
- `summing`: one principal's verdicts from all of that.
- `engine`: `Analysis`, the front door.
"""
