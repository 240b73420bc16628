output "vpc_id" {
  description = "Id of the network."
  value       = aws_vpc.report.id
}

output "private_subnet_ids" {
  description = "Subnets for the task."
  value       = aws_subnet.private[*].id
}
