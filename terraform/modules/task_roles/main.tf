# One role a step, with the zones that it reads and writes and nothing else.
#
# What a step calls is recorded from a run, and every role is evaluated against it (tests/aws/test_roles.py).

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition

  # What each step does in which zone. A step looks into the zones that it writes to: another attempt may have been there.
  # Extract deletes what a failed attempt of its own stored, and generate replaces what a killed one left. Care tidies. Its
  # reconcile reads a platform as extract does, and leaves a receipt in processed, as forget does, which writes objects anew in
  # every zone. It may not delete old versions: for that somebody runs it with rights of their own.
  needs = {
    generate  = { simulator = ["read", "write", "delete"] }
    mockapi   = { simulator = ["read"] }
    extract   = { raw = ["read", "write", "delete"] }
    validate  = { raw = ["read"], staging = ["read", "write"] }
    transform = { staging = ["read"], processed = ["read", "write"] }
    load      = { processed = ["read"] }
    report    = { raw = ["read"], staging = ["read"], processed = ["read", "write"] }
    care      = { raw = ["read", "write", "delete"], staging = ["read", "write", "delete"], processed = ["read", "write", "delete"] }
  }
  # What a step does to some objects of a zone alone, by their keys in it.
  alone = { report = {
    raw       = { read = "*/manifest.json" } # every reading's account of itself, and no record of a guest
    processed = { write = "reports/*" }      # every page; what processed knows of the weeks before it reads
  } }
  every = "*" # every object of a zone, and none beside it
  actions = {
    read   = "s3:GetObject"
    write  = "s3:PutObject"
    delete = "s3:DeleteObject" # of the current version: it can be restored until it expires
  }

  zones = { for name, url in var.zones : name => {
    bucket = split("/", trimprefix(url, "s3://"))[0]
    prefix = join("/", slice(split("/", trimprefix(url, "s3://")), 1, length(split("/", trimprefix(url, "s3://")))))
  } }
  bucket_arns = { for name, z in local.zones : name => "arn:${local.partition}:s3:::${z.bucket}" }

  # Without a simulator zone there is neither generate nor mockapi.
  steps = { for step, zones in local.needs : step => zones if alltrue([for zone in keys(zones) : contains(keys(var.zones), zone)]) }

  oidc_issuer = var.kubernetes == null ? null : split("oidc-provider/", var.kubernetes.oidc_provider_arn)[1]

  trust = { for step in keys(local.steps) : step => concat(
    var.kubernetes == null ? [] : [{
      Sid       = "ServiceAccount"
      Effect    = "Allow"
      Principal = { Federated = var.kubernetes.oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "${local.oidc_issuer}:sub" = "system:serviceaccount:${var.kubernetes.namespace}:${var.name}-${step}"
        "${local.oidc_issuer}:aud" = "sts.amazonaws.com"
      } }
    }],
    length(var.runner_role_arns) == 0 ? [] : [{
      Sid       = "Runner"
      Effect    = "Allow"
      Principal = { AWS = var.runner_role_arns }
      Action    = "sts:AssumeRole"
    }],
    [for service in lookup(var.services, step, []) : {
      Sid       = "Service${title(split(".", service)[0])}"
      Effect    = "Allow"
      Principal = { Service = service }
      Action    = "sts:AssumeRole"
    }],
  ) }
}

resource "aws_iam_role" "this" {
  for_each = local.steps

  name                 = "${var.name}-task-roles-${each.key}"
  description          = "Covers: the step ${each.key}"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.trust[each.key]
  })

  lifecycle {
    precondition {
      condition     = length(local.trust[each.key]) > 0
      error_message = "Nobody could assume the role of ${each.key}: give kubernetes, runner_role_arns, or services for it."
    }
  }
}

resource "aws_iam_role_policy" "zones" {
  for_each = local.steps

  name = "${var.name}-task-roles-zones-${each.key}"
  role = aws_iam_role.this[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      flatten([for zone, does in each.value : [
        for keys in distinct([for what in does : try(local.alone[each.key][zone][what], local.every)]) : {
          Sid      = "Objects${title(zone)}${keys == local.every ? "" : "Alone"}"
          Effect   = "Allow"
          Action   = [for what in does : local.actions[what] if try(local.alone[each.key][zone][what], local.every) == keys]
          Resource = "${local.bucket_arns[zone]}/${local.zones[zone].prefix}/${keys}"
        }
      ]]),
      [for zone, does in each.value : {
        Sid      = "List${title(zone)}"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = local.bucket_arns[zone]
        # The right holds below the zone's prefix. It is "IfExists" because S3 asks for it a second time where an object is missing,
        # and that request has no prefix: S3 would answer 403 instead of 404, and a step could not tell a new object from a
        # forbidden one.
        Condition = { StringLikeIfExists = { "s3:prefix" = "${local.zones[zone].prefix}/*" } } # every folder of the zone
      } if contains(does, "read")],
      # One key serves all zones. What tells them apart is the encryption context, which with bucket keys is the bucket.
      var.kms_key_arn == null ? [] : [{
        Sid      = "Key"
        Effect   = "Allow"
        Action   = concat(["kms:Decrypt"], anytrue([for does in values(each.value) : contains(does, "write")]) ? ["kms:GenerateDataKey"] : [])
        Resource = var.kms_key_arn
        Condition = { StringEquals = {
          "kms:ViaService"                   = "s3.${data.aws_region.current.name}.amazonaws.com"
          "kms:EncryptionContext:aws:s3:arn" = [for zone in keys(each.value) : local.bucket_arns[zone]]
        } }
      }],
    )
  })
}

# An instance takes a step's role through a profile, where EC2 is among the step's services.
resource "aws_iam_instance_profile" "this" {
  for_each = { for step in keys(local.steps) : step => step if contains(lookup(var.services, step, []), "ec2.amazonaws.com") }

  name = "${var.name}-task-roles-${each.key}"
  role = aws_iam_role.this[each.key].name
}
