# The steps' roles and Snowflake's access to a lake (examples/lake), for a house that has its own Airflow and asks the real platforms:
# neither generator nor mock API.

# What examples/lake made. Its name is this installation's.
data "terraform_remote_state" "lake" {
  backend = "s3"
  config = {
    bucket = var.lake_state.bucket
    key    = var.lake_state.key
    region = var.region
  }
}

locals {
  name        = data.terraform_remote_state.lake.outputs.name
  zones       = data.terraform_remote_state.lake.outputs.zones
  kms_key_arn = data.terraform_remote_state.lake.outputs.kms_key_arn
}

module "task_roles" {
  source = "../../modules/task_roles"

  name             = local.name
  zones            = local.zones
  kms_key_arn      = local.kms_key_arn
  kubernetes       = var.kubernetes
  runner_role_arns = var.runner_role_arns
}

module "warehouse_access" {
  source = "../../modules/warehouse_access"

  name        = local.name
  processed   = local.zones["processed"]
  kms_key_arn = local.kms_key_arn
  snowflake   = var.snowflake
}
