variable "name" {
  description = "Begins every resource's name, such as covers."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 20 small letters, digits and hyphens, with a letter first and no hyphen last."
  }
}

variable "artifact" {
  description = "The zip with bootstrap in it, as the module artifact gives it."
  type = object({
    bucket        = string
    key           = string
    sha256_base64 = string
  })
}

variable "architecture" {
  description = "What the zip was built for: arm64 or x86_64."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture must be arm64 or x86_64."
  }
}

variable "role_name" {
  description = "The name of the step's role (task_roles, generate), to which the rights on log and queue are added."
  type        = string
}

variable "role_arn" {
  description = "The ARN of the step's role."
  type        = string
}

variable "simulator" {
  description = "The simulator zone's URL, s3://bucket/prefix."
  type        = string

  validation {
    condition     = can(regex("^s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/[A-Za-z0-9._=-]+)+$", var.simulator))
    error_message = "The simulator zone must be s3://bucket/prefix, without a slash at the end."
  }
}

variable "environment" {
  description = "Further settings of generate, such as COVERS_RECORDS or COVERS_SEED. No secrets: it needs none."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^COVERS_[A-Z0-9_]+$", name)) && !contains(["COVERS_OUT", "COVERS_DAY"], name)])
    error_message = "The environment's names must begin with COVERS_, and be neither COVERS_OUT (simulator gives it) nor COVERS_DAY (the event does)."
  }
}

variable "memory" {
  description = "MiB of memory. Lambda gives a share of a core with each: a whole one at 1769."
  type        = number
  default     = 1769

  validation {
    condition     = var.memory >= 256 && var.memory <= 10240
    error_message = "The memory must be 256 to 10240 MiB."
  }
}

variable "timeout" {
  description = "Seconds that a day may take."
  type        = number
  default     = 600

  validation {
    condition     = var.timeout >= 60 && var.timeout <= 900
    error_message = "The timeout must be 60 to 900 seconds, which is the most that Lambda gives."
  }
}

variable "enabled" {
  description = "Whether the schedule runs."
  type        = bool
  default     = true
}

variable "log_days" {
  description = "Days that the log is kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400], var.log_days)
    error_message = "The log_days must be one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 or 400."
  }
}

variable "alarm_actions" {
  description = "ARNs of what an alarm tells, such as an SNS topic."
  type        = list(string)
  default     = []
}
