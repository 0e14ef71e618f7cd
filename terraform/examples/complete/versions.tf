terraform {
  required_version = ">= 1.11, < 2"

  # Where the state lies, and its lock beside it (<key>.tflock): two who apply at once cannot both write. All are given at init
  # (docs/aws.md), so that no second installation can take this one's state for its own:
  # -backend-config=bucket=… -backend-config=key=… -backend-config=region=…
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 6"
    }
  }
}

provider "aws" {
  region = var.region

  # On everything that can have tags.
  default_tags {
    tags = merge({ application = "covers", environment = local.name, managed-by = "terraform" }, var.tags)
  }
}
