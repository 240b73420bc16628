module "network" {
  source = "./modules/network"
  count  = var.existing_network == null ? 1 : 0

  name                     = var.name
  cidr                     = var.network_cidr
  log_group_arn            = aws_cloudwatch_log_group.report.arn
  permissions_boundary_arn = var.permissions_boundary_arn
}

locals {
  vpc_id     = var.existing_network == null ? one(module.network[*].vpc_id) : var.existing_network.vpc_id
  subnet_ids = var.existing_network == null ? one(module.network[*].private_subnet_ids) : sort(var.existing_network.subnet_ids)
}

resource "aws_security_group" "task" {
  #checkov:skip=CKV2_AWS_5:the state machine starts the task with it, and so does the command for the task alone
  name        = var.name
  description = "The scheduled task: out to AWS, nothing in"
  vpc_id      = local.vpc_id

  tags = { Name = var.name }
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.task.id
  description       = "AWS endpoints"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
