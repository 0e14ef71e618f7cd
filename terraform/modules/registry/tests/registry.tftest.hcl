mock_provider "aws" {}

variables {
  name = "acme"
}

run "a_repository_an_image" {
  assert {
    condition     = [for r in aws_ecr_repository.this : r.name] == [for image in ["care", "extract", "generate", "load", "mockapi", "report", "transform", "validate"] : "acme-registry-${image}"]
    error_message = "One for each step."
  }

  assert {
    condition = alltrue([for r in aws_ecr_repository.this : alltrue([
      r.image_tag_mutability == "IMMUTABLE",
      r.image_scanning_configuration[0].scan_on_push,
      !r.force_delete,
    ])])
    error_message = "A tag never changes, a push is searched, and destroy keeps images."
  }

  assert {
    condition = [for rule in jsondecode(aws_ecr_lifecycle_policy.this["load"].policy).rules : [rule.selection.tagStatus, rule.selection.countNumber, rule.action.type]] == [
      ["untagged", 7, "expire"],
      ["any", 30, "expire"],
    ]
    error_message = "What lost its tag goes, and all but the newest: ${aws_ecr_lifecycle_policy.this["load"].policy}"
  }
}

run "bad_values" {
  command = plan

  variables {
    name   = "a"
    images = ["Load"]
    keep   = 1
  }

  expect_failures = [var.name, var.images, var.keep]
}
