mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_s3_bucket" {
    defaults = { region = "eu-west-1" }
  }
  mock_data "aws_s3_objects" {
    defaults = { keys = ["v1/a.zip", "v1/a.zip.old"] }
  }
  # printf zip | sha256sum; the same by openssl dgst -sha256 -binary | base64
  mock_data "aws_s3_object" {
    defaults = { checksum_sha256 = "SnD+mqZDbgLC3qNA+9HjUuTvLYzmylKtJdS5VHH8i/I=" }
  }
}

variables {
  bucket = "acme-artifacts"
  key    = "v1/a.zip"
  sha256 = "4a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2"
}

run "the_file_meant" {
  assert {
    condition     = local.sha256_base64 == "SnD+mqZDbgLC3qNA+9HjUuTvLYzmylKtJdS5VHH8i/I=" && output.sha256_base64 == local.sha256_base64
    error_message = "Hexadecimal digits become base 64: ${local.sha256_base64}"
  }
}

run "another_checksum" {
  variables {
    sha256 = "00000000000000000000000000000000000000000000000000000000000000ff"
  }

  override_data {
    target = data.aws_s3_object.this
    values = { checksum_sha256 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8=" }
  }

  assert {
    condition     = local.sha256_base64 == "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8="
    error_message = "Hexadecimal digits become base 64: ${local.sha256_base64}"
  }
}

run "another_file" {
  command = plan

  variables {
    sha256 = "5a70fe9aa6436e02c2dea340fbd1e352e4ef2d8ce6ca52ad25d4b95471fc8bf2"
  }

  expect_failures = [data.aws_s3_object.this]
}

run "a_file_without_checksum" {
  command = plan

  override_data {
    target = data.aws_s3_object.this
    values = { checksum_sha256 = "" }
  }

  expect_failures = [data.aws_s3_object.this]
}

run "a_file_uploaded_in_parts" {
  command = plan

  override_data {
    target = data.aws_s3_object.this
    values = { checksum_sha256 = "SnD+mqZDbgLC3qNA+9HjUuTvLYzmylKtJdS5VHH8i/I=-3" }
  }

  expect_failures = [data.aws_s3_object.this]
}

run "no_such_file" {
  command = plan

  variables {
    key = "v1/a"
  }

  expect_failures = [data.aws_s3_objects.found]
}

run "another_region" {
  command = plan

  override_data {
    target = data.aws_s3_bucket.this
    values = { region = "us-west-2" }
  }

  expect_failures = [data.aws_s3_bucket.this]
}

run "bad_values" {
  command = plan

  variables {
    key    = "/v1/a.zip"
    sha256 = "4A70FE"
  }

  expect_failures = [var.key, var.sha256]
}
