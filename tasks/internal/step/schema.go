package step

import _ "embed"

// ResultSchema is the JSON Schema (2020-12) of the result line; every program prints it for --result-schema.
//
//go:embed result.schema.json
var ResultSchema string
