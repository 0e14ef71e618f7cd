variable "region" {
  description = "The AWS region for everything, such as eu-west-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must be the name of an AWS region, such as eu-west-1."
  }
}

variable "tags" {
  description = "Further tags for everything, such as an owner or a cost centre."
  type        = map(string)
  default     = {}
}

variable "lake_state" {
  description = "The state of examples/lake: its bucket, and the key that was given at its init."
  type = object({
    bucket = string
    key    = string
  })
}

variable "kubernetes" {
  description = "The cluster whose service accounts take the steps' roles: its OIDC provider's ARN, and the namespace. Null: none."
  type = object({
    oidc_provider_arn = string
    namespace         = string
  })
  default = null
}

variable "runner_role_arns" {
  description = "Roles that may take every step's role, such as that of the instance profile where Airflow runs, or yours."
  type        = list(string)
  default     = []
}

variable "snowflake" {
  description = "STORAGE_AWS_IAM_USER_ARN and STORAGE_AWS_EXTERNAL_ID of DESC INTEGRATION. Null until the integration is there."
  type = object({
    iam_user_arn = string
    external_id  = string
  })
  default = null
}
