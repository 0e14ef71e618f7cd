variable "name" {
  description = "Begins every resource's name, such as covers."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 20 small letters, digits and hyphens, with a letter first and no hyphen last."
  }
}

variable "zones" {
  description = "The zones' URLs by name: raw, staging, processed and, where the platforms are simulated, simulator."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["raw", "staging", "processed"], keys(var.zones))) == 0
    error_message = "The zones must have raw, staging and processed."
  }

  validation {
    condition     = length(setsubtract(keys(var.zones), ["raw", "staging", "processed", "simulator"])) == 0
    error_message = "The zones are raw, staging, processed and simulator, and no others."
  }

  validation {
    condition     = alltrue([for url in values(var.zones) : can(regex("^s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/[A-Za-z0-9._=-]+)+$", url))])
    error_message = "Each zone must be s3://bucket/prefix, without a slash at the end: a role is limited to the prefix."
  }

  validation {
    condition     = length(distinct(values(var.zones))) == length(var.zones)
    error_message = "Two zones have one URL: who reads the one would read the other."
  }
}

variable "kms_key_arn" {
  description = "The key that the zones are encrypted under, with bucket keys. Null: they are encrypted by S3 itself."
  type        = string
  default     = null
}

variable "kubernetes" {
  description = "The cluster whose service accounts take the roles: its OIDC provider's ARN in this account, and the namespace. A step's service account is <name>-<step>."
  type = object({
    oidc_provider_arn = string
    namespace         = string
  })
  default = null

  validation {
    condition     = var.kubernetes == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/.+", var.kubernetes.oidc_provider_arn))
    error_message = "The oidc_provider_arn must look like arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/…"
  }

  validation {
    condition     = var.kubernetes == null || can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.kubernetes.namespace))
    error_message = "The namespace must be the name of one Kubernetes namespace: no pattern."
  }
}

variable "runner_role_arns" {
  description = "Roles that may take every step's role, such as that of the instance profile where Airflow runs the containers."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.runner_role_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "Each of runner_role_arns must be the ARN of one role, without wildcards."
  }
}

variable "services" {
  description = "AWS services that take a step's role, by step: lambda.amazonaws.com for generate, ec2.amazonaws.com for mockapi. With EC2 there is an instance profile of the role's name."
  type        = map(list(string))
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.services), keys(local.needs))) == 0
    error_message = "The services are by step: ${join(", ", keys(local.needs))}."
  }

  validation {
    condition     = alltrue([for service in flatten(values(var.services)) : contains(["lambda.amazonaws.com", "ec2.amazonaws.com"], service)])
    error_message = "A service must be lambda.amazonaws.com or ec2.amazonaws.com."
  }
}
