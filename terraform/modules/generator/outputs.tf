output "function_name" {
  description = "The function's name: aws lambda invoke --function-name …"
  value       = aws_lambda_function.this.function_name
}

output "log_group" {
  description = "The log group's name."
  value       = aws_cloudwatch_log_group.this.name
}

output "dead_letter_queue_url" {
  description = "The queue with the events that failed for good."
  value       = aws_sqs_queue.dead.url
}
