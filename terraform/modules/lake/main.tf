# The lake: a bucket for each zone, all encrypted under one key.
#
# A bucket a zone, not one bucket with four prefixes: raw holds personal data and expires, processed is read from outside
# (Snowflake), and neither should share a bucket policy, versions or a mistaken "rm --recursive" with the others.
#
# Destroying is refused while it is planned (prevent_destroy on buckets and key). A destroy that only failed at a full bucket would
# by then have taken the bucket's rules, its versioning and the key away, and left the objects. What lifts it: unprotected/.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  zones     = concat(["raw", "staging", "processed"], var.simulator ? ["simulator"] : [])
  suffix    = coalesce(var.bucket_suffix, data.aws_caller_identity.current.account_id)
  partition = data.aws_partition.current.partition

  # Days until a zone's objects are gone, by prefix below the zone. What stays has no prefix here: the settings that a rank was
  # first used with (staging/_ranks/), whom a person asked to forget (staging/_forgotten/), and beside the days receipts and report's pages (processed/receipts/, processed/reports/).
  expiry = {
    raw       = { "" = var.raw_days }
    staging   = { for platform in ["opentable", "thefork"] : "${platform}/" => var.staging_days }
    processed = { "20" = var.processed_days }
    simulator = { "" = var.simulator_days }
  }
}

resource "aws_kms_key" "this" {
  description             = "${var.name}: objects of the lake"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountDecidesByRoles"
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
      Action    = "kms:*" # the account hands rights out through its roles; without this nobody could change the key
      Resource  = "*"     # in a key's own policy: this key
    }]
  })

  lifecycle {
    prevent_destroy = true # without it no object can be read, versions and copies included
  }
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}-lake"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_s3_bucket" "zone" {
  # checkov:skip=CKV_AWS_18: access logs would name every reading once more and cost as much as the lake; CloudTrail data events can be switched on
  # checkov:skip=CKV_AWS_144: another region's copy of raw would be personal data twice; the warehouse is made anew from one
  # checkov:skip=CKV2_AWS_62: nothing waits for objects; the scheduler starts the steps
  for_each = toset(local.zones)

  bucket = "${var.name}-lake-zone-${each.key}-${local.suffix}"

  lifecycle {
    prevent_destroy = true # raw cannot be read again, and what is left of a bucket has no rules
  }
}

resource "aws_s3_bucket_ownership_controls" "zone" {
  for_each = toset(local.zones)

  bucket = aws_s3_bucket.zone[each.key].id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "zone" {
  for_each = toset(local.zones)

  bucket                  = aws_s3_bucket.zone[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "zone" {
  for_each = toset(local.zones)

  bucket = aws_s3_bucket.zone[each.key].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "zone" {
  for_each = toset(local.zones)

  bucket = aws_s3_bucket.zone[each.key].id
  rule {
    bucket_key_enabled = true # one call to KMS a bucket and while, not one an object; the roles rely on it (task_roles)
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_policy" "zone" {
  for_each = toset(local.zones)

  bucket = aws_s3_bucket.zone[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyWithoutTLS"
        Effect    = "Deny"
        Principal = "*"                                                                         # a denial: of everybody
        Action    = "s3:*"                                                                      # a denial: of everything
        Resource  = [aws_s3_bucket.zone[each.key].arn, "${aws_s3_bucket.zone[each.key].arn}/*"] # a denial: of the whole bucket
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "DenyOldTLS"
        Effect    = "Deny"
        Principal = "*"                                                                         # a denial: of everybody
        Action    = "s3:*"                                                                      # a denial: of everything
        Resource  = [aws_s3_bucket.zone[each.key].arn, "${aws_s3_bucket.zone[each.key].arn}/*"] # a denial: of the whole bucket
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
    ]
  })

  # The policy is put while the block on public access is, and S3 refuses two changes of a bucket at once.
  depends_on = [aws_s3_bucket_public_access_block.zone]
}

resource "aws_s3_bucket_lifecycle_configuration" "zone" {
  for_each = toset(local.zones)

  bucket = aws_s3_bucket.zone[each.key].id

  rule {
    id     = "broken-uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # What was deleted or overwritten goes too: a deleted object's old version still holds the guest.
  rule {
    id     = "noncurrent-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
    expiration {
      expired_object_delete_marker = true
    }
  }

  dynamic "rule" {
    for_each = { for prefix, days in local.expiry[each.key] : prefix => days if days != null }
    content {
      id     = trimsuffix("expire-${each.key}/${rule.key}", "/")
      status = "Enabled"
      filter {
        prefix = "${each.key}/${rule.key}"
      }
      expiration {
        days = rule.value - var.noncurrent_days # S3 then keeps it as an old version for the rest
      }
    }
  }

  # Rules on noncurrent versions mean nothing before there are versions.
  depends_on = [aws_s3_bucket_versioning.zone]
}
