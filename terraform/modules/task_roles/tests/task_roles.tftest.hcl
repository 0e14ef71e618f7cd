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
  name = "acme"
  zones = {
    raw       = "s3://acme-raw/raw"
    staging   = "s3://acme-lake/zones/staging"
    processed = "s3://acme-lake/zones/processed"
    simulator = "s3://acme-simulator/simulator"
  }
  kms_key_arn      = "arn:aws:kms:eu-west-1:123456789012:key/k"
  runner_role_arns = ["arn:aws:iam::123456789012:role/airflow"]
}

run "validate_reads_raw_and_writes_staging" {
  assert {
    condition = jsondecode(aws_iam_role_policy.zones["validate"].policy) == {
      Version = "2012-10-17"
      Statement = [
        { Sid = "ObjectsRaw", Effect = "Allow", Action = ["s3:GetObject"], Resource = "arn:aws:s3:::acme-raw/raw/*" },
        { Sid = "ObjectsStaging", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::acme-lake/zones/staging/*" },
        { Sid = "ListRaw", Effect = "Allow", Action = "s3:ListBucket", Resource = "arn:aws:s3:::acme-raw", Condition = { StringLikeIfExists = { "s3:prefix" = "raw/*" } } },
        { Sid = "ListStaging", Effect = "Allow", Action = "s3:ListBucket", Resource = "arn:aws:s3:::acme-lake", Condition = { StringLikeIfExists = { "s3:prefix" = "zones/staging/*" } } },
        {
          Sid      = "Key"
          Effect   = "Allow"
          Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource = "arn:aws:kms:eu-west-1:123456789012:key/k"
          Condition = { StringEquals = {
            "kms:ViaService"                   = "s3.eu-west-1.amazonaws.com"
            "kms:EncryptionContext:aws:s3:arn" = ["arn:aws:s3:::acme-raw", "arn:aws:s3:::acme-lake"]
          } }
        },
      ]
    }
    error_message = "The policy of validate: ${aws_iam_role_policy.zones["validate"].policy}"
  }
}

run "load_writes_nothing" {
  assert {
    condition     = toset(flatten([for s in jsondecode(aws_iam_role_policy.zones["load"].policy).Statement : s.Action])) == toset(["s3:GetObject", "s3:ListBucket", "kms:Decrypt"])
    error_message = "The policy of load: ${aws_iam_role_policy.zones["load"].policy}"
  }
}

run "report_writes_its_pages_alone" {
  assert {
    condition = [for s in jsondecode(aws_iam_role_policy.zones["report"].policy).Statement : s.Resource if contains(flatten([s.Action]), "s3:PutObject")] == [
      "arn:aws:s3:::acme-lake/zones/processed/reports/*"
    ]
    error_message = "The policy of report: ${aws_iam_role_policy.zones["report"].policy}"
  }

  assert {
    condition = [for s in jsondecode(aws_iam_role_policy.zones["report"].policy).Statement : s.Action if startswith(s.Sid, "ObjectsProcessed")] == [
      ["s3:GetObject"], ["s3:PutObject"]
    ]
    error_message = "The policy of report: ${aws_iam_role_policy.zones["report"].policy}"
  }
}

run "without_simulator_and_key" {
  variables {
    zones       = { raw = "s3://a-raw/raw", staging = "s3://a-staging/staging", processed = "s3://a-processed/processed" }
    kms_key_arn = null
  }

  assert {
    condition     = join(" ", keys(aws_iam_role.this)) == "care extract load report transform validate"
    error_message = "Neither generate nor mockapi: ${jsonencode(keys(aws_iam_role.this))}"
  }

  assert {
    condition     = !strcontains(join("", [for p in aws_iam_role_policy.zones : p.policy]), "kms:")
    error_message = "No key, no right to one."
  }
}

run "who_takes_a_role" {
  variables {
    kubernetes = { oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC", namespace = "data" }
    services   = { generate = ["lambda.amazonaws.com"], mockapi = ["ec2.amazonaws.com"], extract = ["ec2.amazonaws.com"] }
  }

  assert {
    condition = jsondecode(aws_iam_role.this["extract"].assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "ServiceAccount"
          Effect    = "Allow"
          Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC" }
          Action    = "sts:AssumeRoleWithWebIdentity"
          Condition = { StringEquals = {
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub" = "system:serviceaccount:data:acme-extract"
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud" = "sts.amazonaws.com"
          } }
        },
        { Sid = "Runner", Effect = "Allow", Principal = { AWS = ["arn:aws:iam::123456789012:role/airflow"] }, Action = "sts:AssumeRole" },
        { Sid = "ServiceEc2", Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" },
      ]
    }
    error_message = "Who takes the role of extract: ${aws_iam_role.this["extract"].assume_role_policy}"
  }

  assert {
    condition     = output.instance_profiles == { extract = "acme-task-roles-extract", mockapi = "acme-task-roles-mockapi" }
    error_message = "Instance profiles: ${jsonencode(output.instance_profiles)}"
  }
}

run "nobody" {
  command = plan

  variables {
    runner_role_arns = []
  }

  expect_failures = [aws_iam_role.this]
}

run "a_zone_missing" {
  command = plan

  variables {
    zones = { raw = "s3://acme-raw/raw", staging = "s3://acme-staging/staging" }
  }

  expect_failures = [var.zones]
}

run "a_zone_without_prefix" {
  command = plan

  variables {
    zones = { raw = "s3://acme-raw", staging = "s3://acme-staging/staging", processed = "s3://acme-processed/processed" }
  }

  expect_failures = [var.zones]
}

run "two_zones_in_one_place" {
  command = plan

  variables {
    zones = { raw = "s3://acme-lake/zone", staging = "s3://acme-lake/zone", processed = "s3://acme-processed/processed" }
  }

  expect_failures = [var.zones]
}

run "bad_values" {
  command = plan

  variables {
    name             = "acme-"
    kubernetes       = { oidc_provider_arn = "arn:aws:iam::123456789012:role/x", namespace = "data*" }
    runner_role_arns = ["*"]
    services         = { everything = ["sts.amazonaws.com"] }
  }

  expect_failures = [var.name, var.kubernetes, var.runner_role_arns, var.services]
}
