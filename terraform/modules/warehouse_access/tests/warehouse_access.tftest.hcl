mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
}

variables {
  name        = "acme"
  processed   = "s3://acme-lake/zones/processed"
  kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/k"
}

run "before_the_integration" {
  assert {
    condition     = length(aws_iam_role.this) == 0 && output.role_arn == "arn:aws:iam::123456789012:role/acme-warehouse-access"
    error_message = "The ARN is known, and there is no role that anybody could take."
  }

  assert {
    condition     = output.allowed_location == "s3://acme-lake/zones/processed/"
    error_message = "Snowflake's location ends in a slash: ${output.allowed_location}"
  }
}

run "with_the_integration" {
  variables {
    snowflake = { iam_user_arn = "arn:aws:iam::999999999999:user/abc", external_id = "ACME_SFCRole=2_Ab+/=" }
  }

  assert {
    condition = jsondecode(aws_iam_role.this[0].assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "StorageIntegration"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::999999999999:user/abc" }
        Action    = "sts:AssumeRole"
        Condition = { StringEquals = { "sts:ExternalId" = "ACME_SFCRole=2_Ab+/=" } }
      }]
    }
    error_message = "Who takes the role: ${aws_iam_role.this[0].assume_role_policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.processed[0].policy) == {
      Version = "2012-10-17"
      Statement = [
        { Sid = "Objects", Effect = "Allow", Action = ["s3:GetObject", "s3:GetObjectVersion"], Resource = "arn:aws:s3:::acme-lake/zones/processed/*" },
        { Sid = "List", Effect = "Allow", Action = "s3:ListBucket", Resource = "arn:aws:s3:::acme-lake", Condition = { StringLikeIfExists = { "s3:prefix" = "zones/processed/*" } } },
        { Sid = "Location", Effect = "Allow", Action = "s3:GetBucketLocation", Resource = "arn:aws:s3:::acme-lake" },
        {
          Sid      = "Key"
          Effect   = "Allow"
          Action   = "kms:Decrypt"
          Resource = "arn:aws:kms:eu-west-1:123456789012:key/k"
          Condition = { StringEquals = {
            "kms:ViaService"                   = "s3.eu-west-1.amazonaws.com"
            "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::acme-lake"
          } }
        },
      ]
    }
    error_message = "The policy: ${aws_iam_role_policy.processed[0].policy}"
  }

  assert {
    condition     = output.role_arn == "arn:aws:iam::123456789012:role/${aws_iam_role.this[0].name}"
    error_message = "The role has the name that was promised."
  }
}

run "bad_values" {
  command = plan

  variables {
    name      = "A"
    processed = "s3://acme-lake"
    snowflake = { iam_user_arn = "arn:aws:iam::999999999999:root", external_id = "*" }
  }

  expect_failures = [var.name, var.processed, var.snowflake]
}
