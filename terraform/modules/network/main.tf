# The smallest network that a task without a public address works in: private subnets whose way out is a
# NAT gateway. IAM and Organizations have no interface endpoint in most Regions, so endpoints alone do not do.
# Two Availability Zones for where Fargate has no room in one; one gateway, whose zone all need, for its price.

data "aws_partition" "current" {}

data "aws_region" "current" {}

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html
data "aws_availability_zones" "fargate" {
  #checkov:skip=CKV_AWS_394:a zone that AWS opens later moves no subnet, they ignore it
  state            = "available"
  exclude_zone_ids = ["usw1-az2", "apne1-az3", "cnn1-az3", "cnn1-az4"]

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = slice(sort(data.aws_availability_zones.fargate.names), 0, min(2, length(data.aws_availability_zones.fargate.names)))

  # Half of the addresses, and the last quarter; the third quarter is the public subnet's.
  private_cidrs = [cidrsubnet(var.cidr, 1, 0), cidrsubnet(var.cidr, 2, 3)]
}

resource "aws_vpc" "report" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.name }
}

resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.report.id
}

resource "aws_subnet" "private" {
  count = length(local.zones)

  vpc_id            = aws_vpc.report.id
  cidr_block        = local.private_cidrs[count.index]
  availability_zone = local.zones[count.index]

  tags = { Name = "${var.name}-private-${count.index + 1}" }

  lifecycle {
    # A zone that AWS opens later moves no subnet.
    ignore_changes = [availability_zone]
  }
}

resource "aws_subnet" "public" {
  vpc_id            = aws_vpc.report.id
  cidr_block        = cidrsubnet(var.cidr, 2, 2)
  availability_zone = aws_subnet.private[0].availability_zone

  tags = { Name = "${var.name}-public" }
}

resource "aws_internet_gateway" "report" {
  vpc_id = aws_vpc.report.id

  tags = { Name = var.name }
}

resource "aws_eip" "nat" {
  domain = "vpc"

  tags = { Name = "${var.name}-nat" }
}

resource "aws_nat_gateway" "report" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public.id

  tags = { Name = var.name }

  depends_on = [aws_internet_gateway.report]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.report.id

  tags = { Name = "${var.name}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.report.id
}

resource "aws_route_table_association" "public" {
  route_table_id = aws_route_table.public.id
  subnet_id      = aws_subnet.public.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.report.id

  tags = { Name = "${var.name}-private" }
}

resource "aws_route" "nat" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.report.id
}

resource "aws_route_table_association" "private" {
  count = length(local.zones)

  route_table_id = aws_route_table.private.id
  subnet_id      = aws_subnet.private[count.index].id
}

# The report and the image's layers come and go by S3: free of charge this way, and not by the NAT gateway.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.report.id
  service_name      = "com.amazonaws.${data.aws_region.current.id}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]

  tags = { Name = "${var.name}-s3" }
}

data "aws_iam_policy_document" "flow_log_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [aws_vpc.report.owner_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${data.aws_partition.current.partition}:ec2:${data.aws_region.current.id}:${aws_vpc.report.owner_id}:vpc-flow-log/*"]
    }
  }
}

# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html, without making a log group.
data "aws_iam_policy_document" "flow_log" {
  statement {
    sid       = "FindLogGroup"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.id}:${aws_vpc.report.owner_id}:log-group:*"]
  }

  statement {
    sid       = "WriteFlowLog"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${var.log_group_arn}:*"]
  }
}

resource "aws_iam_role" "flow_log" {
  name                 = "${var.name}-flow-log"
  description          = "Lets the VPC write its flow log"
  assume_role_policy   = data.aws_iam_policy_document.flow_log_trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "flow_log" {
  name   = "write-flow-log"
  role   = aws_iam_role.flow_log.id
  policy = data.aws_iam_policy_document.flow_log.json
}

resource "aws_flow_log" "report" {
  vpc_id               = aws_vpc.report.id
  traffic_type         = "ALL"
  log_destination_type = "cloud-watch-logs"
  log_destination      = var.log_group_arn
  iam_role_arn         = aws_iam_role.flow_log.arn
}
