# The smallest deployment: one report a day of an organization that this account may read.
# The member roles come from modules/stackset or modules/member-role, applied where your other roles are.

variable "region" {
  description = "Region that the job runs in."
  type        = string
}

variable "organization_id" {
  description = "Id of the organization."
  type        = string
}

variable "image_digest" {
  description = "Digest of the image; null for the last one."
  type        = string
  default     = null
}

variable "architecture" {
  description = "Processor that the image was built for."
  type        = string
  default     = "ARM64"
}

variable "disposable" {
  description = "Whether a destroy may delete the reports and images: for trying out."
  type        = bool
  default     = false
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Application = "iam-access-key-report" }
  }
}

module "report" {
  source = "../.."

  organization_id = var.organization_id
  image_digest    = var.image_digest
  architecture    = var.architecture
  storage         = { force_destroy = var.disposable }
}

output "report" {
  description = "Where everything is."
  value       = module.report
}
