output "role_arn" {
  description = "STORAGE_AWS_ROLE_ARN of the integration. Known, and to be used, before the role is there."
  value       = "arn:${local.partition}:iam::${data.aws_caller_identity.current.account_id}:role/${local.role_name}"
}

output "allowed_location" {
  description = "STORAGE_ALLOWED_LOCATIONS of the integration: the processed zone with the slash that Snowflake wants."
  value       = "${var.processed}/"
}
