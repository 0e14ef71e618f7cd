output "zones" {
  description = "The zones' URLs by name, for the steps' --raw, --staging, --processed."
  value       = local.zones
}

output "role_arns" {
  description = "The steps' roles."
  value       = module.task_roles.role_arns
}

output "storage_integration" {
  description = "For CREATE STORAGE INTEGRATION in Snowflake."
  value = {
    role_arn         = module.warehouse_access.role_arn
    allowed_location = module.warehouse_access.allowed_location
  }
}
