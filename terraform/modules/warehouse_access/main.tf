# The role that Snowflake's storage integration takes to read the processed zone.
#
# The integration and the role each want the other first. So the role's ARN is known before there is a role: create the
# integration with it, then set the two values that DESC INTEGRATION shows.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  partition  = data.aws_partition.current.partition
  role_name  = "${var.name}-warehouse-access"
  bucket     = split("/", trimprefix(var.processed, "s3://"))[0]
  prefix     = trimprefix(var.processed, "s3://${local.bucket}/")
  bucket_arn = "arn:${local.partition}:s3:::${local.bucket}"
}

resource "aws_iam_role" "this" {
  count = var.snowflake == null ? 0 : 1

  name        = local.role_name
  description = "Covers: Snowflake reads the processed zone"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "StorageIntegration"
      Effect    = "Allow"
      Principal = { AWS = var.snowflake.iam_user_arn }
      Action    = "sts:AssumeRole"
      # Snowflake's user serves a whole Snowflake account; the external id is this integration's.
      Condition = { StringEquals = { "sts:ExternalId" = var.snowflake.external_id } }
    }]
  })
}

resource "aws_iam_role_policy" "processed" {
  count = var.snowflake == null ? 0 : 1

  name = "${var.name}-warehouse-access-processed"
  role = aws_iam_role.this[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Objects"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:GetObjectVersion"]
          Resource = "${local.bucket_arn}/${local.prefix}/*" # every object of the zone, none beside it
        },
        {
          Sid      = "List"
          Effect   = "Allow"
          Action   = "s3:ListBucket"
          Resource = local.bucket_arn
          # "IfExists" lets S3 answer 404 for a missing object, see task_roles.
          Condition = { StringLikeIfExists = { "s3:prefix" = "${local.prefix}/*" } } # every folder of the zone
        },
        {
          Sid      = "Location"
          Effect   = "Allow"
          Action   = "s3:GetBucketLocation"
          Resource = local.bucket_arn
        },
      ],
      var.kms_key_arn == null ? [] : [{
        Sid      = "Key"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = var.kms_key_arn
        Condition = { StringEquals = {
          "kms:ViaService"                   = "s3.${data.aws_region.current.name}.amazonaws.com"
          "kms:EncryptionContext:aws:s3:arn" = local.bucket_arn
        } }
      }],
    )
  })
}
