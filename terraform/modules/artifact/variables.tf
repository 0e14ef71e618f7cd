variable "bucket" {
  description = "The artifact bucket's name."
  type        = string
}

variable "key" {
  description = "The artifact's key in the bucket, such as v1.4.0/generate-lambda-arm64.zip."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", var.key))
    error_message = "The key must be letters, digits and ._/-, without a slash at the beginning."
  }
}

variable "sha256" {
  description = "The SHA-256 of the file, as sha256sum prints it."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.sha256))
    error_message = "The sha256 must be 64 small hexadecimal digits, as sha256sum prints them."
  }
}
