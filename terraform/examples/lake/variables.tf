variable "name" {
  description = "Begins every resource's name. Another name is another, separate installation."
  type        = string
  default     = "covers"
}

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

variable "bucket_suffix" {
  description = "Ends the buckets' names, which are unique in all of AWS. Null: the account's number."
  type        = string
  default     = null
}

variable "simulator" {
  description = "Whether there is a zone for the simulated platforms, which examples/complete needs. False where the real ones are asked."
  type        = bool
  default     = false
}
