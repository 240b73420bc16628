variable "organization_id" {
  description = "Id of the organization that the report is about."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id looks like o-abcde12345."
  }
}

variable "image_digest" {
  description = "Digest of the image to run, as the registry printed it on the push. Null goes on with the last one; before the first the schedule waits."
  type        = string
  default     = null

  validation {
    condition     = var.image_digest == null || can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "image_digest is sha256: and 64 hexadecimal digits; a tag may change under a running schedule."
  }
}

variable "name" {
  description = "Name of the deployment: every resource is called this or begins with it."
  type        = string
  default     = "iam-access-key-report"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name is 3 to 32 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary for every role made here, where your account asks for one."
  type        = string
  default     = null
}

variable "architecture" {
  description = "Processor that the image was built for: ARM64 or X86_64."
  type        = string
  default     = "ARM64"
  nullable    = false

  validation {
    condition     = contains(["ARM64", "X86_64"], var.architecture)
    error_message = "architecture is ARM64 or X86_64."
  }
}

variable "task_size" {
  description = "CPU units and MiB of memory of the task. The default reads some hundred accounts in minutes; take 1024 and 2048 for thousands, 3072 for ten thousand, more where accounts are crowded: docs/operations.md."
  type = object({
    cpu    = optional(number, 512)
    memory = optional(number, 1024)
  })
  default  = {}
  nullable = false

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
  validation {
    condition = contains(lookup({
      "256"   = [512, 1024, 2048]
      "512"   = range(1024, 4096 + 1, 1024)
      "1024"  = range(2048, 8192 + 1, 1024)
      "2048"  = range(4096, 16384 + 1, 1024)
      "4096"  = range(8192, 30720 + 1, 1024)
      "8192"  = range(16384, 61440 + 1, 4096)
      "16384" = range(32768, 122880 + 1, 8192)
    }, tostring(var.task_size.cpu), []), var.task_size.memory)
    error_message = "task_size is not a pair of CPU and memory that Fargate has."
  }
}

variable "existing_network" {
  description = "Private subnets with a way to the AWS endpoints on port 443; null makes a small network with a NAT gateway."
  type = object({
    vpc_id     = string
    subnet_ids = set(string)
  })
  default = null

  validation {
    condition     = try(length(var.existing_network.subnet_ids) > 0, var.existing_network == null)
    error_message = "existing_network needs at least one subnet."
  }
}

variable "network_cidr" {
  description = "Addresses of the network made here, a /26 or larger."
  type        = string
  default     = "10.42.0.0/26"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.network_cidr, 0)) && try(tonumber(split("/", var.network_cidr)[1]) <= 26, false)
    error_message = "network_cidr is an IPv4 block of /26 or larger."
  }
}

variable "member_role" {
  description = "The role that the job assumes in each account: its name, path and external id."
  type = object({
    name        = optional(string, "iam-access-key-report-reader")
    path        = optional(string, "/")
    external_id = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.member_role.name))
    error_message = "member_role.name is 1 to 64 letters, digits or _+=,.@- without a path."
  }

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.member_role.path))
    error_message = "member_role.path begins and ends with a slash."
  }

  validation {
    condition     = var.member_role.external_id == null || (can(regex("^[\\w+=,.@:/-]{2,}$", var.member_role.external_id)) && try(length(var.member_role.external_id) <= 1224, false))
    error_message = "member_role.external_id is 2 to 1224 letters, digits or _+=,.@:/-"
  }
}

variable "organization_role_arn" {
  description = "Role in the management account that reads the organization (modules/management-reader); null when this account may read it itself."
  type        = string
  default     = null

  validation {
    condition     = var.organization_role_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[\\w+=,.@/-]+$", var.organization_role_arn))
    error_message = "organization_role_arn is the ARN of one IAM role."
  }
}

