# All steps' images: docker buildx bake -f images/docker-bake.hcl, or `make images`, which sets the variables.
# For several architectures at once, which only an engine with the containerd image store can keep, or a push:
# make images PLATFORMS=linux/amd64,linux/arm64
variable "VERSION" { default = "dev" }
variable "REVISION" { default = "unknown" }
variable "REGISTRY" { default = "covers" } # the part of a name before the step's
variable "PLATFORMS" { default = "" }

# Newer engines give an image this time too, and so the same digest for the same commit. The layers are the same on any.
variable "SOURCE_DATE_EPOCH" { default = "0" }

group "default" { targets = ["step"] }

target "step" {
  name       = step
  matrix     = { step = ["generate", "mockapi", "extract", "validate", "transform", "load", "report", "care"] }
  dockerfile = "images/Dockerfile"
  args       = { STEP = step, VERSION = VERSION, REVISION = REVISION, SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH }
  tags       = ["${REGISTRY}/${step}:${VERSION}"]
  platforms  = PLATFORMS == "" ? [] : split(",", PLATFORMS)
}
