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

variable "artifact_bucket" {
  description = "The bucket with the built files, in the same region. Made once by hand (docs/aws.md)."
  type        = string
}

variable "generator_artifact" {
  description = "The Lambda's zip: its key in the artifact bucket, and its SHA-256 as sha256sum prints it."
  type = object({
    key    = string
    sha256 = string
  })
}

variable "mock_api_artifact" {
  description = "The program mockapi: its key in the artifact bucket, and its SHA-256 as sha256sum prints it."
  type = object({
    key    = string
    sha256 = string
  })
}

variable "restaurants" {
  description = "The restaurants.yaml to serve. The generator has the one that make lambda put into its zip: build again after a change."
  type        = string
  default     = "../../../restaurants.yaml"

  validation {
    condition     = fileexists(var.restaurants)
    error_message = "There is no file ${var.restaurants}: give the path of restaurants.yaml."
  }
}

variable "architecture" {
  description = "What both were built for: arm64 (cheaper) or x86_64."
  type        = string
  default     = "arm64"
}

variable "cidr" {
  description = "The VPC's addresses. Choose others where it is to be peered with a network that has these."
  type        = string
  default     = "10.42.0.0/24"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && contains(range(16, 25), try(tonumber(split("/", var.cidr)[1]), 0))
    error_message = "The cidr must be a range of addresses such as 10.42.0.0/24, of /16 to /24."
  }
}

variable "alarm_email" {
  description = "An address that alarms are sent to, once it has confirmed. Null: the topic has no subscriber yet."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Whether destroy deletes the images too. For trials."
  type        = bool
  default     = false
}
