output "zones" {
  description = "The zones' URLs by name, as the steps take them: s3://bucket/prefix."
  value       = { for name, bucket in aws_s3_bucket.zone : name => "s3://${bucket.bucket}/${name}" }

  # Whoever reads a zone's URL may use it: the rules of its bucket stand by then.
  depends_on = [
    aws_s3_bucket_policy.zone,
    aws_s3_bucket_server_side_encryption_configuration.zone,
    aws_s3_bucket_versioning.zone,
  ]
}

output "kms_key_arn" {
  description = "The key that all zones are encrypted under."
  value       = aws_kms_key.this.arn
}
