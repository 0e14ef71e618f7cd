output "url" {
  description = "The API's URL within the VPC, for extract's --opentable-url and the like. Another instance has another one."
  value       = "http://${aws_instance.this.private_dns}:${var.port}"
}

output "instance_id" {
  description = "The instance's id: aws ssm start-session --target …"
  value       = aws_instance.this.id
}

output "security_group_id" {
  description = "The instance's security group."
  value       = aws_security_group.this.id
}

output "credential_parameters" {
  description = "The names of the SSM parameters (SecureString) that hold what a client of the API shows. You make them; Terraform never reads them."
  value       = local.secrets
}
