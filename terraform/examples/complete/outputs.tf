output "report" {
  description = "Where everything is."
  value       = module.report
}

output "organization_role_arn" {
  description = "The role that reads the organization."
  value       = module.organization_reader.role_arn
}
