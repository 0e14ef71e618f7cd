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
  mock_data "aws_default_tags" {
    defaults = { tags = { application = "covers" } }
  }
  mock_resource "aws_launch_template" {
    defaults = { id = "lt-0123456789abcdef0", latest_version = 1 }
  }
  mock_resource "aws_instance" {
    defaults = { id = "i-0123456789abcdef0", private_dns = "ip-10-0-0-1.eu-west-1.compute.internal" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-0123456789abcdef0" }
  }
}

variables {
  name                      = "acme"
  artifact                  = { bucket = "acme-artifacts", key = "v1/mockapi", sha256 = "4a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2" }
  role_name                 = "acme-task-roles-mockapi"
  instance_profile          = "acme-task-roles-mockapi"
  simulator                 = "s3://acme-simulator/simulator"
  restaurants               = "restaurants: [] # of the group"
  subnet_id                 = "subnet-1"
  client_security_group_ids = { airflow = "sg-1" }
}

run "the_machine" {
  assert {
    condition = alltrue([
      aws_launch_template.this.metadata_options[0].http_tokens == "required",
      aws_launch_template.this.metadata_options[0].http_put_response_hop_limit == 1,
      tobool(aws_launch_template.this.block_device_mappings[0].ebs[0].encrypted),
      aws_launch_template.this.key_name == null,
      !tobool(aws_launch_template.this.network_interfaces[0].associate_public_ip_address),
      aws_launch_template.this.iam_instance_profile[0].name == "acme-task-roles-mockapi",
    ])
    error_message = "IMDSv2 alone, an encrypted disk, no SSH key, no public address unless asked for."
  }

  assert {
    condition     = toset([for s in aws_launch_template.this.tag_specifications : s.resource_type]) == toset(["instance", "volume", "network-interface"]) && alltrue([for s in aws_launch_template.this.tag_specifications : s.tags["application"] == "covers"])
    error_message = "What the template launches has the provider's tags."
  }
}

run "who_reaches_it" {
  assert {
    condition = alltrue([
      length(aws_vpc_security_group_ingress_rule.client) == 1,
      aws_vpc_security_group_ingress_rule.client["airflow"].referenced_security_group_id == "sg-1",
      aws_vpc_security_group_ingress_rule.client["airflow"].cidr_ipv4 == null,
      aws_vpc_security_group_ingress_rule.client["airflow"].from_port == 8080,
      aws_vpc_security_group_ingress_rule.client["airflow"].to_port == 8080,
    ])
    error_message = "What runs Airflow, on the API's port, and no address range."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.https.from_port == 443 && aws_vpc_security_group_egress_rule.https.to_port == 443
    error_message = "Out by HTTPS alone."
  }
}

run "its_rights" {
  assert {
    condition = jsondecode(aws_iam_role_policy.instance.policy) == {
      Version = "2012-10-17"
      Statement = [
        { Sid = "Artifact", Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-artifacts/v1/mockapi" },
        {
          Sid    = "Credentials"
          Effect = "Allow"
          Action = "ssm:GetParameter"
          Resource = [for name in ["OPENTABLE_CLIENT_ID", "OPENTABLE_CLIENT_SECRET", "THEFORK_CLIENT_ID", "THEFORK_CLIENT_SECRET"] :
            "arn:aws:ssm:eu-west-1:123456789012:parameter/acme/mock-api/COVERS_${name}"
          ]
        },
        { Sid = "SessionAgent", Effect = "Allow", Action = "ssm:UpdateInstanceInformation", Resource = "arn:aws:ec2:eu-west-1:123456789012:instance/*" },
        {
          Sid    = "SessionChannels"
          Effect = "Allow"
          Action = [
            "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
          ]
          Resource = "*"
        },
      ]
    }
    error_message = "The instance's rights: ${aws_iam_role_policy.instance.policy}"
  }
}

run "its_boot" {
  variables {
    port        = 9000
    environment = { COVERS_OVER_LIMIT = "clamp" }
  }

  assert {
    condition = alltrue([
      local.environment["COVERS_DATA"] == "s3://acme-simulator/simulator",
      local.environment["COVERS_LISTEN"] == "0.0.0.0:9000",
      local.environment["COVERS_OVER_LIMIT"] == "clamp",
      output.url == "http://ip-10-0-0-1.eu-west-1.compute.internal:9000",
    ])
    error_message = "The program's settings: ${jsonencode(local.environment)}"
  }

  assert {
    condition = alltrue([for text in ["#!/bin/bash", "s3://acme-artifacts/v1/mockapi", "4a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2"] :
      strcontains(local.install, text)
    ]) && aws_launch_template.this.user_data == base64gzip(local.install)
    error_message = "User data is the installation script, with the artifact and its checksum: ${local.install}"
  }
}

run "its_alarms" {
  variables {
    alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"]
  }

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.health.dimensions["InstanceId"] == "i-0123456789abcdef0",
      aws_cloudwatch_metric_alarm.health.treat_missing_data == "breaching",
      one(aws_cloudwatch_metric_alarm.health.alarm_actions) == "arn:aws:sns:eu-west-1:123456789012:alarms",
      contains(aws_cloudwatch_metric_alarm.machine.alarm_actions, "arn:aws:automate:eu-west-1:ec2:recover"),
    ])
    error_message = "One alarm tells, the other moves the instance."
  }
}

run "restaurants_too_many" {
  command = plan

  variables {
    # What cannot be compressed.
    restaurants = join("\n", concat(["restaurants: []"], [for i in range(1000) : "# ${sha256(tostring(i))}"]))
  }

  expect_failures = [aws_launch_template.this]
}

run "a_type_of_the_other_architecture" {
  command = plan

  variables {
    instance_type = "t3.small"
  }

  expect_failures = [var.instance_type]
}

run "bad_values" {
  command = plan

  variables {
    name                      = "acme_"
    architecture              = "arm"
    disk                      = 1
    simulator                 = "s3://bucket"
    restaurants               = "restaurants.yaml"
    environment               = { COVERS_THEFORK_CLIENT_SECRET = "s" }
    client_security_group_ids = { all = "0.0.0.0/0" }
    port                      = 80
  }

  expect_failures = [
    var.name, var.architecture, var.disk, var.simulator, var.restaurants, var.environment,
    var.client_security_group_ids, var.port,
  ]
}
