variable "name" {
  description = "Begins every resource's name, such as covers."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 20 small letters, digits and hyphens, with a letter first and no hyphen last."
  }
}

variable "artifact" {
  description = "The program mockapi, as the module artifact gives it."
  type = object({
    bucket = string
    key    = string
    sha256 = string
  })
}

variable "architecture" {
  description = "What the program was built for: arm64 or x86_64. The instance_type must be of it."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture must be arm64 or x86_64."
  }
}

variable "instance_type" {
  description = "The instance's type. A million bookings take 256 MiB of memory and 3 GB of disk."
  type        = string
  default     = "t4g.small"

  validation {
    condition     = can(regex("^(t4g|m7g|c7g|r7g)[.]", var.instance_type)) == (var.architecture == "arm64") && can(regex("^(t3|t3a|m7i|c7i|r7i|t4g|m7g|c7g|r7g)[.]", var.instance_type))
    error_message = "The instance_type must be a t4g, m7g, c7g or r7g for arm64, a t3, t3a, m7i, c7i or r7i for x86_64: another one cannot run the program."
  }
}

variable "disk" {
  description = "GiB of disk."
  type        = number
  default     = 16

  validation {
    condition     = var.disk >= 8 && var.disk <= 1024
    error_message = "The disk must be 8 to 1024 GiB."
  }
}

variable "role_name" {
  description = "The name of the step's role (task_roles, mockapi), to which the rights on artifact, credentials and sessions are added."
  type        = string
}

variable "instance_profile" {
  description = "The name of the role's instance profile."
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

variable "restaurants" {
  description = "The text of restaurants.yaml: file(…)."
  type        = string

  validation {
    condition     = can(yamldecode(var.restaurants).restaurants)
    error_message = "The restaurants must be the text of a restaurants.yaml, with restaurants in it, and not the file's name."
  }
}

variable "environment" {
  description = "Further settings of mockapi, such as COVERS_OVER_LIMIT. Secrets are parameters, see credential_parameters."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^COVERS_[A-Z0-9_]+$", name)) && !can(regex("SECRET|CLIENT_ID|^COVERS_(DATA|LISTEN|RESTAURANTS)$", name))])
    error_message = "The environment's names must begin with COVERS_, and be neither a client's credential nor COVERS_DATA, COVERS_LISTEN or COVERS_RESTAURANTS, which come from other variables."
  }
}

variable "subnet_id" {
  description = "The subnet to run in. It needs a way to S3 and Systems Manager: NAT, VPC endpoints, or an internet gateway with public_address."
  type        = string
}

variable "public_address" {
  description = "Whether the instance has a public address to go out by. Nothing comes in by it."
  type        = bool
  default     = false
}

variable "client_security_group_ids" {
  description = "The security groups that may call the API, by a name of your choice: those of what runs Airflow."
  type        = map(string)

  validation {
    condition     = length(var.client_security_group_ids) > 0 && alltrue([for id in values(var.client_security_group_ids) : can(regex("^sg-", id))])
    error_message = "The client_security_group_ids must be at least one security group's id (sg-…): an address range is not accepted."
  }
}

variable "port" {
  description = "The API's port."
  type        = number
  default     = 8080

  validation {
    condition     = var.port >= 1024 && var.port <= 65535
    error_message = "The port must be 1024 to 65535: the program is not root."
  }
}

variable "alarm_actions" {
  description = "ARNs of what an alarm tells, such as an SNS topic."
  type        = list(string)
  default     = []
}
