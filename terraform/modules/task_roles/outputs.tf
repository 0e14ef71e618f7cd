output "role_arns" {
  description = "The roles' ARNs by step. A Kubernetes service account names its own in eks.amazonaws.com/role-arn."
  value       = { for step, role in aws_iam_role.this : step => role.arn }

  # A role is of use once it has its rights.
  depends_on = [aws_iam_role_policy.zones]
}

output "role_names" {
  description = "The roles' names by step, for further policies."
  value       = { for step, role in aws_iam_role.this : step => role.name }
}

output "instance_profiles" {
  description = "The instance profiles' names by step, of the steps that EC2 is a service of."
  value       = { for step, profile in aws_iam_instance_profile.this : step => profile.name }
}
