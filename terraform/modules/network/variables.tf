variable "name" {
  description = "Name of the network and prefix of what is in it."
  type        = string
  nullable    = false
}

variable "cidr" {
  description = "Addresses of the network, a /26 or larger; half of it is the private subnet."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrsubnet(var.cidr, 1, 0)) && try(tonumber(split("/", var.cidr)[1]) <= 26, false)
    error_message = "cidr is an IPv4 block of /26 or larger, such as 10.42.0.0/26."
  }
}

variable "log_group_arn" {
  description = "Log group of the flow logs."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary for the flow log's role, where your account asks for one."
  type        = string
  default     = null
}
