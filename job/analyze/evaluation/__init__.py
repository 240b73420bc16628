"""One principal's policies, layer by layer, and what they allow, deny or leave open.

- `subject`: a principal with every policy that bears on it, layer by layer.
- `statement`: a statement in a context, and the shape of answers about requests and resources.
- `joint_decision`: the statements in force, decided over all requests that conditions tell apart.
- `applicable`: the statements in force for one action of one subject, and what they leave.
- `compiled`: compiled policies, shared by all subjects.
- `kept`: answers kept for the next question.
- `rights`: all of one subject's rights, each question answered once.
- `aws_rules`: what AWS answers whatever the policies say, and which objects are its own.
- `needs`: actions needed together, the shape that capabilities and escalation methods share.
- `service_changes`: whether a principal may change anything in a service, listed or not.
"""
