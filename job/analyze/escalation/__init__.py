"""What a principal can change or enter, and all that a key comes to control.

- `methods`: ways to escalate, read from `data/methods.json`.
- `limits`: what a search leaves out where there is too much to look at one by one.
- `graph`: principals as nodes, ways from one to the next as edges, and the search over them.
- `held`: how certainly something holds, and why.
- `steps`, `free_names`, `renaming`, `policy_grants`: what rules ask of one principal.
- `asked_of_sessions`: what conditions ask of the sessions of a role.
- `given_later`, `sessions`, `entering`: what a caller chooses when it enters a role.
- `service_sessions`: what a service tells of a role's session that it hands out.
- `targets`: who is changed, and the change.
- `made_anew`: who may be deleted, and made anew under the same name.
- `own_tags`, `own_names`: what one, or another, changes of what somebody is called.
- `mfa_sessions`, `through_services`, `federation_tokens`: what one changes of its own requests.
- `console_sessions`: signing in with a password that was set, or a device that was added.
- `leaving`: what an account that leaves its organization is no longer under.
- `changes`: what one principal can do to another, or itself.
- `asked_names`, `new_tags`: what a caller chooses when it makes a principal.
- `issuers`: identity providers whose address is in AWS.
- `passing_roles`: which roles may be passed to a service.
- `one_resource`: what several needs are about together.
- `rules_new`, `rules_others`, `rules_services`: the rules, by whom they reach.
- `ways`: a principal's ways out and the changes it can make, all rules applied.
- `forms`: the forms that changes give to one principal.
- `changers`: who of those that were come to may change others, or set tags for them.
- `joint_ways`: ways of which several do a part each.
- `closure`: all that a key comes to control.
- `first_steps`: what it does first on its ways.
"""
