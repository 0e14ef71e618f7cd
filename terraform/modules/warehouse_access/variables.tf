variable "name" {
  description = "Begins every resource's name, such as covers."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 20 small letters, digits and hyphens, with a letter first and no hyphen last."
  }
}

variable "processed" {
  description = "The processed zone's URL, s3://bucket/prefix."
  type        = string

  validation {
    condition     = can(regex("^s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/[A-Za-z0-9._=-]+)+$", var.processed))
    error_message = "The processed zone must be s3://bucket/prefix, without a slash at the end: the role is limited to the prefix."
  }
}

variable "kms_key_arn" {
  description = "The key that the zone is encrypted under, with bucket keys. Null: it is encrypted by S3 itself."
  type        = string
  default     = null
}

variable "snowflake" {
  description = "STORAGE_AWS_IAM_USER_ARN and STORAGE_AWS_EXTERNAL_ID of DESC INTEGRATION. Null until the integration is there: then there is no role yet."
  type = object({
    iam_user_arn = string
    external_id  = string
  })
  default = null

  validation {
    condition     = var.snowflake == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:user/[^*]+$", var.snowflake.iam_user_arn))
    error_message = "The iam_user_arn must be the ARN of one IAM user, as DESC INTEGRATION shows it: arn:aws:iam::123456789012:user/…"
  }

  validation {
    condition     = var.snowflake == null || can(regex("^[A-Za-z0-9_+=,.@:/-]{2,}$", var.snowflake.external_id))
    error_message = "The external_id must be at least two letters, digits and +=,.@:/_-, without wildcards: it is what keeps other Snowflake accounts out."
  }
}
