# The lake: a bucket for each zone, and their key. It has a state of its own, so that everything else can be taken away, made anew and
# changed without touching it, by who may not touch it.

module "lake" {
  source = "../../modules/lake"

  name          = var.name
  bucket_suffix = var.bucket_suffix
  simulator     = var.simulator
}
