output "bucket" {
  description = "The artifact bucket's name."
  value       = data.aws_s3_object.this.bucket
}

output "key" {
  description = "The artifact's key in the bucket."
  value       = data.aws_s3_object.this.key
}

output "sha256" {
  description = "The SHA-256 in hexadecimal digits, found equal."
  value       = var.sha256

  depends_on = [data.aws_s3_object.this]
}

output "sha256_base64" {
  description = "The SHA-256 in base 64, as S3 and Lambda write it."
  value       = data.aws_s3_object.this.checksum_sha256
}
