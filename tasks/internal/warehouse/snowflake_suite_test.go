//go:build snowflake

package warehouse

import (
	"fmt"
	"testing"

	"covers/tasks/internal/warehouse/snowflaketest"
)

// standin is Snowflake for the whole binary. With the build tag snowflake the conformance suite runs on it alone: `make test`
// runs it on DuckDB.
var standin *snowflaketest.Server

func init() {
	enginesUnderTest = []underTest{{name: "snowflake", fresh: func(testing.TB, bool) string { return standin.Fresh() }}}
	around = func(run func() int) int {
		return snowflaketest.Main(run, func(s *snowflaketest.Server) { standin = s })
	}
	zoneURL = func(n int64) string { return standin.S3.Zone(fmt.Sprintf("zone-%d", n)) }
}
