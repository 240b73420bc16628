output "stack_set_name" {
  description = "Name of the StackSet that makes the member role in every account."
  value       = aws_cloudformation_stack_set.member_role.name
}

output "role_name" {
  description = "Name of the role in every account."
  value       = var.name
}
