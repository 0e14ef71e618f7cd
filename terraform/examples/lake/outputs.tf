output "name" {
  description = "The installation's name, which begins that of everything beside the lake too."
  value       = var.name
}

output "zones" {
  description = "The zones' URLs by name."
  value       = module.lake.zones
}

output "kms_key_arn" {
  description = "The key that all zones are encrypted under."
  value       = module.lake.kms_key_arn
}