variable "settings" {
  description = "Further settings of the job by their names, such as { REPORT_TAG_COLUMNS = \"Environment,Owner\" }; docs/settings.md lists them."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.settings), keys(local.setting_defaults))) == 0
    error_message = "settings has names that the job does not know: ${join(", ", setsubtract(keys(var.settings), keys(local.setting_defaults)))}. It knows ${join(", ", keys(local.setting_defaults))}."
  }

  # Athena reads CSV columns by their place: with another schema one tag's values would stand under another's name.
  validation {
    condition     = var.analytics == null || [for key in split(",", lookup(var.settings, "REPORT_TAG_COLUMNS", local.setting_defaults.REPORT_TAG_COLUMNS)) : trimspace(key)] == local.tag_columns
    error_message = "settings.REPORT_TAG_COLUMNS (${lookup(var.settings, "REPORT_TAG_COLUMNS", "not set: ${local.setting_defaults.REPORT_TAG_COLUMNS}")}) is not what analytics.schema_file was printed with, ${join(",", local.tag_columns)}: print it again by REPORT_TAG_COLUMNS=… python -m job schema > schema.json, or set the same."
  }

  validation {
    condition = length(setintersection(keys(var.settings), [
      "REPORT_BUCKET", "REPORT_DEPLOYMENT", "REPORT_EXTERNAL_ID", "REPORT_KMS_KEY_ARN", "REPORT_MEMBER_ROLE", "REPORT_MIN_COVERAGE",
      "REPORT_ORGANIZATION_ROLE_ARN", "REPORT_OUTPUT_DIR", "REPORT_POLICY_FILE", "REPORT_PREFIX", "REPORT_RUN_ID", "REPORT_SHARD",
      "REPORT_TOPIC_ARN",
    ])) == 0
    error_message = "settings may not hold what other variables decide: bucket, prefix, key, roles, external id, policy file, topic, coverage, run id, shards, name."
  }

  validation {
    condition     = length(setintersection(keys(var.settings), ["REPORT_DATE", "REPORT_LOG_FORMAT"])) == 0
    error_message = "settings may hold neither REPORT_DATE, by which every run would replace the report of one day (give it to a single execution), nor REPORT_LOG_FORMAT: alarms read the log as JSON."
  }
}

variable "policy_file" {
  description = "Path of the policy file: thresholds, accepted risks, owners and sensitive tags; null for none. Terraform puts it into the bucket, where the task reads and cannot change it."
  type        = string
  default     = null

  validation {
    condition     = var.policy_file == null || can(file(var.policy_file))
    error_message = "policy_file is the path of a text file that is there: `python -m job policy check FILE --snapshot DIR` tells whether it is a good one."
  }
}

variable "notifications" {
  description = "An SNS topic for what is new, one message for the run and one for each owner: e-mail addresses for the former, and by owner for the latter; null for no topic. Other subscriptions choose by the message attribute `owner`."
  type = object({
    emails       = optional(set(string), [])
    owner_emails = optional(map(string), {})
  })
  default = null
}

variable "minimum_coverage" {
  description = "Percent of the accounts that must be read: below it the run ends with exit code 3 and the alarm rises."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.minimum_coverage >= 0 && var.minimum_coverage <= 100
    error_message = "minimum_coverage is 0 to 100."
  }
}

variable "schedule" {
  description = "When the job runs: an EventBridge Scheduler expression, its time zone and by how many minutes it may start late; null for manual runs only."
  type = object({
    expression       = optional(string, "cron(0 4 * * ? *)")
    time_zone        = optional(string, "UTC")
    flexible_minutes = optional(number, 15)
  })
  default = {}

  validation {
    condition     = var.schedule == null || can(regex("^(rate\\([1-9][0-9]* (minute|hour|day)s?\\)|cron\\(\\S+ \\S+ (\\? \\S+ \\S+|\\S+ \\S+ \\?) \\S+\\))$", var.schedule.expression))
    error_message = "schedule.expression is rate(12 hours), with minutes, hours or days, or cron(…) of six fields, minute hour day-of-month month day-of-week year, one of the two days a question mark: cron(0 4 * * ? *)."
  }

  validation {
    condition     = var.schedule == null || can(regex("^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$", var.schedule.time_zone))
    error_message = "schedule.time_zone is UTC or a name such as Europe/Berlin."
  }

  validation {
    condition     = try(var.schedule.flexible_minutes >= 0 && var.schedule.flexible_minutes <= 1440, var.schedule == null)
    error_message = "schedule.flexible_minutes is 0 (exactly then) to 1440."
  }
}

