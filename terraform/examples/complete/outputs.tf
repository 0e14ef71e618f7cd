output "zones" {
  description = "The zones' URLs by name, for the steps' --raw, --staging, --processed."
  value       = local.zones
}

output "role_arns" {
  description = "The steps' roles."
  value       = module.task_roles.role_arns
}

output "generator_function" {
  description = "The generator's name: aws lambda invoke --function-name …"
  value       = module.generator.function_name
}

output "mock_api_url" {
  description = "The mock API within the VPC."
  value       = module.mock_api.url
}

output "mock_api_instance" {
  description = "The mock API's instance: aws ssm start-session --target …"
  value       = module.mock_api.instance_id
}

output "mock_api_credential_parameters" {
  description = "The SSM parameters to make for the mock API."
  value       = module.mock_api.credential_parameters
}

output "repository_urls" {
  description = "Where the images are pushed to."
  value       = module.registry.repository_urls
}

output "airflow_security_group_id" {
  description = "The group that what runs Airflow joins."
  value       = aws_security_group.airflow.id
}

output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "alarm_topic_arn" {
  description = "The topic that alarms go to."
  value       = aws_sns_topic.alarms.arn
}

output "storage_integration" {
  description = "For CREATE STORAGE INTEGRATION in Snowflake."
  value = {
    role_arn         = module.warehouse_access.role_arn
    allowed_location = module.warehouse_access.allowed_location
  }
}
