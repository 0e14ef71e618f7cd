variable "name" {
  description = "Begins every resource's name, such as covers."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 20 small letters, digits and hyphens, with a letter first and no hyphen last: it is part of bucket names."
  }
}

variable "bucket_suffix" {
  description = "Ends the buckets' names, which are unique in all of AWS. Null: the account's number. Choose another one where a name is taken."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_suffix == null || can(regex("^[a-z0-9][a-z0-9-]{0,18}[a-z0-9]$", var.bucket_suffix))
    error_message = "The bucket_suffix must be 2 to 20 small letters, digits and hyphens, with no hyphen at either end."
  }
}

variable "simulator" {
  description = "Whether there is a simulator zone, for the generator and the mock API. False where the real platforms are asked."
  type        = bool
  default     = true
}

variable "raw_days" {
  description = "Days after which a record is gone from raw, old versions included. Raw holds personal data, and what has expired cannot be derived again."
  type        = number
  default     = 30

  validation {
    condition     = var.raw_days - var.noncurrent_days >= 8 && floor(var.raw_days) == var.raw_days
    error_message = "The raw_days must be whole days, at least 8 more than noncurrent_days: below, days could not be derived again a week later."
  }
}

variable "staging_days" {
  description = "The same for a result in staging; the pinned settings stay. Null: never."
  type        = number
  default     = 90

  validation {
    condition     = var.staging_days == null || try(var.staging_days - var.noncurrent_days >= 8 && floor(var.staging_days) == var.staging_days, false)
    error_message = "The staging_days must be whole days, at least 8 more than noncurrent_days: below, days could not be derived again a week later."
  }
}

variable "processed_days" {
  description = "The same for a day in processed, which the warehouse could be made anew from; receipts and reports stay. Null: never."
  type        = number
  default     = 365

  validation {
    condition     = var.processed_days == null || try(var.processed_days - var.noncurrent_days >= 8 && floor(var.processed_days) == var.processed_days, false)
    error_message = "The processed_days must be whole days, at least 8 more than noncurrent_days: below, days could not be derived again a week later."
  }
}

variable "simulator_days" {
  description = "The same for a day of the simulated platforms. Null: never."
  type        = number
  default     = null

  validation {
    condition     = var.simulator_days == null || try(var.simulator_days - var.noncurrent_days >= 8 && floor(var.simulator_days) == var.simulator_days, false)
    error_message = "The simulator_days must be whole days, at least 8 more than noncurrent_days: below, days could not be derived again a week later."
  }
}

variable "noncurrent_days" {
  description = "Days for which a deleted, overwritten or expired object can be restored, in every zone."
  type        = number
  default     = 7

  validation {
    condition     = var.noncurrent_days >= 1 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "The noncurrent_days must be 1 or more whole days."
  }
}
