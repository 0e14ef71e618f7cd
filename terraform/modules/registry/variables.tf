variable "name" {
  description = "Begins every resource's name, such as covers."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 20 small letters, digits and hyphens, with a letter first and no hyphen last."
  }
}

variable "images" {
  description = "The images, each with a repository of its own."
  type        = set(string)
  default     = ["generate", "mockapi", "extract", "validate", "transform", "load", "report", "care"]

  validation {
    condition     = length(var.images) > 0 && alltrue([for image in var.images : can(regex("^[a-z0-9]+([._-][a-z0-9]+)*$", image))])
    error_message = "Each image must be named by small letters and digits, with single dots, hyphens or underscores between, and there must be one."
  }
}

variable "keep" {
  description = "How many of an image's newest versions stay."
  type        = number
  default     = 30

  validation {
    condition     = var.keep >= 2 && floor(var.keep) == var.keep
    error_message = "The keep must be 2 or more: what runs, and what it would be taken back to."
  }
}

variable "force_destroy" {
  description = "Whether destroy deletes repositories with images in them. For trials."
  type        = bool
  default     = false
}
