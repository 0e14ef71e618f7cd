output "repository_urls" {
  description = "The repositories' URLs by image: docker push <url>:<tag>."
  value       = { for image, repository in aws_ecr_repository.this : image => repository.repository_url }
}
