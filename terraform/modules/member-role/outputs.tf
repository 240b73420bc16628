output "role_arn" {
  description = "ARN of the role that the job assumes in this account."
  value       = aws_iam_role.reader.arn
}
