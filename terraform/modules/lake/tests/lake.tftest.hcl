mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/k" }
  }
}

# Buckets get the ARN that their name makes: the policies are compared as JSON.
override_resource {
  target = aws_s3_bucket.zone["raw"]
  values = { id = "acme-lake-zone-raw-123456789012", arn = "arn:aws:s3:::acme-lake-zone-raw-123456789012" }
}

variables {
  name = "acme"
}

run "a_bucket_a_zone" {
  assert {
    condition = output.zones == {
      raw       = "s3://acme-lake-zone-raw-123456789012/raw"
      staging   = "s3://acme-lake-zone-staging-123456789012/staging"
      processed = "s3://acme-lake-zone-processed-123456789012/processed"
      simulator = "s3://acme-lake-zone-simulator-123456789012/simulator"
    }
    error_message = "The zones' URLs: ${jsonencode(output.zones)}"
  }

  assert {
    condition = alltrue([for zone in keys(output.zones) : alltrue([
      aws_s3_bucket_versioning.zone[zone].versioning_configuration[0].status == "Enabled",
      one(one(aws_s3_bucket_server_side_encryption_configuration.zone[zone].rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms",
      one(aws_s3_bucket_server_side_encryption_configuration.zone[zone].rule).bucket_key_enabled,
      aws_s3_bucket_public_access_block.zone[zone].block_public_acls,
      aws_s3_bucket_public_access_block.zone[zone].block_public_policy,
      aws_s3_bucket_public_access_block.zone[zone].ignore_public_acls,
      aws_s3_bucket_public_access_block.zone[zone].restrict_public_buckets,
      aws_s3_bucket_ownership_controls.zone[zone].rule[0].object_ownership == "BucketOwnerEnforced",
      aws_s3_bucket.zone[zone].force_destroy == true, # by unprotected/, which these tests are run with: they end by destroying
    ])])
    error_message = "Every zone is versioned, encrypted under a key with bucket keys, closed to the public, and kept at destroy."
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key rotates."
  }
}

run "tls_only" {
  assert {
    condition = jsondecode(aws_s3_bucket_policy.zone["raw"].policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "DenyWithoutTLS"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = ["arn:aws:s3:::acme-lake-zone-raw-123456789012", "arn:aws:s3:::acme-lake-zone-raw-123456789012/*"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
        {
          Sid       = "DenyOldTLS"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = ["arn:aws:s3:::acme-lake-zone-raw-123456789012", "arn:aws:s3:::acme-lake-zone-raw-123456789012/*"]
          Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
        },
      ]
    }
    error_message = "The policy of raw: ${aws_s3_bucket_policy.zone["raw"].policy}"
  }

  assert {
    condition     = length(distinct([for p in aws_s3_bucket_policy.zone : length(jsondecode(p.policy).Statement)])) == 1
    error_message = "Every zone's bucket has the two denials."
  }
}

run "what_expires" {
  variables {
    raw_days        = 21
    noncurrent_days = 3
  }

  assert {
    condition = { for zone, c in aws_s3_bucket_lifecycle_configuration.zone : zone => { for rule in c.rule : rule.id => try(rule.expiration[0].days, null) if startswith(rule.id, "expire-") } } == {
      raw       = { "expire-raw" = 18 }
      staging   = { "expire-staging/opentable" = 87, "expire-staging/thefork" = 87 }
      processed = { "expire-processed/20" = 362 }
      simulator = {}
    }
    error_message = "Each zone expires so many days before that its old versions are gone in time; the simulator never."
  }

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.zone["staging"].rule : !startswith("staging/_ranks/", coalesce(try(rule.filter[0].prefix, null), "none")) if startswith(rule.id, "expire-")])
    error_message = "The pinned settings below staging/_ranks/ stay: no rule's prefix may hold them."
  }

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.zone["processed"].rule : !startswith("processed/receipts/", coalesce(try(rule.filter[0].prefix, null), "none")) if startswith(rule.id, "expire-")])
    error_message = "Receipts stay: no rule's prefix may hold them."
  }

  assert {
    condition = alltrue([for c in aws_s3_bucket_lifecycle_configuration.zone : alltrue([
      one([for rule in c.rule : rule.noncurrent_version_expiration[0].noncurrent_days if rule.id == "noncurrent-versions"]) == 3,
      one([for rule in c.rule : rule.abort_incomplete_multipart_upload[0].days_after_initiation if rule.id == "broken-uploads"]) == 1,
      alltrue([for rule in c.rule : rule.status == "Enabled"]),
    ])])
    error_message = "In every zone noncurrent versions and broken uploads go."
  }
}

run "without_simulator" {
  variables {
    simulator     = false
    bucket_suffix = "eu"
  }

  assert {
    condition     = join(" ", keys(output.zones)) == "processed raw staging" && output.zones["raw"] == "s3://acme-lake-zone-raw-eu/raw"
    error_message = "Three zones, with the suffix: ${jsonencode(output.zones)}"
  }
}

run "bad_values" {
  command = plan

  variables {
    name           = "Acme"
    bucket_suffix  = "-"
    raw_days       = 7
    staging_days   = 1
    processed_days = 1.5
    simulator_days = 0
  }

  expect_failures = [
    var.name, var.bucket_suffix, var.raw_days, var.staging_days, var.processed_days, var.simulator_days,
  ]
}

run "no_time_to_restore" {
  command = plan

  variables {
    noncurrent_days = 0
  }

  expect_failures = [var.noncurrent_days]
}