variable "time_limit_hours" {
  description = "Hours that one task may take; then it is stopped, and the run has failed."
  type        = number
  default     = 6
  nullable    = false

  validation {
    condition     = var.time_limit_hours >= 1 && var.time_limit_hours <= 168 && floor(var.time_limit_hours) == var.time_limit_hours
    error_message = "time_limit_hours is a whole number, 1 to 168."
  }
}

variable "shards" {
  description = "Tasks that read the accounts of one run at the same time, before one more reports; 1 for a single task that does all. Worth it where reading is most of a run: docs/operations.md."
  type        = number
  default     = 1
  nullable    = false

  # A network that is made here has room for these, each with an address of its own.
  validation {
    condition     = var.shards >= 1 && var.shards <= 16 && floor(var.shards) == var.shards
    error_message = "shards is a whole number, 1 to 16."
  }
}

variable "storage" {
  description = "The bucket: its name (null makes one from name, account and Region), prefix of the reports, days that snapshots and replaced versions are kept, a bucket for access logs, and whether a destroy may delete reports."
  type = object({
    bucket_name       = optional(string)
    prefix            = optional(string, "iam-access-key-report")
    snapshot_days     = optional(number, 30)
    noncurrent_days   = optional(number, 30)
    access_log_bucket = optional(string)
    force_destroy     = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.storage.bucket_name == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.storage.bucket_name))
    error_message = "storage.bucket_name is 3 to 63 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", var.storage.prefix))
    error_message = "storage.prefix has letters, digits, - and _ between slashes, none first or last."
  }

  validation {
    condition     = var.storage.snapshot_days >= 1 && var.storage.noncurrent_days >= 1
    error_message = "storage.snapshot_days and storage.noncurrent_days are at least 1."
  }
}

variable "reader_arns" {
  description = "Roles of your organization, also in other accounts, that may read the reports; never the snapshots. Their own policies must allow it too: s3:GetObject and s3:ListBucket on the bucket, kms:Decrypt on its key."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.reader_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[\\w+=,.@/-]+$", arn))])
    error_message = "reader_arns are ARNs of IAM roles or users."
  }
}

