# A built file in the artifact bucket, held against the checksum of the file that was meant. It makes nothing: it refuses,
# before anything is made, what would otherwise fail at an instance's start or in the Lambda service's words.

data "aws_region" "current" {}

data "aws_s3_bucket" "this" {
  bucket = var.bucket

  lifecycle {
    postcondition {
      condition     = self.region == data.aws_region.current.name
      error_message = "The artifact bucket ${var.bucket} is in ${self.region}, and this is applied to ${data.aws_region.current.name}: Lambda takes code from its own region only. Name a bucket there and upload the artifacts to it."
    }
  }
}

# A list says that nothing is there; asking for the object itself would only fail.
data "aws_s3_objects" "found" {
  bucket = data.aws_s3_bucket.this.id
  prefix = var.key

  lifecycle {
    postcondition {
      condition     = contains(self.keys, var.key)
      error_message = "There is no artifact s3://${var.bucket}/${var.key}: build it and upload it first (docs/aws.md), or correct the key."
    }
  }
}

data "aws_s3_object" "this" {
  bucket        = data.aws_s3_objects.found.bucket
  key           = var.key
  checksum_mode = "ENABLED"

  lifecycle {
    postcondition {
      condition     = self.checksum_sha256 != ""
      error_message = "The artifact s3://${var.bucket}/${var.key} was uploaded without a SHA-256 for S3 to keep: upload it again with aws s3api put-object --checksum-algorithm SHA256."
    }
    # For an object that came in parts S3 keeps the checksum of the parts' checksums, with their number behind it (S3 User Guide,
    # "Checking object integrity"). "aws s3 cp" uploads in parts from 8 MiB on.
    postcondition {
      condition     = !strcontains(self.checksum_sha256, "-")
      error_message = "The artifact s3://${var.bucket}/${var.key} was uploaded in parts, and S3 keeps no SHA-256 of the whole: upload it again in one piece, with aws s3api put-object --checksum-algorithm SHA256."
    }
    postcondition {
      condition     = contains(["", local.sha256_base64], self.checksum_sha256) || strcontains(self.checksum_sha256, "-")
      error_message = "The artifact s3://${var.bucket}/${var.key} is not the file meant: S3 says its SHA-256 is ${self.checksum_sha256}, and ${local.sha256_base64} was asked for (${var.sha256} in base 64). Upload the right file under a new key, or correct sha256."
    }
  }
}

locals {
  # Terraform reads hexadecimal digits as a number only: six of them are 24 bits, which are four characters of base 64.
  alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  padded   = "${var.sha256}00" # 33 bytes; of the last four characters the first three count
  sha256_base64 = "${substr(join("", flatten([for i in range(0, 66, 6) : [
    for bits in [262144, 4096, 64, 1] : substr(local.alphabet, floor(parseint(substr(local.padded, i, 6), 16) / bits) % 64, 1)
  ]])), 0, 43)}="
}
