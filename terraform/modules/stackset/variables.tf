variable "trusted_role_arn" {
  description = "ARN of the task role that may assume the member roles: the output `task_role_arn` of the root module."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[\\w+=,.@/-]+$", var.trusted_role_arn))
    error_message = "trusted_role_arn is the ARN of one IAM role."
  }
}

variable "organization_id" {
  description = "Id of the organization whose principals alone may assume the member roles."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id looks like o-abcde12345."
  }
}

variable "organizational_unit_ids" {
  description = "Organizational units, or the root, whose accounts get the role, later ones too. The management account never does."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.organizational_unit_ids) > 0
    error_message = "organizational_unit_ids needs at least one unit or the root."
  }

  validation {
    condition     = alltrue([for id in var.organizational_unit_ids : can(regex("^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$", id))])
    error_message = "organizational_unit_ids look like ou-ab12-11112222 or r-ab12."
  }
}

variable "name" {
  description = "Name of the role, the same in every account."
  type        = string
  default     = "iam-access-key-report-reader"
  nullable    = false

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.name))
    error_message = "name is 1 to 64 letters, digits or _+=,.@-"
  }
}

variable "path" {
  description = "Path of the role, the same in every account."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.path))
    error_message = "path begins and ends with a slash."
  }
}

variable "external_id" {
  description = "External id that the job must send, when your rules ask for one; inside one organization it adds no secret."
  type        = string
  default     = null

  validation {
    condition     = var.external_id == null || (can(regex("^[\\w+=,.@:/-]{2,}$", var.external_id)) && try(length(var.external_id) <= 1224, false))
    error_message = "external_id is 2 to 1224 letters, digits or _+=,.@:/-"
  }
}

variable "delegated_administrator" {
  description = "Whether this account administers StackSets for the organization by delegation, rather than being its management account."
  type        = bool
  default     = false
  nullable    = false
}

variable "credentials" {
  description = "Kinds of credentials besides access keys that the job is told to read by REPORT_CREDENTIALS, of service_specific, signing_certificates, console_passwords and ssh_public_keys: the role may list them, never their secrets."
  type        = set(string)
  default     = ["service_specific", "signing_certificates", "console_passwords"]
  nullable    = false

  validation {
    condition     = alltrue([for kind in var.credentials : contains(keys(local.permissions.credentials), kind)])
    error_message = "credentials are of ${join(", ", keys(local.permissions.credentials))}."
  }
}

variable "data_stores" {
  description = "Kinds of data stores that the job is told to read by REPORT_DATA_STORES, of s3, dynamodb, rds, secrets and kms: the role may list them and read their policies, never their data."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for kind in var.data_stores : contains(keys(local.permissions.data_stores), kind)])
    error_message = "data_stores are of ${join(", ", keys(local.permissions.data_stores))}."
  }
}
