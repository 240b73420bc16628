variable "region" {
  description = "Region that the job runs in."
  type        = string
}

variable "organization_id" {
  description = "Id of the organization."
  type        = string
}

variable "organizational_unit_ids" {
  description = "Units, or the root, whose accounts get the member role."
  type        = set(string)
}

variable "management_role_arn" {
  description = "Role in the management account that Terraform assumes to make what belongs there; null where this is that account."
  type        = string
  default     = null
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

variable "external_id" {
  description = "External id that the member roles ask for."
  type        = string
  default     = null
}

variable "alarm_emails" {
  description = "Who is told when something is wrong."
  type        = set(string)
  default     = []
}

variable "news_emails" {
  description = "Who is told what is new about the keys."
  type        = set(string)
  default     = []
}

variable "policy_file" {
  description = "Path of the policy file: thresholds, accepted risks, owners; null for none."
  type        = string
  default     = null
}

variable "reader_arns" {
  description = "Roles that may read the reports."
  type        = set(string)
  default     = []
}

variable "quicksight_owner_arns" {
  description = "QuickSight users or groups that own the data sets; none for no QuickSight."
  type        = set(string)
  default     = []
}

variable "disposable" {
  description = "Whether a destroy may delete the reports and images: for trying out."
  type        = bool
  default     = false
}