variable "organizations" {
  description = "Other organizations whose deployments report into this one's bucket, by their ids: the task's role there, a policy file for them, and readers of their reports alone. With any, the reports of each organization, this one's too, are in a folder below the prefix that its id names, and the tables have the partition `organization`."
  type = map(object({
    task_role_arn = string
    policy_file   = optional(string)
    reader_arns   = optional(set(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for id in keys(var.organizations) : can(regex("^o-[a-z0-9]{10,32}$", id))])
    error_message = "organizations has ids such as o-abcde12345 as its keys."
  }

  validation {
    condition     = !contains(keys(var.organizations), var.organization_id)
    error_message = "organizations are the others: this deployment's own is organization_id."
  }

  validation {
    condition     = alltrue([for each in values(var.organizations) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[\\w+=,.@/-]+$", each.task_role_arn))])
    error_message = "organizations.….task_role_arn is the output task_role_arn of that organization's deployment."
  }

  validation {
    condition     = alltrue(flatten([for each in values(var.organizations) : [for arn in each.reader_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[\\w+=,.@/-]+$", arn))]]))
    error_message = "organizations.….reader_arns are ARNs of IAM roles or users."
  }

  validation {
    condition     = alltrue([for each in values(var.organizations) : each.policy_file == null || can(file(each.policy_file))])
    error_message = "organizations.….policy_file is the path of a text file that is there."
  }
}

variable "central_storage" {
  description = "Bucket and key of the deployment that this one reports into: its output of this name, for this organization; null for a bucket of one's own. Analytics, readers, policy file and all of storage but force_destroy are then that deployment's."
  type = object({
    bucket_name = string
    prefix      = string
    kms_key_arn = string
    policy_file = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.central_storage == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.central_storage.kms_key_arn))
    error_message = "central_storage.kms_key_arn is the ARN of one KMS key."
  }

  validation {
    condition     = var.central_storage == null || (can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.central_storage.bucket_name)) && can(regex("^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", var.central_storage.prefix)))
    error_message = "central_storage.bucket_name and central_storage.prefix are those of the other deployment's output: the prefix without this organization's id."
  }

  validation {
    condition     = var.central_storage == null || (var.analytics == null && var.quicksight == null && var.policy_file == null && length(var.reader_arns) == 0 && length(var.organizations) == 0)
    error_message = "With central_storage, analytics, quicksight, policy_file, reader_arns and organizations are the other deployment's: policy file and readers stand there under this organization's id."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the job's log."
  type        = number
  default     = 365
  nullable    = false

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition = contains([
      1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ], var.log_retention_days)
    error_message = "log_retention_days is one of the periods that CloudWatch Logs has."
  }
}

variable "alarms" {
  description = "Who is told by e-mail, and after how many hours without a report the alarm rises (0: never, for schedules that CloudWatch's seven days do not span); null for no alarms."
  type = object({
    emails             = optional(set(string), [])
    missed_after_hours = optional(number, 26)
  })
  default = {}

  # CloudWatch looks back at most seven days.
  validation {
    condition     = try(var.alarms.missed_after_hours >= 0 && var.alarms.missed_after_hours <= 168, var.alarms == null)
    error_message = "alarms.missed_after_hours is 1 to 168, or 0 for no such alarm."
  }

  validation {
    condition     = var.schedule == null || try(var.alarms.missed_after_hours == 0 || var.alarms.missed_after_hours >= local.missed_after_least, var.alarms == null)
    error_message = "alarms.missed_after_hours would tell of missed runs between two runs of schedule.expression: it is at least ${local.missed_after_least} then, or where that is over 168, 0 for no such alarm."
  }
}

variable "analytics" {
  description = "Glue tables, Athena workgroup and queries; null for none. schema_file is what `python -m job schema` prints with your settings, where they add tag or capability columns."
  type = object({
    schema_file  = optional(string)
    results_days = optional(number, 30)
  })
  default = null

  validation {
    condition     = try(var.analytics.results_days >= 1, var.analytics == null)
    error_message = "analytics.results_days is at least 1."
  }
}

variable "quicksight" {
  description = "QuickSight data source and data sets over Athena; null for none. Owners are QuickSight user or group ARNs; service_role_name is the role that QuickSight reads with; SPICE holds the reports of the last days and is refreshed daily at refresh_time."
  type = object({
    owner_arns        = set(string)
    service_role_name = optional(string, "aws-quicksight-service-role-v0")
    days              = optional(number, 35)
    refresh_time      = optional(string, "06:00")
    time_zone         = optional(string, "UTC")
  })
  default = null

  validation {
    condition     = try(length(var.quicksight.owner_arns) > 0, var.quicksight == null)
    error_message = "quicksight.owner_arns needs at least one user or group: nobody else could see the data."
  }

  validation {
    condition     = var.quicksight == null || can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", var.quicksight.refresh_time))
    error_message = "quicksight.refresh_time is HH:MM."
  }

  validation {
    condition     = try(var.quicksight.days >= 1 && floor(var.quicksight.days) == var.quicksight.days, var.quicksight == null)
    error_message = "quicksight.days is a whole number, at least 1."
  }

  validation {
    condition     = var.quicksight == null || var.analytics != null
    error_message = "quicksight needs analytics: it reads through Athena."
  }
}
