# The generator: once a day, the day of the simulated platforms that has ended.
#
# Scheduler hands the event over and retries that; Lambda runs it, and retries that. What fails for good on either way lies in the
# dead-letter queue, as an event that can be sent again: a day that is there stays as it is.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  partition     = data.aws_partition.current.partition
  function_name = "${var.name}-generator"
}

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_158: the log names counts and keys, no record; its encryption by CloudWatch is enough
  # checkov:skip=CKV_AWS_338: a year of a simulator's log helps nobody
  name              = "/aws/lambda/${local.function_name}"
  retention_in_days = var.log_days
}

resource "aws_sqs_queue" "dead" {
  name                      = "${var.name}-generator-dead"
  message_retention_seconds = 1209600 # 14 days, the most
  sqs_managed_sse_enabled   = true
}

resource "aws_iam_role_policy" "function" {
  name = "${var.name}-generator-function"
  role = var.role_name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*" # the group's streams, which Lambda names
      },
      {
        Sid      = "DeadLetter"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.dead.arn
      },
    ]
  })
}

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_117: it reaches S3 and nothing else; in a VPC it would need an endpoint and gain nothing
  # checkov:skip=CKV_AWS_272: the artifact is held against its SHA-256; signing would check the same bytes again
  # checkov:skip=CKV_AWS_115: one event a day; a reserved share would be taken from the account, and a new account has none to give
  # checkov:skip=CKV_AWS_173: the environment holds addresses and numbers, no secret
  # checkov:skip=CKV_AWS_50: one call a day, to S3 only; its log says how long each part took
  function_name = local.function_name
  description   = "Covers: makes a day of the simulated platforms"
  role          = var.role_arn

  s3_bucket        = var.artifact.bucket
  s3_key           = var.artifact.key
  source_code_hash = var.artifact.sha256_base64
  package_type     = "Zip"
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  memory_size      = var.memory
  timeout          = var.timeout

  ephemeral_storage {
    size = 2048 # MiB: a day's files are gathered on disk before they are stored
  }

  environment {
    variables = merge(var.environment, { COVERS_OUT = var.simulator })
  }

  logging_config {
    log_format = "Text" # the program's own lines are JSON already
    log_group  = aws_cloudwatch_log_group.this.name
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.dead.arn
  }

  # Lambda tries the queue's rights when it makes the function.
  depends_on = [aws_iam_role_policy.function]
}

resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600
}

resource "aws_iam_role" "schedule" {
  name        = "${var.name}-generator-schedule"
  description = "Covers: the schedule starts the generator"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Scheduler"
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = {
        "aws:SourceAccount" = data.aws_caller_identity.current.account_id
        "aws:SourceArn"     = aws_scheduler_schedule_group.this.arn
      } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "${var.name}-generator-schedule"
  role = aws_iam_role.schedule.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Invoke"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = aws_lambda_function.this.arn
      },
      {
        Sid      = "DeadLetter"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.dead.arn
      },
    ]
  })
}

resource "aws_scheduler_schedule_group" "this" {
  name = "${var.name}-generator"
}

resource "aws_scheduler_schedule" "this" {
  # checkov:skip=CKV_AWS_297: the schedule's input is one date, known to everybody
  name                         = "${var.name}-generator"
  group_name                   = aws_scheduler_schedule_group.this.name
  description                  = "Covers: the day that has ended, at 05:00 UTC"
  schedule_expression          = "cron(0 5 * * ? *)"
  schedule_expression_timezone = "UTC"
  state                        = var.enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.this.arn
    role_arn = aws_iam_role.schedule.arn
    # Written out, not by jsonencode: that turns < into \u003c, and Scheduler would not know its own word again.
    input = "{\"scheduled_time\":\"<aws.scheduler.scheduled-time>\"}"

    retry_policy {
      maximum_retry_attempts       = 10
      maximum_event_age_in_seconds = 21600
    }

    dead_letter_config {
      arn = aws_sqs_queue.dead.arn
    }
  }

  depends_on = [aws_iam_role_policy.schedule]
}

resource "aws_cloudwatch_metric_alarm" "dead" {
  alarm_name          = "${var.name}-generator-dead"
  alarm_description   = "A day was not made: ${aws_sqs_queue.dead.name} holds its event, ${aws_cloudwatch_log_group.this.name} says why. Mend the cause, then send the event to ${local.function_name} again."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching" # an empty queue stops counting after six hours
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

# The queue knows what failed, not what never began.
resource "aws_cloudwatch_metric_alarm" "silent" {
  count = var.enabled ? 1 : 0

  alarm_name          = "${var.name}-generator-silent"
  alarm_description   = "${local.function_name} was not started for a day: look at the schedule ${aws_scheduler_schedule.this.name}."
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"

  # A function that is not started has no figure, not 0. Where figures are missing CloudWatch looks for older ones beyond the
  # evaluation periods, and the alarm would wait until these are out of its sight ("Configuring how CloudWatch alarms treat
  # missing data"); with 0 in their place it has what it needs.
  metric_query {
    id          = "started"
    expression  = "FILL(invocations, 0)"
    label       = "Invocations"
    return_data = true
  }
  metric_query {
    id = "invocations"
    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Invocations"
      dimensions  = { FunctionName = aws_lambda_function.this.function_name }
      stat        = "Sum"
      period      = 86400
    }
  }
  alarm_actions = var.alarm_actions
  ok_actions    = var.alarm_actions
}
