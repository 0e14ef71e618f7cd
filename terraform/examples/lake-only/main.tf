# The lake, the steps' roles and Snowflake's access, for a house that has its own Airflow and asks the real platforms: no simulator
# zone, and so neither generator nor mock API.

module "lake" {
  source = "../../modules/lake"

  name          = var.name
  bucket_suffix = var.bucket_suffix
  simulator     = false
}

module "task_roles" {
  source = "../../modules/task_roles"

  name             = var.name
  zones            = module.lake.zones
  kms_key_arn      = module.lake.kms_key_arn
  kubernetes       = var.kubernetes
  runner_role_arns = var.runner_role_arns
}

module "warehouse_access" {
  source = "../../modules/warehouse_access"

  name        = var.name
  processed   = module.lake.zones["processed"]
  kms_key_arn = module.lake.kms_key_arn
  snowflake   = var.snowflake
}
