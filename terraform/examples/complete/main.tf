# All but the lake itself: the generator on its schedule, the mock API, the registry, the steps' roles, Snowflake's access, and a
# small network. Whatever runs the steps (Airflow) brings its own role or cluster and joins the security group "airflow".

data "aws_caller_identity" "current" {}

# What examples/lake made. Its name is this installation's.
data "terraform_remote_state" "lake" {
  backend = "s3"
  config = {
    bucket = var.lake_state.bucket
    key    = var.lake_state.key
    region = var.region
  }

  lifecycle {
    postcondition {
      condition     = contains(keys(self.outputs.zones), "simulator")
      error_message = "The lake has no zone for the simulated platforms: apply examples/lake with simulator = true."
    }
  }
}

locals {
  name        = data.terraform_remote_state.lake.outputs.name
  zones       = data.terraform_remote_state.lake.outputs.zones
  kms_key_arn = data.terraform_remote_state.lake.outputs.kms_key_arn

  instance_type = var.architecture == "arm64" ? "t4g.small" : "t3.small"
}

module "task_roles" {
  source = "../../modules/task_roles"

  name             = local.name
  zones            = local.zones
  kms_key_arn      = local.kms_key_arn
  kubernetes       = var.kubernetes
  runner_role_arns = var.runner_role_arns
  services = {
    generate = ["lambda.amazonaws.com"]
    mockapi  = ["ec2.amazonaws.com"]
  }
}

module "generator_artifact" {
  source = "../../modules/artifact"

  bucket = var.artifact_bucket
  key    = var.generator_artifact.key
  sha256 = var.generator_artifact.sha256
}

module "generator" {
  source = "../../modules/generator"

  name          = local.name
  artifact      = module.generator_artifact
  architecture  = var.architecture
  role_name     = module.task_roles.role_names["generate"]
  role_arn      = module.task_roles.role_arns["generate"]
  simulator     = local.zones["simulator"]
  alarm_actions = [aws_sns_topic.alarms.arn]
}

module "mock_api_artifact" {
  source = "../../modules/artifact"

  bucket = var.artifact_bucket
  key    = var.mock_api_artifact.key
  sha256 = var.mock_api_artifact.sha256
}

module "mock_api" {
  source = "../../modules/mock_api"

  name                      = local.name
  artifact                  = module.mock_api_artifact
  architecture              = var.architecture
  instance_type             = local.instance_type
  role_name                 = module.task_roles.role_names["mockapi"]
  instance_profile          = module.task_roles.instance_profiles["mockapi"]
  simulator                 = local.zones["simulator"]
  restaurants               = file(var.restaurants)
  subnet_id                 = aws_subnet.public.id
  public_address            = true
  client_security_group_ids = { airflow = aws_security_group.airflow.id }
  alarm_actions             = [aws_sns_topic.alarms.arn]

  # The first start fetches over this way.
  depends_on = [aws_route_table_association.public, aws_route.internet]
}

module "registry" {
  source = "../../modules/registry"

  name          = local.name
  force_destroy = var.force_destroy
}

module "warehouse_access" {
  source = "../../modules/warehouse_access"

  name        = local.name
  processed   = local.zones["processed"]
  kms_key_arn = local.kms_key_arn
  snowflake   = var.snowflake
}

# --- Alarms

resource "aws_sns_topic" "alarms" {
  # checkov:skip=CKV_AWS_26: alarms name resources and no data; CloudWatch cannot publish under the key that SNS has of its own
  name = "${local.name}-root-alarms"
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Alarms"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alarms.arn
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_sns_topic_subscription" "alarms" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

# --- Network: one public subnet. The instance goes out by an address of its own, which is a tenth of a NAT gateway's price, and
# its security group lets nothing in from outside. S3 is reached by a gateway endpoint, which costs nothing.

resource "aws_vpc" "this" {
  # checkov:skip=CKV2_AWS_11: one instance that only its security group's friends reach; flow logs would cost more than it
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "${local.name}-root" }
}

# Every VPC has this group; with no rules nothing is let through by mistake.
resource "aws_default_security_group" "default" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${local.name}-root-default" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${local.name}-root" }
}

# Not every zone of a region has every type.
data "aws_ec2_instance_type_offerings" "zones" {
  location_type = "availability-zone"
  filter {
    name   = "instance-type"
    values = [local.instance_type]
  }

  lifecycle {
    postcondition {
      condition     = length(self.locations) > 0
      error_message = "No zone of ${var.region} has instances of the type ${local.instance_type}: choose the other architecture, or another region."
    }
  }
}

resource "aws_subnet" "public" {
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(var.cidr, 4, 0)
  availability_zone = sort(data.aws_ec2_instance_type_offerings.zones.locations)[0]
  tags              = { Name = "${local.name}-root-public" }

  lifecycle {
    ignore_changes = [availability_zone] # what zones offer changes: a subnet stays where it was made
  }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${local.name}-root-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.public.id]
  tags              = { Name = "${local.name}-root-s3" }
}

# What runs Airflow joins this group and so may call the mock API.
resource "aws_security_group" "airflow" {
  # checkov:skip=CKV2_AWS_5: whatever runs Airflow joins it, and that is not made here
  name        = "${local.name}-root-airflow"
  description = "Covers: what runs Airflow"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${local.name}-root-airflow" }
}

resource "aws_vpc_security_group_egress_rule" "mock_api" {
  security_group_id            = aws_security_group.airflow.id
  description                  = "the mock API"
  referenced_security_group_id = module.mock_api.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
  tags                         = { Name = "${local.name}-root-mock-api" }
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.airflow.id
  description       = "AWS, Snowflake and the platforms: their addresses change"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = { Name = "${local.name}-root-https" }
}
