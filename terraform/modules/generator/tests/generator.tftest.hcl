mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/acme-generator" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:acme-generator-dead" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:acme-generator" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/acme-generator-schedule" }
  }
  mock_resource "aws_scheduler_schedule_group" {
    defaults = { arn = "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/acme-generator" }
  }
}

variables {
  name          = "acme"
  artifact      = { bucket = "acme-artifacts", key = "v1/a.zip", sha256_base64 = "SnD+mqZDbgLC3qNA+9HjUuTvLYzmylKtJdS5VHH8i/I=" }
  role_name     = "acme-task-roles-generate"
  role_arn      = "arn:aws:iam::123456789012:role/acme-task-roles-generate"
  simulator     = "s3://acme-simulator/simulator"
  alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"]
}

run "every_day_at_five" {
  assert {
    condition = alltrue([
      aws_scheduler_schedule.this.schedule_expression == "cron(0 5 * * ? *)",
      aws_scheduler_schedule.this.schedule_expression_timezone == "UTC",
      aws_scheduler_schedule.this.flexible_time_window[0].mode == "OFF",
      aws_scheduler_schedule.this.state == "ENABLED",
    ])
    error_message = "Daily, 05:00 UTC, on the minute."
  }

  assert {
    condition     = aws_scheduler_schedule.this.target[0].input == "{\"scheduled_time\":\"<aws.scheduler.scheduled-time>\"}"
    error_message = "Scheduler knows its word by its letters: ${aws_scheduler_schedule.this.target[0].input}"
  }

  assert {
    condition = alltrue([
      aws_scheduler_schedule.this.target[0].retry_policy[0].maximum_retry_attempts == 10,
      aws_scheduler_schedule.this.target[0].dead_letter_config[0].arn == aws_sqs_queue.dead.arn,
      aws_lambda_function_event_invoke_config.this.maximum_retry_attempts == 2,
      aws_lambda_function.this.dead_letter_config[0].target_arn == aws_sqs_queue.dead.arn,
    ])
    error_message = "Both ways are retried and end in the queue."
  }
}

run "the_function" {
  variables {
    architecture = "x86_64"
    environment  = { COVERS_RECORDS = "200" }
  }

  assert {
    condition = alltrue([
      aws_lambda_function.this.runtime == "provided.al2023",
      aws_lambda_function.this.handler == "bootstrap",
      one(aws_lambda_function.this.architectures) == "x86_64",
      aws_lambda_function.this.source_code_hash == "SnD+mqZDbgLC3qNA+9HjUuTvLYzmylKtJdS5VHH8i/I=",
    ])
    error_message = "The artifact, on the newest runtime."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ COVERS_OUT = "s3://acme-simulator/simulator", COVERS_RECORDS = "200" })
    error_message = "Its settings: ${jsonencode(aws_lambda_function.this.environment[0].variables)}"
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30 && aws_lambda_function.this.logging_config[0].log_group == "/aws/lambda/acme-generator"
    error_message = "Its log is kept for a month."
  }
}

run "policies" {
  assert {
    condition = jsondecode(aws_iam_role_policy.function.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "Log"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/acme-generator:*"
        },
        { Sid = "DeadLetter", Effect = "Allow", Action = "sqs:SendMessage", Resource = "arn:aws:sqs:eu-west-1:123456789012:acme-generator-dead" },
      ]
    }
    error_message = "The function's rights: ${aws_iam_role_policy.function.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.schedule.policy) == {
      Version = "2012-10-17"
      Statement = [
        { Sid = "Invoke", Effect = "Allow", Action = "lambda:InvokeFunction", Resource = "arn:aws:lambda:eu-west-1:123456789012:function:acme-generator" },
        { Sid = "DeadLetter", Effect = "Allow", Action = "sqs:SendMessage", Resource = "arn:aws:sqs:eu-west-1:123456789012:acme-generator-dead" },
      ]
    }
    error_message = "The schedule's rights: ${aws_iam_role_policy.schedule.policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role.schedule.assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "Scheduler"
        Effect    = "Allow"
        Principal = { Service = "scheduler.amazonaws.com" }
        Action    = "sts:AssumeRole"
        Condition = { StringEquals = {
          "aws:SourceAccount" = "123456789012"
          "aws:SourceArn"     = "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/acme-generator"
        } }
      }]
    }
    error_message = "Who takes the schedule's role: ${aws_iam_role.schedule.assume_role_policy}"
  }
}

run "alarms" {
  assert {
    condition = alltrue([for alarm in [aws_cloudwatch_metric_alarm.dead, aws_cloudwatch_metric_alarm.silent[0]] : alltrue([
      one(alarm.alarm_actions) == "arn:aws:sns:eu-west-1:123456789012:alarms",
      length(alarm.alarm_description) > 50,
    ])])
    error_message = "Both alarms tell somebody, and say what to do."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.dead.threshold == 0 && aws_cloudwatch_metric_alarm.silent[0].treat_missing_data == "breaching" && one([for q in aws_cloudwatch_metric_alarm.silent[0].metric_query : q.expression if q.return_data == true]) == "FILL(invocations, 0)"
    error_message = "One dead letter is enough, and silence is not health."
  }
}

run "switched_off" {
  variables {
    enabled = false
  }

  assert {
    condition     = aws_scheduler_schedule.this.state == "DISABLED" && length(aws_cloudwatch_metric_alarm.silent) == 0
    error_message = "No start, and no alarm that there was none."
  }
}

run "bad_values" {
  command = plan

  variables {
    name         = "-"
    architecture = "arm"
    simulator    = "file:///data"
    environment  = { COVERS_DAY = "2026-03-28" }
    memory       = 128
    timeout      = 901
    log_days     = 8
  }

  expect_failures = [var.name, var.architecture, var.simulator, var.environment, var.memory, var.timeout, var.log_days]
}
