"""AWS's lists: actions, the resources and condition keys that they take, services and their principals.

- `actions`, `action_table`: the known actions, as bits, with the kinds of resource that each takes.
- `request_keys`: the condition keys that a direct request for an action can carry.
- `data_age`: where the lists come from, and how old they are.
- `services`: what a service principal stands for among actions, and the services that RCPs bind.
"""
