output "role_arn" {
  description = "ARN of the role that reads the organization: the root module's `organization_role_arn`."
  value       = aws_iam_role.reader.arn
}
