variable "trusted_role_arn" {
  description = "ARN of the task role that may assume this role: the output `task_role_arn` of the root module."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[\\w+=,.@/-]+$", var.trusted_role_arn))
    error_message = "trusted_role_arn is the ARN of one IAM role."
  }
}

variable "organization_id" {
  description = "Id of the organization whose principals alone may assume this role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id looks like o-abcde12345."
  }
}

variable "name" {
  description = "Name of the role."
  type        = string
  default     = "iam-access-key-report-organization"
  nullable    = false

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.name))
    error_message = "name is 1 to 64 letters, digits or _+=,.@-"
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary for the role, where your account asks for one."
  type        = string
  default     = null
}

variable "root_access" {
  description = "Whether the job is told by REPORT_ROOT_ACCESS to read root users' access keys: the role may then take AWS's audit sessions of member accounts' root users, and no other."
  type        = bool
  default     = false
  nullable    = false
}
