"""Everybody in the organization, and who gets into which role.

- `members`: users, groups and roles as they are, and as changes make them.
- `trusted_principals`, `directory`: everybody, indexed by whom roles trust.
- `asked_of_callers`: what a statement asks of those who call.
- `world`: subjects and rights, made on demand under the organization's policies.
- `resource_tags`: the tags of a user or role that conditions ask for.
- `tag_variables`: the caller's own tags that policies have variables of.
- `compared_tags`: tags of callers and roles that trust policies have be alike.
- `principal_element`, `trust_policy`, `trust`: who gets into which role.
- `asked_next`: what roles, RCPs and stores ask of those who come to them.
- `administrator`: who is an administrator as it stands.
"""
