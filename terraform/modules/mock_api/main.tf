# The mock API on one instance: nobody logs in, the program comes from the artifact bucket by its checksum and runs under
# systemd (files/), and only what runs Airflow reaches it.

data "aws_caller_identity" "current" {}
data "aws_default_tags" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

data "aws_subnet" "this" {
  id = var.subnet_id
}

# Amazon's newest image when the template is made.
data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${var.architecture}"
}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  account   = data.aws_caller_identity.current.account_id

  # What a client of the API shows, by the variable that the program reads it from.
  secrets = { for variable in [
    "COVERS_OPENTABLE_CLIENT_ID", "COVERS_OPENTABLE_CLIENT_SECRET", "COVERS_THEFORK_CLIENT_ID", "COVERS_THEFORK_CLIENT_SECRET",
  ] : variable => "/${var.name}/mock-api/${variable}" }

  environment = merge(var.environment, { COVERS_DATA = var.simulator, COVERS_LISTEN = "0.0.0.0:${var.port}" })

  install = templatefile("${path.module}/files/install.sh.tftpl", {
    artifact    = var.artifact
    region      = local.region
    environment = local.environment
    secrets     = local.secrets
    files = merge(
      { for file in fileset("${path.module}/files", "*") : file => file("${path.module}/files/${file}") if !endswith(file, ".tftpl") },
      { "restaurants.yaml" = var.restaurants },
    )
  })
  boot       = base64gzip(local.install)
  boot_bytes = floor(length(local.boot) * 3 / 4) # of which EC2 takes 16384

  tags = merge(data.aws_default_tags.current.tags, { Name = "${var.name}-mock-api" })
}

resource "aws_security_group" "this" {
  name        = "${var.name}-mock-api"
  description = "Covers: the mock API, open to what runs Airflow"
  vpc_id      = data.aws_subnet.this.vpc_id
  tags        = { Name = "${var.name}-mock-api" }
}

resource "aws_vpc_security_group_ingress_rule" "client" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  description                  = "the API, for ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
  tags                         = { Name = "${var.name}-mock-api-client-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "S3, Systems Manager and the package mirror: their addresses change"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = { Name = "${var.name}-mock-api-https" }
}

resource "aws_iam_role_policy" "instance" {
  name = "${var.name}-mock-api-instance"
  role = var.role_name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Artifact"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:${local.partition}:s3:::${var.artifact.bucket}/${var.artifact.key}"
      },
      {
        Sid      = "Credentials"
        Effect   = "Allow"
        Action   = "ssm:GetParameter"
        Resource = [for name in local.secrets : "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter${name}"]
      },
      # What Session Manager needs, and no more of AmazonSSMManagedInstanceCore.
      {
        Sid      = "SessionAgent"
        Effect   = "Allow"
        Action   = "ssm:UpdateInstanceInformation"
        Resource = "arn:${local.partition}:ec2:${local.region}:${local.account}:instance/*" # the instance's id is not known before it is there
      },
      {
        Sid    = "SessionChannels"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
        ]
        Resource = "*" # these actions know no resources
      },
    ]
  })
}

resource "aws_launch_template" "this" {
  name                   = "${var.name}-mock-api"
  description            = "Covers: the mock API"
  image_id               = data.aws_ssm_parameter.image.insecure_value
  instance_type          = var.instance_type
  update_default_version = true

  user_data = local.boot

  iam_instance_profile {
    name = var.instance_profile
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required" # IMDSv2
    http_put_response_hop_limit = 1          # not from within a container
  }

  network_interfaces {
    # checkov:skip=CKV_AWS_88: a public address is the caller's choice where there is no NAT; nothing from outside is let in either way
    subnet_id                   = var.subnet_id
    security_groups             = [aws_security_group.this.id]
    associate_public_ip_address = var.public_address
    delete_on_termination       = true
  }

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_type = "gp3"
      volume_size = var.disk
      encrypted   = true
    }
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])
    content {
      resource_type = tag_specifications.value
      tags          = local.tags # the provider's default tags do not reach what a template launches
    }
  }

  lifecycle {
    # Amazon publishes an image every other week. A new one comes with a new template version, when something else changes
    # or the template is replaced, and not by surprise.
    ignore_changes = [image_id]

    precondition {
      condition     = local.boot_bytes <= 16384
      error_message = "The boot script is ${local.boot_bytes} bytes with restaurants.yaml in it, and EC2 takes 16384: leave the file's comments out, or some restaurants."
    }
  }
}

resource "aws_instance" "this" {
  # checkov:skip=CKV_AWS_126: the service's own figures are at /metrics; a figure a minute of the machine's is not worth its price here
  # checkov:skip=CKV_AWS_8: the template encrypts the volume
  # checkov:skip=CKV_AWS_79: the template asks for IMDSv2
  # checkov:skip=CKV2_AWS_41: the template names the instance profile
  # checkov:skip=CKV_AWS_135: every type that var.instance_type allows is EBS-optimised by itself
  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  tags = { Name = "${var.name}-mock-api" }

  lifecycle {
    # The provider hashes the template's user data anew and sees a change where there is none. A new template version
    # still replaces the instance.
    ignore_changes = [ami, user_data]
  }

  # Its first start needs the rights.
  depends_on = [aws_iam_role_policy.instance]
}

resource "aws_cloudwatch_metric_alarm" "health" {
  alarm_name          = "${var.name}-mock-api-health"
  alarm_description   = "The mock API's instance fails its status checks. Open a session to look (aws ssm start-session), or replace it: terraform apply -replace=module.mock_api.aws_instance.this"
  namespace           = "AWS/EC2"
  metric_name         = "StatusCheckFailed"
  dimensions          = { InstanceId = aws_instance.this.id }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "breaching" # a stopped instance says nothing
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

# Where the machine below fails, EC2 starts the instance on another one.
resource "aws_cloudwatch_metric_alarm" "machine" {
  alarm_name          = "${var.name}-mock-api-machine"
  alarm_description   = "The machine under the mock API's instance failed; EC2 moves the instance."
  namespace           = "AWS/EC2"
  metric_name         = "StatusCheckFailed_System"
  dimensions          = { InstanceId = aws_instance.this.id }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = concat(["arn:${local.partition}:automate:${local.region}:ec2:recover"], var.alarm_actions)
}
