# Lets the lake be destroyed with all that is in it, versions included. Terraform merges a file of this name into the one it is
# beside: copied into the module's folder, and applied, it takes the lake's protection away (docs/aws.md, Taking the lake away).

resource "aws_kms_key" "this" {
  lifecycle {
    prevent_destroy = false
  }
}

resource "aws_s3_bucket" "zone" {
  force_destroy = true

  lifecycle {
    prevent_destroy = false
  }
}
